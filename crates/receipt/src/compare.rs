//! Compares the lines of a commit with what a receipt accounts for.

use crate::commit::{CommitContent, CommitDiff, CommitPath};
use crate::line::{LineHash, hash_lines};
use crate::model::{KnownContent, LineOrigin, PathModel, WrittenHunk};
use crate::record::{ReceiptEntry, ReceiptRecord};
use crate::replay::ReplayedFiles;
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::HashSet;

/// Lines that are compared with the states of one path at the most.
const MAX_COMPARED_LINES: usize = 2_000_000;

/// Account of a commit: for each line that it changes, the record that let it be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommitAccount {
    /// Id of the commit.
    pub commit: String,
    /// Id of the parent that it is compared with; none for a first commit.
    pub parent: Option<String>,
    /// Files that it changes.
    pub files: Vec<FileAccount>,
}

/// Account of a file of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileAccount {
    /// Path in the repository.
    pub path: String,
    /// Lines that the commit adds, and lines that it removes without a record of it, in the order of the file.
    pub spans: Vec<LineSpan>,
    /// Account of the file as a whole, where that is changed: it is deleted, made empty, made a program or none any more, no text, a
    /// link or a submodule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<LineAccount>,
    /// Number of lines that were let through, and are not in the commit.
    pub left_out: u32,
}

/// Lines of a file that have one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineSpan {
    /// Whether they are lines of the parent, which the commit removes.
    pub removed: bool,
    /// Number of the first line, counted from 1.
    pub from: u32,
    /// Number of the last line.
    pub to: u32,
    /// Their account.
    #[serde(flatten)]
    pub account: LineAccount,
}

/// Account of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "account", rename_all = "snake_case")]
pub enum LineAccount {
    /// A record of the receipt tells of it.
    Recorded {
        /// Number of the record.
        record: u32,
        /// Id of the hunk, when it is one of a patch.
        #[serde(skip_serializing_if = "Option::is_none")]
        hunk: Option<String>,
    },
    /// Nothing in the receipt tells of it: it was written by hand, or by something that ran elsewhere.
    Unrecorded {
        /// Record of a command that changed the file too, and may have written it.
        #[serde(skip_serializing_if = "Option::is_none")]
        maybe: Option<u32>,
    },
}

impl FileAccount {
    /// Counts the lines of an account that fit; a file that is taken as a whole counts as one.
    pub fn count(&self, fits: impl Fn(&LineAccount) -> bool) -> u32 {
        let spans = self.spans.iter().filter(|span| fits(&span.account));
        let lines = spans.map(|span| span.to.saturating_sub(span.from).saturating_add(1));
        lines.fold(u32::from(self.whole.as_ref().is_some_and(&fits)), u32::saturating_add)
    }

    fn unrecorded(&self) -> u32 {
        self.count(|account| matches!(account, LineAccount::Unrecorded { .. }))
    }
}

impl CommitAccount {
    /// Counts the lines of an account that fit.
    pub fn count(&self, fits: impl Fn(&LineAccount) -> bool + Copy) -> u32 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.count(fits)))
    }

    /// Counts the lines that nothing in the receipt tells of.
    pub fn unrecorded(&self) -> u32 {
        self.count(|account| matches!(account, LineAccount::Unrecorded { .. }))
    }
}

/// Finds the record behind each line that a commit changes.
pub fn account_for(records: &[ReceiptRecord], commit: &CommitDiff) -> CommitAccount {
    let folder = records.iter().find_map(|record| match &record.entry {
        ReceiptEntry::Session { folder, .. } => folder.as_deref(),
        _ => None,
    });
    let prefix = match folder.map(|folder| folder.trim_matches('/')) {
        Some(folder) if !folder.is_empty() => format!("{folder}/"),
        _ => String::new(),
    };
    let replay = ReplayedFiles::new(records, &prefix, commit);
    let files = commit.paths.iter().map(|path| account_for_path(&replay, path)).collect();
    CommitAccount { commit: commit.id.clone(), parent: commit.parent.clone(), files }
}

/// Compares a path with each state that the receipt knows of, and keeps what leaves the least unaccounted for.
fn account_for_path(replay: &ReplayedFiles, path: &CommitPath) -> FileAccount {
    let untouched = [PathModel { is_gapless: false, ..PathModel::new(&path.before) }];
    let states = replay.states(&path.path).unwrap_or(&untouched);
    let known = KnownContent::of(&path.after);
    if let Some(state) = states.iter().rev().find(|state| state.known.is_same(&known)) {
        return account_against(state, replay, path);
    }
    let lines = states.iter().map(|state| state.lines.len()).max().unwrap_or_default();
    let last = (MAX_COMPARED_LINES / (lines + 1)).max(1);
    let accounts = states.iter().rev().take(last).map(|state| account_against(state, replay, path));
    let best = accounts.min_by_key(FileAccount::unrecorded);
    best.unwrap_or_else(|| account_against(&untouched[0], replay, path))
}

fn account_against(state: &PathModel, replay: &ReplayedFiles, path: &CommitPath) -> FileAccount {
    let mut account = FileAccount { path: path.path.clone(), spans: Vec::new(), whole: None, left_out: 0 };
    let (before, after) = match (&path.before, &path.after) {
        (before, CommitContent::File { bytes: after, .. }) if is_text(before) && !after.contains(&0) => {
            (text_of(before), after.as_slice())
        }
        (_, after) => {
            let recorded = state.last.filter(|_| state.known.is_same(&KnownContent::of(after)));
            account.whole = Some(match recorded {
                Some(record) => LineAccount::Recorded { record, hunk: None },
                None => LineAccount::Unrecorded { maybe: state.command },
            });
            return account;
        }
    };
    let (old, new) = (hash_lines(before), hash_lines(after));
    let comparison = FileComparison {
        state,
        replay,
        is_exact: state.is_gapless && state.known.is_same(&KnownContent::of(&path.after)),
    };
    comparison.lines(&old, &new, &mut account);
    account.whole = beside_lines(state, path);
    account
}

/// Accounts for what a commit changes of a file that none of its lines tells: that it is there, and empty, and whether it is a program.
fn beside_lines(state: &PathModel, path: &CommitPath) -> Option<LineAccount> {
    let CommitContent::File { bytes, executable } = &path.after else { return None };
    let is_new_and_empty = path.before == CommitContent::Absent && bytes.is_empty();
    let was_executable = matches!(path.before, CommitContent::File { executable: true, .. });
    let is_other_mode = was_executable != *executable;
    if !is_new_and_empty && !is_other_mode {
        return None;
    }
    let is_recorded = state.known.is_same(&KnownContent::of(&path.after))
        && (!is_other_mode || state.executable == Some(*executable));
    Some(match state.last.filter(|_| is_recorded) {
        Some(record) => LineAccount::Recorded { record, hunk: None },
        None => LineAccount::Unrecorded { maybe: state.command },
    })
}

fn is_text(content: &CommitContent) -> bool {
    match content {
        CommitContent::Absent => true,
        CommitContent::File { bytes, .. } => !bytes.contains(&0),
        CommitContent::Link(_) | CommitContent::Other => false,
    }
}

fn text_of(content: &CommitContent) -> &[u8] {
    match content {
        CommitContent::File { bytes, .. } => bytes,
        _ => &[],
    }
}

/// FileComparison of a commit's file with one state of it.
struct FileComparison<'a> {
    state: &'a PathModel,
    replay: &'a ReplayedFiles,
    /// Whether the file is as the last record left it, with nothing in between that is not in the receipt.
    is_exact: bool,
}

impl FileComparison<'_> {
    fn lines(&self, old: &[LineHash], new: &[LineHash], account: &mut FileAccount) {
        let (mut kept_old, mut kept_new) = (HashSet::new(), HashSet::new());
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                kept_old.extend(old_index..old_index + len);
                kept_new.extend(new_index..new_index + len);
            }
        }
        let is_kept = |no: u32| usize::try_from(no).is_ok_and(|no| kept_old.contains(&(no - 1)));
        let mut unplaced = self.unplaced();
        let model: Vec<_> = self.state.lines.iter().map(|line| line.hash).collect();
        for op in capture_diff_slices(Algorithm::Myers, &model, new) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                for step in (0..len).filter(|step| !kept_new.contains(&(new_index + step))) {
                    if let LineOrigin::Hunk(hunk) = self.state.lines[old_index + step].origin {
                        push(account, false, number(new_index + step), self.hunk(hunk));
                    }
                }
                continue;
            }
            for line in &self.state.lines[op.old_range()] {
                match line.origin {
                    LineOrigin::Base(no) if !is_kept(no) => push(account, true, no, self.unplaced_line()),
                    LineOrigin::Base(_) => {}
                    LineOrigin::Hunk(_) => account.left_out += 1,
                }
            }
            let put_in = &new[op.new_range()];
            let mut step = 0;
            while step < put_in.len() {
                let at = op.new_range().start + step;
                if let Some((hunk, len)) = take_run(&mut unplaced, &put_in[step..]) {
                    for line in (at..at + len).filter(|line| !kept_new.contains(line)) {
                        push(account, false, number(line), self.hunk(hunk));
                    }
                    step += len;
                    continue;
                }
                if !kept_new.contains(&at) {
                    push(account, false, number(at), self.unplaced_line());
                }
                step += 1;
            }
        }
    }

    fn hunk(&self, hunk: usize) -> LineAccount {
        let WrittenHunk { record, hunk, .. } = &self.replay.hunks[hunk];
        LineAccount::Recorded { record: *record, hunk: Some(hunk.clone()) }
    }

    /// Returns the account of a line that is no hunk's.
    fn unplaced_line(&self) -> LineAccount {
        match self.state.command {
            Some(record) if self.is_exact => LineAccount::Recorded { record, hunk: None },
            maybe => LineAccount::Unrecorded { maybe },
        }
    }

    /// Lists hunks whose place is not known, with the lines that are left of them.
    fn unplaced(&self) -> Vec<(usize, &[LineHash])> {
        let hunks = self.state.unplaced.iter().rev();
        hunks.map(|hunk| (*hunk, self.replay.hunks[*hunk].written.as_slice())).collect()
    }
}

/// Takes the longest beginning of `lines` that one of the hunks put in as it stands there.
fn take_run(unplaced: &mut [(usize, &[LineHash])], lines: &[LineHash]) -> Option<(usize, usize)> {
    let run = |written: &[LineHash]| {
        (0..written.len())
            .map(|from| {
                let same = written[from..].iter().zip(lines).take_while(|(one, other)| one == other);
                (same.count(), from)
            })
            .max_by_key(|(len, from)| (*len, std::cmp::Reverse(*from)))
            .filter(|(len, _)| *len > 0)
    };
    let found = unplaced.iter().enumerate().filter_map(|(at, (_, written))| Some((run(written)?, at)));
    let ((len, from), at) = found.max_by_key(|((len, _), at)| (*len, std::cmp::Reverse(*at)))?;
    let (hunk, written) = &mut unplaced[at];
    // each line of a hunk accounts for one line
    *written = &written[from + len..];
    Some((*hunk, len))
}

fn number(place: usize) -> u32 {
    u32::try_from(place + 1).unwrap_or(u32::MAX)
}

/// Adds a line to the last span, or begins one.
fn push(account: &mut FileAccount, removed: bool, line: u32, of: LineAccount) {
    if let Some(last) = account.spans.last_mut()
        && last.removed == removed
        && last.to.checked_add(1) == Some(line)
        && last.account == of
    {
        last.to = line;
        return;
    }
    account.spans.push(LineSpan { removed, from: line, to: line, account: of });
}
