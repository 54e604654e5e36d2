//! Facts and records: the lines of a transcript (B29).
//!
//! The first line of a transcript is a [`SessionMeta`], every other line a [`Record`]. A record is appended before what it
//! tells of is shown or done, and folding the records gives the session's state.

use crate::approval::{Approval, HunkOutcome, HunkSelection, ReviewDecision};
use crate::changed::{ChangedPath, LostFiles};
use crate::check::{CheckFinding, CheckResult};
use crate::comment::ReviewComment;
use crate::denial::Denial;
use crate::diff::{ChangeSource, PatchProposal};
use crate::error::ErrorInfo;
use crate::ids::{CallId, CopyId, HunkId, OpId, SessionId, TaskId};
use crate::item::{InputItem, Item, TokenUsage};
use crate::left_out::LeftOut;
use crate::model_review::{ModelReview, Reviewer};
use crate::outcome::{AnswerCut, ExecEnd, PatchEndedBy};
use crate::plan::Plan;
use crate::policy::{Policies, SandboxPolicy, SessionConfig};
use crate::preview::PreviewComparison;
use crate::project_check::ProjectCheck;
use crate::tool::{ToolInvocation, ToolResult};
use crate::undo::{CheckpointWhen, Undone};
use crate::usage::ReachedLimit;
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
    /// Folder of the session, absolute.
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
    /// Name of the agent that ran it before it was imported: all of it up to the first configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_from: Option<String>,
}

/// One fact with its time and the op it follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Time, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The op it follows from; empty when it follows from none.
    #[serde(default, skip_serializing_if = "op_is_empty")]
    pub op: OpId,
    /// The fact.
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

/// Changes of a command in an overlay that are not asked about yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldEffects {
    /// The changes.
    pub proposal: PatchProposal,
    /// Changes that cannot be applied, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// Makes the enum twice: as everybody has it, written with its kind as the field `type`, and as it is read, where
/// `reading` has found the kind.
macro_rules! facts {
    ($(#[$about:meta])* pub enum Fact { $($kinds:tt)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        pub enum Fact { $($kinds)* }

        #[derive(Deserialize)]
        #[serde(remote = "Fact", rename_all = "snake_case")]
        pub(crate) enum FactFields { $($kinds)* }
    };
}

facts! {
/// A fact: something that happened, and is never taken back.
pub enum Fact {
    /// The session was configured.
    Configured {
        /// The configuration, which never holds a key.
        config: Box<SessionConfig>,
    },
    /// The policies were changed.
    PolicyChanged {
        /// The new ones.
        policies: Policies,
    },
    /// A task began.
    TaskStarted {
        /// The task.
        task_id: TaskId,
    },
    /// A person's input was taken in. It joins the history with the next sampling.
    Input {
        /// Pieces of the input.
        items: Vec<InputItem>,
    },
    /// The model is being asked: the inputs taken in so far, preceded by `context` when that is new, join the history.
    SamplingStarted {
        /// The environment context, when it differs from what the history already holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<String>,
        /// Number of this attempt at the turn, counted from 1.
        attempt: u32,
    },
    /// The model said something that is part of the history.
    ModelItem {
        /// The item.
        item: Item,
    },
    /// The model's answer is over.
    SamplingEnded {
        /// Tokens it used, when the vendor said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<TokenUsage>,
        /// Why it ended before it was whole, if it did: the model is told, and goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cut: Option<AnswerCut>,
    },
    /// The model's stream broke. The turn is tried again at `retry_at_ms`, if there is one.
    SamplingFailed {
        /// Cause of the break.
        error: ErrorInfo,
        /// When the next attempt begins, in milliseconds since the Unix epoch; `None` when there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at_ms: Option<u64>,
        /// Number of the failed attempt, counted from 1.
        attempt: u32,
        /// How many retries there are at the most.
        max_retries: u32,
        /// Part of the request that the vendor refused: none has it from here on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left_out: Option<LeftOut>,
    },
    /// A patch was checked against the files, and applies.
    PatchVerified {
        /// The call.
        call_id: CallId,
        /// The patch.
        proposal: PatchProposal,
    },
    /// A person is asked about a call.
    Asked {
        /// The question.
        approval: Box<Approval>,
    },
    /// A person decided about a call.
    Decided {
        /// The call.
        call_id: CallId,
        /// The answer.
        decision: ReviewDecision,
        /// Accepted hunks of a patch; all of them when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hunks: Option<HunkSelection>,
        /// A note for the model.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// Comments on lines of a patch, for the model.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        comments: Vec<ReviewComment>,
        /// Hunks of a patch that the person had marked as viewed; absent where there are no marks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        viewed: Option<Vec<HunkId>>,
        /// True when nobody was there, and a program answered.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unattended: bool,
        /// Result of the project's check with exactly the hunks that were decided on; of a patch that was declined, with those
        /// that were checked last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        check: Option<Box<CheckResult>>,
    },
    /// The project's check was set for the session.
    CheckChanged {
        /// The check; none when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        check: Option<ProjectCheck>,
    },
    /// The project's check is about to run with a patch that waits.
    CheckStarted {
        /// The call that waits.
        call_id: CallId,
        /// Program and arguments.
        argv: Vec<String>,
        /// Hunks that are in place.
        hunks: HunkSelection,
    },
    /// The project's check ended.
    CheckEnded {
        /// The call that waits.
        call_id: CallId,
        /// The result.
        result: Box<CheckResult>,
    },
    /// A search over the hunks of a patch that waits began.
    CheckSearchStarted {
        /// The call that waits.
        call_id: CallId,
        /// Hunks that are searched.
        hunks: HunkSelection,
    },
    /// A search over the hunks of a patch ended.
    CheckSearchEnded {
        /// The call that waits.
        call_id: CallId,
        /// The result.
        finding: CheckFinding,
    },
    /// The session's reviewer was set.
    ReviewerChanged {
        /// The model; none when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reviewer: Option<Reviewer>,
    },
    /// A model is about to review a patch that waits.
    ReviewStarted {
        /// The call that waits.
        call_id: CallId,
        /// The model.
        reviewer: Reviewer,
    },
    /// A model's review of a patch ended.
    ReviewEnded {
        /// The call that waits.
        call_id: CallId,
        /// The result.
        review: Box<ModelReview>,
    },
    /// The changes of an isolated copy of the folder are to be asked about, as the only call of a task that asks no model.
    BringInStarted {
        /// The call.
        call_id: CallId,
        /// The copy.
        copy: CopyId,
    },
    /// A command is about to be started. Recorded before it is, so that it is never started twice.
    ExecStarted {
        /// The call.
        call_id: CallId,
        /// Program and arguments.
        argv: Vec<String>,
        /// Folder it runs in.
        cwd: PathBuf,
        /// Access it has.
        sandbox: SandboxPolicy,
        /// True when the task goes on while it runs.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        background: bool,
        /// True when it runs on a copy-on-write view of the project: what it changes is not in the project.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        overlay: bool,
        /// Beginnings of commands by the person's rules that let it run unasked; none when something else did.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rules: Vec<Vec<String>>,
    },
    /// A command ended.
    #[serde(rename = "exec_end")]
    ExecEnded {
        /// The call.
        call_id: CallId,
        /// Output of both streams in order, at most 64 KiB.
        output: String,
        /// How it ended.
        end: ExecEnd,
        /// Access that the sandbox refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        denied: Option<Denial>,
        /// Answer for the model unless the person lets the command run again; only where they are asked that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held_answer: Option<String>,
        /// Changes it made in an overlay, where the person is asked about something else first: whether it may run again with access
        /// that it lacked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held_effects: Option<Box<HeldEffects>>,
        /// Comparison with its preview; only of a command that was previewed, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        as_previewed: Option<Box<PreviewComparison>>,
    },
    /// A patch is about to be written.
    PatchStarted {
        /// The call.
        call_id: CallId,
        /// True when no one was asked.
        auto_approved: bool,
        /// Whether it is written down what is about to be done, so that it can be told what became of it. It was not in the
        /// versions before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        journaled: bool,
    },
    /// A patch was written, or was not.
    #[serde(rename = "patch_end")]
    PatchEnded {
        /// The call.
        call_id: CallId,
        /// How it ended.
        ended_by: PatchEndedBy,
        /// Outcome of every hunk.
        outcomes: Vec<HunkOutcome>,
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
        /// Name of the tool; empty for a call of the person's.
        name: String,
        /// Answer to the model.
        message: String,
    },
    /// A call is answered: this joins the history, right after the calls of its turn.
    CallAnswered {
        /// The answer, always an [`Item::CallOutput`].
        item: Item,
    },
    /// A tool is about to be called. Recorded before it is, so that it is never called twice.
    ToolStarted {
        /// The call.
        invocation: ToolInvocation,
    },
    /// A tool call ended.
    #[serde(rename = "tool_end")]
    ToolEnded {
        /// The call.
        call_id: CallId,
        /// The result.
        result: ToolResult,
    },
    /// The files were checkpointed, or could not be (B36).
    Checkpointed {
        /// Occasion of the checkpoint.
        #[serde(flatten)]
        when: CheckpointWhen,
        /// The checkpoint; `None` when there could be none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checkpoint: Option<String>,
        /// Note for the person: files that are not in it, or the reason why there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// Whether what the task changes from here on is recorded as [`Fact::FilesChanged`]. False in transcripts of versions
        /// that did not.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        attributed: bool,
    },
    /// A task changed files. Recorded when a patch was written, when a command ended and, while one runs, whenever changes
    /// were noticed, so that an undo in another process knows what is the task's own.
    FilesChanged {
        /// Task whose change it is.
        task_id: TaskId,
        /// Call that made it, where only one can have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call_id: Option<CallId>,
        /// Kind of work that made it; never [`ChangeSource::Other`].
        source: ChangeSource,
        /// Changed paths, sorted; at most [`crate::MAX_CHANGED_PATHS`].
        paths: Vec<ChangedPath>,
    },
    /// A task removed files that the ignore rules leave out of checkpoints. Recorded when it ended.
    FilesLost {
        /// Task that removed them.
        task_id: TaskId,
        /// The files, by the file or folder that the rules name.
        lost: Vec<LostFiles>,
    },
    /// The files were put back to a checkpoint.
    Undone {
        /// The files that were put back.
        undone: Undone,
    },
    /// The conversation is to be summarised: what the model says next is the summary.
    CompactionStarted {
        /// True when nobody asked for it.
        auto: bool,
        /// True when long outputs are cut, since the whole was too much for the model.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        trimmed: bool,
        /// Number of tokens the model takes, where the vendor said so when it refused a request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<u64>,
        /// Bytes of the conversation that the request for the summary has at the most; all of it when absent. The oldest
        /// parts are left out first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        budget: Option<u64>,
        /// Tokens of the attempt before at a summary, which gave none, when the vendor said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<TokenUsage>,
    },
    /// The summary takes the conversation's place.
    Compacted {
        /// The model's summary.
        summary: String,
        /// True when nobody asked for it.
        auto: bool,
        /// Tokens it cost, when the vendor said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<TokenUsage>,
        /// Bytes of the person's messages, and of the summary, that are kept at the most; as many as usual when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        budget: Option<u64>,
        /// True when the model made no summary: what was remembered beside the conversation stands in for it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        without_model: bool,
    },
    /// The task has used what it may: the person is asked before the model is.
    LimitReached {
        /// Its use, and the limit.
        reached: ReachedLimit,
    },
    /// The person let a task go on that had reached its limit.
    LimitRaised {
        /// The task.
        task_id: TaskId,
        /// True when nothing limits this task any more; otherwise it may use as much again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        no_limit: bool,
    },
    /// The session was named.
    Titled {
        /// The new name.
        title: String,
    },
    /// The task ended before it was complete.
    TaskAborted {
        /// The task.
        task_id: TaskId,
        /// Reason of the end.
        reason: AbortReason,
    },
    /// The task is complete.
    TaskCompleted {
        /// The task.
        task_id: TaskId,
        /// The last thing the model said in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_agent_message: Option<String>,
        /// Duration of the task.
        duration_ms: u64,
    },
}
}
