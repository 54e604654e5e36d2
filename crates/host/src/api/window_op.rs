//! Ops of a window.

use protocol::{
    CallId, HunkComment, HunkId, HunkSelection, InputItem, Op, Policies, ReviewDecision, TaskId, TokenUsage,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Op that a window may submit to a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WindowOp {
    /// A prompt.
    UserInput {
        /// Pieces of the prompt.
        items: Vec<InputItem>,
    },
    /// Stop the task.
    Interrupt,
    /// Ask the model again at once, rather than when it is time.
    RetryNow,
    /// Answers an approval.
    Decide {
        /// The call.
        call_id: CallId,
        /// Binding of the card that was shown.
        binding: String,
        /// The answer.
        decision: ReviewDecision,
        /// Accepted hunks of a patch; all of them when absent.
        #[serde(default)]
        #[ts(optional = nullable)]
        hunks: Option<HunkSelection>,
        /// A note for the model.
        #[serde(default)]
        #[ts(optional = nullable)]
        note: Option<String>,
        /// Comments on lines of a patch, for the model.
        #[serde(default)]
        #[ts(as = "Option<Vec<HunkComment>>", optional)]
        comments: Vec<HunkComment>,
        /// Hunks of a patch that the person had marked as viewed; absent for anything else.
        #[serde(default)]
        #[ts(optional = nullable)]
        viewed: Option<Vec<HunkId>>,
    },
    /// Runs the project's check with a patch that waits.
    Check {
        /// The call.
        call_id: CallId,
        /// Binding of the card that was shown.
        binding: String,
        /// Hunks that are in place.
        hunks: HunkSelection,
    },
    /// Searches for the hunks that make the difference.
    FindNeeded {
        /// The call.
        call_id: CallId,
        /// Binding of the card that was shown.
        binding: String,
        /// Hunks that are searched.
        hunks: HunkSelection,
    },
    /// Ends the check, or the search, that runs with a patch.
    StopCheck {
        /// The call.
        call_id: CallId,
    },
    /// Has the reviewer read a patch that waits.
    ReviewPatch {
        /// The call.
        call_id: CallId,
        /// Binding of the card that was shown.
        binding: String,
    },
    /// Ends the review of a patch that waits.
    StopReview {
        /// The call.
        call_id: CallId,
    },
    /// Ends a command that runs in the background.
    StopCommand {
        /// The call that started it.
        call_id: CallId,
    },
    /// Summarises the conversation.
    Compact,
    /// Lets a task go on that has reached its limit.
    RaiseLimit {
        /// The task.
        task_id: TaskId,
        /// Tokens that it had used, as the person was shown: the answer is for that occasion alone.
        used: TokenUsage,
        /// Whether nothing limits this task any more; otherwise it may use as much again.
        no_limit: bool,
    },
    /// Changes the session's policies.
    SetPolicy {
        /// The new ones.
        policies: Policies,
    },
}

impl From<WindowOp> for Op {
    fn from(op: WindowOp) -> Self {
        match op {
            WindowOp::UserInput { items } => Self::UserInput { items },
            WindowOp::Interrupt => Self::Interrupt,
            WindowOp::RetryNow => Self::RetryNow,
            WindowOp::Decide { call_id, binding, decision, hunks, note, comments, viewed } => {
                Self::Decide { call_id, binding, decision, hunks, note, comments, viewed, unattended: false }
            }
            WindowOp::Check { call_id, binding, hunks } => {
                Self::Check { call_id, binding, hunks: Some(hunks) }
            }
            WindowOp::FindNeeded { call_id, binding, hunks } => {
                Self::FindNeeded { call_id, binding, hunks: Some(hunks) }
            }
            WindowOp::StopCheck { call_id } => Self::StopCheck { call_id },
            WindowOp::ReviewPatch { call_id, binding } => Self::ReviewPatch { call_id, binding },
            WindowOp::StopReview { call_id } => Self::StopReview { call_id },
            WindowOp::StopCommand { call_id } => Self::StopCommand { call_id },
            WindowOp::Compact => Self::Compact,
            WindowOp::RaiseLimit { task_id, used, no_limit } => Self::RaiseLimit { task_id, used, no_limit },
            WindowOp::SetPolicy { policies } => Self::SetPolicy { policies },
        }
    }
}
