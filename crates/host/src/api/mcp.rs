//! MCP servers of the configuration, for display.

use protocol::SessionId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Arguments of `mcp_servers`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct McpServersArgs {
    /// Session whose servers are shown; without one, or when it is not open, none is started.
    pub session: Option<SessionId>,
}

/// MCP servers that are configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct McpServersView {
    /// By name.
    pub servers: Vec<McpServerView>,
    /// Whether the status is that in the session of the arguments; else no server is started.
    pub in_session: bool,
    /// The file they are configured in, for the eye.
    pub file: String,
}

/// MCP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct McpServerView {
    /// Its name in the configuration.
    pub name: String,
    /// Command line or address, without anything that may be a key.
    pub reached: String,
    /// Status.
    pub status: McpStatus,
    /// Reason why it failed or stopped.
    pub problem: Option<String>,
    /// Tools it offers, once it is ready.
    pub tools: Vec<McpToolView>,
}

/// Status of an MCP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum McpStatus {
    /// The configuration turns it off.
    Off,
    /// No session is open that would start it.
    NotStarted,
    /// The server has not answered yet.
    Starting,
    /// The tools of the server can be called.
    Ready,
    /// The server could not be started.
    Failed,
    /// The server was ready, and is gone.
    Stopped,
}

/// Tool of an MCP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct McpToolView {
    /// Name on the server.
    pub name: String,
    /// The server's description, on one line; may be empty.
    pub description: String,
    /// Whether the server says that it only reads: then it runs unasked under most policies.
    pub read_only: bool,
    /// Whether the configuration trusts it: then it runs unasked.
    pub trusted: bool,
}
