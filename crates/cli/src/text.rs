//! Words of the command line: the one place where data becomes sentences for its readers.

use protocol::{PreviewComparison, ToolProgress, Undone};
use std::fmt::Write as _;
use view::text::visible_inline;

pub(crate) use view::outcome_text::{exec_ended, patch_not_written, seconds, tool_ended};

/// Names an undo, a redo or a revert.
pub(crate) fn undo_name(undone: &Undone) -> &'static str {
    match (undone.reverted, undone.redo) {
        (None, false) => "undone",
        (Some(_), false) => "reverted by you",
        (None, true) => "redone",
        (Some(_), true) => "brought back by you",
    }
}

/// Words what an undo or a redo did: "2 paths put back", "1 path put back, 3 left alone: a, b, c".
pub(crate) fn put_back(undone: &Undone) -> String {
    let paths = if undone.paths.len() == 1 { "path" } else { "paths" };
    let mut text = format!("{} {paths} put back", undone.paths.len());
    if !undone.left_alone.is_empty() {
        let _ = write!(text, ", {} left alone: {}", undone.left_alone.len(), named(&undone.left_alone));
    }
    text
}

/// Words how a command compares with its preview, to follow its end.
pub(crate) fn as_previewed(comparison: &PreviewComparison) -> String {
    match comparison {
        PreviewComparison::Same => "; it did what its preview showed".to_owned(),
        PreviewComparison::Different { paths } => {
            format!("; it did something else than its preview showed: {}", named(paths))
        }
    }
}

/// Paths that are named in one line, at the most.
pub(crate) const MAX_NAMED: usize = 10;

/// Lists paths in one line: the first ones, and how many more there are.
pub(crate) fn named(paths: &[String]) -> String {
    let mut text =
        paths.iter().take(MAX_NAMED).map(|path| visible_inline(path)).collect::<Vec<_>>().join(", ");
    if let Some(more) = paths.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// Words how far a call of an MCP tool is.
pub(crate) fn progress(progress: &ToolProgress) -> String {
    let far = progress.percent.map_or_else(|| progress.done.to_string(), |percent| format!("{percent} %"));
    match &progress.message {
        Some(message) => format!("{far}, {message}"),
        None => far,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{EndedBy, PatchEndedBy, ToolEndedBy};

    #[test]
    fn words_hide_nothing() {
        let why = "no\u{202e}".to_owned();
        assert_eq!(exec_ended(&EndedBy::NotStarted { why: why.clone() }), "couldn't be started: no\\u{202e}");
        assert_eq!(tool_ended(&ToolEndedBy::Unavailable { why: why.clone() }), "no\\u{202e}");
        assert_eq!(patch_not_written(&PatchEndedBy::Failed { why }).as_deref(), Some("no\\u{202e}"));
        assert_eq!(exec_ended(&EndedBy::TimedOut { after_ms: 10_050 }), "timed out after 10.0 s");
    }

    #[test]
    fn lists_of_files_are_bounded() {
        let paths: Vec<_> = (0..1000).map(|number| format!("f{number}")).collect();
        assert_eq!(named(&paths), "f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 and 990 more");
        assert_eq!(named(&paths[..2]), "f0, f1");
        assert_eq!(named(&["a\n  run   ls".to_owned()]), "a\\u{a}  run   ls");
        let undone = Undone { left_alone: paths, ..Undone::default() };
        assert!(put_back(&undone).starts_with("0 paths put back, 1000 left alone: f0, "));
    }
}
