//! Tasks that can be undone (B36): their checkpoints, their changes, and the undos so far.

use crate::effect::{CompareAction, CompareBase, CompareRequest, UndoRequest};
use crate::model::changes::TaskChanges;
use protocol::{
    ChangeScope, ChangedPath, CheckpointWhen, Fact, LostFiles, Reverted, TaskId, UndoMode, Undone,
};
use std::collections::BTreeMap;

/// The checkpoints a session remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checkpoints {
    /// The files before each task that can be taken back, the oldest first.
    before: Vec<BeforeTask>,
    /// Changes of each of these tasks, as far as they were recorded.
    changes: TaskChanges,
    /// Tasks whose files could not be kept, with the reason, the oldest first.
    missing: Vec<(TaskId, String)>,
    /// The last task that was started.
    last_started: Option<TaskId>,
    /// First and last task of each undo that work went on after: they cannot be gone back to.
    forgotten: Vec<(TaskId, TaskId)>,
    /// The files as the agent left them last.
    left: Option<String>,
    /// Ignored files that each task removed.
    lost: Vec<(TaskId, LostFiles)>,
    /// Undos since the last task, the oldest first.
    undone: Vec<Undone>,
    /// The last undo or redo that was recorded, whatever came since.
    last: Option<Undone>,
}

/// The files before a task.
#[derive(Clone, Debug)]
struct BeforeTask {
    task_id: TaskId,
    checkpoint: String,
    /// True when the task's changes are recorded.
    attributed: bool,
}

impl Checkpoints {
    pub(crate) fn fold(&mut self, fact: &Fact) {
        match fact {
            Fact::TaskStarted { task_id, .. } => {
                let last = self.last_started.replace(*task_id);
                // what was undone is gone for good once the agent works on what is left
                if let Some(first) = self.first_undone() {
                    self.before.retain(|before| before.task_id < first);
                    self.changes.forget_from(first);
                    self.lost.retain(|(task_id, _)| *task_id < first);
                    self.missing.retain(|(task_id, _)| *task_id < first);
                    self.forgotten.push((first, last.unwrap_or(first)));
                }
                self.undone.clear();
            }
            Fact::Checkpointed { when, checkpoint, note, attributed } => match (when, checkpoint) {
                (CheckpointWhen::BeforeTask { task_id }, Some(id)) => {
                    let (task_id, checkpoint, attributed) = (*task_id, id.clone(), *attributed);
                    self.before.push(BeforeTask { task_id, checkpoint, attributed });
                }
                (CheckpointWhen::BeforeTask { task_id }, None) => {
                    self.missing.push((*task_id, note.clone().unwrap_or_default()));
                }
                (CheckpointWhen::AfterTask { .. }, left) => self.left.clone_from(left),
                (CheckpointWhen::BeforeCommand { .. }, _) => {}
            },
            Fact::FilesChanged { task_id, paths, .. } => self.changes.extend(*task_id, paths),
            Fact::FilesLost { task_id, lost } => {
                self.lost.extend(lost.iter().map(|lost| (*task_id, lost.clone())));
            }
            Fact::Undone { undone } => {
                self.left = Some(undone.left.clone());
                self.last = Some(undone.clone());
                if undone.redo {
                    self.undone.pop();
                } else {
                    self.undone.push(undone.clone());
                }
            }
            _ => {}
        }
    }

    /// Reports whether an undo or redo is the last that was recorded.
    pub(crate) fn is_recorded(&self, undone: &Undone) -> bool {
        self.last.as_ref().is_some_and(|last| {
            (last.task_id, last.redo, &last.saved) == (undone.task_id, undone.redo, &undone.saved)
        })
    }

    /// Returns those of a task's changes that are not recorded yet.
    pub(crate) fn unrecorded(&self, task_id: TaskId, paths: &[ChangedPath]) -> Vec<ChangedPath> {
        paths.iter().filter(|change| !self.changes.end_with(task_id, change)).cloned().collect()
    }

    /// Reports whether the files before a task are kept.
    pub(crate) fn has(&self, task_id: TaskId) -> bool {
        self.before.iter().any(|before| before.task_id == task_id)
    }

    /// Returns the files to put back for an undo of `task`, or of the last one.
    pub(crate) fn undo_request(&self, task: Option<TaskId>, mode: UndoMode) -> Result<UndoRequest, String> {
        self.target(task).map(|before| UndoRequest {
            task_id: before.task_id,
            redo: false,
            reverted: None,
            to: before.checkpoint.clone(),
            base: self.left.clone(),
            mode,
            changed: self.changed_since(before.task_id),
            lost: self.lost_since(before.task_id),
        })
    }

    /// Returns the files to put back for a redo of the last undo.
    pub(crate) fn redo_request(&self, mode: UndoMode) -> Result<UndoRequest, String> {
        let last = self.undone.last().ok_or_else(|| "there is nothing to redo".to_owned());
        last.map(|last| UndoRequest {
            task_id: last.task_id,
            redo: true,
            reverted: last.reverted,
            to: last.saved.clone(),
            base: Some(last.left.clone()),
            mode,
            changed: None,
            lost: Vec::new(),
        })
    }

    /// Returns what the files are compared with to see the changes of a stretch of work.
    pub(crate) fn compare_request(&self, scope: ChangeScope) -> Result<CompareRequest, String> {
        let before = match scope {
            ChangeScope::Task => self.before.last(),
            ChangeScope::Session => self.before.first(),
            ChangeScope::LastCommit => None,
        };
        let missing = self.missing.iter().rfind(|(task, _)| match scope {
            ChangeScope::Task => before.is_none_or(|before| *task > before.task_id),
            ChangeScope::Session => before.is_none(),
            ChangeScope::LastCommit => false,
        });
        if let Some((task, why)) = missing {
            return Err(format!("there is no checkpoint from before task {task}: {why}"));
        }
        let base = match before {
            Some(before) => CompareBase::Checkpoint(before.checkpoint.clone()),
            None if scope == ChangeScope::LastCommit => CompareBase::LastCommit,
            None => return Err("no task of this session has begun yet".to_owned()),
        };
        let first = before.map_or(TaskId(0), |before| before.task_id);
        let named = self.changes.merged(|task| before.is_some() && task >= first);
        Ok(CompareRequest {
            scope,
            task_id: self.last_started.unwrap_or(TaskId(0)),
            base,
            named: named.into_iter().map(|changed| changed.path).collect(),
            action: CompareAction::Show,
        })
    }

    fn first_undone(&self) -> Option<TaskId> {
        self.undone.iter().filter(|undone| undone.reverted.is_none()).map(|undone| undone.task_id).min()
    }

    fn target(&self, wanted: Option<TaskId>) -> Result<&BeforeTask, String> {
        let is_open = |task: TaskId| self.first_undone().is_none_or(|first| task < first);
        let exists = |task: TaskId| task > TaskId(0) && self.last_started.is_some_and(|last| task <= last);
        let found = match wanted {
            Some(wanted) if !exists(wanted) => return Err(format!("there is no task {wanted}")),
            Some(wanted) if !is_open(wanted) => return Err(format!("task {wanted} is undone already")),
            Some(wanted) => self.first_from(wanted)?,
            None => self.before.iter().rfind(|before| is_open(before.task_id)),
        };
        let found = found.filter(|found| is_open(found.task_id));
        // taking back more than was meant is worse than taking back nothing
        let is_between = |task: TaskId| match wanted {
            Some(wanted) => task >= wanted && found.is_none_or(|found| task < found.task_id),
            None => found.is_none_or(|found| task > found.task_id),
        };
        let missing = self.missing.iter().rfind(|(task, _)| is_open(*task) && is_between(*task));
        match (missing, found) {
            (Some((task, why)), Some(_)) if wanted.is_none() => Err(format!(
                "there is no checkpoint from before task {task}: {why}; name an earlier task to go further back"
            )),
            (Some((task, why)), _) => Err(format!("there is no checkpoint from before task {task}: {why}")),
            (None, Some(found)) => Ok(found),
            (None, None) => Err(match wanted {
                Some(wanted) => {
                    format!("there is nothing to undo: no file was changed from task {wanted} on")
                }
                None => "there is nothing to undo".to_owned(),
            }),
        }
    }

    /// Returns the files before the first task from `wanted` on that changed any: commands and patches wait for their task's
    /// checkpoint, so a task that was stopped before it had one changed nothing.
    fn first_from(&self, wanted: TaskId) -> Result<Option<&BeforeTask>, String> {
        if self.forgotten.iter().any(|(first, last)| (*first..=*last).contains(&wanted)) {
            return Err(format!("there is no checkpoint from before task {wanted}"));
        }
        Ok(self.before.iter().find(|before| before.task_id >= wanted))
    }

    /// Returns the ignored files that the tasks from `first` on removed, those undone already left out.
    fn lost_since(&self, first: TaskId) -> Vec<LostFiles> {
        let end = self.first_undone();
        let is_meant = |task: TaskId| task >= first && end.is_none_or(|end| task < end);
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for (_, lost) in self.lost.iter().filter(|(task, _)| is_meant(*task)) {
            let count = counts.entry(&lost.path).or_default();
            *count = count.saturating_add(lost.count);
        }
        counts.into_iter().map(|(path, count)| LostFiles { path: path.to_owned(), count }).collect()
    }

    /// Returns what the tasks from `first` on are known to have changed, without those undone already; `None` when one of them
    /// is of a version that did not record it.
    fn changed_since(&self, first: TaskId) -> Option<Vec<ChangedPath>> {
        let end = self.first_undone();
        let is_meant = |task: TaskId| task >= first && end.is_none_or(|end| task < end);
        let mut meant = self.before.iter().filter(|before| is_meant(before.task_id));
        meant.all(|before| before.attributed).then(|| self.changes.merged(is_meant))
    }
}

/// Returns what the model is told about files that were put back.
pub(crate) fn notice(undone: &Undone) -> String {
    let what = match (undone.reverted, undone.redo) {
        (Some(Reverted::Hunk), false) => "reverted one hunk of the changes".to_owned(),
        (Some(Reverted::File), false) => "reverted all changes of a file".to_owned(),
        (Some(_), true) => "brought back changes they had reverted".to_owned(),
        (None, true) => format!("brought back what they had undone from task {} on", undone.task_id),
        (None, false) => format!("undid your work from task {} on", undone.task_id),
    };
    let mut text = format!(
        "<undo>\nThe person {what}. These files are not what you left; read them again before you build on them:\n"
    );
    for path in undone.paths.iter().take(100) {
        text.push_str(path);
        text.push('\n');
    }
    if undone.paths.len() > 100 {
        text.push_str("and others\n");
    }
    text.push_str("</undo>");
    text
}
