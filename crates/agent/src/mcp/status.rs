//! Status of the MCP servers of a session, for display. Nothing is decided by it.

use mcp::{ServerEvent, Tool};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::sync::watch;

/// Status of one server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ServerStatus {
    /// It has not answered yet.
    Starting,
    /// It is ready, with these tools on offer.
    Ready(Vec<Tool>),
    /// It could not be started; why, to follow its name.
    Failed(String),
    /// It was ready, and is gone; why, to follow its name.
    Stopped(String),
}

/// Status of each server of a session, by name. A clone shares the table.
#[derive(Clone, Debug, Default)]
pub struct McpStatusTable(watch::Sender<BTreeMap<String, ServerStatus>>);

impl McpStatusTable {
    /// Returns the status of each server that the session has begun to start.
    pub fn now(&self) -> BTreeMap<String, ServerStatus> {
        self.0.borrow().clone()
    }

    /// Returns a receiver of every change, until the session and every clone of the table are gone.
    pub fn subscribe(&self) -> watch::Receiver<BTreeMap<String, ServerStatus>> {
        self.0.subscribe()
    }

    /// Takes over the status of servers that run in another process.
    pub(crate) fn replace(&self, servers: BTreeMap<String, ServerStatus>) {
        self.0.send_replace(servers);
    }

    pub(crate) fn starting(&self, server: &str) {
        self.0.send_modify(|table| {
            table.insert(server.to_owned(), ServerStatus::Starting);
        });
    }

    /// Applies an event of a server. `tools` are those of all servers.
    pub(crate) fn apply(&self, event: &ServerEvent, tools: Vec<Tool>) {
        let of = |server: &str| tools.into_iter().filter(|tool| tool.server == server).collect();
        let (server, now) = match event {
            ServerEvent::Ready { server, .. } | ServerEvent::ToolsChanged { server, .. } => {
                (server, ServerStatus::Ready(of(server)))
            }
            ServerEvent::Restarting { server, .. } => (server, ServerStatus::Starting),
            ServerEvent::Failed { server, message } => (server, ServerStatus::Failed(message.clone())),
            ServerEvent::Stopped { server, message } => (server, ServerStatus::Stopped(message.clone())),
        };
        self.0.send_modify(|table| {
            table.insert(server.clone(), now);
        });
    }
}
