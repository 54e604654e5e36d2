//! The driver: carries out what the machine of `engine` decides, and feeds back what came of it.
//!
//! One task owns the session. Everything slow runs beside it and comes back as a [`Wake`]; the order of records, events and
//! effects of each step is kept: nothing is said or done before it is in the transcript.

pub mod assemble;
mod checkpoints;
pub mod handle;
mod opening;
mod project;
mod rules;
mod running;
mod store;

pub(crate) use assemble::exec_setup;
pub use assemble::{assemble, default_model, executor};
pub use handle::{AgentGone, Events, Handle, Submitter};

use crate::picture;
use crate::rules::{RulesFile, SavedRule};
use checkpoints::Checkpoints;
use config::{Config, Home};
use engine::{Effect, Input, Session, Step};
use exec::Executor;
use model::{Model, StreamEvent};
use project::Project;
use protocol::{
    CheckpointWhen, ErrorInfo, ErrorKind, Event, EventMsg, Fact, Op, OpId, Record, SandboxReport, SessionId,
    Severity, Submission,
};
use rules::RuleWatch;
use running::Running;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::Store;
use tokio::sync::mpsc;
use tokio::time::Instant;
use worktree::{TransactionId, TransactionLog};

/// The parts of an agent. [`crate::session::open`] assembles them; tests of the queue pair do it by hand.
pub struct Setup {
    /// Where the app's files are.
    pub home: Home,
    /// What is set.
    pub config: Config,
    /// What answers, for as long as the agent lives.
    pub model: Arc<dyn Model>,
    /// What runs commands.
    pub executor: Executor,
    /// Where the tokens of MCP servers that want a login are kept.
    pub mcp_tokens: Option<Arc<dyn mcp::TokenStore>>,
    /// Status of the MCP servers, updated as they start and stop.
    pub mcp_status: crate::mcp::McpStatusTable,
}

/// Starts an agent (B1). It waits for `Op::ConfigureSession`; must be called within a tokio runtime.
pub fn spawn(setup: Setup) -> Handle {
    let (handle, submissions, events) = handle::pair();
    tokio::spawn(Driver::new(setup, events).run(submissions));
    handle
}

/// Everything that wakes the driver but a submission.
enum Wake {
    /// Something that happened, for the machine.
    Input(Input),
    /// The model said something.
    Stream { sampling: u64, event: StreamEvent },
    /// Something to be said that is not recorded.
    Say(EventMsg),
    /// The answer to an op, that is not recorded.
    Answer { id: OpId, msg: EventMsg },
    /// The sandbox was probed.
    Probed(SandboxReport),
    /// The project has something to say.
    ProjectNews,
    /// An MCP server is ready, changed, or broken.
    Mcp(mcp::ServerEvent),
}

struct Driver {
    setup: Arc<Setup>,
    session: Session,
    store: Option<Store>,
    /// Whether the configuration that is recorded next was announced already.
    announced: bool,
    project: Option<Project>,
    checkpoints: Option<Checkpoints>,
    /// Where what is about to be written is written down, and for whom.
    transactions: Option<(TransactionLog, SessionId)>,
    /// Transactions to forget as soon as what became of them is safe in the transcript.
    settled: Vec<TransactionId>,
    rules: Option<RuleWatch>,
    running: Running,
    events: mpsc::UnboundedSender<Event>,
    seq: u64,
    wakes: mpsc::UnboundedReceiver<Wake>,
    waker: mpsc::UnboundedSender<Wake>,
    /// What the model has said of the message it is in the middle of.
    partial: String,
    wake_at: Option<Instant>,
    report: Option<SandboxReport>,
    /// The op of the task, for events that follow from no record.
    current_op: OpId,
    done: bool,
    /// The op that ended the session.
    farewell: Option<OpId>,
}

impl Driver {
    fn new(setup: Setup, events: mpsc::UnboundedSender<Event>) -> Self {
        let (waker, wakes) = mpsc::unbounded_channel();
        let setup = Arc::new(setup);
        // side by side with everything else: no prompt waits for the probe, only the first command does (B3)
        let probe = (setup.clone(), waker.clone());
        tokio::spawn(async move {
            let report = probe.0.executor.probe().await;
            let _ = probe.1.send(Wake::Probed(report));
        });
        Self {
            session: Session::new(store::session_setup(&setup, None)),
            running: Running::new(setup.clone(), waker.clone()),
            setup,
            store: None,
            announced: false,
            project: None,
            checkpoints: None,
            transactions: None,
            settled: Vec::new(),
            rules: None,
            events,
            seq: 0,
            wakes,
            waker,
            partial: String::new(),
            wake_at: None,
            report: None,
            current_op: OpId::default(),
            done: false,
            farewell: None,
        }
    }

    async fn run(mut self, mut submissions: mpsc::Receiver<Submission>) {
        while !self.done {
            let alarm = self.wake_at;
            tokio::select! {
                submission = submissions.recv() => match submission {
                    Some(submission) => self.submitted(submission).await,
                    // nobody is left to answer to: end what runs, keep what is recorded
                    None => break,
                },
                Some(wake) = self.wakes.recv() => self.woken(wake).await,
                () = Project::changed(self.project.as_mut()) => {
                    if let Some(project) = &self.project {
                        project.look(&self.waker);
                    }
                }
                () = sleep_until(alarm) => {
                    self.wake_at = None;
                    self.step(Input::Timer).await;
                }
            }
        }
        self.running.stop_all();
        self.running.end_mcp().await;
        if let Some(id) = self.farewell.take() {
            self.say(id, EventMsg::ShutdownComplete);
        }
    }

    /// Tells the machine the person's rules, when they have changed.
    async fn heed_rules(&mut self) {
        let Some((rules, error)) = self.rules.as_mut().and_then(RuleWatch::changed) else { return };
        if let Some(error) = error {
            let message =
                format!("{error}; until it is mended, everything not known to be safe is asked about");
            self.warn(OpId::default(), message);
        }
        self.step(Input::Rules(Arc::new(rules))).await;
    }

    async fn submitted(&mut self, submission: Submission) {
        self.heed_rules().await;
        let Submission { id, op } = submission;
        if let Op::ConfigureSession { config } = &op {
            if config.cwd.is_absolute() && self.store.is_none() {
                let config = config.as_ref().clone();
                return self.open(id, config).await;
            }
            if let Some(provider) = self.session.config().map(|now| now.provider.clone())
                && provider != config.provider
            {
                let error = ErrorInfo::new(
                    ErrorKind::BadRequest,
                    format!("this session is with `{provider}`; it cannot go on with `{}`", config.provider),
                )
                .with_hint("open the session again with the other provider");
                return self.say(id, EventMsg::Error { error });
            }
        }
        let (op, notes) = picture::admit_op(op).await;
        notes.into_iter().for_each(|note| self.warn(OpId::default(), note));
        let partial = matches!(op, Op::Interrupt).then(|| std::mem::take(&mut self.partial));
        self.step(Input::Op { id, op, partial }).await;
    }

    async fn probed(&mut self, report: SandboxReport) {
        self.say(OpId::default(), EventMsg::SandboxReady { report: report.clone() });
        self.step(Input::SandboxProbed(report)).await;
    }

    async fn woken(&mut self, wake: Wake) {
        self.heed_rules().await;
        match wake {
            Wake::Input(input) => self.step(input).await,
            Wake::Stream { sampling, event } => self.streamed(sampling, event).await,
            Wake::Say(msg) => self.say(self.current_op.clone(), msg),
            Wake::Answer { id, msg } => self.say(id, msg),
            Wake::ProjectNews => {
                let news = self.project.as_ref().map(Project::take_news).unwrap_or_default();
                for msg in news {
                    self.say(self.current_op.clone(), msg);
                }
            }
            Wake::Mcp(event) => self.handle_mcp_event(event).await,
            Wake::Probed(report) => {
                self.report = Some(report.clone());
                if self.store.is_some() {
                    self.probed(report).await;
                }
            }
        }
    }

    async fn handle_mcp_event(&mut self, event: mcp::ServerEvent) {
        self.running.note_mcp(&event);
        let tools = self.running.mcp_tools();
        let count = |server: &str| match tools.iter().filter(|tool| tool.server == server).count() {
            1 => "1 tool".to_owned(),
            count => format!("{count} tools"),
        };
        let severity = match &event {
            mcp::ServerEvent::Ready { .. } | mcp::ServerEvent::ToolsChanged { .. } => Severity::Info,
            mcp::ServerEvent::Failed { .. } | mcp::ServerEvent::Stopped { .. } => Severity::Warning,
        };
        let message = match event {
            mcp::ServerEvent::Ready { server, .. } => {
                format!("MCP server {server} is ready with {}", count(&server))
            }
            mcp::ServerEvent::ToolsChanged { server } => {
                format!("MCP server {server} changed what it offers, and is at {} now", count(&server))
            }
            mcp::ServerEvent::Failed { server, message } => {
                format!("MCP server {server} is not available: {message}")
            }
            mcp::ServerEvent::Stopped { server, message } => {
                format!("MCP server {server} is gone: {message}")
            }
        };
        self.step(Input::McpTools(tools)).await;
        self.say(self.current_op.clone(), EventMsg::BackgroundEvent { severity, message });
    }

    async fn streamed(&mut self, sampling: u64, event: StreamEvent) {
        // what a cancelled sampling still had in the pipe is not wanted
        if self.running.sampling() != Some(sampling) {
            return;
        }
        let show_raw = self.session.config().is_some_and(|config| config.show_raw_agent_reasoning);
        match event {
            // a summary of the conversation is for the model alone
            StreamEvent::TextDelta(_) | StreamEvent::ReasoningDelta(_) if self.session.is_compacting() => {}
            StreamEvent::TextDelta(delta) => {
                self.partial.push_str(&delta);
                self.say(self.current_op.clone(), EventMsg::AgentMessageDelta { delta });
            }
            StreamEvent::ReasoningDelta(delta) => {
                self.say(self.current_op.clone(), EventMsg::AgentReasoningDelta { delta });
            }
            StreamEvent::RawReasoningDelta(delta) if show_raw && !self.session.is_compacting() => {
                self.say(self.current_op.clone(), EventMsg::AgentReasoningRawContentDelta { delta });
            }
            StreamEvent::RawReasoningDelta(_) => {}
            StreamEvent::Notice(message) => self.warn(self.current_op.clone(), message),
            StreamEvent::Event(event) => {
                if matches!(event, engine::ModelEvent::ItemDone(protocol::Item::AgentMessage { .. })) {
                    self.partial.clear();
                }
                self.step(Input::Model { sampling, event }).await;
            }
            StreamEvent::Failed(failure) => {
                self.partial.clear();
                self.step(Input::ModelFailed { sampling, failure }).await;
            }
        }
    }

    /// One step of the machine: record, then say, then do.
    async fn step(&mut self, input: Input) {
        let now_ms = now_ms();
        let Step { records, events, effects } = self.session.step(now_ms, input);
        if !records.is_empty()
            && let Some(store) = &mut self.store
            && let Err(error) = store.append(&records)
        {
            // what is not on disk did not happen: nothing of it is done
            return self.give_up(error);
        }
        // a stop is felt at once, before anything that takes its time
        let (stops, effects): (Vec<_>, Vec<_>) = effects
            .into_iter()
            .partition(|effect| matches!(effect, Effect::CancelSampling | Effect::CancelExec { .. }));
        for effect in stops {
            self.perform(effect);
        }
        self.follow(&records).await;
        for (id, msg) in events {
            self.emit(id, now_ms, false, msg);
        }
        for effect in effects {
            self.perform(effect);
        }
    }

    /// Says why the session ends here.
    fn give_up(&mut self, error: ErrorInfo) {
        self.say(OpId::default(), EventMsg::Error { error });
        self.done = true;
    }

    /// What the driver itself does about a fact.
    async fn follow(&mut self, records: &[Record]) {
        for record in records {
            if let Some(checkpoints) = &mut self.checkpoints {
                checkpoints.observe(&record.fact);
            }
            if let Some((_, session)) = &self.transactions {
                self.settled.extend(match &record.fact {
                    Fact::PatchEnded { call_id, .. } => Some(TransactionId::of_call(session, call_id)),
                    Fact::Undone { .. } => Some(TransactionId::of_op(session, &record.op)),
                    _ => None,
                });
            }
            match &record.fact {
                Fact::Configured { config } => {
                    let announced = std::mem::take(&mut self.announced);
                    if let Some(store) = self.store.as_ref().filter(|_| !announced) {
                        let msg = store.announcement(&self.setup, config);
                        self.emit(record.op.clone(), record.at_ms, false, msg);
                    }
                }
                Fact::TaskStarted { .. } => {
                    self.current_op = record.op.clone();
                }
                Fact::TaskCompleted { task_id, .. } | Fact::TaskAborted { task_id, .. } => {
                    // the whole diff of the task comes before its end (B26)
                    if let Some(project) = self.project.clone().filter(|project| project.is_of(*task_id)) {
                        for msg in project.last_news(&self.waker).await {
                            self.say(record.op.clone(), msg);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Sample { sampling, prompt } => {
                self.partial.clear();
                self.running.sample(sampling, *prompt);
            }
            Effect::CancelSampling => self.running.cancel_sampling(),
            Effect::VerifyPatch { call_id, patch, cwd, sandbox } => {
                let session_cwd = self.cwd();
                self.running.verify_patch(call_id, patch, cwd, sandbox, session_cwd);
            }
            Effect::Run { call_id, request } => {
                self.running.run(call_id, request, self.project.as_ref());
            }
            Effect::WritePatch { call_id, proposal, hunks } => {
                if let Some((log, session)) = &self.transactions {
                    let transaction = (log.clone(), TransactionId::of_call(session, &call_id));
                    self.running.write_patch(call_id, proposal, hunks, transaction, self.project.as_ref());
                }
            }
            Effect::CallMcp { call_id, server, tool, arguments } => {
                self.running.call_mcp(call_id, server, tool, &arguments, self.project.as_ref());
            }
            Effect::Read { call_id, tool, session_cwd, sandbox } => {
                self.running.run_read_tool(call_id, tool, session_cwd, sandbox);
            }
            Effect::Checkpoint { when } => {
                let Some(checkpoints) = &mut self.checkpoints else { return };
                let taken = checkpoints.take(when.clone());
                match (when, &mut self.project) {
                    (CheckpointWhen::BeforeTask { task_id }, Some(project)) => {
                        project.begin_task(task_id, taken);
                        self.running.wait_for(project.baseline());
                    }
                    (CheckpointWhen::AfterTask { .. }, _) => {}
                    _ => self.running.also_wait_for(taken),
                }
            }
            Effect::Undo { id, request } => {
                if let Some(checkpoints) = &mut self.checkpoints {
                    checkpoints.undo(id, request);
                }
            }
            Effect::CancelExec { call_id } => self.running.cancel_exec(&call_id),
            Effect::WakeAt(at_ms) => {
                self.wake_at = Some(Instant::now() + Duration::from_millis(at_ms.saturating_sub(now_ms())));
            }
            Effect::Complain { id, error } => self.say(id, EventMsg::Error { error }),
            Effect::AddToHistory { text } => self.add_to_history(&text),
            Effect::SaveRule { id, rule } => {
                if let Err(error) = RulesFile::new(&self.setup.home).add(&SavedRule::new(rule)) {
                    let error = ErrorInfo::new(ErrorKind::Storage, error.to_string())
                        .with_hint("the command was run as approved; no rule was saved");
                    self.say(id, EventMsg::Error { error });
                }
            }
            Effect::LookUpHistory { id, log_id, offset } => {
                let text = store::history_entry(&self.setup.home, log_id, offset);
                self.say(id, EventMsg::GetHistoryEntryResponse { log_id, offset, text });
            }
            Effect::Notify { turn_id, input_messages, last_agent_message } => {
                let argv = self.session.config().map(|config| config.notify.clone()).unwrap_or_default();
                self.running.notify(&argv, &turn_id, &input_messages, last_agent_message.as_deref());
            }
            Effect::Sync => match self.store.as_mut().map(Store::sync) {
                Some(Err(error)) => self.say(OpId::default(), EventMsg::Error { error }),
                _ => self.forget_settled(),
            },
            Effect::Shutdown { id } => {
                self.farewell = Some(id);
                self.done = true;
            }
        }
    }

    /// Forgets the transactions whose end is in the transcript.
    fn forget_settled(&mut self) {
        let settled = std::mem::take(&mut self.settled);
        let Some((log, _)) = self.transactions.clone().filter(|_| !settled.is_empty()) else { return };
        tokio::task::spawn_blocking(move || {
            for id in settled {
                if let Err(error) = log.forget(&id) {
                    tracing::warn!(%error, "the journal of a transaction could not be removed");
                }
            }
        });
    }

    fn add_to_history(&mut self, text: &str) {
        let Some(store) = &self.store else { return };
        if let Err(error) = store.remember_prompt(&self.setup, text) {
            self.say(OpId::default(), EventMsg::Error { error });
        }
    }

    fn cwd(&self) -> PathBuf {
        self.session.config().map(|config| config.cwd.clone()).unwrap_or_default()
    }

    fn warn(&mut self, id: OpId, message: String) {
        self.say(id, EventMsg::BackgroundEvent { severity: Severity::Warning, message });
    }

    fn say(&mut self, id: OpId, msg: EventMsg) {
        self.emit(id, now_ms(), false, msg);
    }

    fn emit(&mut self, id: OpId, at_ms: u64, replay: bool, msg: EventMsg) {
        self.seq += 1;
        // nobody listening is no reason to stop: the transcript is what counts
        let _ = self.events.send(Event { seq: self.seq, id, at_ms, replay, msg });
    }
}

/// Now, in milliseconds since the Unix epoch; 0 for a clock set before it.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// A new session's id.
pub(crate) fn new_session_id() -> SessionId {
    SessionId(uuid::Uuid::now_v7().to_string())
}
