//! All servers of a session.

use crate::config::ServerConfig;
use crate::content::{CallFailure, CallOutcome};
use crate::reports::CallProgress;
use crate::resources::ResourceTool;
use crate::server::{ManagedServer, StateChange, ToolOfServer};
use crate::tokens::TokenStore;
use crate::tool::{self, Offered, Tool};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// Change in the status of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerEvent {
    /// It is ready.
    Ready {
        /// Name of the server.
        server: String,
        /// Number of tools it offers.
        tools: usize,
        /// Tools that cannot be offered, each with the reason.
        left_out: Vec<String>,
    },
    /// Its tools changed.
    ToolsChanged {
        /// Name of the server.
        server: String,
        /// Tools that cannot be offered, each with the reason.
        left_out: Vec<String>,
    },
    /// It ended, and is started again.
    Restarting {
        /// Name of the server.
        server: String,
        /// Reason, to follow the server's name.
        message: String,
    },
    /// It could not be started.
    Failed {
        /// Name of the server.
        server: String,
        /// Reason, to follow the server's name.
        message: String,
    },
    /// It was ready, and is gone.
    Stopped {
        /// Name of the server.
        server: String,
        /// Reason, to follow the server's name.
        message: String,
    },
}

/// The servers of a session, started side by side. A clone is the same hub; the servers end when the last one is dropped.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<HubShared>,
}

struct HubShared {
    servers: BTreeMap<String, Arc<ManagedServer>>,
    tools: Arc<Tools>,
    closing: CancellationToken,
    living: TaskTracker,
    _closes: DropGuard,
}

/// The tools of the servers that are ready.
#[derive(Default)]
struct Tools {
    by_server: Mutex<BTreeMap<String, Vec<Tool>>>,
}

impl Hub {
    /// Starts all servers and returns at once; `on_event` is called with every change, on any thread. Must be called within a tokio
    /// runtime. Of two servers with one name the second counts. Servers over HTTP that have no `Authorization` header of
    /// their own are authorized with what is in `tokens`.
    pub fn start(
        servers: Vec<ServerConfig>,
        tokens: Option<Arc<dyn TokenStore>>,
        on_event: impl Fn(ServerEvent) + Send + Sync + 'static,
    ) -> Self {
        let servers: BTreeMap<_, _> = servers
            .into_iter()
            .map(|config| (config.name.clone(), Arc::new(ManagedServer::new(config, tokens.clone()))))
            .collect();
        let closing = CancellationToken::new();
        let living = TaskTracker::new();
        let tools = Arc::new(Tools::default());
        let on_event = Arc::new(on_event);
        for server in servers.values() {
            let (server, closing, tools, on_event) =
                (server.clone(), closing.clone(), tools.clone(), on_event.clone());
            living.spawn(async move {
                let name = server.config.name.clone();
                server.live(closing, |told| on_event(tools.take(&name, told))).await;
            });
        }
        living.close();
        let closes = closing.clone().drop_guard();
        Self { shared: Arc::new(HubShared { servers, tools, closing, living, _closes: closes }) }
    }

    /// The tools of the servers that are ready, by server and then in the server's order.
    pub fn tools(&self) -> Vec<Tool> {
        tool::all(&self.shared.tools.by_server.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Calls a tool by its server's and its own name. Waits for a server that is still starting. Cancelling says so to the
    /// server, and `on_progress` is told how far the call is. Whether the call may be made is not asked here.
    pub async fn call(
        &self,
        server: &str,
        tool: &str,
        arguments: Map<String, Value>,
        cancel: &CancellationToken,
        on_progress: &(dyn Fn(CallProgress) + Send + Sync),
    ) -> CallOutcome {
        let tool = match ResourceTool::named(tool) {
            Some(reader) if self.shared.tools.reads_resources(server, tool) => {
                ToolOfServer::Resources(reader)
            }
            _ => ToolOfServer::Own(tool),
        };
        match self.shared.servers.get(server) {
            Some(server) => server.call(tool, arguments, cancel, on_progress).await,
            None => CallOutcome::failed(CallFailure::Unavailable(format!("there is no MCP server {server}"))),
        }
    }

    /// Ends all servers, and returns when they have ended.
    pub async fn shutdown(&self) {
        self.shared.closing.cancel();
        self.shared.living.wait().await;
    }
}

impl Tools {
    /// Reports whether a tool is none of the server's own, but one for its resources.
    fn reads_resources(&self, server: &str, tool: &str) -> bool {
        let by_server = self.by_server.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tools = by_server.get(server).into_iter().flatten();
        tools.any(|known| known.name == tool && known.is_reader)
    }

    /// Keeps what a server told of its tools; what is to be said of it.
    fn take(&self, server: &str, told: StateChange) -> ServerEvent {
        let mut by_server = self.by_server.lock().unwrap_or_else(PoisonError::into_inner);
        let server = server.to_owned();
        match told {
            StateChange::Ready(Offered { tools, left_out }) => {
                let count = tools.len();
                by_server.insert(server.clone(), tools);
                ServerEvent::Ready { server, tools: count, left_out }
            }
            StateChange::Changed(Offered { tools, left_out }) => {
                by_server.insert(server.clone(), tools);
                ServerEvent::ToolsChanged { server, left_out }
            }
            // its tools are kept: a call of one waits until it is ready again
            StateChange::Restarting(message) => ServerEvent::Restarting { server, message },
            StateChange::Failed(message) => {
                by_server.remove(&server);
                ServerEvent::Failed { server, message }
            }
            StateChange::Stopped(message) => {
                by_server.remove(&server);
                ServerEvent::Stopped { server, message }
            }
        }
    }
}
