//! Work in progress.

use crate::effect::{CompareAction, Effect, ReviewFindings};
use crate::input::McpTool;
use crate::prompt::ToolSpec;
use crate::rules::Rules;
use protocol::{AbortReason, CallId, CheckpointWhen, ModelPrice, Op, OpId, SandboxReport, UndoMode};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

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
    pub(crate) checkpoints: HashSet<CheckpointWhen>,
    /// True while files are being restored.
    pub(crate) undoing: bool,
    /// Wait for the MCP servers that are starting.
    pub(crate) mcp_wait: Option<McpWait>,
    /// Size of the model's context as its server lists it.
    pub(crate) listed_window: Option<u64>,
    /// Price of the model as its server lists it.
    pub(crate) listed_price: Option<ModelPrice>,
    /// Whether the next attempt is made without waiting for its time.
    pub(crate) retries_now: bool,
    /// Calls whose effect has not come back yet.
    pub(crate) in_flight: HashSet<CallId>,
    /// Checks of waiting patches that run, each with its number.
    pub(crate) checks: HashMap<CallId, u64>,
    /// Number of checks that were run.
    pub(crate) check_runs: u64,
    /// Reviews of waiting patches that are under way, each with its number.
    pub(crate) reviews: HashMap<CallId, u64>,
    /// Findings of the review of a patch that was begun last.
    pub(crate) findings: HashMap<CallId, ReviewFindings>,
    /// Number of reviews that were begun.
    pub(crate) review_runs: u64,
    /// Number of the sampling that runs.
    pub(crate) sampling: Option<u64>,
    pub(crate) samplings: u64,
    /// Tools that the request of it offers.
    pub(crate) sampled_tools: Arc<[ToolSpec]>,
    /// Time at which the driver will wake the machine.
    pub(crate) alarm: Option<u64>,
    /// Reason everything is being stopped, while it is.
    pub(crate) stopping: Option<StopCause>,
    /// True when nothing is to be done: a transcript is being folded, or the session has ended.
    pub(crate) held: bool,
    /// Ops that wait until everything has stopped.
    pub(crate) deferred: VecDeque<(OpId, Op)>,
}

/// Wait for MCP servers that are starting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct McpWait {
    /// Maximum wait, in milliseconds.
    pub(crate) limit_ms: u64,
    /// End of the wait, in milliseconds since the Unix epoch, once a prompt has begun it.
    pub(crate) until_ms: Option<u64>,
}

/// Reason everything is being stopped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StopCause {
    Abort(AbortReason),
    Shutdown(OpId),
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
            Op::Undo { .. }
            | Op::Redo { .. }
            | Op::Compare { .. }
            | Op::ReadVersions { .. }
            | Op::Revert { .. } => self.stopping.is_some() || self.undoing || !self.checkpoints.is_empty(),
            _ => self.stopping.is_some() || self.undoing,
        }
    }

    pub(crate) fn take_deferred(&mut self) -> Option<(OpId, Op)> {
        let (_, op) = self.deferred.front()?;
        if self.delays(op) { None } else { self.deferred.pop_front() }
    }

    /// Notes the work that an effect begins.
    pub(crate) fn note(&mut self, effect: &Effect) {
        match effect {
            Effect::Sample { sampling, prompt } => {
                self.sampled_tools = Arc::clone(&prompt.tools);
                self.sampling = Some(*sampling);
                self.samplings = *sampling;
                self.retries_now = false;
                self.summary.clear();
            }
            Effect::WakeAt(at_ms) => self.alarm = Some(*at_ms),
            Effect::VerifyPatch { call_id, .. }
            | Effect::ReadCopy { call_id, .. }
            | Effect::Run { call_id, .. }
            | Effect::CallMcp { call_id, .. }
            | Effect::Read { call_id, .. }
            | Effect::WritePatch { call_id, .. } => {
                self.in_flight.insert(call_id.clone());
            }
            Effect::RunCheck { call_id, run, .. } => {
                self.check_runs = *run;
                self.checks.insert(call_id.clone(), *run);
            }
            Effect::StopCheck { call_id } => {
                self.checks.remove(call_id);
            }
            Effect::RunReview { call_id, run, .. } => {
                self.review_runs = *run;
                self.reviews.insert(call_id.clone(), *run);
                self.findings.remove(call_id);
            }
            Effect::StopReview { call_id } => {
                self.reviews.remove(call_id);
            }
            Effect::Checkpoint { when } => {
                self.checkpoints.insert(when.clone());
            }
            Effect::Undo { request, .. } => {
                self.undoing = matches!(request.mode, UndoMode::Apply { .. });
            }
            Effect::Compare { request, .. } if matches!(request.action, CompareAction::Revert(_)) => {
                self.undoing = true;
            }
            _ => {}
        }
    }
}
