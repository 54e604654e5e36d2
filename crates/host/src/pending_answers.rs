//! Ops of a session whose answer a command waits for: undos, and questions on the side.

use protocol::{Event, EventMsg, OpId};
use std::collections::HashMap;
use tokio::sync::{mpsc, oneshot};

/// Ops whose answer a command waits for, beside the subscribers that get every event.
#[derive(Debug, Default)]
pub(crate) struct PendingAnswers(HashMap<OpId, PendingAnswer>);

/// Command that waits for an answer.
#[derive(Debug)]
struct PendingAnswer {
    answer: oneshot::Sender<EventMsg>,
    /// Takes what comes of the answer before it is whole.
    deltas: Option<mpsc::UnboundedSender<String>>,
}

impl PendingAnswers {
    /// Registers an op before it is submitted. The receiver fails when the session ends first.
    pub(crate) fn expect(
        &mut self,
        op: OpId,
        deltas: Option<mpsc::UnboundedSender<String>>,
    ) -> oneshot::Receiver<EventMsg> {
        let (sender, answer) = oneshot::channel();
        self.0.insert(op, PendingAnswer { answer: sender, deltas });
        answer
    }

    /// Reports whether an answer to an op is waited for.
    pub(crate) fn expects(&self, op: &OpId) -> bool {
        self.0.contains_key(op)
    }

    /// Hands an event to the command that waits for it. Reports whether the event is for that command alone: a failure is shown where
    /// it was asked for, and so is what belongs to no conversation.
    pub(crate) fn answer(&mut self, event: &Event) -> bool {
        if let EventMsg::SideAnswerDelta { delta } = &event.msg {
            if let Some(deltas) = self.0.get(&event.id).and_then(|waiting| waiting.deltas.as_ref()) {
                let _ = deltas.send(delta.clone());
            }
            return true;
        }
        let is_answer = matches!(
            event.msg,
            EventMsg::UndoPreview { .. }
                | EventMsg::UndoApplied { .. }
                | EventMsg::Compared { .. }
                | EventMsg::VersionsRead { .. }
                | EventMsg::SideAnswer { .. }
                | EventMsg::Error { .. }
        );
        let Some(waiting) = is_answer.then(|| self.0.remove(&event.id)).flatten() else { return false };
        // a caller that is gone needs no answer
        let _ = waiting.answer.send(event.msg.clone());
        matches!(event.msg, EventMsg::Error { .. } | EventMsg::SideAnswer { .. })
    }
}
