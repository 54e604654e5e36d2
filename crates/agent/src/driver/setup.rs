//! Parts of an agent.

use crate::reviewers::ReviewerModels;
use config::{Config, Home};
use exec::Executor;
use model::Model;
use std::sync::Arc;
use std::time::Duration;

/// Time that the first request of a window's session waits for MCP servers.
pub const MCP_WAIT: Duration = Duration::from_secs(2);

/// The parts of an agent. [`crate::session::open`] assembles them; tests of the queue pair do it by hand.
pub struct AgentSetup {
    /// The app's files.
    pub home: Home,
    /// The configuration.
    pub config: Config,
    /// The model, for as long as the agent lives.
    pub model: Arc<dyn Model>,
    /// Models that review patches.
    pub reviewers: ReviewerModels,
    /// The executor of commands.
    pub executor: Executor,
    /// Store of the tokens of MCP servers that want a login.
    pub mcp_tokens: Option<Arc<dyn mcp::TokenStore>>,
    /// Maximum time that the first request waits for MCP servers to start.
    pub mcp_wait: Duration,
    /// Status of the MCP servers, updated as they start and stop.
    pub mcp_status: crate::mcp::McpStatusTable,
}
