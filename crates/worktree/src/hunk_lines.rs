//! Lines that hunks replace, and texts with some of them replaced.

use protocol::DiffHunk;
use std::ops::Range;

/// Lines that a hunk replaced, and those in their place, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HunkLines {
    /// Lines of the earlier text.
    pub old: Range<usize>,
    /// Lines of the present text.
    pub new: Range<usize>,
}

impl HunkLines {
    /// Returns the lines of a hunk, with its context.
    pub fn of(hunk: &DiffHunk) -> Self {
        let range = |start: u32, count: u32| -> Range<usize> {
            // an empty side names the line before it
            let first = if count == 0 { start } else { start.saturating_sub(1) };
            first as usize..first as usize + count as usize
        };
        Self { old: range(hunk.old_start, hunk.old_lines), new: range(hunk.new_start, hunk.new_lines) }
    }
}

/// Returns the earlier text with the present lines of some hunks, given in their order. `None` when there are no such lines.
pub fn with_hunks(earlier: &[u8], now: &[u8], hunks: &[HunkLines]) -> Option<Vec<u8>> {
    replace_lines(earlier, now, hunks.iter().map(|hunk| (hunk.old.clone(), hunk.new.clone())))
}

/// Returns the present text with the earlier lines of a hunk. `None` when there are no such lines.
pub(crate) fn without_hunk(now: &[u8], earlier: &[u8], hunk: &HunkLines) -> Option<Vec<u8>> {
    replace_lines(now, earlier, [(hunk.new.clone(), hunk.old.clone())])
}

/// Puts lines of another text in the place of lines of a text.
fn replace_lines(
    text: &[u8],
    other: &[u8],
    replaced: impl IntoIterator<Item = (Range<usize>, Range<usize>)>,
) -> Option<Vec<u8>> {
    let text: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let other: Vec<&[u8]> = other.split_inclusive(|byte| *byte == b'\n').collect();
    let (mut lines, mut at) = (Vec::<&[u8]>::with_capacity(text.len()), 0);
    for (taken_out, put_in) in replaced {
        lines.extend(text.get(at..taken_out.start)?);
        lines.extend(other.get(put_in)?);
        at = taken_out.end;
    }
    lines.extend(text.get(at..)?);
    Some(lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunk(old: Range<usize>, new: Range<usize>) -> HunkLines {
        HunkLines { old, new }
    }

    #[test]
    fn a_text_takes_the_hunks_that_were_picked_with_their_endings_and_no_other() {
        let (earlier, now) = (b"one\r\ntwo\nthree\nfour".as_slice(), b"ONE\ntwo\nmore\nFOUR\n".as_slice());
        let (first, last) = (hunk(0..1, 0..1), hunk(2..4, 2..4));
        let picked = |hunks: &[HunkLines]| {
            with_hunks(earlier, now, hunks).map(|text| String::from_utf8(text).unwrap())
        };
        assert_eq!(picked(&[]).unwrap().as_bytes(), earlier);
        assert_eq!(picked(std::slice::from_ref(&first)).unwrap(), "ONE\ntwo\nthree\nfour");
        assert_eq!(picked(std::slice::from_ref(&last)).unwrap(), "one\r\ntwo\nmore\nFOUR\n");
        assert_eq!(picked(&[first, last]).unwrap().as_bytes(), now);
        // lines that are put in before the first, or after the last, and none at all
        assert_eq!(with_hunks(b"b\n", b"a\nb\n", &[hunk(0..0, 0..1)]).unwrap(), b"a\nb\n");
        assert_eq!(with_hunks(b"b\n", b"b\nc", &[hunk(1..1, 1..2)]).unwrap(), b"b\nc");
        assert_eq!(with_hunks(b"b\n", b"", &[hunk(0..1, 0..0)]).unwrap(), b"");
        // no such lines, and hunks that are not in order
        for beyond in [hunk(0..1, 7..9), hunk(5..9, 0..1)] {
            assert!(picked(&[beyond]).is_none());
        }
        assert!(picked(&[hunk(2..4, 2..4), hunk(0..1, 0..1)]).is_none());
    }

    #[test]
    fn an_empty_side_of_a_hunk_stands_after_the_line_it_names() {
        let of = |old_start, old_lines, new_start, new_lines| {
            HunkLines::of(&DiffHunk { old_start, old_lines, new_start, new_lines, ..DiffHunk::default() })
        };
        assert_eq!(of(3, 0, 4, 2), hunk(3..3, 3..5));
        assert_eq!(of(0, 0, 1, 2), hunk(0..0, 0..2));
        assert_eq!(of(1, 4, 1, 5), hunk(0..4, 0..5));
    }
}
