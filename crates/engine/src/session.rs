//! The machine: inputs in, records, events and effects out.

use crate::compact::Limits;
use crate::decide::{decide, decide_op};
use crate::effect::Effect;
use crate::events::events_of;
use crate::input::{Input, McpTool, ModelEvent};
use crate::prompt::ToolSpec;
use crate::retry::RetryBudget;
use crate::rules::Rules;
use crate::state::{Phase, Stage, State};
use crate::turn::advance;
use protocol::{
    AbortReason, CallId, CheckpointWhen, EventMsg, Fact, Item, Op, OpId, Record, SandboxReport, SessionConfig,
};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// Settings of a session that never change.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Tools offered to the model; [`crate::tools::tool_specs`].
    pub tools: Arc<[ToolSpec]>,
    /// Retry budget for broken streams.
    pub retry: RetryBudget,
    /// Size of the model's context window, when it is known.
    pub context_window: Option<u64>,
    /// Number of tokens of a request at which the conversation is summarised unasked; a share of the context
    /// window when absent.
    pub compact_at_tokens: Option<u64>,
    /// Stable for the session: lets the vendor find its cache.
    pub cache_key: String,
    /// Time zone of the person, whose date the model is told.
    pub time_zone: jiff::tz::TimeZone,
}

/// Result of one step: append `records`, then emit `events`, then perform `effects`, each in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// To be appended to the transcript before anything else.
    pub records: Vec<Record>,
    /// To be said, each with the op it follows from.
    pub events: Vec<(OpId, EventMsg)>,
    /// To be done.
    pub effects: Vec<Effect>,
}

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    pub(crate) setup: Setup,
    pub(crate) state: State,
    pub(crate) world: World,
}

/// Work in progress. It is not remembered: after a restart nothing is in progress.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) sandbox: Option<SandboxReport>,
    /// Tools of the MCP servers that are ready.
    pub(crate) mcp_tools: Arc<[McpTool]>,
    /// Rules the person saved for commands.
    pub(crate) rules: Arc<Rules>,
    /// Text so far of the summary that is being made.
    pub(crate) summary: String,
    /// Checkpoints that are being taken.
    checkpoints: HashSet<CheckpointWhen>,
    /// True while files are being restored.
    undoing: bool,
    /// Size of the model's context as its server lists it.
    pub(crate) listed_window: Option<u64>,
    /// Whether the next attempt is made without waiting for its time.
    pub(crate) retries_now: bool,
    /// Calls whose effect has not come back yet.
    pub(crate) in_flight: HashSet<CallId>,
    /// Number of the sampling that runs.
    pub(crate) sampling: Option<u64>,
    pub(crate) samplings: u64,
    /// Time at which the driver will wake the machine.
    pub(crate) alarm: Option<u64>,
    /// Reason everything is being stopped, while it is.
    pub(crate) stopping: Option<Stop>,
    /// True when nothing is to be done: a transcript is being folded, or the session has ended.
    pub(crate) held: bool,
    /// Ops that wait until everything has stopped.
    deferred: VecDeque<(OpId, Op)>,
}

/// Reason everything is being stopped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stop {
    Abort(AbortReason),
    Shutdown(OpId),
}

/// Decision that follows from one look at the state.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    pub(crate) op: OpId,
    pub(crate) facts: Vec<Fact>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) stop: Option<Stop>,
    /// Everything has stopped.
    pub(crate) stopped: bool,
    /// Stops everything that runs, and decides this op after that.
    pub(crate) defer: Option<(OpId, Op)>,
}

impl Session {
    /// A session that nothing has happened in.
    pub fn new(setup: Setup) -> Self {
        Self { setup, state: State::default(), world: World::default() }
    }

    /// Takes in a record of the transcript that is gone on with, and returns what is said of it. After the last one,
    /// step [`Op::ConfigureSession`] and then [`Input::Resumed`].
    pub fn replay(&mut self, record: &Record) -> Vec<EventMsg> {
        self.world.held = true;
        let events = events_of(record, &self.state, self.window());
        self.state.fold(record);
        events
    }

    /// Takes in one thing that happened, at `now_ms` (milliseconds since the Unix epoch).
    pub fn step(&mut self, now_ms: u64, input: Input) -> Step {
        let mut step = Step::default();
        if self.observe(&input) {
            let decision = decide(self, now_ms, input);
            self.take(decision, now_ms, &mut step);
        }
        loop {
            if let Some(decision) = advance(self, now_ms) {
                self.take(decision, now_ms, &mut step);
            } else if let Some((id, op)) = self.world.take_deferred() {
                let decision = decide_op(self, id, op, None);
                self.take(decision, now_ms, &mut step);
            } else {
                return step;
            }
        }
    }

    /// Number of tokens the model takes, as far as it is known: what is set or known of the model or listed by its server, and no
    /// more than the vendor's refusals say.
    pub(crate) fn window(&self) -> Option<u64> {
        let known = self.setup.context_window.or(self.world.listed_window);
        [known, self.state.window].into_iter().flatten().min()
    }

    /// Reports whether the size of the model's context is known, rather than learned from its vendor's refusals.
    pub fn knows_context_window(&self) -> bool {
        self.setup.context_window.or(self.world.listed_window).is_some()
    }

    /// Sizes at which the conversation is summarised.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            window: self.window(),
            compact_at: self.setup.compact_at_tokens,
            least: self.state.least_tokens,
        }
    }

    /// Returns the session's configuration.
    pub fn config(&self) -> Option<&SessionConfig> {
        self.state.config.as_deref()
    }

    /// Reports whether a task runs or waits for the person.
    pub fn has_task(&self) -> bool {
        self.state.task.is_some()
    }

    /// Returns the patches that were being written when the transcript ends, each with whether its transaction was written down.
    pub fn patches_cut_off(&self) -> Vec<(CallId, bool)> {
        let calls = self.state.task.iter().flat_map(|task| &task.calls);
        calls
            .filter_map(|call| match call.stage {
                Stage::Writing { journaled } => Some((call.id.clone(), journaled)),
                _ => None,
            })
            .collect()
    }

    /// Reports whether the model is making a summary: its text is not for the person.
    pub fn is_compacting(&self) -> bool {
        self.state.task.as_ref().is_some_and(crate::state::Task::is_compacting)
    }

    /// Notes what an input says of the world; false when it is of something that is no longer going on.
    fn observe(&mut self, input: &Input) -> bool {
        match input {
            Input::SandboxProbed(report) => {
                self.world.sandbox = Some(report.clone());
                true
            }
            Input::Resumed { .. } => {
                self.world.held = false;
                true
            }
            Input::Model { sampling, event } => {
                let current = self.world.sampling == Some(*sampling);
                match event {
                    ModelEvent::Completed { .. } if current => self.world.sampling = None,
                    ModelEvent::ItemDone(Item::AgentMessage { text, .. })
                        if current && self.is_compacting() =>
                    {
                        self.world.summary.push_str(text);
                    }
                    _ => {}
                }
                current
            }
            Input::ModelFailed { sampling, .. } => {
                self.world.sampling.take_if(|current| current == sampling).is_some()
            }
            Input::PatchVerified { call_id, .. }
            | Input::ExecEnded { call_id, .. }
            | Input::ToolEnded { call_id, .. }
            | Input::PatchWritten { call_id, .. } => self.world.in_flight.remove(call_id),
            Input::McpTools(tools) => {
                self.world.mcp_tools = tools.clone();
                true
            }
            Input::Rules(rules) => {
                self.world.rules = rules.clone();
                true
            }
            Input::ContextWindow(tokens) => {
                self.world.listed_window = Some(*tokens);
                true
            }
            Input::Checkpointed { when, .. } => self.world.checkpoints.remove(when),
            Input::UndoDone { .. } => std::mem::take(&mut self.world.undoing),
            Input::Timer => {
                self.world.alarm = None;
                true
            }
            Input::Op { op: Op::RetryNow, .. } => {
                let task = self.state.task.as_ref();
                self.world.retries_now =
                    task.is_some_and(|task| matches!(task.phase, Phase::Backoff { .. }));
                true
            }
            Input::Op { .. } | Input::FilesChanged { .. } => true,
        }
    }

    fn take(&mut self, decision: Decision, now_ms: u64, step: &mut Step) {
        let op = match &self.state.task {
            Some(task) if decision.op.0.is_empty() => task.op.clone(),
            _ => decision.op,
        };
        for fact in decision.facts {
            let record = Record { at_ms: now_ms, op: op.clone(), fact };
            let said = events_of(&record, &self.state, self.window());
            step.events.extend(said.into_iter().map(|msg| (op.clone(), msg)));
            self.state.fold(&record);
            step.records.push(record);
        }
        for effect in decision.effects {
            self.world.note(&effect);
            step.effects.push(effect);
        }
        if decision.stopped && matches!(self.world.stopping.take(), Some(Stop::Shutdown(_))) {
            self.world.held = true;
            self.world.deferred.clear();
        }
        if let Some(stop) = decision.stop {
            self.stop(stop, step);
        }
        self.world.deferred.extend(decision.defer);
    }

    /// Stops all that runs. What ran is recorded when it comes back; only then is the stop recorded itself.
    fn stop(&mut self, why: Stop, step: &mut Step) {
        if self.world.sampling.take().is_some() {
            step.effects.push(Effect::CancelSampling);
        }
        let mut running: Vec<CallId> = self.world.in_flight.iter().cloned().collect();
        running.sort();
        step.effects.extend(running.into_iter().map(|call_id| Effect::CancelExec { call_id }));
        // a shutdown outranks an interrupt that is under way
        if !matches!(self.world.stopping, Some(Stop::Shutdown(_))) {
            self.world.stopping = Some(why);
        }
    }
}

impl World {
    /// Reports whether everything that was begun has come back.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.in_flight.is_empty() && self.checkpoints.is_empty() && !self.undoing
    }

    /// Reports whether an op must wait until something that is under way is over.
    pub(crate) fn delays(&self, op: &Op) -> bool {
        match op {
            Op::Interrupt | Op::Shutdown => false,
            // what the files were before and after each task must be known
            Op::Undo { .. } | Op::Redo { .. } => {
                self.stopping.is_some() || self.undoing || !self.checkpoints.is_empty()
            }
            _ => self.stopping.is_some() || self.undoing,
        }
    }

    fn take_deferred(&mut self) -> Option<(OpId, Op)> {
        let (_, op) = self.deferred.front()?;
        if self.delays(op) { None } else { self.deferred.pop_front() }
    }

    fn note(&mut self, effect: &Effect) {
        match effect {
            Effect::Sample { sampling, .. } => {
                self.sampling = Some(*sampling);
                self.samplings = *sampling;
                self.retries_now = false;
                self.summary.clear();
            }
            Effect::WakeAt(at_ms) => self.alarm = Some(*at_ms),
            Effect::VerifyPatch { call_id, .. }
            | Effect::Run { call_id, .. }
            | Effect::CallMcp { call_id, .. }
            | Effect::Read { call_id, .. }
            | Effect::WritePatch { call_id, .. } => {
                self.in_flight.insert(call_id.clone());
            }
            Effect::Checkpoint { when } => {
                self.checkpoints.insert(when.clone());
            }
            Effect::Undo { request, .. } => {
                self.undoing = matches!(request.mode, protocol::UndoMode::Apply { .. });
            }
            _ => {}
        }
    }
}
