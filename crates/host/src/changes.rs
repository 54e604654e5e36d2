//! Changes of stretches of work: compared, reverted in part, and handed out as patches.

use crate::api::{
    CommandError, CommandResult, CompareArgs, Exported, FileVersionsArgs, HunkOriginArgs, HunkSource,
    PatchTextArgs, RevertArgs,
};
use crate::blocking::blocking;
use crate::host::Host;
use crate::projects::tilde;
use crate::session_folder::SessionFolder;
use crate::undo::unexpected;
use protocol::{
    CallId, ChangeScope, DiffFile, EventMsg, FilePatch, FilePatchText, FileVersions, HunkId, Op,
    PatchProposal, RevertPart, SessionId, UndoMode, WorkspaceDiff,
};
use std::sync::Arc;
use view::diff::{changed_files, changed_hunk};
use view::text::visible_inline;
use view::{ChangesView, HunkOrigin};
use worktree::ProposalPart;

/// Largest patch that is handed to the window, in bytes.
const MAX_PATCH_BYTES: usize = 8 * 1024 * 1024;

/// Follows the name of a file that is shown like another one.
const LOOKS_ALIKE: &str = "could be one of several files whose names look alike; look at them in your editor";

fn changed_meanwhile(path: &str) -> CommandError {
    CommandError::with_hint(
        format!("{path} has changed since its changes were shown"),
        "look at the changes again and repeat it",
    )
}

impl Host {
    pub(crate) async fn compare_changes(&self, args: CompareArgs) -> CommandResult<ChangesView> {
        let (diff, _) = self.compared(&args.session, args.scope).await?;
        Ok(view::diff::workspace(&diff))
    }

    pub(crate) async fn revert_changes(&self, args: RevertArgs) -> CommandResult<()> {
        let RevertArgs { session, scope, path, hunk, digest } = args;
        let part = {
            let sessions = self.sessions();
            let open = sessions.get(&session).ok_or_else(CommandError::session_not_open)?;
            let shown = open.timeline.shown_changes(scope).ok_or_else(|| changed_meanwhile(&path))?;
            let (file, at) = shown_part(shown, &path, hunk.as_ref(), digest.as_deref())?;
            RevertPart { file: file.clone(), hunk: at }
        };
        match self.ask(&session, Op::Revert { scope, part: Box::new(part) }).await? {
            EventMsg::UndoApplied { .. } => Ok(()),
            other => Err(unexpected(other)),
        }
    }

    #[allow(clippy::unused_async, reason = "the table calls all of them alike")]
    pub(crate) async fn hunk_origin(&self, args: HunkOriginArgs) -> CommandResult<Option<HunkOrigin>> {
        let sessions = self.sessions();
        let open = sessions.get(&args.session).ok_or_else(CommandError::session_not_open)?;
        Ok(open.timeline.hunk_origin(args.of.hunk_of(), &args.path, &args.hunk))
    }

    pub(crate) async fn file_versions(&self, args: FileVersionsArgs) -> CommandResult<FileVersions> {
        let FileVersionsArgs { session, of, path } = args;
        let scope = match of {
            HunkSource::Patch { call_id } => return self.proposed_versions(&session, &call_id, path).await,
            HunkSource::Changes => ChangeScope::Task,
            HunkSource::Compared { scope } => scope,
            HunkSource::Undo => return self.undo_versions(&session, path).await,
        };
        let path = {
            let sessions = self.sessions();
            let open = sessions.get(&session).ok_or_else(CommandError::session_not_open)?;
            let shown = open.timeline.shown_changes(scope).ok_or_else(|| changed_meanwhile(&path))?;
            shown_part(shown, &path, None, None)?.0.path.clone()
        };
        match self.ask(&session, Op::ReadVersions { scope, path }).await? {
            EventMsg::VersionsRead { versions } => Ok(*versions),
            other => Err(unexpected(other)),
        }
    }

    async fn undo_versions(&self, session: &SessionId, path: String) -> CommandResult<FileVersions> {
        let op = {
            let sessions = self.sessions();
            let open = sessions.get(session).ok_or_else(CommandError::session_not_open)?;
            let plan = open.timeline.shown_undo();
            let (file, _) = shown_part(&plan.diff, &path, None, None)?;
            let mode = UndoMode::Read { path: file.path.clone(), old_path: file.old_path.clone() };
            if plan.redo { Op::Redo { mode } } else { Op::Undo { task_id: Some(plan.task_id), mode } }
        };
        match self.ask(session, op).await? {
            EventMsg::VersionsRead { versions } => Ok(*versions),
            other => Err(unexpected(other)),
        }
    }

    async fn proposed_versions(
        &self,
        session: &SessionId,
        call_id: &CallId,
        path: String,
    ) -> CommandResult<FileVersions> {
        let (proposal, files) = self.waiting_patch(session, call_id)?;
        let read = blocking(move || {
            let file = shown_file(&proposal, &path)?;
            agent::proposed_versions(file, &|path| files.place_of(path))
                .map_err(|why| format!("{path} {why}"))
        });
        read.await?.map_err(CommandError::new)
    }

    /// Returns a patch that waits for a decision, and where the session's files lie.
    fn waiting_patch(
        &self,
        session: &SessionId,
        call_id: &CallId,
    ) -> CommandResult<(PatchProposal, SessionFolder)> {
        let sessions = self.sessions();
        let open = sessions.get(session).ok_or_else(CommandError::session_not_open)?;
        let proposal = open.timeline.proposal(call_id).cloned();
        let gone = || CommandError::new("this patch does not wait for a decision any more");
        Ok((proposal.ok_or_else(gone)?, open.files.clone()))
    }

    pub(crate) async fn patch_text(&self, args: PatchTextArgs) -> CommandResult<String> {
        let text = self.patch_of(args).await?;
        if text.len() > MAX_PATCH_BYTES {
            return Err(CommandError::with_hint(
                format!("the patch has {} MiB, too much for the clipboard", text.len() >> 20),
                "export it to a file",
            ));
        }
        Ok(text)
    }

    pub(crate) async fn export_patch(
        self: &Arc<Self>,
        args: PatchTextArgs,
    ) -> CommandResult<Option<Exported>> {
        let name = args.path.as_deref().map_or("changes", |path| path.rsplit('/').next().unwrap_or(path));
        let name = format!("{}.patch", name.trim_start_matches('.'));
        let text = self.patch_of(args).await?;
        let Some(path) = self.desktop.pick_new_file(&name).await else { return Ok(None) };
        let written = blocking(move || {
            std::fs::write(&path, text).map_err(|error| {
                CommandError::with_hint(
                    format!("cannot write {}: {error}", path.display()),
                    "free some space or pick another folder, and export it again",
                )
            })?;
            let path = tilde(&path, std::env::home_dir().as_deref());
            Ok(Exported { path, secrets_removed: 0 })
        });
        written.await?.map(Some)
    }

    pub(crate) async fn patch_of(&self, args: PatchTextArgs) -> CommandResult<String> {
        let PatchTextArgs { session, of, path, hunk } = args;
        let scope = match of {
            HunkSource::Patch { call_id } => {
                let (proposal, files) = self.waiting_patch(&session, &call_id)?;
                let text = blocking(move || {
                    let file = path.as_deref().map(|path| shown_file(&proposal, path)).transpose()?;
                    let path = file.map(|file| file.path.as_str());
                    let part = ProposalPart { path, hunk: hunk.as_ref() };
                    worktree::proposal_text(&proposal, &files.project, part, &|path| files.place_of(path))
                });
                return text.await?.map_err(CommandError::new);
            }
            HunkSource::Changes => ChangeScope::Task,
            HunkSource::Compared { scope } => scope,
            HunkSource::Undo => return Err(CommandError::new("an undo is not handed out as a patch")),
        };
        let shown = {
            let sessions = self.sessions();
            let open = sessions.get(&session).ok_or_else(CommandError::session_not_open)?;
            open.timeline.shown_changes(scope).cloned()
        };
        let (diff, texts) = self.compared(&session, scope).await?;
        let Some(path) = path else {
            return Ok(texts.iter().filter_map(|text| text.text(None)).collect());
        };
        let changed = || changed_meanwhile(&path);
        let shown = shown.ok_or_else(changed)?;
        let (file, hunk) = shown_part(&shown, &path, hunk.as_ref(), None)?;
        let is_same =
            |other: &DiffFile| *other == DiffFile { sources: other.sources.clone(), ..file.clone() };
        let at = diff.files.iter().position(is_same).ok_or_else(changed)?;
        let text = texts.get(at).and_then(|text| text.text(hunk.map(|at| at as usize)));
        text.ok_or_else(changed)
    }

    pub(crate) async fn compared(
        &self,
        session: &SessionId,
        scope: ChangeScope,
    ) -> CommandResult<(WorkspaceDiff, Vec<FilePatchText>)> {
        match self.ask(session, Op::Compare { scope }).await? {
            EventMsg::Compared { diff, patches, .. } => Ok((diff, patches)),
            other => Err(unexpected(other)),
        }
    }
}

/// Returns the file of a patch that is shown with this path.
///
/// # Errors
/// Fails where there is none, and where several are: names that a person cannot see the difference of.
fn shown_file<'p>(proposal: &'p PatchProposal, path: &str) -> Result<&'p FilePatch, String> {
    let mut shown = proposal.files.iter().filter(|file| visible_inline(&file.path) == path);
    match (shown.next(), shown.next()) {
        (Some(file), None) => Ok(file),
        (None, _) => Err(format!("{path} is not in this patch")),
        (Some(_), Some(_)) => Err(format!("{path} {LOOKS_ALIKE}")),
    }
}

/// Returns the file of a diff that is shown with this path, and the position of a hunk in it, if that is the one with this digest.
fn shown_part<'d>(
    diff: &'d WorkspaceDiff,
    path: &str,
    hunk: Option<&HunkId>,
    digest: Option<&str>,
) -> CommandResult<(&'d DiffFile, Option<u32>)> {
    let changed = || changed_meanwhile(path);
    let Some(id) = hunk else {
        let mut files = changed_files(diff, path);
        return match (files.next(), files.next()) {
            (Some(file), None) => Ok((file, None)),
            (None, _) => Err(changed()),
            (Some(_), Some(_)) => Err(CommandError::new(format!("{path} {LOOKS_ALIKE}"))),
        };
    };
    let (file, hunk) = changed_hunk(diff, path, id).ok_or_else(changed)?;
    if digest.is_some_and(|digest| hunk.digest() != digest) {
        return Err(changed());
    }
    let at = file.hunks.iter().position(|other| std::ptr::eq(other, hunk)).ok_or_else(changed)?;
    Ok((file, Some(u32::try_from(at).map_err(|_| changed())?)))
}

#[cfg(test)]
mod tests {
    use super::shown_file;
    use protocol::PatchProposal;
    use serde_json::json;

    #[test]
    fn a_file_is_found_by_what_is_shown_of_its_path_where_that_is_of_one_file_only() {
        let file = |path: &str| json!({ "path": path, "target": "/p/x", "kind": "add", "base_sha256": null, "hunks": [], "outside": false });
        let files = ["a\u{202e}.png", "a\\u{202e}.png", "b.png"].map(file);
        let proposal: PatchProposal = serde_json::from_value(json!({ "files": files })).unwrap();
        assert_eq!(shown_file(&proposal, "b.png").unwrap().path, "b.png");
        assert!(shown_file(&proposal, "c.png").unwrap_err().contains("is not in this patch"));
        assert!(shown_file(&proposal, "a\\u{202e}.png").unwrap_err().contains("one of several files"));
    }
}
