//! Settings of a session.

use crate::prompt::ToolSpec;
use crate::retry::RetryBudget;
use std::sync::Arc;

/// Settings of a session that never change.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Tools offered to the model; [`crate::tools::tool_specs`].
    pub tools: Arc<[ToolSpec]>,
    /// Retry budget for broken streams.
    pub retry: RetryBudget,
    /// Size of the model's context window, when it is known.
    pub context_window: Option<u64>,
    /// Number of tokens of a request at which the conversation is summarised unasked; a share of the context
    /// window when absent.
    pub compact_at_tokens: Option<u64>,
    /// Stable for the session: lets the vendor find its cache.
    pub cache_key: String,
    /// Time zone of the person, whose date the model is told.
    pub time_zone: jiff::tz::TimeZone,
}
