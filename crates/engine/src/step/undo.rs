//! Undo and redo (B36), and the changes they go by.

use crate::effect::{Effect, UndoRequest};
use crate::model::session::Session;
use crate::step::decision::Decision;
use protocol::{
    CallId, ChangeSource, ChangedPath, ErrorInfo, ErrorKind, Fact, MAX_CHANGED_PATHS, OpId, TaskId, UndoMode,
};

/// Decides what follows from the wish to take a task back.
pub(crate) fn undo(session: &Session, id: OpId, task: Option<TaskId>, mode: UndoMode) -> Decision {
    carry_out(session, id, session.state.checkpoints.undo_request(task, mode))
}

/// Decides what follows from the wish to take the last undo back.
pub(crate) fn redo(session: &Session, id: OpId, mode: UndoMode) -> Decision {
    carry_out(session, id, session.state.checkpoints.redo_request(mode))
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

/// Records what a task changed.
pub(crate) fn files_changed(
    task_id: TaskId,
    call_id: Option<&CallId>,
    source: ChangeSource,
    paths: &[ChangedPath],
) -> Decision {
    Decision { facts: files_changed_facts(task_id, call_id, source, paths).collect(), ..Decision::default() }
}

/// Returns the facts that record what a task changed.
pub(crate) fn files_changed_facts(
    task_id: TaskId,
    call_id: Option<&CallId>,
    source: ChangeSource,
    paths: &[ChangedPath],
) -> impl Iterator<Item = Fact> {
    paths.chunks(MAX_CHANGED_PATHS).map(move |paths| Fact::FilesChanged {
        task_id,
        call_id: call_id.cloned(),
        source,
        paths: paths.to_vec(),
    })
}
