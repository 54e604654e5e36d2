//! What can be taken back (B36): the checkpoints of the tasks, and what was undone.

use crate::effect::{Effect, UndoRequest};
use crate::session::{Decision, Session};
use protocol::{CheckpointWhen, ErrorInfo, ErrorKind, Fact, OpId, TaskId, UndoMode, Undone};

/// The checkpoints a session remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checkpoints {
    /// The files before each task that can be taken back, the oldest first.
    before: Vec<(TaskId, String)>,
    /// Why the last task that has no checkpoint has none.
    missing: Option<(TaskId, String)>,
    /// The files as the agent left them last.
    left: Option<String>,
    /// What was undone since the last task, the oldest first.
    undone: Vec<Undone>,
    /// The last undo or redo that was recorded, whatever came since.
    last: Option<Undone>,
}

impl Checkpoints {
    pub(crate) fn fold(&mut self, fact: &Fact) {
        match fact {
            Fact::TaskStarted { .. } => {
                // what was undone is gone for good once the agent works on what is left
                if let Some(first) = self.first_undone() {
                    self.before.retain(|(task, _)| *task < first);
                }
                self.undone.clear();
            }
            Fact::Checkpointed { when, checkpoint, note } => match (when, checkpoint) {
                (CheckpointWhen::BeforeTask { task_id }, Some(id)) => {
                    self.before.push((*task_id, id.clone()));
                }
                (CheckpointWhen::BeforeTask { task_id }, None) => {
                    self.missing = Some((*task_id, note.clone().unwrap_or_default()));
                }
                (CheckpointWhen::AfterTask { .. }, left) => self.left.clone_from(left),
                (CheckpointWhen::BeforeCommand { .. }, _) => {}
            },
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

    /// Whether this undo or redo was the last that was recorded.
    pub(crate) fn is_recorded(&self, undone: &Undone) -> bool {
        self.last.as_ref().is_some_and(|last| {
            (last.task_id, last.redo, &last.saved) == (undone.task_id, undone.redo, &undone.saved)
        })
    }

    /// Whether the files before this task are kept.
    pub(crate) fn has(&self, task_id: TaskId) -> bool {
        self.before.iter().any(|(task, _)| *task == task_id)
    }

    fn first_undone(&self) -> Option<TaskId> {
        self.undone.iter().map(|undone| undone.task_id).min()
    }

    fn target(&self, wanted: Option<TaskId>) -> Result<(TaskId, String), String> {
        let first_undone = self.first_undone();
        let open = |task: TaskId| first_undone.is_none_or(|first| task < first);
        let found = match wanted {
            Some(wanted) => self.before.iter().find(|(task, _)| *task == wanted),
            None => self.before.iter().rfind(|(task, _)| open(*task)),
        };
        match (found, wanted, &self.missing) {
            // taking back more than was meant is worse than taking back nothing
            (Some((found, _)), None, Some((task, why))) if task > found && open(*task) => Err(format!(
                "there is no checkpoint from before task {task}: {why}; name an earlier task to go further back"
            )),
            (Some((task, _)), ..) if !open(*task) => Err(format!("task {task} is undone already")),
            (Some(found), ..) => Ok(found.clone()),
            (None, Some(wanted), Some((task, why))) if *task == wanted => {
                Err(format!("there is no checkpoint from before task {wanted}: {why}"))
            }
            (None, Some(wanted), _) => Err(format!("there is no checkpoint from before task {wanted}")),
            (None, None, Some((task, why))) => {
                Err(format!("there is no checkpoint from before task {task}: {why}"))
            }
            (None, None, None) => Err("there is nothing to undo".to_owned()),
        }
    }
}

/// What follows from the wish to take a task back.
pub(crate) fn undo(session: &Session, id: OpId, task: Option<TaskId>, mode: UndoMode) -> Decision {
    let checkpoints = &session.state.checkpoints;
    let request = checkpoints.target(task).map(|(task_id, to)| UndoRequest {
        task_id,
        redo: false,
        to,
        base: checkpoints.left.clone(),
        mode,
    });
    carry_out(session, id, request)
}

/// What follows from the wish to take the last undo back.
pub(crate) fn redo(session: &Session, id: OpId, mode: UndoMode) -> Decision {
    let last = session.state.checkpoints.undone.last().ok_or_else(|| "there is nothing to redo".to_owned());
    let request = last.map(|last| UndoRequest {
        task_id: last.task_id,
        redo: true,
        to: last.saved.clone(),
        base: Some(last.left.clone()),
        mode,
    });
    carry_out(session, id, request)
}

fn carry_out(session: &Session, id: OpId, request: Result<UndoRequest, String>) -> Decision {
    let request = if session.state.task.is_some() {
        Err("a task is running: stop it, or wait for its end, and then undo".to_owned())
    } else {
        request
    };
    let effect = match request {
        Ok(request) => Effect::Undo { id: id.clone(), request },
        Err(message) => {
            Effect::Complain { id: id.clone(), error: ErrorInfo::new(ErrorKind::BadRequest, message) }
        }
    };
    Decision { op: id, effects: vec![effect], ..Decision::default() }
}

/// What the model is told about files that were put back.
pub(crate) fn notice(undone: &Undone) -> String {
    let what = if undone.redo { "brought back what they had undone" } else { "undid your work" };
    let mut text = format!(
        "<undo>\nThe person {what} from task {} on. These files are not what you left; read them again before you build on them:\n",
        undone.task_id
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
