//! From the chunks of a patch to hunks against one file.

use crate::locate::{Mismatch, find, nearest};
use crate::parse::{Chunk, ChunkLine};
use protocol::{Hunk, HunkId};
use std::ops::Range;

/// Lines shown before and after a hunk.
const CONTEXT: usize = 3;

/// Lines `start..end` of the file become `new`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) new: Vec<String>,
}

impl Change {
    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Finds every chunk of `sections` in `lines` and gives what changes, as hunks of file number `file`. Each section is searched
/// for from the file's beginning, and never finds what an earlier section changed.
pub(crate) fn hunks_of(
    path: &str,
    file: usize,
    lines: &[&str],
    sections: &[&[Chunk]],
) -> Result<Vec<Hunk>, Mismatch> {
    let mut changes: Vec<Change> = Vec::new();
    let mut number = 0;
    for chunks in sections {
        let earlier = changes.clone();
        let mut from = 0;
        for chunk in *chunks {
            number += 1;
            let located = locate(lines, chunk, from, &earlier).map_err(
                |Miss { expected, header, pattern, searched_from }| {
                    let earlier = find(lines, &pattern, 0, chunk.at_end, |_| true).filter(|_| from > 0);
                    let (line, near) = nearest(lines, &pattern, searched_from);
                    Mismatch {
                        path: path.to_owned(),
                        hunk: number,
                        patch_line: chunk.patch_line,
                        expected: expected.unwrap_or_else(|| line.to_owned()),
                        header,
                        earlier: earlier.map(|index| index + 1),
                        near,
                    }
                },
            )?;
            from = located.next;
            changes.extend(located.changes);
        }
    }
    Ok(numbered(file, lines, merged(lines, changes)))
}

/// The one hunk of a file that is added or deleted.
pub(crate) fn whole(file: usize, old: Vec<String>, new: Vec<String>) -> Hunk {
    Hunk {
        id: HunkId::new(file, 0),
        old_start: 0,
        new_start: 0,
        before: Vec::new(),
        old,
        new,
        after: Vec::new(),
    }
}

struct Located {
    changes: Vec<Change>,
    /// Line the next chunk is searched from.
    next: usize,
}

struct Miss<'c> {
    expected: Option<String>,
    header: bool,
    pattern: Vec<&'c str>,
    searched_from: usize,
}

fn locate<'c>(lines: &[&str], chunk: &'c Chunk, from: usize, taken: &[Change]) -> Result<Located, Miss<'c>> {
    let mut from = from;
    let mut header_at = None;
    for header in &chunk.headers {
        let pattern = vec![header.as_str()];
        let Some(at) = find(lines, &pattern, from, false, |_| true) else {
            return Err(Miss { expected: Some(header.clone()), header: true, pattern, searched_from: from });
        };
        header_at = Some(at);
        from = at + 1;
    }
    let whole = chunk.lines.as_slice();
    let trimmed = &whole[..whole.len() - chunk.blank_tail];
    let is_insertion = trimmed.iter().all(|line| matches!(line, ChunkLine::Insert(_)));
    let is_free =
        |changes: &[Change]| !changes.iter().any(|change| taken.iter().any(|other| other.overlaps(change)));
    if is_insertion {
        let at = header_at.filter(|_| !chunk.at_end).map_or(lines.len(), |at| at + 1);
        let changes = changes_at(trimmed, at);
        if !is_free(&changes) {
            let pattern = chunk.headers.last().map(String::as_str).into_iter().collect();
            return Err(Miss { expected: None, header: true, pattern, searched_from: from });
        }
        return Ok(Located { changes, next: from });
    }
    // models repeat the line of an `@@` as the first line of the chunk, so that line itself is tried last
    let starts = [Some(from), header_at];
    let bodies = if chunk.blank_tail == 0 { vec![whole] } else { vec![whole, trimmed] };
    for start in starts.into_iter().flatten() {
        for body in &bodies {
            let pattern = old_lines(body);
            let free = |at| taken.is_empty() || is_free(&changes_at(body, at));
            if let Some(at) = find(lines, &pattern, start, chunk.at_end, free) {
                return Ok(Located { changes: changes_at(body, at), next: at + pattern.len() });
            }
        }
    }
    Err(Miss { expected: None, header: false, pattern: old_lines(trimmed), searched_from: from })
}

fn old_lines(body: &[ChunkLine]) -> Vec<&str> {
    body.iter()
        .filter_map(|line| match line {
            ChunkLine::Context(text) | ChunkLine::Remove(text) => Some(text.as_str()),
            ChunkLine::Insert(_) => None,
        })
        .collect()
}

/// Returns the changes a chunk makes when its first old line is line `at` of the file. Context lines never
/// come out of the patch: the file's own stay.
fn changes_at(body: &[ChunkLine], at: usize) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut line = at;
    for part in body {
        let open = match part {
            ChunkLine::Context(_) => None,
            ChunkLine::Remove(_) | ChunkLine::Insert(_) => {
                changes.last_mut().filter(|change| change.end == line)
            }
        };
        match (part, open) {
            (ChunkLine::Context(_), _) => line += 1,
            (ChunkLine::Remove(_), Some(change)) => {
                line += 1;
                change.end = line;
            }
            (ChunkLine::Remove(_), None) => {
                changes.push(Change { start: line, end: line + 1, new: Vec::new() });
                line += 1;
            }
            (ChunkLine::Insert(text), Some(change)) => change.new.push(text.clone()),
            (ChunkLine::Insert(text), None) => {
                changes.push(Change { start: line, end: line, new: vec![text.clone()] });
            }
        }
    }
    changes
}

/// In the order of the file, touching ones made one, and what does not change taken off both ends.
fn merged(lines: &[&str], mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by_key(|change| (change.start, change.end));
    let mut merged: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        match merged.last_mut().filter(|last| last.end == change.start) {
            Some(last) => {
                last.end = change.end;
                last.new.extend(change.new);
            }
            None => merged.push(change),
        }
    }
    for change in &mut merged {
        trim(lines, change);
    }
    merged.retain(|change| change.start != change.end || !change.new.is_empty());
    merged
}

fn trim(lines: &[&str], change: &mut Change) {
    let old = &lines[change.start..change.end];
    let head = old.iter().zip(&change.new).take_while(|(old, new)| **old == new.as_str()).count();
    let tail = old[head..]
        .iter()
        .rev()
        .zip(change.new[head..].iter().rev())
        .take_while(|(old, new)| **old == new.as_str())
        .count();
    change.start += head;
    change.end -= tail;
    change.new.truncate(change.new.len() - tail);
    change.new.drain(..head);
}

/// Changes in the order of the file, as hunks of file number `file`.
pub(crate) fn numbered(file: usize, lines: &[&str], changes: Vec<Change>) -> Vec<Hunk> {
    let owned = |range: Range<usize>| lines[range].iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let mut added = 0;
    let mut taken = 0;
    changes
        .into_iter()
        .enumerate()
        .map(|(index, Change { start, end, new })| {
            let hunk = Hunk {
                id: HunkId::new(file, index),
                old_start: number(start),
                new_start: number(start + added - taken),
                before: owned(start.saturating_sub(CONTEXT)..start),
                old: owned(start..end),
                after: owned(end..lines.len().min(end + CONTEXT)),
                new,
            };
            added += hunk.new.len();
            taken += hunk.old.len();
            hunk
        })
        .collect()
}

/// Files are bounded far below 2^32 lines; a larger one would only show wrong numbers.
fn number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}
