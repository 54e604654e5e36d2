//! From the chunks of a patch to hunks against one file.

use crate::error::ProposeError;
use crate::indent::Reindent;
use crate::locate::{Ambiguous, Mismatch, Places, find_all, nearest};
use crate::parse::{Chunk, ChunkLine};
use protocol::{Hunk, HunkId, Ignored, LooseMatch};
use std::ops::Range;

/// Lines shown before and after a hunk.
const CONTEXT: usize = 3;

/// Lines `start..end` of the file become `new`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineChange {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) new: Vec<String>,
}

impl LineChange {
    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Hunks of one file, and the matches that ignored a difference.
#[derive(Debug, Default)]
pub(crate) struct FileHunks {
    pub(crate) hunks: Vec<Hunk>,
    pub(crate) loose: Vec<LooseMatch>,
}

/// Finds every chunk of `sections` in `lines` and gives what changes, as hunks of file number `file`. Each section is searched
/// for from the file's beginning, and never finds what an earlier section changed. A chunk that fits several places equally well
/// is an error, unless the order of the chunks leaves one, or as many equal chunks are left as there are places.
pub(crate) fn hunks_of(
    path: &str,
    file: usize,
    lines: &[&str],
    sections: &[&[Chunk]],
) -> Result<FileHunks, ProposeError> {
    let mut changes: Vec<LineChange> = Vec::new();
    let mut loose = Vec::new();
    let mut number = 0;
    for (index, chunks) in sections.iter().enumerate() {
        for (chunk, mut fits) in fits_of_section(path, lines, chunks, &changes, number)? {
            number += 1;
            let later = sections[index + 1..].iter().flat_map(|chunks| chunks.iter());
            let equal = 1 + later.filter(|other| other.is_equal(chunk)).count();
            if fits.len() > 1 && equal != fits.len() {
                let starts: Vec<usize> = fits.iter().map(|fit| fit.at).collect();
                return Err(Ambiguous::new(path, number, chunk.patch_line, lines, &starts).into());
            }
            let fit = fits.swap_remove(0);
            if let Some(ignored) = fit.ignored {
                loose.push(LooseMatch { line: self::number(fit.at + 1), ignored });
            }
            changes.extend(fit.changes);
        }
    }
    Ok(FileHunks { hunks: numbered(file, lines, merged(lines, changes)), loose })
}

/// Finds where each chunk of a section can go: after the chunk before it, and before the one after it.
fn fits_of_section<'c>(
    path: &str,
    lines: &[&str],
    chunks: &'c [Chunk],
    taken: &[LineChange],
    before: usize,
) -> Result<Vec<(&'c Chunk, Vec<Fit>)>, ProposeError> {
    let mut found: Vec<(&Chunk, Vec<Fit>)> = Vec::with_capacity(chunks.len());
    let mut from = 0;
    for (index, chunk) in chunks.iter().enumerate() {
        let fits = fits(lines, chunk, from, taken).map_err(
            |Miss { expected, header, pattern, searched_from }| {
                let earlier = find_all(lines, &pattern, 0, chunk.at_end, |_, _| true).filter(|_| from > 0);
                let (line, near) = nearest(lines, &pattern, searched_from);
                Mismatch {
                    path: path.to_owned(),
                    hunk: before + index + 1,
                    patch_line: chunk.patch_line,
                    expected: expected.unwrap_or_else(|| line.to_owned()),
                    header,
                    earlier: earlier.map(|places| places.starts[0] + 1),
                    near,
                }
            },
        )?;
        from = fits.iter().map(|fit| fit.next).min().unwrap_or(from);
        found.push((chunk, fits));
    }
    let mut latest = usize::MAX;
    for (_, fits) in found.iter_mut().rev() {
        if fits.len() > 1 {
            fits.retain(|fit| fit.next <= latest);
        }
        latest = fits.iter().map(|fit| fit.begins).max().unwrap_or(latest).min(latest);
    }
    Ok(found)
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

/// A place where a chunk fits.
struct Fit {
    /// First line of the place.
    at: usize,
    changes: Vec<LineChange>,
    ignored: Option<Ignored>,
    /// Line the chunk before must end by.
    begins: usize,
    /// Line the next chunk is searched from.
    next: usize,
}

struct Miss<'c> {
    expected: Option<String>,
    header: bool,
    pattern: Vec<&'c str>,
    searched_from: usize,
}

/// Finds the places a chunk fits equally well; at least one, and several only where nothing tells them apart.
fn fits<'c>(
    lines: &[&str],
    chunk: &'c Chunk,
    from: usize,
    taken: &[LineChange],
) -> Result<Vec<Fit>, Miss<'c>> {
    let anchors = anchors(lines, chunk, from)?;
    let whole = chunk.lines.as_slice();
    let trimmed = &whole[..whole.len() - chunk.blank_tail];
    let is_free = |changes: &[LineChange]| {
        !changes.iter().any(|change| taken.iter().any(|other| other.overlaps(change)))
    };
    if trimmed.iter().all(|line| matches!(line, ChunkLine::Insert(_))) {
        return insertions(lines, chunk, trimmed, from, &anchors, is_free);
    }
    // models repeat the line of an `@@` as the first line of the chunk, so that line itself is tried last
    let mut starts: Vec<Vec<usize>> = vec![vec![from]];
    if !anchors.is_empty() {
        starts = vec![anchors.iter().map(|at| at + 1).collect(), anchors.clone()];
    }
    let bodies = if chunk.blank_tail == 0 { vec![whole] } else { vec![whole, trimmed] };
    for (starts, body) in starts.iter().flat_map(|starts| bodies.iter().map(move |body| (starts, *body))) {
        let pattern = old_lines(body);
        let changes = |at: usize, ignored| changes_at(lines, body, &pattern, at, ignored);
        let accept = |at: usize, ignored| changes(at, ignored).is_some_and(|changes| is_free(&changes));
        let places: Vec<Places> = starts
            .iter()
            .filter_map(|&start| find_all(lines, &pattern, start, chunk.at_end, accept))
            // an `@@` line is an anchor: the first place after it is meant
            .map(|Places { ignored, mut starts }| {
                starts.truncate(if anchors.is_empty() { usize::MAX } else { 1 });
                Places { ignored, starts }
            })
            .collect();
        let Some(strictest) = places.iter().map(|places| places.ignored).min() else { continue };
        let mut starts: Vec<usize> = places
            .into_iter()
            .filter(|places| places.ignored == strictest)
            .flat_map(|places| places.starts)
            .collect();
        starts.sort_unstable();
        starts.dedup();
        let fit = |at| {
            let changes = changes(at, strictest)?;
            Some(Fit { at, changes, ignored: strictest, begins: at, next: at + pattern.len() })
        };
        return Ok(starts.into_iter().filter_map(fit).collect());
    }
    Err(Miss {
        expected: None,
        header: false,
        pattern: old_lines(trimmed),
        searched_from: first_after(&anchors, from),
    })
}

/// Finds the lines that a chunk's innermost `@@` line can be; none when it has no `@@` line.
fn anchors<'c>(lines: &[&str], chunk: &'c Chunk, from: usize) -> Result<Vec<usize>, Miss<'c>> {
    let mut anchors: Vec<usize> = Vec::new();
    for (depth, header) in chunk.headers.iter().enumerate() {
        let pattern = vec![header.as_str()];
        let after =
            |from: usize| find_all(lines, &pattern, from, false, |_, _| true).map(|places| places.starts);
        anchors = if depth == 0 {
            after(from).unwrap_or_default()
        } else {
            let mut inner: Vec<usize> =
                anchors.iter().filter_map(|at| after(at + 1)?.first().copied()).collect();
            inner.dedup();
            inner
        };
        if anchors.is_empty() {
            return Err(Miss { expected: Some(header.clone()), header: true, pattern, searched_from: from });
        }
    }
    Ok(anchors)
}

fn first_after(anchors: &[usize], from: usize) -> usize {
    anchors.first().map_or(from, |at| at + 1)
}

/// Finds where a chunk that only inserts goes: after its `@@` line, or at the end of the file.
fn insertions<'c>(
    lines: &[&str],
    chunk: &'c Chunk,
    body: &[ChunkLine],
    from: usize,
    anchors: &[usize],
    is_free: impl Fn(&[LineChange]) -> bool,
) -> Result<Vec<Fit>, Miss<'c>> {
    let next = first_after(anchors, from);
    let fit = |at: usize, next: usize| {
        let changes = changes_at(lines, body, &[], at, None).filter(|changes| is_free(changes))?;
        Some(Fit { at, changes, ignored: None, begins: next, next })
    };
    let fits: Vec<Fit> = if anchors.is_empty() || chunk.at_end {
        fit(lines.len(), next).into_iter().collect()
    } else {
        anchors.iter().filter_map(|at| fit(at + 1, at + 1)).collect()
    };
    if fits.is_empty() {
        let pattern = chunk.headers.last().map(String::as_str).into_iter().collect();
        return Err(Miss { expected: None, header: true, pattern, searched_from: next });
    }
    Ok(fits)
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
/// come out of the patch: the file's own stay. Where the match ignored indentation, inserted lines are indented as the file is;
/// `None` when it cannot be told how.
fn changes_at(
    lines: &[&str],
    body: &[ChunkLine],
    pattern: &[&str],
    at: usize,
    ignored: Option<Ignored>,
) -> Option<Vec<LineChange>> {
    let reindent = match ignored {
        Some(Ignored::Indentation | Ignored::Typography) => {
            Reindent::between(pattern.iter().copied().zip(lines.get(at..)?.iter().copied()))
        }
        Some(Ignored::TrailingSpace) | None => Reindent::Same,
    };
    let mut changes: Vec<LineChange> = Vec::new();
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
                changes.push(LineChange { start: line, end: line + 1, new: Vec::new() });
                line += 1;
            }
            (ChunkLine::Insert(text), Some(change)) => change.new.push(reindent.apply(text)?),
            (ChunkLine::Insert(text), None) => {
                changes.push(LineChange { start: line, end: line, new: vec![reindent.apply(text)?] });
            }
        }
    }
    Some(changes)
}

/// In the order of the file, touching ones made one, and what does not change taken off both ends.
fn merged(lines: &[&str], mut changes: Vec<LineChange>) -> Vec<LineChange> {
    changes.sort_by_key(|change| (change.start, change.end));
    let mut merged: Vec<LineChange> = Vec::with_capacity(changes.len());
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

fn trim(lines: &[&str], change: &mut LineChange) {
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
pub(crate) fn numbered(file: usize, lines: &[&str], changes: Vec<LineChange>) -> Vec<Hunk> {
    let owned = |range: Range<usize>| lines[range].iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let mut added = 0;
    let mut taken = 0;
    changes
        .into_iter()
        .enumerate()
        .map(|(index, LineChange { start, end, new })| {
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
