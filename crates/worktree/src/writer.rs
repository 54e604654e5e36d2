//! The patch writer (B21, B22, B23, B25): checks a patch against the files, and writes what was accepted of it.
//!
//! A patch is all or nothing. Files are reached through directory handles, one folder after the other, and no link is
//! followed on the way: what a person was shown is where it is written, whatever becomes of the path in between. A file that
//! another program replaces or changes meanwhile is never overwritten.

mod destination;
mod effects;
mod hard_links;
mod operations;
mod resolve;

#[cfg(test)]
mod tests;

use crate::roots::Roots;
use crate::transaction::{Style, TransactionId, TransactionLog};
use apply_patch::{FileChange, ProposeError, Replacement, decode, parse, propose, replace, sha256_hex};
pub use destination::MAX_FILE_BYTES;
use destination::{Destination, FoundFile};
use engine::{Edit, PatchWriteResult};
use hard_links::other_names;
pub(crate) use operations::{PatchEdits, WriteError};
use protocol::{FilePatch, HunkOutcome, HunkSelection, PatchKind, PatchProposal, SandboxPolicy};
use resolve::{Resolved, resolve};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Checks `patch` against the files as they are, reading only (B21). Its paths are relative to `cwd`, an absolute folder.
///
/// The proposal holds, for every file, where it really lies, what its content was, and what a person should know about it. The
/// error is for the model: it names the file, the reason and the nearest lines.
pub fn verify(patch: &str, cwd: &Path, roots: &Roots) -> Result<PatchProposal, String> {
    let patch = parse(patch).map_err(|error| error.to_string())?;
    let changes = propose(&patch, &mut |path| {
        let (_, found) = find(path, cwd, roots)?;
        Ok(found.map(|found| found.bytes))
    })
    .map_err(|error| match &error {
        ProposeError::Missing { path, .. } => missing(path, cwd, error.to_string()),
        _ => error.to_string(),
    })?;
    let files =
        changes.into_iter().map(|change| file_patch(change, cwd, roots)).collect::<Result<Vec<_>, _>>()?;
    let mut claimed: Vec<(&Path, &str)> = Vec::new();
    for file in &files {
        let moved_to = match &file.kind {
            PatchKind::Update { move_to: Some(to) } => to,
            _ => &file.path,
        };
        let targets = [(Some(&file.target), &file.path), (file.move_target.as_ref(), moved_to)];
        let targets = targets.into_iter().filter_map(|(target, named)| Some((target?, named)));
        let linked = file.linked.iter().map(|name| (name, &file.path));
        for (target, named) in targets.chain(linked) {
            if let Some((_, other)) = claimed.iter().find(|(claimed, _)| claimed == target) {
                return Err(format!(
                    "'{named}' and '{other}' are one file by a link, {}; write one operation that names it so",
                    target.display()
                ));
            }
            claimed.push((target, named));
        }
    }
    // one of them would have to be a file and a folder at once
    for (target, path) in &claimed {
        let inner = claimed.iter().find(|(other, _)| other != target && other.starts_with(target));
        if let Some((inside, _)) = inner {
            return Err(format!(
                "'{path}' puts a file at {}, which has to be a folder for {}; rename one of them",
                target.display(),
                inside.display()
            ));
        }
    }
    Ok(PatchProposal { files })
}

/// Checks an edit against the file as it is, reading only: what it comes to is a patch like any other (B21).
pub fn verify_edit(edit: &Edit, cwd: &Path, roots: &Roots) -> Result<PatchProposal, String> {
    let Edit { path, old_string, new_string, replace_all } = edit;
    let (_, found) = find(path, cwd, roots).map_err(|reason| format!("'{path}' {reason}"))?;
    let replacement = Replacement { old: old_string, new: new_string, all: *replace_all };
    let change =
        replace(path, found.as_ref().map(|found| found.bytes.as_slice()), replacement).map_err(|error| {
            if found.is_none() { missing(path, cwd, error.to_string()) } else { error.to_string() }
        })?;
    Ok(PatchProposal { files: vec![file_patch(change, cwd, roots)?] })
}

/// Returns why there is no file at a path; `otherwise` where no link is to blame.
fn missing(path: &str, cwd: &Path, otherwise: String) -> String {
    match resolve(cwd, path).ok().and_then(|resolved| resolved.dangling) {
        Some((link, target)) => format!(
            "'{path}' leads nowhere: {} is a link to {}, which does not exist; change the link with a command, or add the file",
            link.display(),
            target.display()
        ),
        None => otherwise,
    }
}

/// Where a path leads, and what is there. The error goes on from the path's name.
fn find(path: &str, cwd: &Path, roots: &Roots) -> Result<(Resolved, Option<FoundFile>), String> {
    let resolved = resolve(cwd, path)?;
    // its lines would be told when they do not match
    if let Some(why) = roots.hidden().why(&resolved.target) {
        return Err(why);
    }
    let found = Destination::open(&resolved.target)
        .and_then(|destination| destination.read())
        .map_err(|error| error.to_string())?;
    Ok((resolved, found))
}

/// Writes what is accepted of a verified patch: every hunk when `hunks` is absent (B22, B25). Blocks; call it off the async
/// threads.
///
/// A file of which nothing is accepted is left alone, and so is not looked at. `Add` and `Delete` are one hunk each. A move
/// happens when one of its hunks is accepted, or when it has none. Mode, extended attributes, access control lists and, where
/// the system lets us, owner, group and capabilities stay; other names of a file (hard links) keep what it held.
///
/// Of what a command did in an overlay, a path of which everything is accepted becomes exactly what the command left, mode included.
///
/// The whole is one transaction in `log`. With an id it stays there until it is forgotten, so that a session that is killed finds
/// out what became of it.
pub fn write(
    proposal: &PatchProposal,
    hunks: Option<&HunkSelection>,
    log: &TransactionLog,
    id: Option<TransactionId>,
) -> PatchWriteResult {
    let written = edits(proposal, hunks, log.project()).and_then(|(edits, outcomes)| {
        let style = proposal.is_effects().then_some(Style::Exact);
        edits.commit(log, id, outcomes.clone(), style)?;
        Ok(outcomes)
    });
    match written {
        Ok(outcomes) => PatchWriteResult::Written(outcomes),
        Err(WriteError::Changed(paths)) => PatchWriteResult::Changed(paths),
        Err(WriteError::Failed(message)) => PatchWriteResult::Failed(message),
    }
}

/// Works out what is accepted of a verified patch, from the files as they are. Nothing is written. Blocks.
///
/// # Errors
/// Fails where [`write`] would.
pub(crate) fn edits(
    proposal: &PatchProposal,
    hunks: Option<&HunkSelection>,
    project: &Path,
) -> Result<(PatchEdits, Vec<HunkOutcome>), WriteError> {
    if proposal.is_effects() {
        effects::edits(proposal, hunks, project)
    } else {
        operations::edits(proposal, hunks, project)
    }
}

/// Why a person's patch was not applied. Nothing was changed.
#[derive(Debug, Error)]
pub enum NotApplied {
    /// It cannot be read, or does not fit the files.
    #[error("{0}")]
    DoesNotFit(String),
    /// It changes these, which lie outside the folder.
    #[error("outside the folder: {}", paths(.0))]
    Outside(Vec<PathBuf>),
    /// It changes these, which steer git, an editor, a shell or an agent.
    #[error("protected: {}", paths(.0))]
    Protected(Vec<PathBuf>),
    /// These changed while it was applied.
    #[error("changed meanwhile: {}", .0.join(", "))]
    Changed(Vec<String>),
    /// It could not be written.
    #[error("{0}")]
    Failed(String),
}

fn paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// Checks and writes a whole patch beneath `cwd`, for a person who runs it. Paths outside the folder and protected names are
/// refused unless `allow_outside`. Returns what was written.
pub fn apply_patch_text(
    patch: &str,
    cwd: &Path,
    log: &TransactionLog,
    allow_outside: bool,
) -> Result<PatchProposal, NotApplied> {
    let roots =
        if allow_outside { Roots::of(&SandboxPolicy::DangerFullAccess, cwd) } else { Roots::only(cwd) };
    let proposal = verify(patch, cwd, &roots).map_err(NotApplied::DoesNotFit)?;
    if !allow_outside {
        let refused = |is_refused: fn(&FilePatch) -> bool| -> Vec<PathBuf> {
            let files = proposal.files.iter().filter(|file| is_refused(file));
            files.map(|file| file.move_target.as_ref().unwrap_or(&file.target).clone()).collect()
        };
        let outside = refused(|file| file.outside);
        if !outside.is_empty() {
            return Err(NotApplied::Outside(outside));
        }
        let protected = refused(|file| file.protected.is_some());
        if !protected.is_empty() {
            return Err(NotApplied::Protected(protected));
        }
    }
    match write(&proposal, None, log, None) {
        PatchWriteResult::Written(_) => Ok(proposal),
        PatchWriteResult::Changed(paths) => Err(NotApplied::Changed(paths)),
        PatchWriteResult::Failed(message) => Err(NotApplied::Failed(message)),
        PatchWriteResult::Interrupted => {
            Err(NotApplied::Failed("it was interrupted, and nothing was written".to_owned()))
        }
    }
}

fn file_patch(change: FileChange, cwd: &Path, roots: &Roots) -> Result<FilePatch, String> {
    let FileChange { path, kind, base_sha256, hunks, loose } = change;
    let source = Surroundings::of(&path, cwd, roots)?;
    let mut notes = source.notes(&path, matches!(kind, PatchKind::Add));
    let moves = match &kind {
        PatchKind::Update { move_to } => move_to.clone(),
        PatchKind::Add | PatchKind::Delete => None,
    };
    if source.resolved.is_link && (moves.is_some() || kind == PatchKind::Delete) {
        let target = source.resolved.target.display();
        return Err(format!(
            "'{path}' is a link to {target}; name the file itself, or remove the link with a command"
        ));
    }
    let mut outside = source.outside;
    let mut protected = source.protected;
    let mut move_target = None;
    let mut move_base_sha256 = None;
    if let Some(to) = moves {
        let destination = Surroundings::of(&to, cwd, roots)?;
        notes.extend(destination.notes(&to, true));
        if destination.outside {
            notes.push(format!(
                "moves outside the writable folders: {}",
                destination.resolved.target.display()
            ));
        }
        outside |= destination.outside;
        protected = protected.or(destination.protected);
        move_base_sha256 = destination.found.map(|found| sha256_hex(&found.bytes));
        move_target = Some(destination.resolved.target);
    }
    let mut linked = Vec::new();
    if !hunks.is_empty()
        && matches!(kind, PatchKind::Update { .. })
        && let Some(found) = source.found.as_ref().filter(|found| found.names > 1)
    {
        let root = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
        linked = other_names(&root, &source.resolved.target, found);
        notes.extend(linked_note(&path, &linked, found.names, &root));
        outside |= linked.iter().any(|name| !roots.contain(name));
        let name = linked.iter().find_map(|name| roots.protected(name));
        protected = protected.or_else(|| name.map(|name| protected_note(&path, name)));
    }
    let target = source.resolved.target;
    Ok(FilePatch {
        path,
        target,
        kind,
        move_target,
        base_sha256,
        move_base_sha256,
        hunks,
        outside,
        protected,
        loose,
        linked,
        binary: source.found.is_some_and(|found| decode(&found.bytes).is_err()),
        conflicts: Vec::new(),
        effect: None,
        notes,
    })
}

fn protected_note(path: &str, name: &str) -> String {
    format!("'{path}' is protected: '{name}' steers git, an editor, a shell or an agent")
}

/// Says which names of a file change with it, and that others do not.
fn linked_note(path: &str, linked: &[PathBuf], names: u64, root: &Path) -> Vec<String> {
    let mut notes = Vec::new();
    if !linked.is_empty() {
        let names: Vec<_> =
            linked.iter().map(|name| name.strip_prefix(root).unwrap_or(name).display().to_string()).collect();
        notes.push(format!(
            "{path} is one file with {} (hard links), and all of them change",
            names.join(", ")
        ));
    }
    let others = names.saturating_sub(linked.len() as u64 + 1);
    if others > 0 {
        let (names, keep) = if others == 1 { ("name", "keeps") } else { ("names", "keep") };
        notes.push(format!(
            "{path} has {others} {names} outside the folder (hard links), which {keep} what is in it now"
        ));
    }
    notes
}

/// Facts a person should know about the place a path leads to.
struct Surroundings {
    resolved: Resolved,
    found: Option<FoundFile>,
    outside: bool,
    protected: Option<String>,
}

impl Surroundings {
    fn of(path: &str, cwd: &Path, roots: &Roots) -> Result<Self, String> {
        let (resolved, found) = find(path, cwd, roots).map_err(|reason| format!("'{path}' {reason}"))?;
        let outside = !roots.contain(&resolved.target);
        // a link with a protected name protects what it leads to: writing that changes what the name means
        let protected = roots
            .protected(&resolved.target)
            .or_else(|| roots.protected(&resolved.named))
            .map(|name| protected_note(path, name));
        Ok(Self { resolved, found, outside, protected })
    }

    fn notes(&self, path: &str, is_new: bool) -> Vec<String> {
        let mut notes = Vec::new();
        if self.resolved.target != self.resolved.named {
            notes.push(format!("reached through a link: {path} -> {}", self.resolved.target.display()));
        }
        let Some(found) = &self.found else { return notes };
        if is_new {
            notes.push(format!("replaces a file that exists: {path}"));
            if found.names > 1 {
                let names = found.names;
                notes.push(format!(
                    "{path} has {names} names (hard links); the others keep what is in it now"
                ));
            }
        }
        if decode(&found.bytes).is_err() {
            notes.push(format!("{path} is not text; it has {} bytes", found.bytes.len()));
        }
        if found.mode & 0o222 == 0 {
            notes.push(format!("{path} is marked read-only"));
        }
        notes
    }
}
