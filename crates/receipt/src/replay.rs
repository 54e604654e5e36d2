//! Replays what the records of a receipt did to the files that a commit changes.

use crate::commit::{CommitContent, CommitDiff};
use crate::line::sha256_hex;
use crate::model::{KnownContent, PathModel, WrittenHunk};
use crate::place::{apply_hunks, read_lines};
use crate::record::{ReceiptEntry, ReceiptFile, ReceiptRecord, UndoExtent};
use protocol::PathState;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Change of a path that a record tells.
struct RecordedChange<'a> {
    record: &'a ReceiptRecord,
    /// Path in the repository.
    path: String,
    kind: ChangeKind<'a>,
}

enum ChangeKind<'a> {
    /// A patch wrote it.
    Patch(&'a ReceiptFile),
    /// A patch moved it here.
    MovedHere { from: String, file: &'a ReceiptFile },
    /// A patch moved it away.
    MovedAway(&'a ReceiptFile),
    /// A command, or something beside it, changed it.
    Command { was: &'a PathState, now: &'a PathState },
    /// An undo put it back.
    Undo { of_task: u32, redo: bool, extent: UndoExtent },
}

impl RecordedChange<'_> {
    /// Content before the change.
    fn was(&self) -> KnownContent {
        match self.kind {
            ChangeKind::Patch(file) => KnownContent::of_state(file.was.as_ref()),
            ChangeKind::Command { was, .. } => KnownContent::of_state(Some(was)),
            _ => KnownContent::Unknown,
        }
    }

    /// Content after the change.
    fn now(&self) -> KnownContent {
        match self.kind {
            ChangeKind::Patch(file) if file.kind == "delete" && !file.whole => KnownContent::Absent,
            ChangeKind::Patch(file) | ChangeKind::MovedHere { file, .. } => {
                KnownContent::of_state(file.now.as_ref())
            }
            ChangeKind::MovedAway(_) => KnownContent::Absent,
            ChangeKind::Command { now, .. } => KnownContent::of_state(Some(now)),
            ChangeKind::Undo { .. } => KnownContent::Unknown,
        }
    }

    /// Whether the file can be run as a program after the change, where the record tells.
    fn executable(&self) -> Option<bool> {
        match self.kind {
            ChangeKind::Patch(file) | ChangeKind::MovedHere { file, .. } => {
                KnownContent::executable(file.now.as_ref())
            }
            ChangeKind::Command { now, .. } => KnownContent::executable(Some(now)),
            ChangeKind::MovedAway(_) | ChangeKind::Undo { .. } => None,
        }
    }

    /// SHA-256 of the file before the change, in full.
    fn base(&self) -> Option<&str> {
        match self.kind {
            ChangeKind::Patch(file) | ChangeKind::MovedAway(file) => file.base_sha256.as_deref(),
            _ => None,
        }
    }
}

/// Lists every change of a path, in order. `prefix` is the path of the session's folder in the repository, with a slash at its end
/// unless it is empty.
fn changes<'a>(records: &'a [ReceiptRecord], prefix: &str) -> Vec<RecordedChange<'a>> {
    let mut changes = Vec::new();
    for record in records {
        let mut push = |path: &str, kind| {
            changes.push(RecordedChange { record, path: format!("{prefix}{path}"), kind });
        };
        match &record.entry {
            ReceiptEntry::Patch { files, failure: None, decision, .. } if decision.approved => {
                for file in files.iter().filter(|file| is_written(file)) {
                    match &file.moved_to {
                        Some(to) => {
                            let from = format!("{prefix}{}", file.path);
                            push(to, ChangeKind::MovedHere { from, file });
                            push(&file.path, ChangeKind::MovedAway(file));
                        }
                        None => push(&file.path, ChangeKind::Patch(file)),
                    }
                }
            }
            ReceiptEntry::Changed { paths, .. } => {
                for changed in paths {
                    push(&changed.path, ChangeKind::Command { was: &changed.was, now: &changed.now });
                }
            }
            ReceiptEntry::Undo { of_task, redo, extent, paths, .. } => {
                for path in paths {
                    let (of_task, redo, extent) = (*of_task, *redo, *extent);
                    push(path, ChangeKind::Undo { of_task, redo, extent });
                }
            }
            _ => {}
        }
    }
    changes
}

/// Reports whether something of a file's patch was written: a file that is empty has no hunks.
fn is_written(file: &ReceiptFile) -> bool {
    file.hunks.is_empty() || file.hunks.iter().any(|hunk| hunk.state.is_written())
}

/// States that a path went through.
struct PathHistory {
    states: Vec<PathModel>,
    /// State before the first change of each task.
    before_tasks: BTreeMap<u32, PathModel>,
    /// States that undos replaced.
    undone: Vec<PathModel>,
    /// Every hunk that was written to it.
    hunks: Vec<usize>,
}

impl PathHistory {
    fn new(content: &CommitContent) -> Self {
        Self {
            states: vec![PathModel::new(content)],
            before_tasks: BTreeMap::new(),
            undone: Vec::new(),
            hunks: Vec::new(),
        }
    }

    fn current(&self) -> PathModel {
        self.states.last().cloned().unwrap_or_else(|| PathModel::new(&CommitContent::Other))
    }
}

/// Files that were replayed.
pub(crate) struct ReplayedFiles {
    paths: HashMap<String, PathHistory>,
    /// Every hunk that was written.
    pub(crate) hunks: Vec<WrittenHunk>,
}

impl ReplayedFiles {
    /// Replays the records, beginning with the files of the commit's parent.
    pub(crate) fn new(records: &[ReceiptRecord], prefix: &str, commit: &CommitDiff) -> Self {
        let changes = changes(records, prefix);
        let parents: HashMap<_, _> =
            commit.paths.iter().map(|path| (path.path.as_str(), &path.before)).collect();
        let mut by_path: HashMap<&str, Vec<&RecordedChange<'_>>> = HashMap::new();
        for change in &changes {
            by_path.entry(&change.path).or_default().push(change);
        }
        let held: HashMap<_, _> = by_path
            .iter()
            .filter_map(|(path, changes)| Some((*path, held_changes(changes, parents.get(path)?))))
            .collect();
        let mut replay = Self { paths: HashMap::new(), hunks: Vec::new() };
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for change in &changes {
            let path = change.path.as_str();
            let parent = parents.get(path).copied().unwrap_or(&CommitContent::Other);
            replay.change(change, parent);
            let count = counts.entry(path).or_default();
            *count += 1;
            if held.get(path).is_some_and(|held| *count <= *held)
                && let Some(history) = replay.paths.get_mut(path)
            {
                // the parent holds this already
                history.states = vec![PathModel::new(parent)];
            }
        }
        replay
    }

    /// Returns the states of a path, from the parent's on; `None` when the receipt tells nothing of it.
    pub(crate) fn states(&self, path: &str) -> Option<&[PathModel]> {
        self.paths.get(path).map(|history| history.states.as_slice())
    }

    fn history(&mut self, path: &str, parent: &CommitContent) -> &mut PathHistory {
        self.paths.entry(path.to_owned()).or_insert_with(|| PathHistory::new(parent))
    }

    fn change(&mut self, change: &RecordedChange<'_>, parent: &CommitContent) {
        let first = self.hunks.len();
        if let ChangeKind::Patch(file) | ChangeKind::MovedHere { file, .. } = change.kind {
            self.hunks.extend(file.hunks.iter().map(|hunk| WrittenHunk {
                record: change.record.number,
                hunk: hunk.id.clone(),
                written: read_lines(&hunk.written),
            }));
        }
        let last = self.hunks.len();
        let source = match &change.kind {
            ChangeKind::MovedHere { from, .. } => self.paths.get(from).map(PathHistory::current),
            _ => None,
        };
        let history = self.history(&change.path, parent);
        let mut model = history.current();
        if let Some(task) = change.record.task {
            history.before_tasks.entry(task).or_insert_with(|| model.clone());
        }
        history.hunks.extend(first..last);
        model.is_gapless &= model.known.is_same(&change.was());
        match &change.kind {
            ChangeKind::Patch(file) => write_patch(&mut model, file, (first, change.record.number)),
            ChangeKind::MovedHere { file, .. } => {
                model = source.unwrap_or_else(|| PathModel::new(&CommitContent::Other));
                model.is_gapless = false;
                write_patch(&mut model, file, (first, change.record.number));
            }
            ChangeKind::MovedAway(_) => {}
            ChangeKind::Command { .. } => model.command = Some(change.record.number),
            ChangeKind::Undo { of_task, redo, extent } => {
                model = history.put_back(model, (*of_task, *redo, *extent));
            }
        }
        if !matches!(change.kind, ChangeKind::Undo { extent: UndoExtent::Task, .. }) {
            model.known = change.now();
            model.executable = change.executable().or(model.executable);
        }
        if model.known == KnownContent::Absent {
            model.remove();
        }
        model.last = Some(change.record.number);
        history.states.push(model);
    }
}

impl PathHistory {
    /// Returns the state that an undo puts back.
    fn put_back(
        &mut self,
        current: PathModel,
        (of_task, redo, extent): (u32, bool, UndoExtent),
    ) -> PathModel {
        match (extent, redo) {
            (UndoExtent::Task, false) => {
                let before = self.before_tasks.range(of_task..).next().map(|(_, model)| model.clone());
                self.before_tasks.split_off(&of_task);
                let put_back = before.unwrap_or_else(|| current.clone());
                self.undone.push(current);
                put_back
            }
            (UndoExtent::Task, true) => self.undone.pop().unwrap_or(current),
            // some of it is as it was at some time before
            (UndoExtent::File | UndoExtent::Hunk, _) => {
                PathModel { is_gapless: false, unplaced: Rc::new(self.hunks.clone()), ..current }
            }
        }
    }
}

/// Writes a patch into a file. `first` is the place of its first hunk among those of the receipt.
fn write_patch(model: &mut PathModel, file: &ReceiptFile, (first, record): (usize, u32)) {
    if file.whole {
        model.command = Some(record);
        return;
    }
    if file.kind == "add" {
        model.lines = Rc::default();
    }
    apply_hunks(model, file, first);
}

/// Counts the changes of a path that the parent's content holds already.
fn held_changes(changes: &[&RecordedChange<'_>], parent: &CommitContent) -> usize {
    let known = KnownContent::of(parent);
    let sha256 = match parent {
        CommitContent::File { bytes, .. } => Some(sha256_hex(bytes)),
        _ => None,
    };
    let mut held = 0;
    for (place, change) in changes.iter().enumerate() {
        if change.was().is_same(&known) || sha256.is_some() && change.base() == sha256.as_deref() {
            held = place;
        }
        if change.now().is_same(&known) {
            held = place + 1;
        }
    }
    held
}
