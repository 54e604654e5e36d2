//! Patches as they are drawn on the terminal.

use crate::foreign::drawn;
use protocol::{DiffFile, DiffStatus, PatchKind, PatchProposal, ReviewComment};
use std::fmt::Write as _;
use view::diff::{changed_file_notes, file_notes, line_end_note};
use view::text::visible_inline;

/// Bytes after which no more lines of a diff are drawn, but the files are named.
const MAX_DRAWN_BYTES: usize = 1 << 20;

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

/// Draws what changed, or would, as a patch is drawn.
pub(crate) fn changed_files(files: &[DiffFile]) -> String {
    let mut out = String::new();
    let mut undrawn = 0_usize;
    for file in files {
        let mark = match file.status {
            DiffStatus::Added => "A",
            DiffStatus::Deleted => "D",
            DiffStatus::Modified => "M",
            DiffStatus::Renamed => "R",
        };
        let from =
            file.old_path.as_deref().map(|from| format!("{} -> ", visible_inline(from))).unwrap_or_default();
        let _ = writeln!(out, "  {mark} {from}{}", visible_inline(&file.path));
        for note in changed_file_notes(file) {
            out.push_str(&drawn("    !", &note));
        }
        if out.len() > MAX_DRAWN_BYTES {
            undrawn += 1;
            continue;
        }
        for hunk in &file.hunks {
            let _ = writeln!(out, "    @@ line {}", hunk.old_start.max(hunk.new_start).max(1));
            if let Some(note) = line_end_note(hunk) {
                out.push_str(&drawn("    !", &note));
            }
            for lines in hunk.lines.chunk_by(|one, other| mark_of(one) == mark_of(other)) {
                let mark = match lines.first().map(|line| mark_of(line)) {
                    Some('-') => "   -",
                    Some('+') => "   +",
                    _ => "    ",
                };
                let texts: Vec<String> =
                    lines.iter().map(|line| line.get(1..).unwrap_or_default().to_owned()).collect();
                out.push_str(&marked(mark, &texts));
            }
        }
    }
    if undrawn > 0 {
        let _ = writeln!(
            out,
            "  the lines of the last {undrawn} of {} files are not drawn: that is too much to read here",
            files.len()
        );
    }
    out
}

fn mark_of(line: &str) -> char {
    line.chars().next().unwrap_or(' ')
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

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{DiffHunk, FileMode, LineEnd, ModeChange};

    #[test]
    fn a_line_of_a_file_is_never_taken_for_another_file() {
        let forged = format!("+{}", "x ".repeat(200));
        let hunk = DiffHunk {
            old_start: 3,
            old_lines: 1,
            new_start: 3,
            new_lines: 2,
            lines: vec![" kept".to_owned(), "-old\u{1b}[2K".to_owned(), "+old".to_owned(), forged],
            ends: vec![LineEnd::CrLf, LineEnd::Lf, LineEnd::Lf],
        };
        let file = DiffFile {
            path: "a\n  D b".to_owned(),
            old_path: Some("c".to_owned()),
            status: DiffStatus::Renamed,
            sources: vec![],
            added: 2,
            removed: 1,
            modes: Some(ModeChange { old: Some(FileMode::File(0o644)), new: Some(FileMode::File(0o755)) }),
            binary: false,
            too_large: false,
            hunks: vec![hunk],
        };
        let drawn = changed_files(&[file]);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(
            lines[..7],
            [
                "  R c -> a\\u{a}  D b",
                "    ! | mode 644 becomes 755",
                "    @@ line 3",
                "    ! | line endings: CRLF before, LF after",
                "     | kept",
                "   - | old\\u{1b}[2K",
                "   + | old",
            ]
        );
        assert!(lines[7..].len() > 2 && lines[7..].iter().all(|line| line.contains(" | ")), "{drawn}");
    }

    #[test]
    fn of_a_diff_that_nobody_could_read_the_files_are_named_and_it_is_said() {
        let large = |path: &str| DiffFile {
            path: path.to_owned(),
            old_path: None,
            status: DiffStatus::Added,
            sources: vec![],
            added: 20_000,
            removed: 0,
            modes: None,
            binary: false,
            too_large: false,
            hunks: vec![DiffHunk {
                lines: vec![format!("+{}", "x".repeat(70)); 20_000],
                ..DiffHunk::default()
            }],
        };
        let drawn = changed_files(&["a", "b", "c"].map(large));
        assert_eq!(drawn.matches("   + |").count(), 20_000);
        assert!(
            drawn.contains("  A b\n  A c\n")
                && drawn.ends_with("of the last 2 of 3 files are not drawn: that is too much to read here\n")
        );
    }
}
