//! Calls of tools that are neither a command nor a patch: those of MCP servers, and the built-in ones that only read.

use crate::approval::AskReason;
use crate::ids::CallId;
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
    /// What it does, in a few words, for people: "read src/lib.rs".
    pub title: String,
    /// Its arguments, as JSON text.
    pub arguments: String,
}

/// What came of a tool call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ToolResult {
    /// What it said, bounded to 64 KiB.
    pub output: String,
    /// How many images came with it.
    #[serde(default)]
    pub images: u32,
    /// Whether it did what it was asked to.
    pub success: bool,
    /// How long it took.
    pub duration_ms: u64,
    /// Why it came to nothing: "timed out after 60000 ms", "interrupted", "rejected by user", ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub failure: Option<String>,
}

/// Everything the dialog for a call of an MCP tool shows; what is sent is exactly this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ToolApprovalRequest {
    /// The call that waits.
    pub invocation: ToolInvocation,
    /// What the server says the tool does, in its words.
    pub description: String,
    /// Which asking of this call it is, counted from 1.
    pub attempt: u32,
    /// Why it asks.
    pub reason: AskReason,
    /// SHA-256 (hex) over all of the above. An answer must name it.
    pub binding: String,
}
