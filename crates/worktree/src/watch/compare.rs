//! From two states of the project to the files that differ, and how.

use super::content::{Content, DiffEntry};
use crate::node::Node;
use protocol::{DiffFile, DiffHunk, DiffStatus, FileMode, LineEnd, ModeChange};
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline, group_diff_ops};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// Time one file may take before its diff may be longer than need be.
const DEADLINE: Duration = Duration::from_millis(300);

/// Pairs of a file that went and a file that came that are compared line by line to find a rename.
const MAX_RENAME_PAIRS: usize = 2_500;

/// Share of two files that must be the same for one to be the other renamed, in percent.
const RENAME_PERCENT: usize = 50;

/// Files of one state, by path.
pub(super) type DiffEntries<'a> = BTreeMap<PathBuf, Rc<DiffEntry<'a>>>;

/// One file of a state.
#[derive(Clone, Debug)]
pub(super) struct Side<'a> {
    pub(super) path: PathBuf,
    pub(super) entry: Rc<DiffEntry<'a>>,
}

/// A file that differs. At least one side is there.
#[derive(Clone, Debug)]
pub(super) struct Pair<'a> {
    pub(super) old: Option<Side<'a>>,
    pub(super) new: Option<Side<'a>>,
    /// For a rename, how much of it is the same, in per cent.
    pub(super) similarity: Option<usize>,
}

impl Pair<'_> {
    /// Its path: the new one where there is one.
    pub(super) fn path(&self) -> &Path {
        self.new.as_ref().or(self.old.as_ref()).map_or(Path::new(""), |side| &side.path)
    }
}

/// The files among `touched` that differ, by path.
pub(super) fn pairs<'a>(
    touched: &BTreeSet<PathBuf>,
    old: &DiffEntries<'a>,
    new: &DiffEntries<'a>,
) -> Vec<Pair<'a>> {
    let side = |files: &DiffEntries<'a>, path: &PathBuf| {
        files.get(path).map(|entry| Side { path: path.clone(), entry: Rc::clone(entry) })
    };
    let (mut gone, mut come, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
    for path in touched {
        match (side(old, path), side(new, path)) {
            (Some(old), Some(new)) if !old.entry.is_same(&new.entry) => {
                pairs.push(Pair { old: Some(old), new: Some(new), similarity: None });
            }
            (Some(old), None) => gone.push(old),
            (None, Some(new)) => come.push(new),
            _ => {}
        }
    }
    for (old, new, similarity) in renames(&gone, &come) {
        gone.retain(|side| side.path != old.path);
        come.retain(|side| side.path != new.path);
        pairs.push(Pair { old: Some(old), new: Some(new), similarity: Some(similarity) });
    }
    pairs.extend(gone.into_iter().map(|old| Pair { old: Some(old), new: None, similarity: None }));
    pairs.extend(come.into_iter().map(|new| Pair { old: None, new: Some(new), similarity: None }));
    pairs.sort_by(|a, b| a.path().cmp(b.path()));
    pairs
}

/// Pairs the files that went with those that came.
fn renames<'a>(gone: &[Side<'a>], come: &[Side<'a>]) -> Vec<(Side<'a>, Side<'a>, usize)> {
    let mut candidates = Vec::new();
    for old in gone {
        let exact =
            come.iter().filter(|new| new.entry.has_content_of(&old.entry) && is_something(&new.entry));
        candidates.extend(exact.map(|new| (100, old, new)));
    }
    if gone.len() * come.len() <= MAX_RENAME_PAIRS {
        let come_lines: Vec<_> = come.iter().map(|new| LineCounts::of(&new.entry)).collect();
        for old in gone {
            let Some(old_lines) = LineCounts::of(&old.entry) else { continue };
            for (new, new_lines) in come.iter().zip(&come_lines) {
                let percent = new_lines.as_ref().map_or(0, |new_lines| old_lines.similarity(new_lines));
                // only what is the same is 100 per cent, and that was found above
                if (RENAME_PERCENT..=100).contains(&percent) && !new.entry.has_content_of(&old.entry) {
                    candidates.push((percent.min(99), old, new));
                }
            }
        }
    }
    // the most alike first; among those the ones that keep their file name
    candidates.sort_by_key(|(percent, old, new)| {
        (std::cmp::Reverse(*percent), old.path.file_name() != new.path.file_name(), &old.path, &new.path)
    });
    let (mut taken_old, mut taken_new) = (BTreeSet::new(), BTreeSet::new());
    let mut found = Vec::new();
    for (percent, old, new) in candidates {
        if !taken_old.contains(&old.path) && !taken_new.contains(&new.path) {
            taken_old.insert(&old.path);
            taken_new.insert(&new.path);
            found.push((old.clone(), new.clone(), percent));
        }
    }
    found
}

fn is_something(entry: &DiffEntry<'_>) -> bool {
    match entry.content() {
        Content::Text(text) => !text.trim().is_empty(),
        Content::Binary => true,
        Content::TooLarge => matches!(entry.node, Node::File { .. }),
        Content::Link(_) => false,
    }
}

/// Occurrences of each line, weighed by its length.
struct LineCounts<'a> {
    counts: HashMap<&'a str, usize>,
    bytes: usize,
}

impl<'a> LineCounts<'a> {
    fn of(entry: &'a DiffEntry<'_>) -> Option<Self> {
        let Content::Text(text) = entry.content() else { return None };
        let mut counts = HashMap::new();
        for line in text.lines() {
            *counts.entry(line).or_default() += 1;
        }
        let bytes = text.lines().map(|line| line.len() + 1).sum();
        Some(Self { counts, bytes })
    }

    /// Bytes in lines both have, of the bytes in all lines, in per cent.
    fn similarity(&self, other: &Self) -> usize {
        let common: usize = self
            .counts
            .iter()
            .filter_map(|(line, count)| Some((line.len() + 1) * *count.min(other.counts.get(line)?)))
            .sum();
        (common * 200).checked_div(self.bytes + other.bytes).unwrap_or(0)
    }
}

/// The text of a side to be shown line by line: nothing for a side that is not there, a link's aim for a link.
pub(super) enum Shown<'a> {
    Text(Cow<'a, str>),
    Binary,
    TooLarge,
}

pub(super) fn shown<'s>(side: Option<&'s Side<'_>>) -> Shown<'s> {
    match side.map(|side| side.entry.content()) {
        None => Shown::Text(Cow::Borrowed("")),
        Some(Content::Text(text)) => Shown::Text(Cow::Borrowed(text)),
        Some(Content::Link(aim)) => Shown::Text(aim.to_string_lossy()),
        Some(Content::Binary) => Shown::Binary,
        Some(Content::TooLarge) => Shown::TooLarge,
    }
}

/// A change with its context; lines keep their endings.
pub(super) struct RawHunk<'a> {
    /// First line counted from 0, and how many.
    pub(super) old: (usize, usize),
    pub(super) new: (usize, usize),
    pub(super) lines: Vec<(char, &'a str)>,
}

/// The changes between two texts.
pub(super) fn hunks<'a>(old: &'a str, new: &'a str) -> Vec<RawHunk<'a>> {
    // only line feeds end a line, as in git: a lone carriage return is part of one
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(Instant::now() + DEADLINE));
    let mut hunks = Vec::new();
    for group in group_diff_ops(ops, CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let old_range = first.old_range().start..last.old_range().end;
        let new_range = first.new_range().start..last.new_range().end;
        let mut lines = Vec::new();
        for op in &group {
            if let DiffOp::Equal { .. } = op {
                lines.extend(old[op.old_range()].iter().map(|line| (' ', *line)));
            } else {
                lines.extend(old[op.old_range()].iter().map(|line| ('-', *line)));
                lines.extend(new[op.new_range()].iter().map(|line| ('+', *line)));
            }
        }
        hunks.push(RawHunk {
            old: (old_range.start, old_range.len()),
            new: (new_range.start, new_range.len()),
            lines,
        });
    }
    hunks
}

/// A pair as the window shows it; who made the change is filled in by the caller.
pub(super) fn diff_file(pair: &Pair<'_>) -> DiffFile {
    let status = match (&pair.old, &pair.new) {
        (None, _) => DiffStatus::Added,
        (_, None) => DiffStatus::Deleted,
        (Some(old), Some(new)) if old.path != new.path => DiffStatus::Renamed,
        _ => DiffStatus::Modified,
    };
    let old_path = pair.old.as_ref().filter(|_| status == DiffStatus::Renamed).map(|old| display(&old.path));
    let mut file = DiffFile {
        path: display(pair.path()),
        old_path,
        status,
        sources: Vec::new(),
        added: 0,
        removed: 0,
        modes: modes(pair),
        binary: false,
        too_large: false,
        hunks: Vec::new(),
    };
    match (shown(pair.old.as_ref()), shown(pair.new.as_ref())) {
        (Shown::TooLarge, _) | (_, Shown::TooLarge) => file.too_large = true,
        (Shown::Binary, _) | (_, Shown::Binary) => file.binary = true,
        (Shown::Text(old), Shown::Text(new)) => {
            for hunk in hunks(&old, &new) {
                let count = |mark| number(hunk.lines.iter().filter(|(of, _)| *of == mark).count());
                file.added += count('+');
                file.removed += count('-');
                file.hunks.push(diff_hunk(&hunk));
            }
        }
    }
    file
}

/// Returns the kinds and modes of a file, where they differ as git tells them apart, or where the only side is no plain file.
fn modes(pair: &Pair<'_>) -> Option<ModeChange> {
    let git_mode = |side: &Option<Side<'_>>| side.as_ref().map(|side| side.entry.git_mode());
    let is_told = match (git_mode(&pair.old), git_mode(&pair.new)) {
        (Some(old), Some(new)) => old != new,
        (one, other) => one.or(other) != Some("100644"),
    };
    let mode = |side: &Option<Side<'_>>| {
        side.as_ref().map(|side| side.entry.node.mode().map_or(FileMode::Link, FileMode::File))
    };
    is_told.then(|| ModeChange { old: mode(&pair.old), new: mode(&pair.new) })
}

fn diff_hunk(hunk: &RawHunk<'_>) -> DiffHunk {
    DiffHunk {
        old_start: start(hunk.old),
        old_lines: number(hunk.old.1),
        new_start: start(hunk.new),
        new_lines: number(hunk.new.1),
        lines: hunk.lines.iter().map(|(mark, line)| format!("{mark}{}", LineEnd::split(line).0)).collect(),
        ends: ends(hunk),
    }
}

/// Returns the ends of the lines that change, where a person has to see them: those taken out end otherwise than those put in, or
/// otherwise than the lines around. The end of a file is no line end of its own kind.
fn ends(hunk: &RawHunk<'_>) -> Vec<LineEnd> {
    let of = |marks: &[char]| -> Vec<LineEnd> {
        let lines = hunk.lines.iter().filter(|(mark, _)| marks.contains(mark));
        lines.map(|(_, line)| LineEnd::split(line).1).collect()
    };
    let kinds = |ends: &[LineEnd]| ends.iter().copied().collect::<BTreeSet<_>>();
    let (old, new, changed) = (of(&['-']), of(&['+']), of(&['-', '+']));
    let differ = match (old.len(), new.len()) {
        (0, _) | (_, 0) => false,
        (many, as_many) if many == as_many => old != new,
        _ => kinds(&old) != kinds(&new),
    };
    let (mut around, mut here) = (kinds(&of(&[' '])), kinds(&changed));
    around.remove(&LineEnd::None);
    here.remove(&LineEnd::None);
    let is_foreign = if around.is_empty() { here.len() > 1 } else { !here.is_subset(&around) };
    if differ || is_foreign { changed } else { Vec::new() }
}

/// The first line counted from 1, or the line before where there are none.
pub(super) fn start((first, count): (usize, usize)) -> u32 {
    number(if count == 0 { first } else { first + 1 })
}

pub(super) fn display(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
