//! The machine: inputs in, records, events and effects out.

use crate::effect::Effect;
use crate::events::events_of;
use crate::input::{Input, ModelEvent};
use crate::model::session::Session;
use crate::model::task::TaskPhase;
use crate::model::world::{McpWait, StopCause};
use crate::step::decide::{decide, decide_op};
use crate::step::decision::Decision;
use crate::step::turn::advance;
use protocol::{CallId, EventMsg, Item, Op, OpId, Record};

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

impl Session {
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
        if self.observe(&input, now_ms) {
            let decision = decide(self, now_ms, input);
            self.take(decision, now_ms, &mut step);
        }
        loop {
            if let Some(decision) = advance(self, now_ms) {
                self.take(decision, now_ms, &mut step);
            } else if let Some((id, op)) = self.world.take_deferred() {
                let decision = decide_op(self, now_ms, id, op, None);
                self.take(decision, now_ms, &mut step);
            } else {
                return step;
            }
        }
    }

    /// Notes what an input says of the world; false when it is of something that is no longer going on.
    fn observe(&mut self, input: &Input, now_ms: u64) -> bool {
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
            | Input::OverlayEnded { call_id, .. }
            | Input::CopyRead { call_id, .. }
            | Input::ToolEnded { call_id, .. }
            | Input::PatchWritten { call_id, .. } => self.world.in_flight.remove(call_id),
            Input::CheckEnded { call_id, run, .. } => {
                let is_current = self.world.checks.get(call_id) == Some(run);
                if is_current {
                    self.world.checks.remove(call_id);
                }
                is_current
            }
            Input::ReviewWent { call_id, run, findings } => {
                if self.world.reviews.get(call_id) == Some(run) {
                    self.world.findings.insert(call_id.clone(), findings.clone());
                }
                false
            }
            Input::ReviewEnded { call_id, run, .. } => {
                let is_current = self.world.reviews.get(call_id) == Some(run);
                if is_current {
                    self.world.reviews.remove(call_id);
                }
                is_current
            }
            Input::McpTools(tools) => {
                self.world.mcp_tools = tools.clone();
                true
            }
            Input::Rules(rules) => {
                self.world.rules = rules.clone();
                true
            }
            Input::McpStarting { limit_ms } => {
                self.world.mcp_wait = Some(McpWait { limit_ms: *limit_ms, until_ms: None });
                true
            }
            Input::McpStarted => {
                self.world.mcp_wait = None;
                true
            }
            Input::Op { op: Op::UserInput { .. }, .. } => {
                if let Some(wait) = &mut self.world.mcp_wait {
                    let until_ms = wait.until_ms.unwrap_or(now_ms.saturating_add(wait.limit_ms));
                    wait.until_ms = Some(until_ms);
                }
                true
            }
            Input::ModelListed { context_window, price } => {
                self.world.listed_window = *context_window;
                self.world.listed_price = *price;
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
                    task.is_some_and(|task| matches!(task.phase, TaskPhase::Backoff { .. }));
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
        if decision.stopped && matches!(self.world.stopping.take(), Some(StopCause::Shutdown(_))) {
            self.world.held = true;
            self.world.deferred.clear();
        }
        if let Some(stop) = decision.stop {
            self.stop(stop, step);
        }
        self.world.deferred.extend(decision.defer);
    }

    /// Stops all that runs. What ran is recorded when it comes back; only then is the stop recorded itself.
    fn stop(&mut self, why: StopCause, step: &mut Step) {
        if self.world.sampling.take().is_some() {
            step.effects.push(Effect::CancelSampling);
        }
        let mut running: Vec<CallId> = self.world.in_flight.iter().cloned().collect();
        running.sort();
        step.effects.extend(running.into_iter().map(|call_id| Effect::CancelExec { call_id }));
        let mut checked: Vec<CallId> = self.world.checks.drain().map(|(call_id, _)| call_id).collect();
        checked.sort();
        step.effects.extend(checked.into_iter().map(|call_id| Effect::StopCheck { call_id }));
        let mut reviewed: Vec<CallId> = self.world.reviews.drain().map(|(call_id, _)| call_id).collect();
        reviewed.sort();
        step.effects.extend(reviewed.into_iter().map(|call_id| Effect::StopReview { call_id }));
        // a shutdown outranks an interrupt that is under way
        if !matches!(self.world.stopping, Some(StopCause::Shutdown(_))) {
            self.world.stopping = Some(why);
        }
    }
}
