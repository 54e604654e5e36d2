//! Undo and redo: previewed first, then applied, each answered to the command that asked.

use crate::api::{ApplyUndoArgs, CommandError, UndoArgs};
use crate::host::Host;
use protocol::{EventMsg, Op, OpId, SessionId, Submission, UndoMode};
use uuid::Uuid;
use view::UndoView;

impl Host {
    pub(crate) async fn preview_undo(&self, args: UndoArgs) -> Result<UndoView, CommandError> {
        let op = if args.redo {
            Op::Redo { mode: UndoMode::Preview }
        } else {
            Op::Undo { task_id: args.task_id, mode: UndoMode::Preview }
        };
        match self.ask(&args.session, op).await? {
            EventMsg::UndoPreview { plan } => Ok(view::undo::preview(&plan)),
            other => Err(unexpected(other)),
        }
    }

    pub(crate) async fn apply_undo(&self, args: ApplyUndoArgs) -> Result<(), CommandError> {
        let mode = UndoMode::Apply { overwrite: args.overwrite };
        let op = if args.redo { Op::Redo { mode } } else { Op::Undo { task_id: args.task_id, mode } };
        match self.ask(&args.session, op).await? {
            EventMsg::UndoApplied { .. } => Ok(()),
            other => Err(unexpected(other)),
        }
    }

    /// Submits an op and waits for the event that answers it, for as long as the session lasts.
    pub(crate) async fn ask(&self, session: &SessionId, op: Op) -> Result<EventMsg, CommandError> {
        let submitter = self.submitter(session)?;
        let id = OpId(Uuid::now_v7().to_string());
        let gone = || CommandError::new("the session ended before it was done");
        let answer = {
            let mut sessions = self.sessions();
            sessions.get_mut(session).ok_or_else(gone)?.pending_answers.expect(id.clone(), None)
        };
        submitter.submit_with_id(Submission { id, op }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

/// Words an answer that is none to what was asked.
pub(crate) fn unexpected(msg: EventMsg) -> CommandError {
    match msg {
        EventMsg::Error { error } => error.into(),
        _ => CommandError::new("the session answered something else"),
    }
}
