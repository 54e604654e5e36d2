//! A task: all that follows one user input.

use crate::model::answer_counts::AnswerCounts;
use crate::model::call::Call;
use crate::model::failed_calls::FailedCalls;
use protocol::{CallId, InputItem, ModelPrice, ModelReview, OpId, TaskId, TokenUsage};

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
    pub(crate) budget: TaskBudget,
}

/// Use of a task, and its bounds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TaskBudget {
    /// Use since it began, summaries included.
    pub(crate) used: TaskUse,
    /// Use when the person last let it go on.
    pub(crate) allowed: TaskUse,
    /// Whether nothing limits it any more.
    pub(crate) is_lifted: bool,
    /// Tokens that the person was told of when it reached its limit, while it waits for them.
    pub(crate) reached: Option<TokenUsage>,
}

/// Tokens of a task, and what it cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TaskUse {
    /// Tokens of the session's model.
    own: TokenUsage,
    /// Tokens of reviews by another model.
    reviews: TokenUsage,
    /// Cost of these, in millionths of a dollar, as far as it is known.
    reviews_cost: u64,
}

impl TaskUse {
    /// Returns the tokens of all models.
    pub(crate) fn tokens(&self) -> TokenUsage {
        self.own.plus(self.reviews)
    }

    /// Returns the cost of all of it in millionths of a dollar, as far as prices are known; `None` where none is.
    pub(crate) fn cost(&self, price: Option<ModelPrice>) -> Option<u64> {
        match price {
            Some(price) => Some(price.cost(&self.own).saturating_add(self.reviews_cost)),
            None => Some(self.reviews_cost).filter(|cost| *cost > 0),
        }
    }

    /// Returns what was used since `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self {
            own: self.own.minus(earlier.own),
            reviews: self.reviews.minus(earlier.reviews),
            reviews_cost: self.reviews_cost.saturating_sub(earlier.reviews_cost),
        }
    }
}

impl TaskBudget {
    pub(crate) fn add(&mut self, usage: Option<TokenUsage>) {
        self.used.own = self.used.own.plus(usage.unwrap_or_default());
    }

    /// Takes in a review by another model.
    pub(crate) fn add_review(&mut self, review: &ModelReview) {
        self.used.reviews = self.used.reviews.plus(review.usage);
        self.used.reviews_cost = self.used.reviews_cost.saturating_add(review.cost.unwrap_or_default());
    }

    /// Lets the task use as much again, or all it wants.
    pub(crate) fn raise(&mut self, no_limit: bool) {
        self.reached = None;
        self.is_lifted |= no_limit;
        self.allowed = self.used;
    }
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

    /// Reports whether there is something that the model has not been told: a message, or the answer to a call that it made.
    pub(crate) fn has_news(&self) -> bool {
        !self.pending.is_empty() || self.calls.iter().any(|call| call.copy.is_none())
    }

    /// Reports whether the files may not be what they were when it began.
    pub(crate) fn may_have_written(&self) -> bool {
        !self.said.is_empty() || self.calls.iter().any(|call| call.copy.is_some())
    }

    /// Bytes of text in the messages that the model has not seen yet.
    pub(crate) fn pending_bytes(&self) -> usize {
        let pieces = self.pending.iter().flatten();
        pieces
            .map(|piece| match piece {
                InputItem::Text { text } => text.len(),
                InputItem::Image { .. } => 0,
            })
            .sum()
    }

    pub(crate) fn is_compacting(&self) -> bool {
        matches!(self.compaction, Compaction::Underway { .. })
    }
}
