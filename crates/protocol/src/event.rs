//! Events: everything a session says.

use crate::approval::{Approval, HunkOutcome, HunkSelection, ReviewDecision};
use crate::changed::LostFiles;
use crate::check::{CheckFinding, CheckResult};
use crate::comment::ReviewComment;
use crate::compare::{ChangeScope, FilePatchText, FileVersions};
use crate::denial::Denial;
use crate::diff::{PatchProposal, WorkspaceDiff};
use crate::error::ErrorInfo;
use crate::ids::{CallId, CopyId, OpId, SessionId, TaskId};
use crate::item::{InputItem, TokenUsage};
use crate::model_review::{ModelReview, Reviewer};
use crate::outcome::{ExecEnd, PatchEndedBy, Severity};
use crate::plan::Plan;
use crate::policy::{Policies, SandboxPolicy, SandboxReport};
use crate::preview::PreviewComparison;
use crate::project_check::ProjectCheck;
use crate::record::AbortReason;
use crate::tool::{ToolInvocation, ToolProgress, ToolResult};
use crate::undo::{UndoPlan, Undone};
use crate::usage::ReachedLimit;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// An event as it leaves the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Event {
    /// Position in the session's stream, counted from 1 without gaps, for as long as the process lives.
    pub seq: u64,
    /// The op it follows from; empty when it follows from none.
    pub id: OpId,
    /// Time, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// True for an event of before a resume, told again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replay: bool,
    /// Body of the event.
    pub msg: EventMsg,
}

/// Stream of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExecStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Body of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventMsg {
    /// The session is ready for prompts.
    SessionConfigured {
        /// Id of the session.
        session_id: SessionId,
        /// Key of the provider.
        provider: String,
        /// Name of the model.
        model: String,
        /// Folder of the session, absolute.
        #[ts(type = "string")]
        cwd: PathBuf,
        /// Policies of the session.
        policies: Policies,
        /// Check of the project that runs with each patch that waits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        check: Option<ProjectCheck>,
        /// Model that reviews patches that wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        reviewer: Option<Reviewer>,
        /// Isolated copy of the folder that the session works on; the folder itself when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        isolated: Option<CopyId>,
        /// Id of its prompt history (B31).
        history_log_id: u64,
        /// How many prompts that holds.
        history_entry_count: u64,
        /// Path of its transcript.
        #[ts(type = "string")]
        rollout_path: PathBuf,
    },
    /// The session is open: everything before this event was replayed or announced. Sent once, also for a new session.
    ReplayComplete,
    /// The sandbox has been probed; comes soon after `SessionConfigured`, which does not wait for it.
    SandboxReady {
        /// Findings of the probe.
        report: SandboxReport,
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
    /// A person's input was taken in: the task's first, or one injected into it.
    UserMessage {
        /// Pieces of the message.
        content: Vec<InputItem>,
    },
    /// More of the message that is being written. Not recorded: `AgentMessage` holds the whole.
    AgentMessageDelta {
        /// The text to append.
        delta: String,
    },
    /// A whole message of the model.
    AgentMessage {
        /// The text.
        text: String,
        /// True when the person interrupted it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        interrupted: bool,
    },
    /// More of the reasoning summary.
    AgentReasoningDelta {
        /// The text to append.
        delta: String,
    },
    /// More of the raw reasoning; only when it is to be shown.
    AgentReasoningRawContentDelta {
        /// The text to append.
        delta: String,
    },
    /// A whole reasoning item.
    AgentReasoning {
        /// Summary, paragraphs parted by empty lines; the raw reasoning where that is shown and there is no summary.
        text: String,
    },
    /// A person must decide about a call.
    ApprovalRequested {
        /// The question.
        approval: Box<Approval>,
    },
    /// A request for approval is no longer open.
    ApprovalResolved {
        /// The call asked about.
        call_id: CallId,
        /// The decision; `None` when the task ended first.
        #[ts(optional)]
        decision: Option<ReviewDecision>,
        /// Comments that came with the decision.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<ReviewComment>>", optional)]
        comments: Vec<ReviewComment>,
        /// Result of the project's check that was recorded with the decision.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        check: Option<Box<CheckResult>>,
    },
    /// The project's check was set for the session.
    CheckChanged {
        /// The check; none when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        check: Option<ProjectCheck>,
    },
    /// The project's check runs with a patch that waits.
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
        #[ts(optional)]
        reviewer: Option<Reviewer>,
    },
    /// A model reviews a patch that waits.
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
    /// A command begins.
    ExecCommandBegin {
        /// The call.
        call_id: CallId,
        /// Program and arguments.
        argv: Vec<String>,
        /// Folder it runs in.
        #[ts(type = "string")]
        cwd: PathBuf,
        /// Access it has.
        sandbox: SandboxPolicy,
        /// True when the task goes on while it runs.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        background: bool,
        /// True when it runs on a copy-on-write view of the project: what it changes is not in the project.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(as = "Option<bool>", optional)]
        overlay: bool,
    },
    /// A command printed something. Not recorded: `ExecCommandEnd` holds what is kept.
    ExecCommandOutputDelta {
        /// The call.
        call_id: CallId,
        /// The stream.
        stream: ExecStream,
        /// The text, cut at character boundaries, bytes that are no UTF-8 replaced.
        chunk: String,
    },
    /// A command ended, or was never begun.
    ExecCommandEnd {
        /// The call.
        call_id: CallId,
        /// Output of both streams in order, at most 64 KiB (B17).
        output: String,
        /// How it ended.
        end: ExecEnd,
        /// Comparison with its preview; only of a command that was previewed, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        as_previewed: Option<Box<PreviewComparison>>,
    },
    /// The sandbox refused something a command tried (B16).
    SandboxDenied {
        /// The call.
        call_id: CallId,
        /// The refused access.
        #[serde(flatten)]
        denial: Denial,
    },
    /// The model proposed a patch, and it applies.
    PatchProposed {
        /// The call.
        call_id: CallId,
        /// The patch.
        proposal: PatchProposal,
    },
    /// A patch is being written.
    PatchApplyBegin {
        /// The call.
        call_id: CallId,
        /// True when no one was asked.
        auto_approved: bool,
    },
    /// A patch is written, or is not going to be.
    PatchApplyEnd {
        /// The call.
        call_id: CallId,
        /// How it ended.
        ended_by: PatchEndedBy,
        /// Outcome of every hunk.
        outcomes: Vec<HunkOutcome>,
    },
    /// A call of an MCP tool begins.
    McpToolCallBegin {
        /// The call.
        invocation: ToolInvocation,
    },
    /// Progress of a call of an MCP tool, as its server tells it. Not recorded.
    McpToolCallProgress {
        /// The call.
        call_id: CallId,
        /// Progress.
        progress: ToolProgress,
    },
    /// A call of an MCP tool ended, or was never begun.
    McpToolCallEnd {
        /// The call.
        call_id: CallId,
        /// The result.
        result: ToolResult,
    },
    /// A built-in tool that only reads begins.
    ToolCallBegin {
        /// The call.
        invocation: ToolInvocation,
    },
    /// A built-in tool that only reads has ended.
    ToolCallEnd {
        /// The call.
        call_id: CallId,
        /// The result.
        result: ToolResult,
    },
    /// A call went to a tool that has no card of its own, or could not be made sense of.
    ToolCallRejected {
        /// The call.
        call_id: CallId,
        /// Name of the tool.
        name: String,
        /// Answer to the model.
        message: String,
    },
    /// The plan changed (B27).
    PlanUpdate {
        /// The call.
        call_id: CallId,
        /// The plan.
        plan: Plan,
    },
    /// One unified diff of the task's changes so far (B26).
    TurnDiff {
        /// The diff, as git prints it; bounded to 1 MiB.
        unified_diff: String,
    },
    /// How the project differs from when the task began; live (B37).
    WorkspaceDiff {
        /// The differences.
        diff: WorkspaceDiff,
    },
    /// Tokens used.
    TokenCount {
        /// By the last sampling.
        last: TokenUsage,
        /// By the session.
        total: TokenUsage,
        /// Size of the model's context window, when it is known.
        #[ts(optional)]
        context_window: Option<u64>,
        /// Key of the provider that answered.
        #[serde(default)]
        #[ts(optional, as = "Option<String>")]
        provider: String,
        /// Name of the model that answered.
        #[serde(default)]
        #[ts(optional, as = "Option<String>")]
        model: String,
    },
    /// The task has used what it may, and waits for the person.
    LimitReached {
        /// Its use, and the limit.
        reached: ReachedLimit,
    },
    /// The person let a task go on that had reached its limit.
    LimitRaised {
        /// The task.
        task_id: TaskId,
        /// Whether nothing limits this task any more.
        no_limit: bool,
    },
    /// The conversation is being summarised (B32).
    CompactionStarted {
        /// True when nobody asked for it: the context was nearly full.
        auto: bool,
    },
    /// The conversation so far has been replaced by a summary.
    ContextCompacted {
        /// The summary, as the model keeps it.
        summary: String,
        /// True when nobody asked for it.
        auto: bool,
    },
    /// Preview of an undo or a redo. Not recorded.
    UndoPreview {
        /// The plan.
        plan: Box<UndoPlan>,
    },
    /// Changes of a stretch of work, as an op asked for. Not recorded.
    Compared {
        /// The stretch of work.
        scope: ChangeScope,
        /// Its changes, up to the present state of the files.
        diff: WorkspaceDiff,
        /// The changes of each file of `diff` as text, in the same order.
        patches: Vec<FilePatchText>,
    },
    /// Both versions of a file, as an op asked for. Not recorded.
    VersionsRead {
        /// The versions.
        versions: Box<FileVersions>,
    },
    /// The files were put back (B36).
    UndoApplied {
        /// The files that were put back.
        undone: Undone,
    },
    /// The session has a name now.
    TitleChanged {
        /// The name.
        title: String,
    },
    /// A task that ended removed files that no undo can restore, as the ignore rules leave them out of checkpoints.
    FilesLost {
        /// Task that removed them.
        task_id: TaskId,
        /// The files, by the file or folder that the rules name.
        lost: Vec<LostFiles>,
    },
    /// A line for the person that asks for nothing.
    BackgroundEvent {
        /// Severity.
        severity: Severity,
        /// The line.
        message: String,
    },
    /// The model's stream broke, and is tried again (B8).
    StreamError {
        /// Cause of the break.
        message: String,
        /// Number of this retry, counted from 1.
        attempt: u32,
        /// How many there will be at the most.
        max_attempts: u32,
        /// When it is tried again, in milliseconds from now.
        retry_in_ms: u64,
    },
    /// More of the answer to `AskAside`. It is not recorded.
    SideAnswerDelta {
        /// The text to append.
        delta: String,
    },
    /// The answer to `AskAside`, whole unless it was stopped. It is not recorded.
    SideAnswer {
        /// The answer, in Markdown.
        text: String,
        /// True when the person stopped it: this is as far as it had come.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stopped: bool,
        /// Tokens it used, when the vendor said.
        #[ts(optional)]
        usage: Option<TokenUsage>,
    },
    /// The answer to `GetHistoryEntryRequest`.
    GetHistoryEntryResponse {
        /// Id of the log.
        log_id: u64,
        /// Number of the entry.
        offset: u64,
        /// The prompt; `None` when there is no such entry.
        #[ts(optional)]
        text: Option<String>,
    },
    /// Something failed.
    Error {
        /// The failure and its hint.
        error: ErrorInfo,
    },
    /// The task ended before it was complete (B7).
    TurnAborted {
        /// The task.
        task_id: TaskId,
        /// Reason of the end.
        reason: AbortReason,
    },
    /// The task is complete (B6).
    TaskComplete {
        /// The task.
        task_id: TaskId,
        /// The last thing the model said in it.
        #[ts(optional)]
        last_agent_message: Option<String>,
        /// Duration of the task.
        duration_ms: u64,
    },
    /// The session has ended (B4).
    ShutdownComplete,
}
