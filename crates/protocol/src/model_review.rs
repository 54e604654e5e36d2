//! Reviews of patches by a second model, before a person decides on them.

use crate::comment::HunkComment;
use crate::error::ErrorInfo;
use crate::item::TokenUsage;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Model that reviews patches. It reads the patch and the project, and writes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Reviewer {
    /// Key of its provider.
    pub provider: String,
    /// Name of the model.
    pub model: String,
    /// Whether it reviews each patch that waits, without being asked to.
    #[serde(default)]
    pub every_patch: bool,
}

/// Result of a review of a patch by a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ModelReview {
    /// The model.
    pub reviewer: Reviewer,
    /// How it ended.
    pub ended_by: ReviewEndedBy,
    /// Its comments, in the patch's order.
    pub comments: Vec<HunkComment>,
    /// Its last words, about the patch as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Lines of the patch that it was not shown, as there are too many of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<UnseenLines>,
    /// Time it took, in milliseconds.
    pub duration_ms: u64,
    /// Tokens it used.
    #[serde(default)]
    pub usage: TokenUsage,
    /// Cost of these, in millionths of a dollar, where the price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cost: Option<u64>,
}

/// Lines of a file's patch that a reviewer was not shown: its last ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UnseenLines {
    /// The file as the patch names it.
    pub path: String,
    /// Number of them.
    pub lines: u32,
}

/// How a review ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReviewEndedBy {
    /// The model came to its end.
    Completed,
    /// The person stopped it, or decided on the patch meanwhile.
    Stopped,
    /// The app ended.
    AppStopped,
    /// It could not be carried out.
    Failed {
        /// The error.
        error: ErrorInfo,
    },
}
