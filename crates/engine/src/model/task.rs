//! A task: all that follows one user input.

use crate::model::answer_counts::AnswerCounts;
use crate::model::call::Call;
use crate::model::failed_calls::FailedCalls;
use protocol::{CallId, InputItem, OpId, TaskId};

/// All that follows one user input.
#[derive(Clone, Debug)]
pub(crate) struct TaskState {
    pub(crate) id: TaskId,
    pub(crate) op: OpId,
    pub(crate) started_ms: u64,
    /// Messages of the person that the model has not seen yet.
    pub(crate) pending: Vec<Vec<InputItem>>,
    /// Messages of the person in it, for the notifier.
    pub(crate) said: Vec<String>,
    pub(crate) last_message: Option<String>,
    pub(crate) phase: TaskPhase,
    /// The calls of the turn, in the order the model made them.
    pub(crate) calls: Vec<Call>,
    /// Attempts at this turn so far.
    pub(crate) attempts: u32,
    pub(crate) compaction: Compaction,
    /// Answers that were not whole.
    pub(crate) answers: AnswerCounts,
    /// Whether a call of it was answered.
    pub(crate) has_worked: bool,
    /// Calls that failed.
    pub(crate) repeats: FailedCalls,
}

/// State of the conversation's summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Compaction {
    #[default]
    None,
    /// The model is to be asked for it next, or is being asked.
    Underway { auto: bool, trimmed: bool, budget: Option<u64> },
    /// It was made, and the model has not answered since: another one would change nothing.
    Done,
}

/// Phase of the model's turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TaskPhase {
    /// To be asked.
    Ready,
    /// Answering.
    Sampling,
    /// Has answered.
    Settled,
    /// To be asked again then, in milliseconds since the Unix epoch.
    Backoff { at_ms: u64 },
    /// Given up on.
    Failed,
}

impl TaskState {
    pub(crate) fn call(&self, id: &CallId) -> Option<&Call> {
        self.calls.iter().find(|call| call.id == *id)
    }

    /// The calls that are still to be answered, in the order they were made.
    pub(crate) fn open_calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| !call.is_answered())
    }

    pub(crate) fn is_compacting(&self) -> bool {
        matches!(self.compaction, Compaction::Underway { .. })
    }
}
