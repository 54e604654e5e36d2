//! Undo ops of a session whose answer a command waits for.

use protocol::{Event, EventMsg, OpId};
use std::collections::HashMap;
use tokio::sync::oneshot;

/// Ops whose answer a command waits for, beside the subscribers that get every event.
#[derive(Debug, Default)]
pub(crate) struct PendingUndo(HashMap<OpId, oneshot::Sender<EventMsg>>);

impl PendingUndo {
    /// Registers an op before it is submitted. The receiver fails when the session ends first.
    pub(crate) fn expect(&mut self, op: OpId) -> oneshot::Receiver<EventMsg> {
        let (sender, answer) = oneshot::channel();
        self.0.insert(op, sender);
        answer
    }

    /// Hands an event to the command that waits for it. Reports whether the event is for that command alone: a failure is shown where
    /// the undo was asked for.
    pub(crate) fn answer(&mut self, event: &Event) -> bool {
        let is_answer = matches!(
            event.msg,
            EventMsg::UndoPreview { .. }
                | EventMsg::UndoApplied { .. }
                | EventMsg::Compared { .. }
                | EventMsg::VersionsRead { .. }
                | EventMsg::Error { .. }
        );
        let Some(waiting) = is_answer.then(|| self.0.remove(&event.id)).flatten() else { return false };
        // a caller that is gone needs no answer
        let _ = waiting.send(event.msg.clone());
        matches!(event.msg, EventMsg::Error { .. })
    }
}
