//! Hunks of proposed patches and of diffs, as lines alike.

use crate::row::LineKind;
use protocol::{DiffHunk, Hunk, LineEnd};

/// One hunk of either kind.
#[derive(Clone, Copy, Debug)]
pub enum AnyHunk<'a> {
    /// Of a proposed patch.
    Proposed(&'a Hunk),
    /// Of what changed.
    Changed(&'a DiffHunk),
}

/// A line before anything is done for the eye.
pub(crate) struct RawLine<'a> {
    pub(crate) kind: LineKind,
    pub(crate) old_no: Option<u32>,
    pub(crate) new_no: Option<u32>,
    pub(crate) text: &'a str,
    /// Its end, where that is to be shown.
    pub(crate) end: Option<LineEnd>,
}

impl<'a> AnyHunk<'a> {
    /// Its lines in order.
    pub(crate) fn raw_lines(self) -> Vec<RawLine<'a>> {
        match self {
            Self::Proposed(hunk) => {
                let before = count(hunk.before.len());
                let mut numbers = Numbers {
                    old: hunk.old_start.saturating_sub(before) + 1,
                    new: hunk.new_start.saturating_sub(before) + 1,
                };
                [
                    (LineKind::Context, &hunk.before),
                    (LineKind::Removed, &hunk.old),
                    (LineKind::Added, &hunk.new),
                    (LineKind::Context, &hunk.after),
                ]
                .into_iter()
                .flat_map(|(kind, lines)| lines.iter().map(move |line| (kind, line.as_str())))
                .map(|(kind, text)| numbers.line(kind, text))
                .collect()
            }
            Self::Changed(hunk) => {
                let mut numbers = Numbers { old: hunk.old_start, new: hunk.new_start };
                let mut ends = hunk.ends.iter().copied();
                let mut changed = |line| RawLine { end: ends.next(), ..line };
                hunk.lines
                    .iter()
                    .map(|line| match (line.strip_prefix('+'), line.strip_prefix('-')) {
                        (Some(text), _) => changed(numbers.line(LineKind::Added, text)),
                        (_, Some(text)) => changed(numbers.line(LineKind::Removed, text)),
                        _ => numbers.line(LineKind::Context, line.strip_prefix(' ').unwrap_or(line)),
                    })
                    .collect()
            }
        }
    }
}

/// The numbers the next line has.
struct Numbers {
    old: u32,
    new: u32,
}

impl Numbers {
    fn line<'a>(&mut self, kind: LineKind, text: &'a str) -> RawLine<'a> {
        let old_no = (kind != LineKind::Added).then_some(self.old);
        let new_no = (kind != LineKind::Removed).then_some(self.new);
        self.old += u32::from(old_no.is_some());
        self.new += u32::from(new_no.is_some());
        RawLine { kind, old_no, new_no, text, end: None }
    }
}

/// Numbers of lines and characters fit; files of 4 G lines are not shown.
pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
