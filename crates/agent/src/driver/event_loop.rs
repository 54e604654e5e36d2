//! The loop that owns a session.

use super::checkpoints::CheckpointQueue;
use super::clock::now_ms;
use super::driver_event::DriverEvent;
use super::overlay_run::{OverlayFolders, is_asked_again};
use super::project::ProjectWatch;
use super::rules::RuleWatch;
use super::running::Running;
use super::setup::AgentSetup;
use super::store::{self, SessionTranscript};
use crate::picture;
use crate::rules::{RulesFile, SavedRule};
use engine::{Effect, Input, Session, Step};
use model::StreamEvent;
use protocol::{
    CheckpointWhen, ErrorInfo, ErrorKind, Event, EventMsg, Fact, Op, OpId, Record, SandboxReport, SessionId,
    Severity, Submission,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use worktree::{TransactionId, TransactionLog};

/// The owner of a session.
pub(super) struct Driver {
    pub(super) setup: Arc<AgentSetup>,
    pub(super) session: Session,
    pub(super) store: Option<SessionTranscript>,
    /// Whether the configuration that is recorded next was announced already.
    pub(super) announced: bool,
    pub(super) project: Option<ProjectWatch>,
    pub(super) checkpoints: Option<CheckpointQueue>,
    /// Where what is about to be written is written down, and for whom.
    pub(super) transactions: Option<(TransactionLog, SessionId)>,
    /// Folders that the changes of commands in overlays wait in.
    pub(super) overlays: Option<OverlayFolders>,
    /// Transactions to forget as soon as what became of them is safe in the transcript.
    pub(super) settled: Vec<TransactionId>,
    pub(super) rules: Option<RuleWatch>,
    pub(super) running: Running,
    pub(super) events: mpsc::UnboundedSender<Event>,
    pub(super) seq: u64,
    pub(super) event_rx: mpsc::UnboundedReceiver<DriverEvent>,
    pub(super) event_tx: mpsc::UnboundedSender<DriverEvent>,
    /// Text so far of the message the model is in the middle of.
    pub(super) partial: String,
    pub(super) wake_at: Option<Instant>,
    pub(super) report: Option<SandboxReport>,
    /// The op of the task, for events that follow from no record.
    pub(super) current_op: OpId,
    pub(super) done: bool,
    /// The op that ended the session.
    pub(super) shutdown_op: Option<OpId>,
}

impl Driver {
    pub(super) fn new(setup: AgentSetup, events: mpsc::UnboundedSender<Event>) -> Self {
        let (event_tx, event_rx) = mpsc::unbounded_channel();
        let setup = Arc::new(setup);
        // side by side with everything else: no prompt waits for the probe, only the first command does (B3)
        let probe = (setup.clone(), event_tx.clone());
        tokio::spawn(async move {
            let report = probe.0.executor.probe().await;
            let _ = probe.1.send(DriverEvent::Probed(report));
        });
        Self {
            session: Session::new(store::session_setup(&setup, None)),
            running: Running::new(setup.clone(), event_tx.clone()),
            setup,
            store: None,
            announced: false,
            project: None,
            checkpoints: None,
            transactions: None,
            overlays: None,
            settled: Vec::new(),
            rules: None,
            events,
            seq: 0,
            event_rx,
            event_tx,
            partial: String::new(),
            wake_at: None,
            report: None,
            current_op: OpId::default(),
            done: false,
            shutdown_op: None,
        }
    }

    pub(super) async fn run(mut self, mut submissions: mpsc::Receiver<Submission>) {
        while !self.done {
            let alarm = self.wake_at;
            tokio::select! {
                submission = submissions.recv() => match submission {
                    Some(submission) => self.submitted(submission).await,
                    // nobody is left to answer to: end what runs, keep what is recorded
                    None => break,
                },
                Some(wake) = self.event_rx.recv() => self.handle_event(wake).await,
                () = ProjectWatch::changed(self.project.as_mut()) => {
                    if let Some(project) = &self.project {
                        project.look(&self.event_tx);
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
        if let Some(overlays) = &self.overlays {
            overlays.removed().await;
        }
        if let Some(id) = self.shutdown_op.take() {
            self.emit(id, EventMsg::ShutdownComplete);
        }
    }

    /// Tells the machine the person's rules, when they have changed.
    pub(super) async fn reload_rules(&mut self) {
        let Some((rules, error)) = self.rules.as_mut().and_then(RuleWatch::changed) else { return };
        if let Some(error) = error {
            let message =
                format!("{error}; until it is mended, everything not known to be safe is asked about");
            self.warn(OpId::default(), message);
        }
        self.step(Input::Rules(Arc::new(rules))).await;
    }

    async fn submitted(&mut self, submission: Submission) {
        self.reload_rules().await;
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
                return self.emit(id, EventMsg::Error { error });
            }
        }
        if matches!(op, Op::UserInput { .. })
            && let Some(message) = self.running.mcp_awaited()
        {
            let severity = Severity::Info;
            self.emit(OpId::default(), EventMsg::BackgroundEvent { severity, message });
        }
        if matches!(op, Op::UserInput { .. })
            && let Some(error) = self.over_copy_limit().await
        {
            return self.emit(id, EventMsg::Error { error });
        }
        let (op, notes) = picture::admit_op(op).await;
        for note in notes {
            self.warn(OpId::default(), note);
        }
        let partial = matches!(op, Op::Interrupt).then(|| std::mem::take(&mut self.partial));
        self.step(Input::Op { id, op, partial }).await;
    }

    pub(super) async fn probed(&mut self, report: SandboxReport) {
        self.emit(OpId::default(), EventMsg::SandboxReady { report: report.clone() });
        self.step(Input::SandboxProbed(report)).await;
    }

    async fn handle_event(&mut self, wake: DriverEvent) {
        self.reload_rules().await;
        match wake {
            DriverEvent::Input(input @ Input::ModelListed { .. }) => self.model_listed(input).await,
            DriverEvent::Input(input) => self.step(input).await,
            DriverEvent::Stream { sampling, event } => self.streamed(sampling, event).await,
            DriverEvent::Emit(msg) => self.emit(self.current_op.clone(), msg),
            DriverEvent::Answer { id, msg } => self.emit(id, msg),
            DriverEvent::ProjectNews => {
                let news = self.project.as_ref().map(ProjectWatch::take_news).unwrap_or_default();
                for msg in news {
                    self.emit(self.current_op.clone(), msg);
                }
            }
            DriverEvent::Mcp(event) => self.handle_mcp_event(event).await,
            DriverEvent::Probed(report) => {
                self.report = Some(report.clone());
                if self.store.is_some() {
                    self.probed(report).await;
                }
            }
        }
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
                self.emit(self.current_op.clone(), EventMsg::AgentMessageDelta { delta });
            }
            StreamEvent::ReasoningDelta(delta) => {
                self.emit(self.current_op.clone(), EventMsg::AgentReasoningDelta { delta });
            }
            StreamEvent::RawReasoningDelta(delta) if show_raw && !self.session.is_compacting() => {
                self.emit(self.current_op.clone(), EventMsg::AgentReasoningRawContentDelta { delta });
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

    /// Steps the machine: records, then emits, then performs.
    pub(super) async fn step(&mut self, input: Input) {
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
            self.emit_at(id, now_ms, false, msg);
        }
        for effect in effects {
            self.perform(effect);
        }
    }

    /// Ends the session with an error.
    pub(super) fn give_up(&mut self, error: ErrorInfo) {
        self.emit(OpId::default(), EventMsg::Error { error });
        self.done = true;
    }

    /// Does the driver's own part about facts that were recorded.
    async fn follow(&mut self, records: &[Record]) {
        for record in records {
            if let Some(checkpoints) = &mut self.checkpoints {
                checkpoints.observe(&record.fact);
            }
            if let Some((_, session)) = &self.transactions {
                self.settled.extend(match &record.fact {
                    Fact::PatchEnded { call_id, .. } if !is_asked_again(records, call_id) => {
                        Some(TransactionId::of_call(session, call_id))
                    }
                    Fact::Undone { .. } => Some(TransactionId::of_op(session, &record.op)),
                    _ => None,
                });
            }
            if let Some(overlays) = &self.overlays {
                overlays.observe(&record.fact, records);
            }
            match &record.fact {
                Fact::Configured { config } => {
                    let announced = std::mem::take(&mut self.announced);
                    if let Some(store) = self.store.as_ref().filter(|_| !announced) {
                        let msg = store.announcement(&self.setup, config);
                        self.emit_at(record.op.clone(), record.at_ms, false, msg);
                    }
                }
                Fact::TaskStarted { .. } => {
                    self.current_op = record.op.clone();
                }
                Fact::TaskCompleted { task_id, .. } | Fact::TaskAborted { task_id, .. } => {
                    // the whole diff of the task comes before its end (B26)
                    if let Some(project) = self.project.clone().filter(|project| project.is_of(*task_id)) {
                        for msg in project.last_news(&self.event_tx).await {
                            self.emit(record.op.clone(), msg);
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
            Effect::AskAside { id, prompt } => self.running.ask_aside(id, *prompt),
            Effect::StopAside { asked } => self.running.stop_aside(&asked),
            Effect::CancelSampling => self.running.cancel_sampling(),
            Effect::VerifyPatch { call_id, patch, cwd, sandbox } => {
                let session_cwd = self.cwd();
                self.running.verify_patch(call_id, patch, cwd, sandbox, session_cwd);
            }
            Effect::ReadCopy { call_id, copy, sandbox } => {
                if let Some(folders) = &self.overlays {
                    let staging = folders.of_call(&call_id);
                    self.running.read_copy(call_id, copy, (sandbox, self.cwd()), staging);
                }
            }
            Effect::Run { call_id, request } if request.overlay => {
                if let (Some(folders), Some((log, _))) = (&self.overlays, &self.transactions) {
                    self.running.run_in_overlay(call_id, request, folders.clone(), log.clone());
                }
            }
            Effect::Run { call_id, request } => self.running.run(call_id, request, self.project.as_ref()),
            Effect::WritePatch { call_id, proposal, hunks } => {
                if let Some((log, session)) = &self.transactions {
                    let transaction = (log.clone(), TransactionId::of_call(session, &call_id));
                    self.running.write_patch(call_id, proposal, hunks, transaction, self.project.as_ref());
                }
            }
            Effect::RunCheck { call_id, run, request } => {
                self.running.run_check((call_id, run), *request, self.overlays.as_ref());
            }
            Effect::StopCheck { call_id } => self.running.checks.stop(&call_id),
            Effect::RunReview { call_id, run, request } => self.running.run_review((call_id, run), *request),
            Effect::StopReview { call_id } => self.running.stop_review(&call_id),
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
            Effect::Compare { id, request } => {
                let (executor, folder) = (self.setup.executor.clone(), self.cwd());
                if let Some(checkpoints) = &mut self.checkpoints {
                    checkpoints.compare(id, request, executor, folder);
                }
            }
            Effect::CancelExec { call_id } => self.running.cancel_exec(&call_id),
            Effect::WakeAt(at_ms) => {
                self.wake_at = Some(Instant::now() + Duration::from_millis(at_ms.saturating_sub(now_ms())));
            }
            Effect::Complain { id, error } => self.emit(id, EventMsg::Error { error }),
            Effect::AddToHistory { text } => self.add_to_history(&text),
            Effect::SaveRule { id, rule } => {
                if let Err(error) = RulesFile::new(&self.setup.home).add(&SavedRule::new(rule)) {
                    let error = ErrorInfo::new(ErrorKind::Storage, error.to_string())
                        .with_hint("the command was run as approved; no rule was saved");
                    self.emit(id, EventMsg::Error { error });
                }
            }
            Effect::LookUpHistory { id, log_id, offset } => {
                let text = store::history_entry(&self.setup.home, log_id, offset);
                self.emit(id, EventMsg::GetHistoryEntryResponse { log_id, offset, text });
            }
            Effect::Notify { turn_id, input_messages, last_agent_message } => {
                let argv = self.session.config().map(|config| config.notify.clone()).unwrap_or_default();
                self.running.notify(&argv, &turn_id, &input_messages, last_agent_message.as_deref());
            }
            Effect::Sync => match self.store.as_mut().map(SessionTranscript::sync) {
                Some(Err(error)) => self.emit(OpId::default(), EventMsg::Error { error }),
                _ => self.forget_settled(),
            },
            Effect::Shutdown { id } => {
                self.shutdown_op = Some(id);
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
            self.emit(OpId::default(), EventMsg::Error { error });
        }
    }

    fn cwd(&self) -> PathBuf {
        self.session.config().map(|config| config.cwd.clone()).unwrap_or_default()
    }

    /// Tells the person of something that asks for nothing.
    pub(super) fn warn(&mut self, id: OpId, message: String) {
        self.emit(id, EventMsg::BackgroundEvent { severity: Severity::Warning, message });
    }

    pub(super) fn emit(&mut self, id: OpId, msg: EventMsg) {
        self.emit_at(id, now_ms(), false, msg);
    }

    pub(super) fn emit_at(&mut self, id: OpId, at_ms: u64, replay: bool, msg: EventMsg) {
        self.seq += 1;
        // nobody listening is no reason to stop: the transcript is what counts
        let _ = self.events.send(Event { seq: self.seq, id, at_ms, replay, msg });
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
