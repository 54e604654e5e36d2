//! Parts of an agent.

use config::{Config, Home};
use exec::Executor;
use model::Model;
use std::sync::Arc;

/// The parts of an agent. [`crate::session::open`] assembles them; tests of the queue pair do it by hand.
pub struct AgentSetup {
    /// The app's files.
    pub home: Home,
    /// The configuration.
    pub config: Config,
    /// The model, for as long as the agent lives.
    pub model: Arc<dyn Model>,
    /// The executor of commands.
    pub executor: Executor,
    /// Store of the tokens of MCP servers that want a login.
    pub mcp_tokens: Option<Arc<dyn mcp::TokenStore>>,
    /// Status of the MCP servers, updated as they start and stop.
    pub mcp_status: crate::mcp::McpStatusTable,
}
