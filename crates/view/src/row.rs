//! State that the window paints: rows with stable ids, and the state around them. Types only.

mod approval;
mod card;
mod check;
mod diff;
mod markdown;
mod model_review;

pub use approval::*;
pub use card::*;
pub use check::*;
pub use diff::*;
pub use markdown::*;
pub use model_review::*;

use protocol::{
    CallId, CopyId, EndedBy, ErrorInfo, InputItem, ModelUsage, Plan, Policies, ReachedLimit, Reviewer,
    SandboxReport, SessionId, Severity, TaskId, TokenUsage,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One row of the conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Row {
    /// Stable: the same thing keeps its id while it grows, and after a reload.
    pub id: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Its contents.
    pub body: RowBody,
}

/// Contents of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RowBody {
    /// A prompt of the person.
    User {
        /// The task it began; absent when it was injected into one that ran.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        task_id: Option<TaskId>,
        /// Its pieces.
        content: Vec<InputItem>,
    },
    /// A message of the model, as blocks; only the last one changes while text streams.
    Agent {
        /// The blocks.
        blocks: Vec<Block>,
        /// Whether more is coming.
        streaming: bool,
        /// Whether the person interrupted it.
        interrupted: bool,
    },
    /// Reasoning of the model; folded unless opened.
    Reasoning {
        /// The text.
        text: String,
        /// Whether more is coming.
        streaming: bool,
    },
    /// A command.
    Command(Box<CommandRow>),
    /// A patch.
    Patch(Box<PatchRow>),
    /// The plan as it stands: one row a task, brought up to date in place.
    Plan {
        /// The plan.
        plan: Plan,
    },
    /// Something the app says: a retry, a refusal, a remark.
    Notice {
        /// How much it matters.
        level: Severity,
        /// The line.
        text: String,
        /// The way out, when there is one.
        hint: Option<String>,
    },
    /// The model could not be asked, and is asked again.
    Retry {
        /// Cause, in the vendor's words or the app's.
        message: String,
        /// When it is asked again, in milliseconds since the Unix epoch; null when nobody waits for that any more.
        retry_at_ms: Option<u64>,
        /// Number of the next attempt among those that may still be made, counted from 1.
        attempt: u32,
        /// How many of those there are.
        max_attempts: u32,
    },
    /// Calls that only looked.
    Looks(ReadToolGroup),
    /// A call of a tool of an MCP server.
    Mcp(Box<McpRow>),
    /// A command that ran in the background has ended.
    BackgroundEnd {
        /// The command as one line.
        display: String,
        /// How it ended.
        ended_by: EndedBy,
    },
    /// The conversation was replaced by a summary of it.
    Compaction(CompactionRow),
    /// Files were put back.
    Undone(UndoneRow),
    /// The end of a task.
    TaskEnd {
        /// The task.
        task_id: TaskId,
        /// How it ended: "complete", "interrupted", "failed", ...
        outcome: TaskOutcome,
        /// Time it took, in milliseconds.
        duration_ms: u64,
        /// Whether what it did to the files can be taken back.
        undo: TaskUndo,
        /// Tokens it used.
        #[serde(default)]
        #[ts(optional, as = "Option<TokenUsage>")]
        tokens: TokenUsage,
        /// Tokens it used, by model.
        #[serde(default)]
        #[ts(optional, as = "Option<Vec<ModelUsage>>")]
        usage: Vec<ModelUsage>,
    },
}

/// Part of the conversation that a hunk came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HunkOrigin {
    /// Position of the patch's row.
    pub row: u32,
    /// Prompt that the work began with.
    pub asked: Option<Row>,
    /// Message of the agent before the patch, or its reasoning where it said nothing.
    pub said: Option<Row>,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TaskOutcome {
    /// By itself.
    Complete,
    /// The person stopped it.
    Interrupted,
    /// The model could not be reached or failed for good.
    Failed,
}

/// Whether what a task did to the files can be taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TaskUndo {
    /// It changed nothing, as far as is known.
    #[default]
    Nothing,
    /// It can, with all that came after it.
    Possible,
    /// It was.
    Undone,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// Not configured yet.
    #[default]
    Starting,
    /// Ready for a prompt.
    Idle,
    /// A task runs.
    Running,
    /// A task waits for the person.
    Waiting,
    /// Ended, or failed to start.
    Ended,
}

/// Everything about a session that is not a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct SessionView {
    /// Its id.
    pub session_id: Option<SessionId>,
    /// Its name; the first words of its first prompt until it has one.
    pub title: String,
    /// Where it stands.
    pub status: SessionStatus,
    /// Key of the provider.
    pub provider: String,
    /// Name of the model.
    pub model: String,
    /// Its policies.
    pub policies: Policies,
    /// Report of the sandbox probe; `None` until it is done.
    pub sandbox: Option<SandboxReport>,
    /// Tokens used by the session.
    pub tokens: TokenUsage,
    /// Tokens used by the session, by model.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<ModelUsage>>")]
    pub usage: Vec<ModelUsage>,
    /// Tokens used by the running task, or the one that ended last, by model.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<ModelUsage>>")]
    pub task_usage: Vec<ModelUsage>,
    /// Tokens used by the last turn of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub turn_usage: Option<ModelUsage>,
    /// Limit that the running task has reached: it waits for the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reached: Option<ReachedLimit>,
    /// Tokens the last sampling sent: how full the context is.
    pub context_used: u64,
    /// Size of the context window, when it is known.
    pub context_window: Option<u64>,
    /// When the running task began, in milliseconds since the Unix epoch.
    pub task_started_ms: Option<u64>,
    /// Whether the conversation is being summarised.
    pub compacting: bool,
    /// Commands that run in the background, oldest first.
    pub background: Vec<BackgroundCommand>,
    /// The last task that can be taken back.
    pub undoable: Option<TaskId>,
    /// Whether an undo can be taken back.
    pub redoable: bool,
    /// Check of the project that runs with each patch that waits, as one piece of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub check: Option<String>,
    /// Model that reviews patches that wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reviewer: Option<Reviewer>,
    /// Isolated copy of its folder that it works on; the folder itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub isolated: Option<CopyId>,
    /// Approvals that wait for a decision, oldest first.
    pub approvals: Vec<ApprovalCard>,
    /// The last thing that failed, until the next task.
    pub error: Option<ErrorInfo>,
}

/// A command that runs while the task goes on. What it prints is in its row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BackgroundCommand {
    /// The call that started it.
    pub call_id: CallId,
    /// The command as one line.
    pub display: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub started_ms: u64,
    /// Position of its row.
    pub row: u32,
}

/// One change of what the window shows. Applied in order they bring a window up to date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Change {
    /// The row at `index` is now this (appended when `index` is the number of rows).
    Row {
        /// Position among all rows, counted from 0.
        index: u32,
        /// The row.
        row: Row,
    },
    /// Of the agent's row at `index`, the blocks from `from` on are now these.
    Blocks {
        /// Position of the row.
        index: u32,
        /// First block replaced.
        from: u32,
        /// The blocks from there on.
        blocks: Vec<Block>,
    },
    /// Text to append to the reasoning or the command output of the row at `index`.
    Append {
        /// Position of the row.
        index: u32,
        /// The text.
        text: String,
    },
    /// Everything that is not a row.
    Session {
        /// All of it.
        session: Box<SessionView>,
    },
    /// The Changes panel.
    Changes {
        /// All of it.
        changes: ChangesView,
    },
}
