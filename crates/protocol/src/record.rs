//! What happened: the lines of a transcript (B29).
//!
//! The first line of a transcript is a [`SessionMeta`], every other line a [`Record`]. A record is appended before what it
//! tells of is shown or done, and folding the records gives the session's state.

mod reading;

use crate::approval::{
    ExecApprovalRequest, HunkOutcome, PatchApprovalRequest, PatchDecision, ReviewDecision,
};
use crate::denial::Denial;
use crate::diff::PatchProposal;
use crate::error::ErrorInfo;
use crate::ids::{CallId, OpId, SessionId, TaskId};
use crate::item::{InputItem, Item, TokenUsage};
use crate::plan::Plan;
use crate::policy::{Policies, SandboxPolicy, SessionConfig};
use crate::tool::{ToolApprovalRequest, ToolInvocation, ToolResult};
use crate::undo::{CheckpointWhen, Undone};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// The first line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionMeta {
    /// The session's id.
    pub session_id: SessionId,
    /// When it began, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Its folder, absolute.
    pub cwd: PathBuf,
    /// Version of the app that wrote it.
    pub version: String,
    /// Commit the folder was at, when it is under git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_commit: Option<String>,
    /// Branch the folder was on, when it is under git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_branch: Option<String>,
    /// The session it was forked from (B30).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<SessionId>,
}

/// One fact with its time and the op it follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The op it follows from; empty when it follows from none.
    #[serde(default, skip_serializing_if = "op_is_empty")]
    pub op: OpId,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

fn op_is_empty(op: &OpId) -> bool {
    op.0.is_empty()
}

/// Why a task ended before it was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AbortReason {
    /// The person stopped it.
    Interrupted,
    /// The session was configured anew.
    Replaced,
    /// The model could not be reached, or failed for good.
    Failed,
}

/// Makes the enum twice: as everybody has it, written with its kind as the field `type`, and as it is read, where
/// [`reading`] has found the kind.
macro_rules! facts {
    ($(#[$about:meta])* pub enum Fact { $($kinds:tt)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        pub enum Fact { $($kinds)* }

        #[derive(Deserialize)]
        #[serde(remote = "Fact", rename_all = "snake_case")]
        enum FactFields { $($kinds)* }
    };
}

facts! {
/// What happened.
pub enum Fact {
    /// The session was configured.
    Configured {
        /// With this (never holds a key).
        config: Box<SessionConfig>,
    },
    /// The policies were changed.
    PolicyChanged {
        /// The new ones.
        policies: Policies,
    },
    /// A task began.
    TaskStarted {
        /// Which.
        task_id: TaskId,
    },
    /// A person's input was taken in. It joins the history with the next sampling.
    Input {
        /// Its pieces.
        items: Vec<InputItem>,
    },
    /// The model is being asked: the inputs taken in so far, preceded by `context` when that is new, join the history.
    SamplingStarted {
        /// The environment context, when it differs from what the history already holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<String>,
        /// Which attempt at this turn it is, counted from 1.
        attempt: u32,
    },
    /// The model said something that is part of the history.
    ModelItem {
        /// What.
        item: Item,
    },
    /// The model's answer is complete.
    SamplingEnded {
        /// Tokens it used, when the vendor said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<TokenUsage>,
    },
    /// The model's stream broke. The turn is tried again at `retry_at_ms`, if there is one.
    SamplingFailed {
        /// What broke.
        error: ErrorInfo,
        /// When the next attempt begins, in milliseconds since the Unix epoch; `None` when there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at_ms: Option<u64>,
        /// Which attempt failed, counted from 1.
        attempt: u32,
        /// How many retries there are at the most.
        max_retries: u32,
    },
    /// A patch was checked against the files, and applies.
    PatchVerified {
        /// The call.
        call_id: CallId,
        /// The patch.
        proposal: PatchProposal,
    },
    /// A person is asked about a command.
    ExecApprovalAsked {
        /// Everything about it.
        request: Box<ExecApprovalRequest>,
    },
    /// A person is asked about a patch.
    PatchApprovalAsked {
        /// Everything about it.
        request: Box<PatchApprovalRequest>,
    },
    /// A person decided about a command.
    ExecDecided {
        /// The call.
        call_id: CallId,
        /// The answer.
        decision: ReviewDecision,
        /// A note for the model.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A person decided about a patch.
    PatchDecided {
        /// The call.
        call_id: CallId,
        /// The answer.
        #[serde(flatten)]
        decision: PatchDecision,
    },
    /// A command is about to be started. Recorded before it is, so that it is never started twice.
    ExecStarted {
        /// The call.
        call_id: CallId,
        /// Program and arguments.
        argv: Vec<String>,
        /// Folder it runs in.
        cwd: PathBuf,
        /// What it may touch.
        sandbox: SandboxPolicy,
        /// Whether the task goes on while it runs.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        background: bool,
    },
    /// A command ended.
    ExecEnded {
        /// The call.
        call_id: CallId,
        /// What it printed, bounded to 64 KiB.
        output: String,
        /// Bytes it printed in all.
        total_bytes: u64,
        /// Its exit code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit_code: Option<i32>,
        /// How long it ran.
        duration_ms: u64,
        /// Why there is no exit code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<String>,
        /// What the sandbox refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        denied: Option<Denial>,
        /// What the model is answered unless the person lets it run again; only where they are asked that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held_answer: Option<String>,
    },
    /// A patch is about to be written.
    PatchStarted {
        /// The call.
        call_id: CallId,
        /// Whether no one was asked.
        auto_approved: bool,
        /// Whether it is written down what is about to be done, so that it can be told what became of it. It was not in the
        /// versions before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        journaled: bool,
    },
    /// A patch was written, or was not.
    PatchEnded {
        /// The call.
        call_id: CallId,
        /// Whether something was written.
        success: bool,
        /// What became of every hunk.
        outcomes: Vec<HunkOutcome>,
        /// What went wrong or who declined; empty when all was written.
        message: String,
    },
    /// The plan changed.
    PlanUpdated {
        /// The call.
        call_id: CallId,
        /// The plan.
        plan: Plan,
    },
    /// A call was answered without being run: no such tool, arguments that do not parse, refused by policy.
    CallRejected {
        /// The call.
        call_id: CallId,
        /// Name of the tool.
        name: String,
        /// What the model is answered.
        message: String,
    },
    /// A call is answered: this joins the history, right after the calls of its turn.
    CallAnswered {
        /// The answer, always an [`Item::CallOutput`].
        item: Item,
    },
    /// A person is asked about a call of an MCP tool.
    ToolApprovalAsked {
        /// Everything about it.
        request: Box<ToolApprovalRequest>,
    },
    /// A person decided about a call of an MCP tool.
    ToolDecided {
        /// The call.
        call_id: CallId,
        /// The answer.
        decision: ReviewDecision,
        /// A note for the model.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A tool is about to be called. Recorded before it is, so that it is never called twice.
    ToolStarted {
        /// What is called.
        invocation: ToolInvocation,
    },
    /// A tool call ended.
    ToolEnded {
        /// The call.
        call_id: CallId,
        /// What came of it.
        result: ToolResult,
    },
    /// The files were checkpointed, or could not be (B36).
    Checkpointed {
        /// What for.
        #[serde(flatten)]
        when: CheckpointWhen,
        /// The checkpoint; `None` when there could be none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checkpoint: Option<String>,
        /// What a person should know: what is not in it, or why there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The files were put back to a checkpoint.
    Undone {
        /// What was done.
        undone: Undone,
    },
    /// The conversation is to be summarised: what the model says next is the summary.
    CompactionStarted {
        /// Whether nobody asked for it.
        auto: bool,
        /// Whether long outputs are cut, since the whole was too much for the model.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        trimmed: bool,
    },
    /// The summary takes the conversation's place.
    Compacted {
        /// What the model made of it.
        summary: String,
        /// Whether nobody asked for it.
        auto: bool,
        /// Tokens it cost, when the vendor said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<TokenUsage>,
    },
    /// The session was named.
    Titled {
        /// Its name.
        title: String,
    },
    /// The task ended before it was complete.
    TaskAborted {
        /// Which.
        task_id: TaskId,
        /// Why.
        reason: AbortReason,
    },
    /// The task is complete.
    TaskCompleted {
        /// Which.
        task_id: TaskId,
        /// The last thing the model said in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_agent_message: Option<String>,
        /// How long it took.
        duration_ms: u64,
    },
}
}
