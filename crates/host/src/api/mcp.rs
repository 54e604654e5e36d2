//! The MCP servers of the configuration, to be looked at.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The servers that are configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct McpServersView {
    /// By name.
    pub servers: Vec<McpServerView>,
    /// Whether they stand as the session that is shown has them; else none is started.
    pub in_session: bool,
    /// The file they are configured in, for the eye.
    pub file: String,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct McpServerView {
    /// Its name in the configuration.
    pub name: String,
    /// What starts it, or its address, without what may be a key.
    pub reached: String,
    /// How it stands.
    pub status: McpStatus,
    /// Why it failed or stopped.
    pub problem: Option<String>,
    /// What it offers, once it is ready.
    pub tools: Vec<McpToolView>,
}

/// How a server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum McpStatus {
    /// The configuration turns it off.
    Off,
    /// No session is open that would start it.
    NotStarted,
    /// It has not answered yet.
    Starting,
    /// Its tools can be called.
    Ready,
    /// It could not be started.
    Failed,
    /// It was ready, and is gone.
    Stopped,
}

/// One tool of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct McpToolView {
    /// What the server calls it.
    pub name: String,
    /// What it does, in the server's words, on one line; may be empty.
    pub description: String,
    /// Whether the server says that it only reads: then it runs unasked under most policies.
    pub read_only: bool,
    /// Whether the configuration trusts it: then it runs unasked.
    pub trusted: bool,
}
