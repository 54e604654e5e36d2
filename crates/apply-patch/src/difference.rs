//! From two texts of one file to hunks.

use crate::apply::{HunkText, render};
use crate::hunk::{LineChange, numbered, whole};
use crate::text::TextLines;
use protocol::{Hunk, PatchKind};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Largest product of the numbers of lines that two texts do not share at their ends, for which the smallest difference is looked for:
/// some tenths of a second. Beyond it, all that lies between the ends is one change.
const MAX_COMPARED: usize = 50_000_000;

/// Difference of two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextDifference {
    /// Kind of change.
    pub kind: PatchKind,
    /// The changes, in order; empty when the texts differ in what their lines end in alone.
    pub hunks: Vec<Hunk>,
    /// True when the hunks make the second text of the first, to the byte.
    pub is_exact: bool,
}

/// Returns the difference of file number `file` of a patch from `before` to `after`; `None` stands for no file, and for both there is no
/// difference.
pub fn difference(file: usize, before: Option<&str>, after: Option<&str>) -> Option<TextDifference> {
    let owned = |text: &str| TextLines::of(text).texts().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (kind, hunks) = match (before, after) {
        (None, None) => return None,
        (None, Some(after)) => (PatchKind::Add, vec![whole(file, Vec::new(), owned(after))]),
        (Some(before), None) => (PatchKind::Delete, vec![whole(file, owned(before), Vec::new())]),
        (Some(before), Some(after)) => {
            let (old, new) = (TextLines::of(before).texts(), TextLines::of(after).texts());
            let changes = line_changes(&old, &new);
            let joined = joined(changes);
            (PatchKind::Update { move_to: None }, numbered(file, &old, joined))
        }
    };
    let is_exact = match after {
        None => true,
        Some(after) => {
            let made = render(before, hunks.iter().map(|hunk| (hunk, HunkText::Proposed)));
            made.is_ok_and(|made| made == after)
        }
    };
    Some(TextDifference { kind, hunks, is_exact })
}

/// Returns the lines that differ, in order. Changes may touch.
pub(crate) fn line_changes(old: &[&str], new: &[&str]) -> Vec<LineChange> {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let shared = |(old, new): &(&&str, &&str)| old == new;
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(shared).count();
    let (old, new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    if old.len().saturating_mul(new.len()) > MAX_COMPARED {
        return vec![LineChange { start: head, end: head + old.len(), new: owned(new) }];
    }
    let operations = capture_diff_slices(Algorithm::Patience, old, new);
    let changes = operations.into_iter().filter(|operation| !matches!(operation, DiffOp::Equal { .. }));
    changes
        .map(|operation| {
            let (taken, put_in) = (operation.old_range(), operation.new_range());
            LineChange { start: head + taken.start, end: head + taken.end, new: owned(&new[put_in]) }
        })
        .collect()
}

/// Makes those that touch one.
fn joined(changes: Vec<LineChange>) -> Vec<LineChange> {
    let mut joined: Vec<LineChange> = Vec::new();
    for change in changes {
        match joined.last_mut().filter(|last| last.end == change.start) {
            Some(last) => {
                last.end = change.end;
                last.new.extend(change.new);
            }
            None => joined.push(change),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_makes_the_second_text_of_the_first_where_it_says_so() {
        for (before, after, hunks, is_exact) in [
            (Some("a\nb\nc\n"), Some("a\nB\nc\nd\n"), 2, true),
            (Some("a\r\nb\r\n"), Some("a\r\nx\r\nb\r\n"), 1, true),
            (Some("a\nb"), Some("a\nb\n"), 0, false),
            (Some("a\nb\n"), Some("a\r\nb\r\n"), 0, false),
            (Some("a\n"), Some("b"), 1, false),
            (Some(""), Some("a\n"), 1, true),
            (Some("a\n"), Some(""), 1, true),
            (None, Some("a\nb\n"), 1, true),
            (None, Some("a"), 1, false),
            (None, Some(""), 1, true),
            (Some("a\n"), None, 1, true),
        ] {
            let found = difference(3, before, after).unwrap();
            assert_eq!((found.hunks.len(), found.is_exact), (hunks, is_exact), "{before:?} {after:?}");
        }
        assert_eq!(difference(0, None, None), None);
    }
}
