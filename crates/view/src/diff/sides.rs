//! Both sides of a changed file, so that the lines of a hunk are read in the text they stand in.

use crate::diff::any_hunk::{AnyHunk, RawLine};
use crate::row::LineKind;
use crate::text::visible_line;
use protocol::{DiffFile, FilePatch};
use std::ops::Range;
use std::path::PathBuf;

/// Side of a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffSide {
    /// The file before.
    Old,
    /// The file after.
    New,
}

/// Lines that take the place of others; both starts are counted from 0.
#[derive(Clone, Debug)]
struct ReplacedLines {
    old_start: usize,
    old: Vec<String>,
    new_start: usize,
    new: Vec<String>,
}

/// Some lines of a hunk, with the file they are of.
#[derive(Clone, Debug)]
pub struct HunkInFile {
    /// The file on disk.
    pub file: PathBuf,
    /// The side that the file on disk should be.
    pub on_disk: DiffSide,
    /// All changes of the file.
    changes: Vec<ReplacedLines>,
    /// Lines of the hunk.
    hunk: SidePair,
    /// Place of each line that is wanted: its side, and its number there, counted from 0.
    pub wanted: Vec<(DiffSide, usize)>,
}

/// Consecutive lines of a side, as they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideLines {
    /// Number of the first, counted from 0.
    pub first: usize,
    /// The lines.
    pub lines: Vec<String>,
}

/// Both sides of a file, or of a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SidePair {
    /// The file before.
    pub old: SideLines,
    /// The file after.
    pub new: SideLines,
}

impl HunkInFile {
    /// Lines `window` of a hunk of a proposed patch.
    pub(crate) fn proposed(file: &FilePatch, hunk: AnyHunk<'_>, window: Range<usize>) -> Self {
        let changes = file.hunks.iter().map(|hunk| ReplacedLines {
            old_start: hunk.old_start as usize,
            old: hunk.old.clone(),
            new_start: hunk.new_start as usize,
            new: hunk.new.clone(),
        });
        Self::new(file.target.clone(), DiffSide::Old, changes.collect(), hunk, window)
    }

    /// Lines `window` of a hunk of a diff, of which `on_disk` is the side the file at `path` should be.
    pub(crate) fn changed(
        path: PathBuf,
        on_disk: DiffSide,
        file: &DiffFile,
        hunk: AnyHunk<'_>,
        window: Range<usize>,
    ) -> Self {
        let side = |lines: &[String], other: char| -> Vec<String> {
            let of_side = lines.iter().filter(|line| !line.starts_with(other));
            of_side.map(|line| line.get(1..).unwrap_or_default().to_owned()).collect()
        };
        let changes = file.hunks.iter().map(|hunk| ReplacedLines {
            old_start: (hunk.old_start as usize).saturating_sub(1),
            old: side(&hunk.lines, '+'),
            new_start: (hunk.new_start as usize).saturating_sub(1),
            new: side(&hunk.lines, '-'),
        });
        Self::new(path, on_disk, changes.collect(), hunk, window)
    }

    fn new(
        file: PathBuf,
        on_disk: DiffSide,
        changes: Vec<ReplacedLines>,
        hunk: AnyHunk<'_>,
        window: Range<usize>,
    ) -> Self {
        let raw = hunk.raw_lines();
        let wanted = raw.iter().skip(window.start).take(window.len()).map(|line| match line.kind {
            LineKind::Removed => (DiffSide::Old, number(line.old_no)),
            LineKind::Added | LineKind::Context => (DiffSide::New, number(line.new_no)),
        });
        let wanted = wanted.collect();
        let hunk = SidePair { old: own(&raw, |line| line.old_no), new: own(&raw, |line| line.new_no) };
        Self { file, on_disk, changes, hunk, wanted }
    }

    /// The lines of the hunk alone.
    pub fn own_lines(&self) -> &SidePair {
        &self.hunk
    }

    /// Both sides of the whole file, from its text on disk (`None` where there is no file); only the lines of the hunk where that
    /// text is not the one the diff is about.
    pub fn sides(&self, disk: Option<&str>) -> SidePair {
        let disk: Vec<&str> = disk.map(lines).unwrap_or_default();
        let other = match self.on_disk {
            DiffSide::Old => replace(&disk, self.changes.iter().map(|c| (c.old_start, &c.old, &c.new))),
            DiffSide::New => replace(&disk, self.changes.iter().map(|c| (c.new_start, &c.new, &c.old))),
        };
        let Some(other) = other else { return self.hunk.clone() };
        let (old, new) = match self.on_disk {
            DiffSide::Old => (disk, other),
            DiffSide::New => (other, disk),
        };
        SidePair { old: shown(0, old), new: shown(0, new) }
    }
}

impl SidePair {
    /// Returns one of them.
    pub fn side(&self, side: DiffSide) -> &SideLines {
        match side {
            DiffSide::Old => &self.old,
            DiffSide::New => &self.new,
        }
    }
}

/// A line's number counted from 0.
fn number(counted_from_1: Option<u32>) -> usize {
    (counted_from_1.unwrap_or(1) as usize).saturating_sub(1)
}

/// The lines of a hunk that are on a side, by their numbers there.
fn own(raw: &[RawLine<'_>], number_of: impl Fn(&RawLine<'_>) -> Option<u32>) -> SideLines {
    let mut lines = raw.iter().filter(|line| number_of(line).is_some()).peekable();
    let first = number(lines.peek().and_then(|line| number_of(line)));
    shown(first, lines.map(|line| line.text))
}

fn shown<'a>(first: usize, lines: impl IntoIterator<Item = &'a str>) -> SideLines {
    SideLines { first, lines: lines.into_iter().map(visible_line).collect() }
}

/// Lines of a text, without their endings.
fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

/// The lines with every change made. `None` where they are not what the changes are about.
fn replace<'a>(
    lines: &[&'a str],
    changes: impl Iterator<Item = (usize, &'a Vec<String>, &'a Vec<String>)>,
) -> Option<Vec<&'a str>> {
    let mut replaced = Vec::with_capacity(lines.len());
    let mut at = 0;
    for (start, from, to) in changes {
        let before = lines.get(at..start)?;
        let taken = lines.get(start..start.checked_add(from.len())?)?;
        if taken.iter().zip(from).any(|(line, from)| line != from) {
            return None;
        }
        replaced.extend_from_slice(before);
        replaced.extend(to.iter().map(String::as_str));
        at = start + from.len();
    }
    replaced.extend_from_slice(lines.get(at..)?);
    Some(replaced)
}
