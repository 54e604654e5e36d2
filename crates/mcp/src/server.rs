//! The life of one server: started, listed, called, heard of changes, ended.

use crate::config::{ServerConfig, Transport};
use crate::connect::{Connection, connect, in_words, wants_login};
use crate::content::{CallFailure, CallOutcome};
use crate::reports::{CallProgress, CallReports};
use crate::resources::{self, ResourceAnswer, ResourceTool};
use crate::tokens::TokenStore;
use crate::tool::{Offered, offered};
use rmcp::Peer;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, CancelledNotification,
    CancelledNotificationParam, ClientRequest, CustomResult, ListToolsRequest, PaginatedRequestParams,
    RequestId, ServerResult, SubscriptionFilter,
};
use rmcp::service::{PeerRequestOptions, RoleClient, ServiceError};
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

/// Interval between two reports of how far a call is.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// Tool of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToolOfServer<'a> {
    /// The server's own.
    Own(&'a str),
    /// One that reads its resources.
    Resources(ResourceTool),
}

/// Call whose answer is not waited for any more, unless it is disarmed: the server is told so.
struct AbandonedCall {
    peer: Peer<RoleClient>,
    id: Option<RequestId>,
}

impl Drop for AbandonedCall {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), tokio::runtime::Handle::try_current()) else { return };
        let peer = self.peer.clone();
        let reason = "nobody waits for the answer any more".to_owned();
        let params = CancelledNotificationParam::new(Some(id), Some(reason));
        runtime.spawn(async move {
            let _ = peer.send_notification(CancelledNotification::new(params).into()).await;
        });
    }
}

/// One server.
pub(crate) struct ManagedServer {
    pub(crate) config: ServerConfig,
    tokens: Option<Arc<dyn TokenStore>>,
    state: watch::Sender<ServerState>,
}

/// State of a server.
enum ServerState {
    Starting,
    Ready(ReadyServer),
    /// It cannot be called any more, for this reason.
    Gone(String),
}

/// A server that can be called.
#[derive(Clone)]
struct ReadyServer {
    peer: Peer<RoleClient>,
    reports: CallReports,
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
        let Connection { service, mut program, wants_to_be_asked, reports } = connection;
        let peer = service.peer().clone();
        self.state.send_replace(ServerState::Ready(ReadyServer { peer: peer.clone(), reports }));
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
        let info = peer.peer_info();
        // a server may have resources or prompts only
        let has_tools = info.as_ref().is_none_or(|info| info.capabilities.tools.is_some());
        let mut offered = if has_tools { self.list_tools(peer).await? } else { Offered::default() };
        if info.is_some_and(|info| info.capabilities.resources.is_some()) {
            let readers = resources::tools(&self.config, &offered.tools);
            offered.tools.extend(readers);
        }
        Ok(offered)
    }

    async fn list_tools(&self, peer: &Peer<RoleClient>) -> Result<Offered, String> {
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

    /// Calls a tool, or one of those that read resources, once the server is ready. `on_progress` is told how far the call is.
    pub(crate) async fn call(
        &self,
        tool: ToolOfServer<'_>,
        arguments: Map<String, Value>,
        cancel: &CancellationToken,
        on_progress: &(dyn Fn(CallProgress) + Send + Sync),
    ) -> CallOutcome {
        let started = Instant::now();
        let mut outcome = cancel
            .run_until_cancelled(self.try_call(tool, arguments, on_progress))
            .await
            .unwrap_or(Err(CallFailure::Cancelled))
            .unwrap_or_else(CallOutcome::failed);
        outcome.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        outcome
    }

    async fn try_call(
        &self,
        tool: ToolOfServer<'_>,
        arguments: Map<String, Value>,
        on_progress: &(dyn Fn(CallProgress) + Send + Sync),
    ) -> Result<CallOutcome, CallFailure> {
        let ready = self.ready().await.map_err(CallFailure::Unavailable)?;
        let limit = self.config.timeouts.call;
        let called = async {
            match tool {
                ToolOfServer::Resources(tool) => self.read_resources(&ready, tool, &arguments).await,
                ToolOfServer::Own(name) => self.call_own(&ready, name, arguments, on_progress).await,
            }
        };
        // the server is told when an answer is not waited for any more
        let mut outcome =
            tokio::time::timeout(limit, called).await.map_err(|_| CallFailure::TimedOut(limit))??;
        for question in ready.reports.take_declined() {
            if !outcome.text.is_empty() {
                outcome.text.push('\n');
            }
            let told = format!(
                "[the server wanted to ask the person {question:?}; that is not possible here, and was declined]"
            );
            outcome.text.push_str(&told);
        }
        Ok(outcome)
    }

    async fn call_own(
        &self,
        ready: &ReadyServer,
        name: &str,
        arguments: Map<String, Value>,
        on_progress: &(dyn Fn(CallProgress) + Send + Sync),
    ) -> Result<CallOutcome, CallFailure> {
        let failed = |error: ServiceError| CallFailure::Unavailable(self.explain(&error));
        let params = CallToolRequestParams::new(name.to_owned()).with_arguments(arguments);
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let options = PeerRequestOptions::no_options();
        let handle = ready.peer.send_cancellable_request(request, options).await.map_err(failed)?;
        let mut listener = ready.reports.listen(&handle.progress_token);
        let mut abandoned = AbandonedCall { peer: ready.peer.clone(), id: Some(handle.id.clone()) };
        let follow = async {
            while listener.latest.changed().await.is_ok() {
                let latest = listener.latest.borrow_and_update().clone();
                let _ = latest.map(on_progress);
                tokio::time::sleep(PROGRESS_INTERVAL).await;
            }
            std::future::pending::<()>().await;
        };
        let answer = tokio::select! {
            answer = handle.await_response() => answer,
            () = follow => Err(ServiceError::TransportClosed),
        };
        abandoned.id = None;
        match answer.map_err(failed)? {
            ServerResult::CallToolResult(result) => Ok(CallOutcome::of(result)),
            // an answer without any content
            ServerResult::EmptyResult(_) => Ok(CallOutcome::of(CallToolResult::default())),
            ServerResult::InputRequiredResult(_) | ServerResult::CreateTaskResult(_) => {
                Err(self.wants_something())
            }
            _ => Err(failed(ServiceError::UnexpectedResponse)),
        }
    }

    async fn read_resources(
        &self,
        ready: &ReadyServer,
        tool: ResourceTool,
        arguments: &Map<String, Value>,
    ) -> Result<CallOutcome, CallFailure> {
        match tool.call(&ready.peer, arguments).await {
            Ok(ResourceAnswer::Complete(outcome)) => Ok(outcome),
            Ok(ResourceAnswer::BadArguments(why)) => Err(CallFailure::Unavailable(why.to_owned())),
            Ok(ResourceAnswer::WantsInput) => Err(self.wants_something()),
            Err(error) => Err(CallFailure::Unavailable(self.explain(&error))),
        }
    }

    fn wants_something(&self) -> CallFailure {
        CallFailure::Unavailable(format!(
            "the MCP server {} asks for something in return, which is not known here",
            self.config.name
        ))
    }

    async fn ready(&self) -> Result<ReadyServer, String> {
        let mut state = self.state.subscribe();
        let name = &self.config.name;
        match state.wait_for(|state| !matches!(state, ServerState::Starting)).await.as_deref() {
            Ok(ServerState::Ready(ready)) => Ok(ready.clone()),
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
