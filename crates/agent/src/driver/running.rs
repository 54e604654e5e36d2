//! Work that runs beside the driver: the model's stream, commands, patches being checked and written.

use super::check_runs::CheckRuns;
use super::driver_event::DriverEvent;
use super::project::{Baseline, ProjectWatch};
use super::setup::{AgentSetup, MCP_WAIT};
use super::side_answer;
use crate::background::BackgroundCommands;
use engine::{ExecRequest, Input, McpTool, PatchSource, PatchWriteResult, Prompt, ToolOutcome};
use futures_util::{FutureExt as _, StreamExt as _};
use mcp::{CallProgress, Hub, ServerEvent};
use protocol::{
    CallId, ChangeSource, EndedBy, EventMsg, ExecStream, HunkSelection, OpId, PatchProposal, SandboxPolicy,
    ToolEndedBy,
};
use serde_json::Map;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use worktree::{Roots, TransactionId, TransactionLog, writer};

pub(super) struct Running {
    pub(super) setup: Arc<AgentSetup>,
    pub(super) event_tx: mpsc::UnboundedSender<DriverEvent>,
    sampling: Option<(u64, AbortHandle)>,
    calls: HashMap<CallId, CancellationToken>,
    pub(super) checks: CheckRuns,
    /// Reviews of patches, by the call whose patch they are of.
    pub(super) reviews: HashMap<CallId, CancellationToken>,
    /// Questions on the side, by the op that asked.
    asides: HashMap<OpId, CancellationToken>,
    pub(super) baseline: Baseline,
    mcp: Option<Hub>,
    /// Servers that are being started for the first time.
    mcp_starting: BTreeSet<String>,
    mcp_wait_is_said: bool,
    /// Tools that are left out since there are too many, as last said.
    mcp_left_out: Vec<String>,
    pub(super) background: BackgroundCommands,
}

impl Running {
    pub(super) fn new(setup: Arc<AgentSetup>, event_tx: mpsc::UnboundedSender<DriverEvent>) -> Self {
        let baseline = futures_util::future::ready(()).boxed().shared();
        Self {
            setup,
            event_tx,
            sampling: None,
            calls: HashMap::new(),
            checks: CheckRuns::default(),
            reviews: HashMap::new(),
            asides: HashMap::new(),
            baseline,
            mcp: None,
            mcp_starting: BTreeSet::new(),
            mcp_wait_is_said: false,
            mcp_left_out: Vec::new(),
            background: BackgroundCommands::default(),
        }
    }

    /// Makes everything that changes files wait for this.
    pub(super) fn wait_for(&mut self, baseline: Baseline) {
        self.baseline = baseline;
    }

    /// Makes everything that changes files wait for this too.
    pub(super) fn also_wait_for(&mut self, other: Baseline) {
        let before = self.baseline.clone();
        self.baseline = async move {
            before.await;
            other.await;
        }
        .boxed()
        .shared();
    }

    /// Number of the sampling that runs.
    pub(super) fn sampling(&self) -> Option<u64> {
        self.sampling.as_ref().map(|(number, _)| *number)
    }

    pub(super) fn sample(&mut self, sampling: u64, prompt: Prompt) {
        self.cancel_sampling();
        let mut stream = self.setup.model.stream(Arc::new(prompt));
        let event_tx = self.event_tx.clone();
        let task = tokio::spawn(async move {
            while let Some(event) = stream.next().await {
                let last = event.is_last();
                if event_tx.send(DriverEvent::Stream { sampling, event }).is_err() || last {
                    return;
                }
            }
        });
        self.sampling = Some((sampling, task.abort_handle()));
    }

    /// Asks the model a question on the side, in one attempt. Whatever comes of it answers the op.
    pub(super) fn ask_aside(&mut self, id: OpId, prompt: Prompt) {
        let (stream, event_tx) = (self.setup.model.stream(Arc::new(prompt)), self.event_tx.clone());
        let stop = CancellationToken::new();
        self.asides.retain(|_, token| !token.is_cancelled());
        self.asides.insert(id.clone(), stop.clone());
        tokio::spawn(async move {
            let say = |msg| drop(event_tx.send(DriverEvent::Answer { id: id.clone(), msg }));
            let answer = side_answer::collect(stream, stop.clone(), |delta| {
                say(EventMsg::SideAnswerDelta { delta });
            });
            let msg = answer.await;
            // done: lets the map forget it
            stop.cancel();
            say(msg);
        });
    }

    /// Ends the answer to a question on the side where it is. One that is over is not stopped any more.
    pub(super) fn stop_aside(&mut self, asked: &OpId) {
        if let Some(stop) = self.asides.remove(asked) {
            stop.cancel();
        }
    }

    /// Asks the model's server what it lists of it, beside everything else.
    pub(super) fn look_up_model(&self, model: &str) {
        let (lookup, event_tx) = (self.setup.model.listed(model), self.event_tx.clone());
        tokio::spawn(async move {
            let listed = lookup.await;
            let context_window = listed.as_ref().and_then(|listed| listed.context_window);
            let price = listed.and_then(|listed| listed.price);
            let _ = event_tx.send(DriverEvent::Input(Input::ModelListed { context_window, price }));
        });
    }

    pub(super) fn cancel_sampling(&mut self) {
        if let Some((_, task)) = self.sampling.take() {
            task.abort();
        }
    }

    pub(super) fn verify_patch(
        &self,
        call_id: CallId,
        patch: PatchSource,
        cwd: PathBuf,
        sandbox: SandboxPolicy,
        session_cwd: PathBuf,
    ) {
        let (event_tx, executor) = (self.event_tx.clone(), self.setup.executor.clone());
        tokio::spawn(async move {
            let checked = tokio::task::spawn_blocking(move || {
                let roots = Roots::of(&sandbox, &session_cwd).hiding(executor.hidden(&sandbox));
                match patch {
                    PatchSource::Text(patch) => writer::verify(&patch, &cwd, &roots),
                    PatchSource::Edit(edit) => writer::verify_edit(&edit, &cwd, &roots),
                }
            });
            let result =
                checked.await.unwrap_or_else(|error| Err(format!("the patch could not be checked: {error}")));
            let _ = event_tx.send(DriverEvent::Input(Input::PatchVerified { call_id, result }));
        });
    }

    /// Starts the MCP servers of a session in `cwd`, side by side with everything else (B3); what cannot be started is said.
    pub(super) fn start_mcp(&mut self, cwd: &Path) {
        let inherited = std::env::vars_os().collect();
        let mut ready = Vec::new();
        for (server, resolved) in crate::mcp::servers(&self.setup.config, cwd, &inherited) {
            match resolved {
                Ok(config) => {
                    self.setup.mcp_status.starting(&server);
                    self.mcp_starting.insert(server);
                    ready.push(config);
                }
                Err(message) => {
                    let _ = self.event_tx.send(DriverEvent::Mcp(ServerEvent::Failed { server, message }));
                }
            }
        }
        if !ready.is_empty() {
            let event_tx = self.event_tx.clone();
            self.mcp = Some(Hub::start(ready, self.setup.mcp_tokens.clone(), move |event| {
                let _ = event_tx.send(DriverEvent::Mcp(event));
            }));
        }
    }

    /// Applies an event of an MCP server to the status table.
    pub(super) fn note_mcp(&mut self, event: &ServerEvent) {
        if let ServerEvent::Ready { server, .. }
        | ServerEvent::Failed { server, .. }
        | ServerEvent::Stopped { server, .. } = event
        {
            self.mcp_starting.remove(server);
        }
        self.setup.mcp_status.apply(event, self.mcp.as_ref().map(Hub::tools).unwrap_or_default());
    }

    /// Reports whether no MCP server is being started for the first time any more.
    pub(super) fn mcp_has_settled(&self) -> bool {
        self.mcp_starting.is_empty()
    }

    /// Says which servers the first request waits for; `None` when it does not, or not for long.
    pub(super) fn mcp_awaited(&mut self) -> Option<String> {
        let wait = self.setup.mcp_wait;
        let is_said = std::mem::replace(&mut self.mcp_wait_is_said, true);
        if is_said || self.mcp_starting.is_empty() || wait <= MCP_WAIT {
            return None;
        }
        let names: Vec<&str> = self.mcp_starting.iter().map(String::as_str).collect();
        Some(format!("waiting up to {} s for MCP servers to start: {}", wait.as_secs(), names.join(", ")))
    }

    /// Says which tools no request has, since there are too many; once for each set of them.
    pub(super) fn mcp_too_many(&mut self) -> Option<String> {
        let tools = self.mcp.as_ref().map(Hub::tools).unwrap_or_default();
        let left_out = crate::mcp::too_many(&tools);
        if left_out == self.mcp_left_out {
            return None;
        }
        self.mcp_left_out.clone_from(&left_out);
        (!left_out.is_empty()).then(|| {
            format!(
                "the MCP servers have more tools than a request can hold; these are left out: {}; name the ones you need in \
                 enabled_tools",
                left_out.join(", ")
            )
        })
    }

    /// The tools of the MCP servers that are ready.
    pub(super) fn mcp_tools(&self) -> Arc<[McpTool]> {
        crate::mcp::tools(self.mcp.as_ref().map(Hub::tools).unwrap_or_default())
    }

    /// Calls a tool of an MCP server. What it may change waits for the baseline and is the agent's doing.
    pub(super) fn call_mcp(
        &mut self,
        call_id: CallId,
        server: String,
        tool: String,
        arguments: &str,
        project: Option<&ProjectWatch>,
    ) {
        let cancel = self.begin(&call_id);
        let (event_tx, baseline, hub) = (self.event_tx.clone(), self.baseline.clone(), self.mcp.clone());
        let arguments =
            if arguments.trim().is_empty() { Ok(Map::new()) } else { serde_json::from_str(arguments) };
        let reads = self
            .mcp_tools()
            .iter()
            .any(|known| known.server == server && known.tool == tool && known.read_only);
        let project = project.filter(|_| !reads).cloned();
        tokio::spawn(async move {
            let failed = |why: String| ToolOutcome::from(ToolEndedBy::Unavailable { why });
            let outcome = match (hub, arguments) {
                (_, Err(error)) => failed(format!("the arguments are not a JSON object: {error}")),
                (None, _) => failed(format!("there is no MCP server {server}")),
                (Some(_), _) if !reads && cancel.run_until_cancelled(baseline).await.is_none() => {
                    ToolEndedBy::Interrupted.into()
                }
                (Some(hub), Ok(arguments)) => {
                    let on_progress = |progress: CallProgress| {
                        let progress = crate::mcp::progress(progress);
                        let msg = EventMsg::McpToolCallProgress { call_id: call_id.clone(), progress };
                        let _ = event_tx.send(DriverEvent::Emit(msg));
                    };
                    let call = hub.call(&server, &tool, arguments, &cancel, &on_progress);
                    let outcome = match &project {
                        Some(project) => Box::pin(project.while_changing(&call_id, &event_tx, call)).await,
                        None => call.await,
                    };
                    tokio::task::spawn_blocking(move || crate::mcp::outcome(outcome))
                        .await
                        .unwrap_or_else(|_| failed("its answer could not be read".to_owned()))
                }
            };
            // done: lets the map forget it
            cancel.cancel();
            let _ = event_tx.send(DriverEvent::Input(Input::ToolEnded { call_id, outcome }));
        });
    }

    /// Ends the MCP servers, and returns when they have ended.
    pub(super) async fn end_mcp(&mut self) {
        if let Some(hub) = self.mcp.take() {
            hub.shutdown().await;
        }
    }

    pub(super) fn write_patch(
        &mut self,
        call_id: CallId,
        proposal: PatchProposal,
        hunks: Option<HunkSelection>,
        (log, transaction): (TransactionLog, TransactionId),
        project: Option<&ProjectWatch>,
    ) {
        let (event_tx, baseline, project) = (self.event_tx.clone(), self.baseline.clone(), project.cloned());
        let cancel = self.begin(&call_id);
        tokio::spawn(async move {
            if cancel.run_until_cancelled(baseline).await.is_none() {
                let result = PatchWriteResult::Interrupted;
                let _ = event_tx.send(DriverEvent::Input(Input::PatchWritten { call_id, result }));
                return;
            }
            let paths: Vec<PathBuf> = proposal
                .files
                .iter()
                .flat_map(|file| std::iter::once(&file.target).chain(&file.move_target).chain(&file.linked))
                .cloned()
                .collect();
            let source = if proposal.is_effects() { ChangeSource::Command } else { ChangeSource::Patch };
            let write = async move {
                let writing = tokio::task::spawn_blocking(move || {
                    writer::write(&proposal, hunks.as_ref(), &log, Some(transaction))
                });
                writing.await.unwrap_or_else(|error| {
                    PatchWriteResult::Failed(format!("the patch could not be written: {error}"))
                })
            };
            let result = match &project {
                Some(project) => {
                    let workspace = project.workspace();
                    workspace.will_write(&paths).await;
                    let noted = async {
                        let result = write.await;
                        workspace.wrote(&paths);
                        result
                    };
                    project.while_writing(&call_id, source, &event_tx, noted).await
                }
                None => write.await,
            };
            cancel.cancel();
            let _ = event_tx.send(DriverEvent::Input(Input::PatchWritten { call_id, result }));
        });
    }

    pub(super) fn run(&mut self, call_id: CallId, request: ExecRequest, project: Option<&ProjectWatch>) {
        if request.background {
            return self.run_in_background(call_id, request, project);
        }
        let cancel = self.begin(&call_id);
        let (setup, event_tx, baseline) = (self.setup.clone(), self.event_tx.clone(), self.baseline.clone());
        let project = project.cloned();
        tokio::spawn(async move {
            if cancel.run_until_cancelled(baseline).await.is_none() {
                let outcome = EndedBy::Interrupted.into();
                let _ = event_tx.send(DriverEvent::Input(Input::ExecEnded { call_id, outcome }));
                return;
            }
            let command = setup.executor.run(&request, cancel.clone(), emit_output(&call_id, &event_tx));
            let outcome = match &project {
                Some(project) => project.while_changing(&call_id, &event_tx, command).await,
                None => command.await,
            };
            // done: lets the map forget it
            cancel.cancel();
            let _ = event_tx.send(DriverEvent::Input(Input::ExecEnded { call_id, outcome }));
        });
    }

    /// The token that stops what is done for a call.
    pub(super) fn begin(&mut self, call_id: &CallId) -> CancellationToken {
        let cancel = CancellationToken::new();
        self.calls.retain(|_, token| !token.is_cancelled());
        self.calls.insert(call_id.clone(), cancel.clone());
        cancel
    }

    pub(super) fn cancel_exec(&mut self, call_id: &CallId) {
        if let Some(token) = self.calls.remove(call_id) {
            token.cancel();
        }
    }

    pub(super) fn stop_all(&mut self) {
        self.cancel_sampling();
        self.checks.stop_all();
        for (_, token) in self.calls.drain().chain(self.reviews.drain()) {
            token.cancel();
        }
    }

    /// Tells the notifier that a task is complete; it is not waited for (B34).
    pub(super) fn notify(
        &self,
        argv: &[String],
        turn_id: &OpId,
        input_messages: &[String],
        last: Option<&str>,
    ) {
        let Some((program, arguments)) = argv.split_first() else { return };
        let payload = serde_json::json!({
            "type": "agent-turn-complete",
            "turn-id": turn_id,
            "input-messages": input_messages,
            "last-assistant-message": last,
        });
        let mut command = tokio::process::Command::new(program);
        command
            .args(arguments)
            .arg(payload.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        for name in self.setup.config.secret_variables() {
            command.env_remove(name);
        }
        match command.spawn() {
            Ok(mut child) => {
                tokio::spawn(async move { child.wait().await });
            }
            Err(error) => tracing::warn!(%program, %error, "the notifier could not be started"),
        }
    }
}

/// Says what a command prints.
pub(super) fn emit_output(
    call_id: &CallId,
    event_tx: &mpsc::UnboundedSender<DriverEvent>,
) -> impl FnMut(ExecStream, String) + Send + use<> {
    let (call_id, event_tx) = (call_id.clone(), event_tx.clone());
    move |stream, chunk| {
        let msg = EventMsg::ExecCommandOutputDelta { call_id: call_id.clone(), stream, chunk };
        let _ = event_tx.send(DriverEvent::Emit(msg));
    }
}
