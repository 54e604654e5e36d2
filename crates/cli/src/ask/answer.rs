//! Answers of a person at the terminal.

use protocol::{Approval, HunkComment, HunkSelection, Op, ReviewDecision};

/// A person's answer to an approval.
pub(super) struct TerminalAnswer {
    pub(super) decision: ReviewDecision,
    pub(super) hunks: Option<HunkSelection>,
    pub(super) note: Option<String>,
    pub(super) comments: Vec<HunkComment>,
    /// True when nobody is at the terminal.
    pub(super) unattended: bool,
}

impl TerminalAnswer {
    /// The answer to the whole of it, without a note.
    pub(super) fn whole(decision: ReviewDecision) -> Self {
        Self { decision, hunks: None, note: None, comments: Vec::new(), unattended: false }
    }

    /// The answer that declines, with the person's note.
    pub(super) fn denied(note: Option<String>) -> Self {
        Self { note, ..Self::whole(ReviewDecision::Denied) }
    }

    /// The op that submits the answer to this approval.
    pub(super) fn into_op(self, approval: &Approval) -> Op {
        let Self { decision, hunks, note, comments, unattended } = self;
        let (call_id, binding) = (approval.call_id.clone(), approval.binding.clone());
        Op::Decide { call_id, binding, decision, hunks, note, comments, viewed: None, unattended }
    }
}
