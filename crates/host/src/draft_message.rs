//! Messages of commits, drafted by the model of a session.

use crate::api::{CommandError, CommandResult, DraftMessageArgs, DraftedMessage};
use crate::host::Host;
use crate::side_question::SideAnswer;
use protocol::{AsideSubject, ChangeScope, DiffFile, FilePatchText, HunkPick, Op};
use std::collections::BTreeSet;
use view::excerpt::{first_lines, joined_within};

/// Bytes of the changes that the model is shown.
const MAX_PATCH_BYTES: usize = 96 * 1024;

/// Bytes of the list of files.
const MAX_LIST_BYTES: usize = 8 * 1024;

impl Host {
    pub(crate) async fn draft_commit_message(&self, args: DraftMessageArgs) -> CommandResult<DraftedMessage> {
        let DraftMessageArgs { session, paths, partial, typed, name } = args;
        let picked: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
        let (diff, texts) = self.compared(&session, ChangeScope::LastCommit).await?;
        let is_picked = |path: &str| picked.contains(path);
        let picked_text = |(file, text): (&DiffFile, &FilePatchText)| {
            if is_picked(&file.path) || file.old_path.as_deref().is_some_and(is_picked) {
                return text.text(None);
            }
            let part = partial.iter().find(|part| part.path == file.path)?;
            hunks_text(file, text, &part.hunks)
        };
        let files: Vec<_> = diff.files.iter().zip(&texts).filter_map(picked_text).collect();
        if files.is_empty() {
            return Err(CommandError::with_hint(
                "none of the picked files differs from the last commit",
                "pick others, or open the dialog again",
            ));
        }
        let mut redactor = self.redactor().await;
        let files: Vec<_> = files.iter().map(|text| redactor.redact(text)).collect();
        let in_part = partial.iter().map(|part| part.path.as_str());
        let list: Vec<_> = picked.iter().copied().chain(in_part).collect();
        let patch = format!(
            "{}\n\n{}",
            first_lines(&list.join("\n"), MAX_LIST_BYTES),
            joined_within(&files, MAX_PATCH_BYTES)
        );
        let about = Some(AsideSubject::Commit { patch });
        let op = Op::AskAside { text: typed, about };
        let SideAnswer { text, stopped, usage } = self.side_answer(&session, Some(&name), op).await?;
        Ok(DraftedMessage { text: without_fence(&text).to_owned(), stopped, usage })
    }
}

/// Returns the text of some hunks of a file as they were shown; `None` when none of them is there any more.
fn hunks_text(file: &DiffFile, text: &FilePatchText, picks: &[HunkPick]) -> Option<String> {
    let is_shown = |at: usize, pick: &HunkPick| {
        u32::try_from(at) == Ok(pick.at)
            && file.hunks.get(at).is_some_and(|hunk| hunk.digest() == pick.digest)
    };
    let hunks: Vec<_> = text
        .hunks
        .iter()
        .enumerate()
        .filter(|(at, _)| picks.iter().any(|pick| is_shown(*at, pick)))
        .map(|(_, hunk)| hunk.as_str())
        .collect();
    (!hunks.is_empty()).then(|| format!("{}{}", text.header, hunks.concat()))
}

/// Returns a message without the code fence around it, which some models put there all the same.
fn without_fence(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    match inner.and_then(|inner| inner.split_once('\n')) {
        // after the name of a language
        Some((language, message)) if !language.trim().contains(char::is_whitespace) => message.trim(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{DiffHunk, DiffStatus};

    #[test]
    fn the_model_is_shown_the_hunks_that_are_picked_and_no_other() {
        let hunk = |line: &str| DiffHunk {
            old_start: 1,
            old_lines: 0,
            new_start: 1,
            new_lines: 1,
            lines: vec![line.to_owned()],
            ends: Vec::new(),
        };
        let file = DiffFile {
            path: "a.txt".to_owned(),
            old_path: None,
            status: DiffStatus::Modified,
            sources: Vec::new(),
            added: 2,
            removed: 0,
            modes: None,
            binary: false,
            too_large: false,
            hunks: vec![hunk("+one"), hunk("+two")],
        };
        let text =
            FilePatchText { header: "a.txt\n".to_owned(), hunks: vec!["+one\n".into(), "+two\n".into()] };
        let pick = |at: u32, of: usize| HunkPick { at, digest: file.hunks[of].digest() };
        assert_eq!(hunks_text(&file, &text, &[pick(1, 1)]).unwrap(), "a.txt\n+two\n");
        // others stand in their places by now
        assert_eq!(hunks_text(&file, &text, &[pick(0, 1), pick(7, 1)]), None);
    }

    #[test]
    fn a_message_is_taken_out_of_its_fence() {
        for (text, message) in [
            ("Add it\n\nSince it lacked.\n", "Add it\n\nSince it lacked."),
            ("```\nAdd it\n```", "Add it"),
            ("```text\nAdd it\n\nBody\n```\n", "Add it\n\nBody"),
            ("```", "```"),
            ("", ""),
        ] {
            assert_eq!(without_fence(text), message, "{text:?}");
        }
    }
}
