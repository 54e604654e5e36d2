//! Undo and redo as the window asks for them: looked at first, then done, each answered where it was asked.

use crate::Host;
use crate::api::{ApplyUndoArgs, CommandError, UndoArgs};
use crate::problem::plain;
use crate::sessions::OpenSession;
use protocol::{Event, EventMsg, Op, OpId, SessionId, Submission, UndoMode};
use std::collections::HashMap;
use tokio::sync::oneshot;
use uuid::Uuid;
use view::UndoView;

/// Ops of a session whose answer somebody waits for, beside the window that is told everything.
#[derive(Debug, Default)]
pub(crate) struct Asked(HashMap<OpId, oneshot::Sender<EventMsg>>);

impl Asked {
    /// Hands an event to who waits for it. Whether it was an answer for them alone: a failure is shown where it was asked for.
    pub(crate) fn answer(&mut self, event: &Event) -> bool {
        let is_answer = matches!(
            event.msg,
            EventMsg::UndoPreview { .. } | EventMsg::UndoApplied { .. } | EventMsg::Error { .. }
        );
        let Some(waiting) = is_answer.then(|| self.0.remove(&event.id)).flatten() else { return false };
        // one who has gone needs no answer
        let _ = waiting.send(event.msg.clone());
        matches!(event.msg, EventMsg::Error { .. })
    }
}

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
    async fn ask(&self, session: &SessionId, op: Op) -> Result<EventMsg, CommandError> {
        let submitter = self.submitter(session)?;
        let id = OpId(Uuid::now_v7().to_string());
        let (sender, answer) = oneshot::channel();
        let gone = || plain("the session ended before it was done");
        self.change(|state| {
            let open = state.sessions.get_mut(session).ok_or_else(gone)?;
            open.asked.0.insert(id.clone(), sender);
            Ok::<_, CommandError>(())
        })?;
        submitter.submit_with_id(Submission { id, op }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

impl OpenSession {
    /// Nobody will answer any more.
    pub(crate) fn forget_asked(&mut self) {
        self.asked = Asked::default();
    }
}

fn unexpected(msg: EventMsg) -> CommandError {
    match msg {
        EventMsg::Error { error } => error.into(),
        _ => plain("the session answered something else"),
    }
}
