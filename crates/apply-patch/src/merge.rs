//! Three-way merge of texts, line by line, without markers: where both sides changed the same lines, that is said beside the text.

use crate::difference::line_changes;
use crate::hunk::LineChange;
use std::ops::Range;

/// Text with the changes of two sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMerge {
    /// The text. Where both sides changed the same lines in different ways, it has those of the second side.
    pub text: String,
    /// Places where they did, in order.
    pub conflicts: Vec<MergeConflict>,
    /// Lines of the first side's text, counted from 0, that the second side alone changed, in order.
    pub second_alone: Vec<Range<usize>>,
}

/// A place that both sides changed in different ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeConflict {
    /// Its lines in the common text, without line ends.
    pub base: Vec<String>,
    /// Its lines in the first side's text, counted from 0.
    pub first: Range<usize>,
}

/// Merges what `first` and `second` each made of `base`. Changes that touch are one place, as in git.
pub fn merge(base: &str, first: &str, second: &str) -> TextMerge {
    let lines = |text| -> Vec<&str> { str::split_inclusive(text, '\n').collect() };
    let (base, first, second) = (lines(base), lines(first), lines(second));
    let mut sides = [SideChanges::new(&base, &first), SideChanges::new(&base, &second)];
    let (mut text, mut conflicts, mut second_alone) = (String::new(), Vec::new(), Vec::new());
    let (mut at, mut first_at) = (0, 0);
    while let Some(place) = next_place(&mut sides) {
        text.push_str(&base[at..place.base.start].concat());
        first_at += place.base.start - at;
        at = place.base.end;
        let [of_first, of_second] =
            place.changes.each_ref().map(|changes| changed(&base, &place.base, changes));
        let is_conflict = place.changes.iter().all(|changes| !changes.is_empty()) && of_first != of_second;
        let first_lines = first_at..first_at + of_first.len();
        first_at = first_lines.end;
        let merged = if place.changes[1].is_empty() { &of_first } else { &of_second };
        text.push_str(&merged.concat());
        if place.changes[0].is_empty() {
            second_alone.push(first_lines.clone());
        }
        if is_conflict {
            let without_end = |line: &&str| line.trim_end_matches(['\n', '\r']).to_owned();
            let base = base[place.base].iter().map(without_end).collect();
            conflicts.push(MergeConflict { base, first: first_lines });
        }
    }
    text.push_str(&base[at..].concat());
    TextMerge { text, conflicts, second_alone }
}

/// Changes of one side that were not looked at yet.
struct SideChanges(std::iter::Peekable<std::vec::IntoIter<LineChange>>);

impl SideChanges {
    fn new(base: &[&str], side: &[&str]) -> Self {
        Self(line_changes(base, side).into_iter().peekable())
    }
}

/// Lines of the common text that one side changed, or both, with the changes of each.
struct ChangedPlace {
    base: Range<usize>,
    changes: [Vec<LineChange>; 2],
}

/// Takes the next change, and all that touch it.
fn next_place(sides: &mut [SideChanges; 2]) -> Option<ChangedPlace> {
    let start = sides.iter_mut().filter_map(|side| side.0.peek().map(|change| change.start)).min()?;
    let mut place = ChangedPlace { base: start..start, changes: [Vec::new(), Vec::new()] };
    loop {
        let mut has_grown = false;
        for (side, changes) in sides.iter_mut().zip(&mut place.changes) {
            while let Some(change) = side.0.next_if(|change| change.start <= place.base.end) {
                place.base.end = place.base.end.max(change.end);
                changes.push(change);
                has_grown = true;
            }
        }
        if !has_grown {
            return Some(place);
        }
    }
}

/// Returns the lines of the common text in `range` with the changes in it.
fn changed<'a>(base: &[&'a str], range: &Range<usize>, changes: &'a [LineChange]) -> Vec<&'a str> {
    let (mut lines, mut at) = (Vec::new(), range.start);
    for change in changes {
        lines.extend_from_slice(&base[at..change.start]);
        lines.extend(change.new.iter().map(String::as_str));
        at = change.end;
    }
    lines.extend_from_slice(&base[at..range.end]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn changes_of_both_sides_are_there_and_what_both_changed_is_said() {
        let base = "a\nb\nc\nd\ne\nf\n";
        for (first, second, text, conflicts) in [
            ("a\nB\nc\nd\ne\nf\n", "a\nb\nc\nd\ne\nF\n", "a\nB\nc\nd\ne\nF\n", vec![]),
            ("a\nB\nc\nd\ne\nf\n", "a\nX\nc\nd\ne\nf\n", "a\nX\nc\nd\ne\nf\n", vec![(vec!["b"], 1..2)]),
            // the same change on both sides
            ("a\nB\nc\nd\ne\nf\n", "a\nB\nc\nd\ne\nF\n", "a\nB\nc\nd\ne\nF\n", vec![]),
            // lines that touch are one place
            ("a\nB\nc\nd\ne\nf\n", "a\nb\nC\nd\ne\nf\n", "a\nb\nC\nd\ne\nf\n", vec![(vec!["b", "c"], 1..3)]),
            // removed by one, changed by the other
            ("a\nd\ne\nf\n", "a\nb\nC\nd\ne\nf\n", "a\nb\nC\nd\ne\nf\n", vec![(vec!["b", "c"], 1..1)]),
            // put in at one place
            ("a\nx\nb\nc\nd\ne\nf\n", "a\ny\nb\nc\nd\ne\nf\n", "a\ny\nb\nc\nd\ne\nf\n", vec![(vec![], 1..2)]),
            // no line end at the end
            ("a\nb\nc\nd\ne\nf", "A\nb\nc\nd\ne\nf\n", "A\nb\nc\nd\ne\nf", vec![]),
            ("", "a\nb\nc\nd\ne\nf\n", "", vec![]),
        ] {
            let merged = merge(base, first, second);
            let conflicts = conflicts.into_iter().map(|(base, first): (Vec<&str>, Range<usize>)| {
                MergeConflict { base: base.into_iter().map(str::to_owned).collect(), first }
            });
            let expected = (text, conflicts.collect::<Vec<_>>());
            assert_eq!((merged.text.as_str(), merged.conflicts), expected, "{first:?} {second:?}");
        }
    }

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "\r", ""]), 0..12)
            .prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #[test]
        fn a_side_that_changed_nothing_takes_the_other_and_equal_sides_agree(base in text(), other in text()) {
            for (first, second, alone) in [(&base, &other, true), (&other, &base, false), (&other, &other, false)] {
                let merged = merge(&base, first, second);
                prop_assert_eq!(&merged.text, &other);
                prop_assert!(merged.conflicts.is_empty());
                prop_assert_eq!(!merged.second_alone.is_empty(), alone && base != other);
            }
        }

        #[test]
        fn a_merge_without_conflicts_does_not_depend_on_the_order(base in text(), first in text(), second in text()) {
            let (one, other) = (merge(&base, &first, &second), merge(&base, &second, &first));
            prop_assert_eq!(one.conflicts.len(), other.conflicts.len());
            if one.conflicts.is_empty() {
                prop_assert_eq!(one.text, other.text);
            }
            let lines = first.split_inclusive('\n').count();
            prop_assert!(one.conflicts.iter().all(|conflict| conflict.first.end <= lines));
        }
    }
}
