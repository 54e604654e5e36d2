//! The changes tasks are known to have made to the project's files.

use protocol::{ChangedPath, PathState, TaskId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Changes by task and path.
#[derive(Clone, Debug, Default)]
pub(super) struct TaskChanges(BTreeMap<TaskId, BTreeMap<PathBuf, PathChange>>);

/// Change of one path, from the state first found to the state left last.
#[derive(Clone, Debug)]
struct PathChange {
    was: PathState,
    now: PathState,
}

impl TaskChanges {
    /// Adds changes of a task, in the order they were made.
    pub(super) fn extend(&mut self, task_id: TaskId, paths: &[ChangedPath]) {
        let changes = self.0.entry(task_id).or_default();
        for ChangedPath { path, was, now } in paths {
            add(changes, path, was, now);
        }
    }

    /// Reports whether the last known change of the path led to the same state.
    pub(super) fn end_with(&self, task_id: TaskId, change: &ChangedPath) -> bool {
        let known = self.0.get(&task_id).and_then(|changes| changes.get(&change.path));
        known.is_some_and(|known| known.now.is_same(&change.now))
    }

    /// Forgets the changes of `first` and the tasks after it.
    pub(super) fn forget_from(&mut self, first: TaskId) {
        drop(self.0.split_off(&first));
    }

    /// Returns the changes of the tasks that `is_meant` names as one, sorted by path.
    pub(super) fn merged(&self, is_meant: impl Fn(TaskId) -> bool) -> Vec<ChangedPath> {
        let mut all = BTreeMap::new();
        for changes in self.0.iter().filter(|(task_id, _)| is_meant(**task_id)).map(|(_, changes)| changes) {
            for (path, PathChange { was, now }) in changes {
                add(&mut all, path, was, now);
            }
        }
        all.into_iter().map(|(path, PathChange { was, now })| ChangedPath { path, was, now }).collect()
    }
}

/// Adds a change to those before it. A change that does not begin where the one before it ended has somebody else's work
/// between the two, and the path is not the task's alone any more.
fn add(changes: &mut BTreeMap<PathBuf, PathChange>, path: &Path, was: &PathState, now: &PathState) {
    match changes.get_mut(path) {
        Some(known) if known.now.is_same(was) => known.now = now.clone(),
        Some(known) => known.now = PathState::Unknown,
        None => {
            changes.insert(path.to_owned(), PathChange { was: was.clone(), now: now.clone() });
        }
    }
}
