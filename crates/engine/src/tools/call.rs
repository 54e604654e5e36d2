//! Calls, read from the model's words.

use super::read_tool::ReadTool;
use crate::effect::PatchSource;
use crate::input::McpTool;
use protocol::{CallId, Plan, ToolInvocation};
use std::path::PathBuf;

/// A request of the model's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ToolCall {
    /// Run a command (B12).
    Shell(ShellCall),
    /// Write a patch, relative to the folder given (B20).
    Patch { patch: PatchSource, cwd: PathBuf },
    /// Use a tool that changes nothing of the project.
    Read(ReadTool),
    /// Call a tool of an MCP server (B28).
    Mcp(McpCall),
    /// Keep the plan (B27).
    Plan(Plan),
    /// Nothing that can be done; the model is answered this.
    Unusable(String),
}

/// A command as the model asks for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ShellCall {
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: PathBuf,
    pub(crate) timeout_ms: u64,
    pub(crate) escalated: bool,
    pub(crate) background: bool,
    pub(crate) justification: Option<String>,
}

/// A call of an MCP tool as the model asks for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct McpCall {
    pub(crate) tool: McpTool,
    pub(crate) arguments: String,
}

impl McpCall {
    pub(crate) fn invocation(&self, call_id: &CallId) -> ToolInvocation {
        ToolInvocation {
            call_id: call_id.clone(),
            server: Some(self.tool.server.clone()),
            tool: self.tool.tool.clone(),
            title: format!("{} of {}", self.tool.tool, self.tool.server),
            arguments: self.arguments.clone(),
        }
    }
}
