//! Calls of tools that neither run a command nor write a patch: those of MCP servers, and the built-in ones that only read.

use crate::ids::CallId;
use crate::outcome::{ToolEndedBy, Truncation};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A tool call as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ToolInvocation {
    /// The call.
    pub call_id: CallId,
    /// The MCP server it goes to; none for a built-in tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub server: Option<String>,
    /// Name of the tool, as its server knows it.
    pub tool: String,
    /// Summary for people: "read src/lib.rs".
    pub title: String,
    /// Arguments, as JSON text.
    pub arguments: String,
}

/// Progress of a tool call, as the tool's server tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ToolProgress {
    /// Part that is done, of 100; absent where the server does not say how much there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub percent: Option<u8>,
    /// Count of what is done, in the server's own unit.
    #[ts(type = "number")]
    pub done: u64,
    /// Message of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub message: Option<String>,
}

/// Result of a tool call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ToolResult {
    /// Text of the answer, at most 64 KiB.
    pub output: String,
    /// Part left out of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub truncation: Option<Truncation>,
    /// Number of images in the answer.
    #[serde(default)]
    pub images: u32,
    /// How the call ended.
    pub ended_by: ToolEndedBy,
    /// Time it took, in milliseconds.
    pub duration_ms: u64,
}

impl ToolResult {
    /// Reports whether the tool did its work.
    pub fn succeeded(&self) -> bool {
        self.ended_by == ToolEndedBy::Succeeded
    }
}

impl From<ToolEndedBy> for ToolResult {
    /// The result of a call that brought no answer.
    fn from(ended_by: ToolEndedBy) -> Self {
        Self { output: String::new(), truncation: None, images: 0, ended_by, duration_ms: 0 }
    }
}
