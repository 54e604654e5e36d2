//! Events of MCP servers, as a session tells of them.

use super::event_loop::Driver;
use engine::Input;
use protocol::{EventMsg, Severity};

impl Driver {
    /// Takes in an event of a server, and tells of it.
    pub(super) async fn handle_mcp_event(&mut self, event: mcp::ServerEvent) {
        self.running.note_mcp(&event);
        let tools = self.running.mcp_tools();
        let count = |server: &str| match tools.iter().filter(|tool| tool.server == server).count() {
            1 => "1 tool".to_owned(),
            count => format!("{count} tools"),
        };
        let severity = match &event {
            mcp::ServerEvent::Ready { .. } | mcp::ServerEvent::ToolsChanged { .. } => Severity::Info,
            mcp::ServerEvent::Failed { .. }
            | mcp::ServerEvent::Restarting { .. }
            | mcp::ServerEvent::Stopped { .. } => Severity::Warning,
        };
        let mut warnings = Vec::new();
        let message = match event {
            mcp::ServerEvent::Ready { server, left_out, .. } => {
                warnings.extend(left_out_of(&server, &left_out));
                format!("MCP server {server} is ready with {}", count(&server))
            }
            mcp::ServerEvent::ToolsChanged { server, left_out } => {
                warnings.extend(left_out_of(&server, &left_out));
                format!("MCP server {server} changed what it offers, and is at {} now", count(&server))
            }
            mcp::ServerEvent::Restarting { server, message } => {
                format!("MCP server {server} ended and is started again: {message}")
            }
            mcp::ServerEvent::Failed { server, message } => {
                format!("MCP server {server} is not available: {message}")
            }
            mcp::ServerEvent::Stopped { server, message } => {
                format!("MCP server {server} is gone: {message}")
            }
        };
        warnings.extend(self.running.mcp_too_many());
        self.step(Input::McpTools(tools)).await;
        self.emit(self.current_op.clone(), EventMsg::BackgroundEvent { severity, message });
        for warning in warnings {
            self.warn(self.current_op.clone(), warning);
        }
        if self.running.mcp_has_settled() {
            self.step(Input::McpStarted).await;
        }
    }
}

/// Names the tools of a server that cannot be offered, and the way out; `None` when all can.
fn left_out_of(server: &str, left_out: &[String]) -> Option<String> {
    (!left_out.is_empty()).then(|| {
        format!(
            "tools of the MCP server {server} are left out, since no vendor takes them: {}; name them in its disabled_tools to \
             hide this",
            left_out.join(", ")
        )
    })
}
