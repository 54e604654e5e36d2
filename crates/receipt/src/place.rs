//! Puts the hunks of a patch into the lines of a file.

use crate::line::LineHash;
use crate::model::{LineOrigin, ModelLine, PathModel};
use crate::record::{ReceiptFile, ReceiptHunk};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::rc::Rc;

/// Hunk with its lines read.
struct ReadHunk {
    /// Line of the file before the patch, counted from 0.
    line: usize,
    before: Vec<LineHash>,
    old: Vec<LineHash>,
    new: Vec<LineHash>,
    after: Vec<LineHash>,
}

impl ReadHunk {
    fn new(hunk: &ReceiptHunk) -> Self {
        Self {
            line: usize::try_from(hunk.line.saturating_sub(1)).unwrap_or(usize::MAX),
            before: read_lines(&hunk.before),
            old: read_lines(&hunk.old),
            new: read_lines(&hunk.written),
            after: read_lines(&hunk.after),
        }
    }
}

/// Reads the hashes of lines as a receipt holds them.
pub(crate) fn read_lines(lines: &[String]) -> Vec<LineHash> {
    lines.iter().filter_map(|line| LineHash::from_hex(line)).collect()
}

/// Applies the hunks of a file that were written. `first` is the place of the file's first hunk among those of the receipt.
pub(crate) fn apply_hunks(model: &mut PathModel, file: &ReceiptFile, first: usize) {
    let lines = Rc::make_mut(&mut model.lines);
    // lines between where a hunk was and where it is now
    let mut shift: i128 = 0;
    for (number, hunk) in (first..).zip(&file.hunks) {
        if !hunk.state.is_written() {
            continue;
        }
        let hunk = ReadHunk::new(hunk);
        let line = i128::try_from(hunk.line).unwrap_or(i128::MAX / 2);
        let expected = usize::try_from(line + shift).unwrap_or(0);
        let Some(at) = locate(lines, &hunk, expected) else {
            Rc::make_mut(&mut model.unplaced).push(number);
            continue;
        };
        let put_in = merged(&lines[at..at + hunk.old.len()], &hunk.new, number);
        lines.splice(at..at + hunk.old.len(), put_in);
        let length = |lines: &[LineHash]| i128::try_from(lines.len()).unwrap_or_default();
        shift = i128::try_from(at).unwrap_or_default() - line + length(&hunk.new) - length(&hunk.old);
    }
}

/// Returns the new lines of a hunk: those that were among the old ones keep their origin.
fn merged(old: &[ModelLine], new: &[LineHash], number: usize) -> Vec<ModelLine> {
    let hashes: Vec<_> = old.iter().map(|line| line.hash).collect();
    let mut lines: Vec<_> =
        new.iter().map(|hash| ModelLine { hash: *hash, origin: LineOrigin::Hunk(number) }).collect();
    for op in capture_diff_slices(Algorithm::Myers, &hashes, new) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            lines[new_index..new_index + len].copy_from_slice(&old[old_index..old_index + len]);
        }
    }
    lines
}

/// Finds the line at which a hunk goes in, as near to `expected` as there is one.
fn locate(lines: &[ModelLine], hunk: &ReadHunk, expected: usize) -> Option<usize> {
    let is_at = |at: usize, wanted: &[LineHash]| {
        at.checked_add(wanted.len())
            .and_then(|end| lines.get(at..end))
            .is_some_and(|there| there.iter().map(|line| line.hash).eq(wanted.iter().copied()))
    };
    let has_before =
        |at: usize| at.checked_sub(hunk.before.len()).is_some_and(|start| is_at(start, &hunk.before));
    let has_after = |at: usize| is_at(at + hunk.old.len(), &hunk.after);
    let has_context =
        |at: usize| !hunk.before.is_empty() && has_before(at) || !hunk.after.is_empty() && has_after(at);
    let nearest = |fits: &dyn Fn(usize) -> bool| {
        let last = lines.len();
        let start = expected.min(last);
        (0..=last)
            .flat_map(|away| [start.checked_sub(away), start.checked_add(away)])
            .flatten()
            .find(|at| *at <= last && is_at(*at, &hunk.old) && fits(*at))
    };
    nearest(&|at| has_before(at) && has_after(at))
        .filter(|at| *at == expected || has_context(*at) || !hunk.old.is_empty())
        .or_else(|| nearest(&|at| at == expected && !hunk.old.is_empty()))
        .or_else(|| nearest(&has_context))
}
