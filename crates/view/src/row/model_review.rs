//! Cards of a second model's review of a patch.

use protocol::{HunkComment, TokenUsage, UnseenLines};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Review of a patch by a model. Every text is made visible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelReviewCard {
    /// The model.
    pub model: String,
    /// State of the review.
    pub state: ModelReviewState,
    /// The last review that came to comments, where this one has none and is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub earlier: Option<Box<ModelReviewCard>>,
}

/// State of a review by a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ModelReviewState {
    /// The model reads.
    Running {
        /// Time it began, in milliseconds since the Unix epoch.
        since_ms: u64,
    },
    /// It came to its end.
    Completed {
        /// Its comments, in the patch's order.
        comments: Vec<HunkComment>,
        /// Its last words, about the patch as a whole.
        summary: String,
        /// Lines of the patch that it was not shown, as there are too many of them.
        unseen: Vec<UnseenLines>,
        /// Time it took, in milliseconds.
        duration_ms: u64,
        /// Tokens it used.
        usage: TokenUsage,
    },
    /// It was stopped.
    Stopped {
        /// Comments that it had made by then.
        comments: Vec<HunkComment>,
        /// Tokens it used.
        usage: TokenUsage,
    },
    /// It could not be carried out.
    Failed {
        /// The error.
        message: String,
        /// The way out.
        hint: Option<String>,
        /// Comments that it had made by then.
        comments: Vec<HunkComment>,
        /// Tokens it used.
        usage: TokenUsage,
    },
}

impl ModelReviewCard {
    /// Returns its own comments; none while it runs.
    pub fn comments(&self) -> &[HunkComment] {
        match &self.state {
            ModelReviewState::Running { .. } => &[],
            ModelReviewState::Completed { comments, .. }
            | ModelReviewState::Stopped { comments, .. }
            | ModelReviewState::Failed { comments, .. } => comments,
        }
    }
}
