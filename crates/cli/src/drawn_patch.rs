//! Patches as they are drawn on the terminal.

use crate::foreign::drawn;
use protocol::{PatchKind, PatchProposal, ReviewComment};
use std::fmt::Write as _;
use view::diff::file_notes;
use view::text::visible_inline;

/// Draws a patch, each line behind its mark.
pub(crate) fn patch(proposal: &PatchProposal) -> String {
    let mut out = "patch\n".to_owned();
    for file in &proposal.files {
        let (mark, to) = match &file.kind {
            PatchKind::Add => ("A", None),
            PatchKind::Delete => ("D", None),
            PatchKind::Update { move_to } => ("M", move_to.as_ref()),
        };
        let to = to.map(|to| format!(" -> {}", visible_inline(to))).unwrap_or_default();
        let _ = writeln!(out, "  {mark} {}{to}", visible_inline(&file.path));
        for note in file_notes(file) {
            out.push_str(&drawn("    !", &note));
        }
        for hunk in &file.hunks {
            let conflict = file.conflicts.iter().find(|conflict| conflict.hunk == hunk.id);
            let both = if conflict.is_some() { ", changed in the project as well" } else { "" };
            let _ = writeln!(out, "    @@ line {}{both}", hunk.old_start + 1);
            if let Some(conflict) = conflict {
                out.push_str(&marked("    was ", &conflict.base));
            }
            for (mark, lines) in
                [("    ", &hunk.before), ("   -", &hunk.old), ("   +", &hunk.new), ("    ", &hunk.after)]
            {
                out.push_str(&marked(mark, lines));
            }
        }
    }
    out.push('\n');
    out
}

/// Draws the comments that went to the model with a decision.
pub(crate) fn commented(comments: &[ReviewComment]) -> String {
    let mut out = String::new();
    for comment in comments {
        let _ = writeln!(out, "  comment on {} line {}", visible_inline(&comment.path), comment.line);
        for line in &comment.quoted {
            out.push_str(&drawn("   ", line));
        }
        out.push_str(&drawn("   >", &comment.text));
    }
    out
}

/// Draws lines of a hunk behind their mark.
pub(crate) fn marked(mark: &str, lines: &[String]) -> String {
    let mut out = String::new();
    let mut lines = lines.iter().peekable();
    while let Some(line) = lines.next() {
        // lines that are empty are drawn as one text, so that they are counted
        let mut text = line.clone();
        while line.trim().is_empty() && lines.peek().is_some_and(|next| next.trim().is_empty()) {
            text.push('\n');
            lines.next();
        }
        if text.contains('\n') && text.lines().count() <= 2 {
            text.split('\n').for_each(|line| out.push_str(&drawn(mark, line)));
        } else {
            out.push_str(&drawn(mark, &text));
        }
    }
    out
}
