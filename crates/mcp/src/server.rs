//! The life of one server: started, listed, called, heard of changes, ended.

use crate::config::{ServerConfig, Transport};
use crate::connect::{Connection, connect, in_words, wants_login};
use crate::content::{CallFailure, CallOutcome};
use crate::tokens::TokenStore;
use crate::tool::{Offered, offered};
use rmcp::Peer;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ClientRequest, CustomResult, ListToolsRequest,
    PaginatedRequestParams, ServerResult, SubscriptionFilter,
};
use rmcp::service::{RoleClient, ServiceError};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Time a connection gets to close: an HTTP server is told that the session is over, a program's pipe is
/// closed.
const CLOSE_GRACE: Duration = Duration::from_secs(1);

/// Times that a program which ended by itself is started again, and how much longer each wait before that is.
const MAX_RESTARTS: u32 = 3;
const RESTART_DELAY: Duration = Duration::from_secs(1);

/// One server.
pub(crate) struct ManagedServer {
    pub(crate) config: ServerConfig,
    tokens: Option<Arc<dyn TokenStore>>,
    state: watch::Sender<ServerState>,
}

/// State of a server.
enum ServerState {
    Starting,
    Ready(Peer<RoleClient>),
    /// It cannot be called any more, for this reason.
    Gone(String),
}

/// Events a server sends to the hub.
pub(crate) enum StateChange {
    /// It is ready, with these tools.
    Ready(Offered),
    /// It has other tools now.
    Changed(Offered),
    /// It was ready, and is started again since it ended.
    Restarting(String),
    /// It could not be started.
    Failed(String),
    /// It was ready, and is gone.
    Stopped(String),
}

impl ManagedServer {
    pub(crate) fn new(config: ServerConfig, tokens: Option<Arc<dyn TokenStore>>) -> Self {
        Self { config, tokens, state: watch::Sender::new(ServerState::Starting) }
    }

    /// Lives until it is `closing`. One that ends by itself is started again, a few times. What it has started has ended when
    /// this returns.
    pub(crate) async fn live(&self, closing: CancellationToken, tell: impl Fn(StateChange)) {
        for restart in 1.. {
            let Some(why) = self.live_once(&closing, &tell).await else { return };
            let is_program = matches!(self.config.transport, Transport::Stdio { .. });
            if restart > MAX_RESTARTS || !is_program {
                self.gone(&why);
                return tell(StateChange::Stopped(why));
            }
            self.state.send_replace(ServerState::Starting);
            tell(StateChange::Restarting(why));
            let delay = RESTART_DELAY * (restart - 1);
            if closing.run_until_cancelled(tokio::time::sleep(delay)).await.is_none() {
                return self.gone("the session is over");
            }
        }
    }

    /// Lives once; the reason of its end when it was ready and ended by itself.
    async fn live_once(&self, closing: &CancellationToken, tell: &impl Fn(StateChange)) -> Option<String> {
        let tools_changed = Arc::new(Notify::new());
        let starting = self.start(&tools_changed);
        let (connection, tools) = match closing.run_until_cancelled(starting).await {
            Some(Ok(started)) => started,
            Some(Err(why)) => {
                self.gone(&why);
                tell(StateChange::Failed(why));
                return None;
            }
            None => {
                self.gone("the session is over");
                return None;
            }
        };
        let Connection { service, mut program, wants_to_be_asked } = connection;
        let peer = service.peer().clone();
        self.state.send_replace(ServerState::Ready(peer.clone()));
        tell(StateChange::Ready(tools.clone()));

        let close = service.cancellation_token();
        let mut running = std::pin::pin!(service.waiting());
        let stopped_by_itself = tokio::select! {
            _ = &mut running => true,
            () = closing.cancelled() => false,
            () = self.follow_changes(&peer, tools, &tools_changed, wants_to_be_asked, tell) => false,
        };
        if stopped_by_itself {
            let why = match &mut program {
                Some(program) => program.exit_reason().await,
                None => "it closed the connection".to_owned(),
            };
            return Some(self.config.transport.scrub(&why));
        }
        self.gone("the session is over");
        close.cancel();
        let _ = tokio::time::timeout(CLOSE_GRACE, running).await;
        if let Some(program) = program {
            program.end().await;
        }
        None
    }

    async fn start(&self, tools_changed: &Arc<Notify>) -> Result<(Connection, Offered), String> {
        let mut connection = connect(&self.config, self.tokens.as_ref(), tools_changed).await?;
        match self.list(connection.service.peer()).await {
            Ok(tools) => Ok((connection, tools)),
            Err(why) => {
                let stderr_tail = match &mut connection.program {
                    Some(program) => program.stderr_tail(),
                    None => String::new(),
                };
                Err(self
                    .config
                    .transport
                    .scrub(&format!("its tools could not be listed: {why}{stderr_tail}")))
            }
        }
    }

    async fn list(&self, peer: &Peer<RoleClient>) -> Result<Offered, String> {
        // a server may have resources or prompts only
        if peer.peer_info().is_some_and(|info| info.capabilities.tools.is_none()) {
            return Ok(Offered::default());
        }
        let limit = self.config.timeouts.list;
        match tokio::time::timeout(limit, lists(peer)).await {
            Ok(Ok(listed)) => Ok(offered(&self.config, listed)),
            Ok(Err(error)) => Err(self.explain(&error)),
            Err(_) => Err(format!("no answer within {} s", limit.as_secs_f64())),
        }
    }

    /// Lists the tools again whenever the server says so. Never returns.
    async fn follow_changes(
        &self,
        peer: &Peer<RoleClient>,
        mut known: Offered,
        tools_changed: &Notify,
        wants_to_be_asked: bool,
        tell: &impl Fn(StateChange),
    ) {
        let asked = async {
            if wants_to_be_asked {
                self.ask_for_changes(peer, tools_changed).await;
            }
            std::future::pending::<()>().await;
        };
        let follow = async {
            loop {
                tools_changed.notified().await;
                match self.list(peer).await {
                    Ok(tools) if tools != known => {
                        known.clone_from(&tools);
                        tell(StateChange::Changed(tools));
                    }
                    Ok(_) => {}
                    Err(why) => {
                        tracing::warn!(server = self.config.name, why, "the tools could not be listed again");
                    }
                }
            }
        };
        tokio::select! {
            () = asked => {}
            () = follow => {}
        }
    }

    /// Subscribes to changes of the tools, and passes each on.
    async fn ask_for_changes(&self, peer: &Peer<RoleClient>, tools_changed: &Notify) {
        let filter = SubscriptionFilter::builder().tools_list_changed().build();
        match peer.listen(filter).await {
            Ok(mut subscription) => {
                while let Ok(Some(_)) = subscription.next().await {
                    tools_changed.notify_one();
                }
            }
            Err(error) => {
                tracing::debug!(server = self.config.name, %error, "it tells of no changes");
            }
        }
    }

    /// Calls a tool, once the server is ready.
    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        cancel: &CancellationToken,
    ) -> CallOutcome {
        let started = Instant::now();
        let mut outcome = cancel
            .run_until_cancelled(self.try_call(tool, arguments))
            .await
            .unwrap_or(Err(CallFailure::Cancelled))
            .unwrap_or_else(CallOutcome::failed);
        outcome.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        outcome
    }

    async fn try_call(&self, tool: &str, arguments: Map<String, Value>) -> Result<CallOutcome, CallFailure> {
        let peer = self.ready().await.map_err(CallFailure::Unavailable)?;
        let limit = self.config.timeouts.call;
        let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        // an answer nobody waits for any more is cancelled by the SDK, at the server too
        match tokio::time::timeout(limit, peer.call_tool_once(params)).await {
            Ok(Ok(CallToolResponse::Complete(result))) => Ok(CallOutcome::of(result)),
            Ok(Ok(_)) => Err(CallFailure::Unavailable(format!(
                "the MCP server {} asks for something in return, which is not known here",
                self.config.name
            ))),
            Ok(Err(error)) => Err(CallFailure::Unavailable(self.explain(&error))),
            Err(_) => Err(CallFailure::TimedOut(limit)),
        }
    }

    async fn ready(&self) -> Result<Peer<RoleClient>, String> {
        let mut state = self.state.subscribe();
        let name = &self.config.name;
        match state.wait_for(|state| !matches!(state, ServerState::Starting)).await.as_deref() {
            Ok(ServerState::Ready(peer)) => Ok(peer.clone()),
            Ok(ServerState::Gone(why)) => Err(format!("the MCP server {name} is not there: {why}")),
            Ok(ServerState::Starting) | Err(_) => Err(format!("the MCP server {name} is not there")),
        }
    }

    fn explain(&self, error: &ServiceError) -> String {
        let name = &self.config.name;
        let why = match error {
            ServiceError::McpError(error) => {
                format!("the MCP server {name} refused: {} ({})", error.message, error.code.0)
            }
            ServiceError::TransportClosed => format!("the MCP server {name} is gone"),
            error if error.is_authorization_required() => {
                format!("the MCP server {name}: {}", wants_login(name))
            }
            ServiceError::TransportSend(error) => {
                format!("the MCP server {name} cannot be reached: {}", in_words(error.error.as_ref()))
            }
            error => format!("the MCP server {name} did not answer as it should: {}", in_words(error)),
        };
        self.config.transport.scrub(&why)
    }

    fn gone(&self, why: &str) {
        self.state.send_replace(ServerState::Gone(why.to_owned()));
    }
}

/// All tools of a server as it lists them, each by itself: the SDK reads a list as a whole or not at all.
async fn lists(peer: &Peer<RoleClient>) -> Result<Vec<Value>, ServiceError> {
    let mut tools = Vec::new();
    let mut cursor = None;
    // one that never ends is ended by the timeout of who asks
    loop {
        let params = cursor.map(|cursor| PaginatedRequestParams::default().with_cursor(Some(cursor)));
        let request = ListToolsRequest { params, ..ListToolsRequest::default() };
        let page = match peer.send_request(ClientRequest::ListToolsRequest(request)).await? {
            ServerResult::ListToolsResult(page) => serde_json::to_value(page).unwrap_or_default(),
            ServerResult::CustomResult(CustomResult(page)) => page,
            _ => return Err(ServiceError::UnexpectedResponse),
        };
        let Some(listed) = page["tools"].as_array() else { return Err(ServiceError::UnexpectedResponse) };
        tools.extend(listed.iter().cloned());
        cursor = page["nextCursor"].as_str().filter(|cursor| !cursor.is_empty()).map(str::to_owned);
        if cursor.is_none() {
            return Ok(tools);
        }
    }
}
