//! Cards of a second model's review of a patch.

use protocol::{HunkComment, TokenUsage};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Review of a patch by a model. Every text is made visible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelReviewCard {
    /// The model.
    pub model: String,
    /// State of the review.
    pub state: ModelReviewState,
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
        /// Time it took, in milliseconds.
        duration_ms: u64,
        /// Tokens it used.
        usage: TokenUsage,
    },
    /// It was stopped.
    Stopped,
    /// It could not be carried out.
    Failed {
        /// The error.
        message: String,
        /// The way out.
        hint: Option<String>,
        /// Comments that it had made by then.
        comments: Vec<HunkComment>,
    },
}
