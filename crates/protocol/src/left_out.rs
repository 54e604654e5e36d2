//! Parts that requests go without.

use crate::policy::ReasoningEffort;
use serde::{Deserialize, Serialize};

/// A part of requests that is left out of them, since the vendor refused it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// Pictures: a note stands in for each.
    Pictures,
    /// Reasoning of the model.
    Reasoning,
    /// The reasoning effort that the configuration names.
    Effort {
        /// The effort that is asked for from here on; the model's default when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<ReasoningEffort>,
    },
    /// A tool of an MCP server.
    Tool {
        /// The name the model calls it by.
        name: String,
        /// The server.
        server: String,
        /// The tool's name there.
        tool: String,
    },
}
