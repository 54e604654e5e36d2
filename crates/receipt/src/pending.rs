//! Calls that are not over yet.

use crate::record::Authority;
use protocol::{
    Approval, ApprovalSubject, CallId, ChangedPath, CheckResult, HunkId, HunkSelection, PatchProposal,
    ReviewComment, ReviewDecision, SandboxPolicy, ToolInvocation,
};
use std::collections::HashMap;
use std::path::PathBuf;

/// Decision on a call, as the transcript holds it.
#[derive(Clone, Debug)]
pub(crate) struct RecordedAnswer {
    pub(crate) at_ms: u64,
    pub(crate) decision: ReviewDecision,
    pub(crate) binding: String,
    pub(crate) hunks: Option<HunkSelection>,
    pub(crate) note: Option<String>,
    pub(crate) comments: Vec<ReviewComment>,
    pub(crate) viewed: Option<Vec<HunkId>>,
    pub(crate) unattended: bool,
    pub(crate) check: Option<Box<CheckResult>>,
}

/// Command that runs.
#[derive(Clone, Debug)]
pub(crate) struct StartedCommand {
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: PathBuf,
    pub(crate) sandbox: SandboxPolicy,
    pub(crate) background: bool,
    pub(crate) overlay: bool,
    /// Authority that lets it run without asking, as things stood when it started.
    pub(crate) unasked: Option<Authority>,
    /// Decision of a person on it, where one was asked for.
    pub(crate) answer: Option<RecordedAnswer>,
}

/// Call of the model that is not over yet.
#[derive(Debug, Default)]
pub(crate) struct PendingCall {
    pub(crate) proposal: Option<PatchProposal>,
    pub(crate) approval: Option<Box<Approval>>,
    pub(crate) answer: Option<RecordedAnswer>,
    pub(crate) command: Option<StartedCommand>,
    pub(crate) in_overlay: bool,
    /// Authority that lets its patch be written or its tool be called without asking, as things stood when that began.
    pub(crate) unasked: Option<Authority>,
    pub(crate) tool: Option<ToolInvocation>,
    /// True when its patch is being written.
    pub(crate) is_writing: bool,
    /// Files that its patch changed.
    pub(crate) changed: Vec<ChangedPath>,
}

impl PendingCall {
    /// Returns the command that was asked about, where that is what the approval is about.
    pub(crate) fn asked_command(&self) -> Option<StartedCommand> {
        let ApprovalSubject::Exec { argv, cwd, sandbox, .. } = &self.approval.as_ref()?.subject else {
            return None;
        };
        Some(StartedCommand {
            argv: argv.clone(),
            cwd: cwd.clone(),
            sandbox: sandbox.clone(),
            background: false,
            overlay: false,
            unasked: None,
            answer: None,
        })
    }

    /// Returns the tool call that was asked about, where that is what the approval is about.
    pub(crate) fn asked_tool(&self) -> Option<ToolInvocation> {
        match &self.approval.as_ref()?.subject {
            ApprovalSubject::Tool { invocation, .. } => Some(invocation.clone()),
            _ => None,
        }
    }
}

/// All calls that are not over yet.
#[derive(Debug, Default)]
pub(crate) struct PendingCalls {
    calls: HashMap<CallId, PendingCall>,
}

impl PendingCalls {
    /// Returns a call, which begins when it is first heard of.
    pub(crate) fn entry(&mut self, id: &CallId) -> &mut PendingCall {
        self.calls.entry(id.clone()).or_default()
    }

    /// Returns a call that was heard of.
    pub(crate) fn get_mut(&mut self, id: &CallId) -> Option<&mut PendingCall> {
        self.calls.get_mut(id)
    }

    /// Takes out the calls that a person declined together with the task, by their ids.
    pub(crate) fn take_stopped(&mut self) -> Vec<(CallId, PendingCall)> {
        let is_stopped = |call: &PendingCall| {
            call.answer.as_ref().is_some_and(|answer| answer.decision == ReviewDecision::Abort)
        };
        let mut stopped: Vec<_> = self.calls.extract_if(|_, call| is_stopped(call)).collect();
        stopped.sort_by(|one, other| one.0.cmp(&other.0));
        stopped
    }

    /// Takes out every call, by its id.
    pub(crate) fn drain(&mut self) -> Vec<(CallId, PendingCall)> {
        let mut calls: Vec<_> = self.calls.drain().collect();
        calls.sort_by(|one, other| one.0.cmp(&other.0));
        calls
    }
}
