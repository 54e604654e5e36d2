//! Hunks as a person edits them.

use crate::diff::{AnyHunk, MAX_HUNK_LINES, count};
use crate::row::HunkView;
use protocol::{DiffHunk, Hunk};
use similar::{ChangeTag, TextDiff};

/// Shows a hunk with the person's text in place of the model's: what differs from the old lines, and the rest as context.
pub(crate) fn hunk(hunk: &Hunk, new_text: &str) -> HunkView {
    let old: Vec<&str> = hunk.old.iter().map(String::as_str).collect();
    let new: Vec<&str> = match new_text {
        "" => Vec::new(),
        text => text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect(),
    };
    let context = |lines: &[String]| lines.iter().map(|line| format!(" {line}")).collect::<Vec<_>>();
    let mut lines = context(&hunk.before);
    let diff = TextDiff::from_slices(&old, &new);
    lines.extend(diff.iter_all_changes().map(|change| {
        let mark = match change.tag() {
            ChangeTag::Equal => ' ',
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        format!("{mark}{}", change.value())
    }));
    lines.extend(context(&hunk.after));
    let around = count(hunk.before.len() + hunk.after.len());
    let before = count(hunk.before.len());
    let edited = DiffHunk {
        old_start: hunk.old_start.saturating_sub(before) + 1,
        old_lines: around + count(old.len()),
        new_start: hunk.new_start.saturating_sub(before) + 1,
        new_lines: around + count(new.len()),
        lines,
        ends: Vec::new(),
    };
    // all of it: it is short enough to be edited
    let mut budget = MAX_HUNK_LINES.max(edited.lines.len());
    let mut view = AnyHunk::Changed(&edited).view(hunk.id.clone(), &mut budget, None);
    if view.lines.len() < edited.lines.len() {
        view.lines = AnyHunk::Changed(&edited).lines(0, edited.lines.len());
    }
    view
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::HunkId;

    #[test]
    fn an_edited_hunk_is_shown_as_it_differs_from_the_old_lines() {
        let strings = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let proposed = Hunk {
            id: HunkId::new(0, 0),
            old_start: 4,
            new_start: 4,
            before: strings(&["a"]),
            old: strings(&["b", "c", "d"]),
            new: strings(&["B", "C", "D"]),
            after: strings(&["e"]),
        };
        let shown = |text: &str| {
            let view = hunk(&proposed, text);
            let numbers = |number: Option<u32>| number.map_or("..".to_owned(), |number| number.to_string());
            let lines = view.lines.iter();
            lines
                .map(|line| {
                    format!("{} {} {:?} {}", numbers(line.old_no), numbers(line.new_no), line.kind, line.text)
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            shown("B\nc\r\nd"),
            [
                "4 4 Context a",
                "5 .. Removed b",
                ".. 5 Added B",
                "6 6 Context c",
                "7 7 Context d",
                "8 8 Context e"
            ]
        );
        assert_eq!(shown("").len(), 5);
        assert_eq!(hunk(&proposed, "x").header, "@@ -4,5 +4,3 @@");
    }
}
