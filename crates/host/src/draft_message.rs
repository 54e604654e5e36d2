//! Messages of commits, drafted by the model of a session.

use crate::api::{CommandError, CommandResult, DraftMessageArgs, DraftedMessage};
use crate::host::Host;
use crate::side_question::SideAnswer;
use protocol::{AsideSubject, ChangeScope, Op};
use std::collections::BTreeSet;
use view::excerpt::{first_lines, joined_within};

/// Bytes of the changes that the model is shown.
const MAX_PATCH_BYTES: usize = 96 * 1024;

/// Bytes of the list of files.
const MAX_LIST_BYTES: usize = 8 * 1024;

impl Host {
    pub(crate) async fn draft_commit_message(&self, args: DraftMessageArgs) -> CommandResult<DraftedMessage> {
        let DraftMessageArgs { session, paths, typed, name } = args;
        let picked: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
        let (diff, texts) = self.compared(&session, ChangeScope::LastCommit).await?;
        let is_picked = |path: &str| picked.contains(path);
        let files: Vec<_> = diff
            .files
            .iter()
            .zip(&texts)
            .filter(|(file, _)| is_picked(&file.path) || file.old_path.as_deref().is_some_and(is_picked))
            .filter_map(|(_, text)| text.text(None))
            .collect();
        if files.is_empty() {
            return Err(CommandError::with_hint(
                "none of the picked files differs from the last commit",
                "pick others, or open the dialog again",
            ));
        }
        let mut redactor = self.redactor().await;
        let files: Vec<_> = files.iter().map(|text| redactor.redact(text)).collect();
        let list: Vec<_> = picked.into_iter().collect();
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
