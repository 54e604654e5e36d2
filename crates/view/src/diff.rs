//! Diffs as lines with numbers and marks.

mod any_hunk;
mod moved;
mod sides;

use crate::file_marks::file_marks;
use crate::row::{ChangesView, DiffLine, FileMark, FileView, HunkView, LineEnds, LineKind};
use crate::text::{visible_inline, visible_line};
use any_hunk::RawLine;
use moved::MovedLines;
use protocol::{
    DiffFile, DiffHunk, DiffStatus, FileMode, FilePatch, HunkId, Ignored, LineEnd, LooseMatch, ModeChange,
    PatchKind, PatchProposal, WorkspaceDiff,
};
use similar::{ChangeTag, InlineChangeOptions, TextDiff};
use std::collections::BTreeSet;
use std::ops::Range;

pub use any_hunk::AnyHunk;
pub(crate) use any_hunk::count;
pub use sides::{DiffSide, HunkInFile, SideLines, SidePair};

/// Lines of one hunk that are sent with it; the rest is asked for.
pub const MAX_HUNK_LINES: usize = 400;
/// Lines of all hunks of one message.
pub const MAX_MESSAGE_LINES: usize = 2000;
/// Largest new text of a hunk that can be edited, in bytes.
pub const MAX_EDIT_BYTES: usize = 64 * 1024;

/// A change of more lines than this has no marks: nobody compares so much by eye.
const MAX_MARKED_LINES: usize = 80;
/// A change of more text than this has no marks: looking for them takes time.
const MAX_MARKED_BYTES: usize = 8 * 1024;

impl AnyHunk<'_> {
    /// Its lines from number `from` (counted from 0) on, `count` at the most.
    pub fn lines(self, from: usize, count: usize) -> Vec<DiffLine> {
        let raw = self.raw_lines();
        let window = from.min(raw.len())..from.saturating_add(count).min(raw.len());
        let mut lines: Vec<_> = raw[window.clone()]
            .iter()
            .map(|line| DiffLine {
                kind: line.kind,
                old_no: line.old_no,
                new_no: line.new_no,
                text: visible_line(line.text),
                marks: Vec::new(),
                end: line.end,
            })
            .collect();
        for change in changes(&raw) {
            if change.start < window.end && window.start < change.end {
                mark(&raw[change.clone()], change.start, &window, &mut lines);
            }
        }
        lines
    }

    pub(crate) fn view(self, id: HunkId, budget: &mut usize, new_text: Option<String>) -> HunkView {
        let (header, added, removed, line_count, first_change) = match self {
            Self::Proposed(hunk) => {
                let around = hunk.before.len() + hunk.after.len();
                let before = count(hunk.before.len());
                (
                    header(
                        (hunk.old_start.saturating_sub(before) + 1, count(around + hunk.old.len())),
                        (hunk.new_start.saturating_sub(before) + 1, count(around + hunk.new.len())),
                    ),
                    count(hunk.new.len()),
                    count(hunk.old.len()),
                    count(around + hunk.old.len() + hunk.new.len()),
                    before,
                )
            }
            Self::Changed(hunk) => (
                header((hunk.old_start, hunk.old_lines), (hunk.new_start, hunk.new_lines)),
                marked(hunk, '+'),
                marked(hunk, '-'),
                count(hunk.lines.len()),
                count(hunk.lines.iter().take_while(|line| line.starts_with(' ')).count()),
            ),
        };
        let lines = self.lines(0, MAX_HUNK_LINES.min(*budget));
        *budget -= lines.len();
        let digest = self.digest();
        HunkView {
            id,
            header,
            added,
            removed,
            line_count,
            first_change,
            digest,
            lines,
            moved: Vec::new(),
            ends: self.ends(),
            conflict: None,
            new_text,
        }
    }

    fn digest(self) -> String {
        match self {
            Self::Proposed(hunk) => hunk.digest(),
            Self::Changed(hunk) => hunk.digest(),
        }
    }

    /// Returns the kinds of line endings on both sides, where they are to be shown.
    fn ends(self) -> Option<LineEnds> {
        let Self::Changed(hunk) = self else { return None };
        let of = |mark: char| {
            let lines = hunk.changed_lines().filter(|(line, _)| line.starts_with(mark));
            let kinds: BTreeSet<LineEnd> = lines.filter_map(|(_, end)| end).collect();
            kinds.into_iter().collect()
        };
        (!hunk.ends.is_empty()).then(|| LineEnds { old: of('-'), new: of('+') })
    }
}

/// Runs of removed lines with the added lines that follow them at once.
fn changes(lines: &[RawLine<'_>]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let removed = lines[at..].iter().take_while(|line| line.kind == LineKind::Removed).count();
        let added = lines[at + removed..].iter().take_while(|line| line.kind == LineKind::Added).count();
        if removed > 0 && added > 0 {
            runs.push(at..at + removed + added);
        }
        at += (removed + added).max(1);
    }
    runs
}

/// Marks the words that differ between the two sides of a change. `lines` is what `window` shows of the hunk; the change begins
/// at its line `start`.
fn mark(change: &[RawLine<'_>], start: usize, window: &Range<usize>, lines: &mut [DiffLine]) {
    if change.len() > MAX_MARKED_LINES
        || change.iter().map(|line| line.text.len()).sum::<usize>() > MAX_MARKED_BYTES
    {
        return;
    }
    // marks are of the text as it is shown
    let shown: Vec<String> = change.iter().map(|line| visible_line(line.text)).collect();
    let removed = change.iter().take_while(|line| line.kind == LineKind::Removed).count();
    let mut options = InlineChangeOptions::new();
    options.min_ratio(0.4).semantic_cleanup(true);
    // the first line taken out is compared with the first put in, and so on; one without a partner is new as a whole
    for (at, (old, new)) in shown[..removed].iter().zip(&shown[removed..]).enumerate() {
        let diff = TextDiff::from_slices(&[old.as_str()], &[new.as_str()]);
        for inline in
            diff.ops().iter().flat_map(|op| diff.iter_inline_changes_with_options_deadline(op, options, None))
        {
            let line = match inline.tag() {
                ChangeTag::Delete => start + at,
                ChangeTag::Insert => start + removed + at,
                ChangeTag::Equal => continue,
            };
            if window.contains(&line) {
                lines[line - window.start].marks = marks(inline.values());
            }
        }
    }
}

/// The emphasised parts as ranges of UTF-16 units, neighbours joined.
fn marks(values: &[(bool, &str)]) -> Vec<(u32, u32)> {
    let mut marks: Vec<(u32, u32)> = Vec::new();
    let mut at = 0;
    for (emphasised, text) in values {
        let end = at + count(text.encode_utf16().count());
        if *emphasised && end > at {
            match marks.last_mut() {
                Some(last) if last.1 == at => last.1 = end,
                _ => marks.push((at, end)),
            }
        }
        at = end;
    }
    marks
}

/// "@@ -12,3 +12,4 @@", as git prints it: an empty side begins at the line before it.
fn header((old, old_lines): (u32, u32), (new, new_lines): (u32, u32)) -> String {
    let side = |start: u32, lines: u32| match lines {
        0 => format!("{},0", start.saturating_sub(1)),
        1 => start.to_string(),
        _ => format!("{start},{lines}"),
    };
    format!("@@ -{} +{} @@", side(old, old_lines), side(new, new_lines))
}

/// The files of a proposed patch, with their lines and the text that can be edited.
pub fn proposal(proposal: &PatchProposal) -> Vec<FileView> {
    let mut budget = MAX_MESSAGE_LINES;
    let mut files: Vec<_> = proposal.files.iter().map(|file| proposed_file(file, &mut budget)).collect();
    mark_moved(&mut files, proposal.hunks().map(|(_, hunk)| AnyHunk::Proposed(hunk)));
    files
}

/// Names the moved lines of each hunk of a diff; `hunks` are those of the files, in order.
fn mark_moved<'a>(files: &mut [FileView], hunks: impl Iterator<Item = AnyHunk<'a>>) {
    let moved = MovedLines::find(hunks);
    for (at, hunk) in files.iter_mut().flat_map(|file| &mut file.hunks).enumerate() {
        hunk.moved = moved.ranges(at);
    }
}

fn proposed_file(file: &FilePatch, budget: &mut usize) -> FileView {
    let (status, other_path) = status_of(&file.kind);
    let hunks: Vec<_> = file
        .hunks
        .iter()
        .map(|hunk| {
            let bytes: usize = hunk.new.iter().map(|line| line.len() + 1).sum();
            // the text of a deletion is not edited: declining it keeps the file
            let can_edit = bytes <= MAX_EDIT_BYTES && status != DiffStatus::Deleted;
            let view =
                AnyHunk::Proposed(hunk).view(hunk.id.clone(), budget, can_edit.then(|| hunk.new.join("\n")));
            let conflict = file.conflicts.iter().find(|conflict| conflict.hunk == hunk.id);
            let base = conflict.map(|conflict| conflict.base.iter().map(|line| visible_line(line)).collect());
            HunkView { conflict: base, ..view }
        })
        .collect();
    let mut notes = file_notes(file);
    if file.outside {
        let target = file.target.to_string_lossy();
        let note = match &file.move_target {
            None => format!("outside the folders this session may write: {}", visible_inline(&target)),
            // either end of a move may be the one outside
            Some(to) => format!(
                "this move is in part outside the folders this session may write: {} -> {}",
                visible_inline(&target),
                visible_inline(&to.to_string_lossy())
            ),
        };
        notes.insert(0, note);
    }
    let mut marks = Vec::new();
    marks.extend(file.protected.is_some().then_some(FileMark::Protected));
    marks.extend(file.outside.then_some(FileMark::Outside));
    marks.extend(file.binary.then_some(FileMark::Binary));
    let first = file.hunks.first().map(|hunk| if hunk.new.is_empty() { &hunk.old } else { &hunk.new });
    marks.extend(file_marks(&file.path, first.into_iter().flatten().map(String::as_str)));
    FileView {
        path: visible_inline(&file.path).into_owned(),
        marks,
        other_path: other_path.map(|path| visible_inline(&path).into_owned()),
        status,
        sources: Vec::new(),
        added: hunks.iter().map(|hunk| hunk.added).sum(),
        removed: hunks.iter().map(|hunk| hunk.removed).sum(),
        notes,
        protected: file.protected.as_deref().map(|why| visible_inline(why).into_owned()),
        hunks,
    }
}

/// Words what is to be known of a file's part of a patch beside its lines: hard links, modes, places that were found by ignoring something.
pub fn file_notes(file: &FilePatch) -> Vec<String> {
    let own = file.notes.iter().map(|note| visible_inline(note).into_owned());
    own.chain(file.loose.iter().copied().map(loose_note)).collect()
}

/// Words a match that ignored a difference between the patch and the file.
fn loose_note(loose: LooseMatch) -> String {
    let ignored = match loose.ignored {
        Ignored::TrailingSpace => "trailing spaces",
        Ignored::Indentation => "indentation; the new lines are indented as the file is",
        Ignored::Typography => "typographic characters and indentation",
    };
    format!("line {}: found by ignoring {ignored}", loose.line)
}

/// Returns the status of a patched file, and the path it moves to.
pub(crate) fn status_of(kind: &PatchKind) -> (DiffStatus, Option<String>) {
    match kind {
        PatchKind::Add => (DiffStatus::Added, None),
        PatchKind::Delete => (DiffStatus::Deleted, None),
        PatchKind::Update { move_to: None } => (DiffStatus::Modified, None),
        PatchKind::Update { move_to: Some(to) } => (DiffStatus::Renamed, Some(to.clone())),
    }
}

/// The Changes panel. Hunks are numbered: [`HunkId::new`] of the file and the hunk.
pub fn workspace(diff: &WorkspaceDiff) -> ChangesView {
    let mut budget = MAX_MESSAGE_LINES;
    let mut files: Vec<_> = diff
        .files
        .iter()
        .enumerate()
        .map(|(number, file)| changed_file_view(number, file, &mut budget))
        .collect();
    mark_moved(&mut files, diff.files.iter().flat_map(|file| &file.hunks).map(AnyHunk::Changed));
    ChangesView {
        added: files.iter().map(|file| file.added).sum(),
        removed: files.iter().map(|file| file.removed).sum(),
        files,
        notes: diff.notes.iter().map(|note| visible_inline(note).into_owned()).collect(),
    }
}

/// Returns notes on a file that changed: the reason it has no hunks, and what its hunks do not show.
pub fn changed_file_notes(file: &DiffFile) -> Vec<String> {
    let mut notes = Vec::new();
    if file.binary {
        notes.push("binary file".to_owned());
    }
    if file.too_large {
        notes.push("too large to show".to_owned());
    }
    notes.extend(file.modes.and_then(mode_note));
    notes
}

/// Returns what a file's kinds and modes are, where its hunks do not show it.
fn mode_note(modes: ModeChange) -> Option<String> {
    use FileMode::{File, Link};
    let Some(old) = modes.old else { return modes.new.map(one_sided) };
    Some(match (old, modes.new) {
        (File(old), Some(File(new))) => format!("mode {old:o} becomes {new:o}"),
        (Link, Some(File(_))) => "a link becomes a file: the text taken out is where the link led".to_owned(),
        (File(_), Some(Link)) => "a file becomes a link: the text put in is where it leads".to_owned(),
        (Link, Some(Link)) => return None,
        (side, None) => one_sided(side),
    })
}

fn one_sided(mode: FileMode) -> String {
    match mode {
        FileMode::Link => "a link: its text is where it leads".to_owned(),
        FileMode::File(mode) => format!("mode {mode:o}"),
    }
}

/// Returns what a hunk changes of line endings: "line endings: CRLF before, LF after".
pub fn line_end_note(hunk: &DiffHunk) -> Option<String> {
    let ends = AnyHunk::Changed(hunk).ends()?;
    let side = |ends: &[LineEnd], when: &str| {
        let names: Vec<_> = ends.iter().map(|end| end.name()).collect();
        (!names.is_empty()).then(|| format!("{} {when}", names.join(" and ")))
    };
    let sides: Vec<_> = [side(&ends.old, "before"), side(&ends.new, "after")].into_iter().flatten().collect();
    Some(format!("line endings: {}", sides.join(", ")))
}

fn changed_file_view(number: usize, file: &DiffFile, budget: &mut usize) -> FileView {
    let notes = changed_file_notes(file);
    let mut marks = Vec::new();
    marks.extend(file.binary.then_some(FileMark::Binary));
    let only_mode =
        file.status == DiffStatus::Modified && file.hunks.is_empty() && !file.binary && !file.too_large;
    marks.extend(only_mode.then_some(FileMark::Mode));
    let first = file.hunks.first().into_iter().flat_map(|hunk| &hunk.lines);
    marks.extend(file_marks(&file.path, first.filter_map(|line| line.get(1..))));
    FileView {
        path: visible_inline(&file.path).into_owned(),
        marks,
        other_path: file.old_path.as_deref().map(|path| visible_inline(path).into_owned()),
        status: file.status,
        sources: file.sources.clone(),
        added: file.added,
        removed: file.removed,
        notes,
        protected: None,
        hunks: file
            .hunks
            .iter()
            .enumerate()
            .map(|(at, hunk)| AnyHunk::Changed(hunk).view(HunkId::new(number, at), budget, None))
            .collect(),
    }
}

/// The file that a path of [`workspace`] stands for: several where their names look alike.
pub fn changed_files<'a>(diff: &'a WorkspaceDiff, path: &str) -> impl Iterator<Item = &'a DiffFile> {
    diff.files.iter().filter(move |file| visible_inline(&file.path) == path)
}

/// The hunk [`workspace`] gave this id, with its file.
pub fn changed_hunk<'a>(
    diff: &'a WorkspaceDiff,
    path: &str,
    id: &HunkId,
) -> Option<(&'a DiffFile, &'a DiffHunk)> {
    let named = diff.files.iter().enumerate().filter(|(_, file)| visible_inline(&file.path) == path);
    let mut hunks = named.flat_map(|(number, file)| {
        file.hunks.iter().enumerate().map(move |(at, hunk)| (HunkId::new(number, at), file, hunk))
    });
    hunks.find_map(|(found, file, hunk)| (found == *id).then_some((file, hunk)))
}

fn marked(hunk: &DiffHunk, mark: char) -> u32 {
    count(hunk.lines.iter().filter(|line| line.starts_with(mark)).count())
}

#[cfg(test)]
mod tests;
