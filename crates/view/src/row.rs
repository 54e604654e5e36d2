//! What the window paints: rows with stable ids, and the state around them. Types only.

use protocol::{
    AskReason, CallId, ChangeSource, DiffStatus, ErrorInfo, HunkId, InputItem, Plan, Policies, SandboxReport,
    SessionId, TokenUsage,
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
    /// What it shows.
    pub body: RowBody,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RowBody {
    /// What the person said.
    User {
        /// Its pieces.
        content: Vec<InputItem>,
    },
    /// What the model said, as blocks; only the last one changes while text streams.
    Agent {
        /// The blocks.
        blocks: Vec<Block>,
        /// Whether more is coming.
        streaming: bool,
        /// Whether the person interrupted it.
        interrupted: bool,
    },
    /// What the model thought; folded unless opened.
    Reasoning {
        /// The text.
        text: String,
        /// Whether more is coming.
        streaming: bool,
    },
    /// A command.
    Command(CommandRow),
    /// A patch.
    Patch(PatchRow),
    /// The plan as it stands: one row a task, brought up to date in place.
    Plan {
        /// The plan.
        plan: Plan,
    },
    /// Something the app says: a retry, a refusal, a remark.
    Notice {
        /// How much it matters.
        level: NoticeLevel,
        /// The line.
        text: String,
        /// The way out, when there is one.
        hint: Option<String>,
    },
    /// The end of a task.
    TaskEnd {
        /// How it ended: "complete", "interrupted", "failed", ...
        outcome: TaskOutcome,
        /// How long it took, in milliseconds.
        duration_ms: u64,
    },
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NoticeLevel {
    /// A remark.
    Info,
    /// Something was refused or is tried again.
    Warning,
    /// Something failed.
    Error,
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

/// Where a card stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CardStatus {
    /// Waits for the person.
    Waiting,
    /// Is being done.
    Running,
    /// Done, and it went well (exit code 0; patch written).
    Ok,
    /// Done, and it did not go well.
    Failed,
    /// The person or the policy said no.
    Declined,
    /// The person stopped it.
    Interrupted,
}

/// A command, as a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CommandRow {
    /// The call.
    pub call_id: CallId,
    /// The command as one line: the script of `bash -lc SCRIPT`, else the argv quoted for a shell. Characters that cannot
    /// be seen or that reorder text stand as `\u{...}`.
    pub display: String,
    /// Its folder, relative to the project; empty for the project itself.
    pub cwd: String,
    /// Where it stands.
    pub status: CardStatus,
    /// The end of what it printed, at most 200 lines and 32 KiB, control sequences taken out.
    pub output: String,
    /// Lines it printed before those.
    pub hidden_lines: u64,
    /// Its exit code.
    pub exit_code: Option<i32>,
    /// How long it ran, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Name of the sandbox policy it ran under.
    pub sandbox: String,
    /// What the sandbox refused, or why there is no exit code.
    pub note: Option<String>,
}

/// A patch, as a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PatchRow {
    /// The call.
    pub call_id: CallId,
    /// Where it stands.
    pub status: CardStatus,
    /// Its files.
    pub files: Vec<PatchFileSummary>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Hunks written, when it is decided.
    pub hunks_written: u32,
    /// Hunks in all.
    pub hunks_total: u32,
    /// What went wrong, or who declined; empty when there is nothing to say.
    pub message: String,
}

/// One file of a patch card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PatchFileSummary {
    /// Path relative to the project.
    pub path: String,
    /// Where it moves to.
    pub move_to: Option<String>,
    /// What is done to it.
    pub status: DiffStatus,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// One block of markdown. Ids are stable while text is appended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Block {
    /// Position-based, unique within its row.
    pub id: u32,
    /// What it is.
    #[serde(flatten)]
    pub kind: BlockKind,
}

/// What a block of markdown is. Raw HTML is text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum BlockKind {
    /// A paragraph.
    Paragraph {
        /// Its text.
        spans: Vec<Span>,
    },
    /// A heading.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        spans: Vec<Span>,
    },
    /// A block of code.
    Code {
        /// The language it names, or empty.
        language: String,
        /// Its text.
        text: String,
    },
    /// A list.
    List {
        /// Number of the first item, when it is numbered.
        start: Option<u64>,
        /// Its items.
        items: Vec<ListItem>,
    },
    /// A quotation.
    Quote {
        /// What is quoted.
        blocks: Vec<Block>,
    },
    /// A table.
    Table {
        /// Cells of its head.
        head: Vec<Vec<Span>>,
        /// Its rows of cells.
        rows: Vec<Vec<Vec<Span>>>,
    },
    /// A line across.
    Rule,
}

/// One item of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ListItem {
    /// Whether its box is checked, when it has one.
    pub checked: Option<bool>,
    /// What is in it.
    pub blocks: Vec<Block>,
}

/// A run of text in one style.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Span {
    /// The text; a line feed in it is a line break.
    pub text: String,
    /// Strong.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub bold: bool,
    /// Emphasised.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub italic: bool,
    /// Struck out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub strike: bool,
    /// Code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub code: bool,
    /// Where it leads: http or https only, everything else is shown as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub link: Option<String>,
}

/// Which side of a diff a line is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Both.
    Context,
    /// The old one.
    Removed,
    /// The new one.
    Added,
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DiffLine {
    /// Which side.
    pub kind: LineKind,
    /// Its number in the old file, counted from 1.
    pub old_no: Option<u32>,
    /// Its number in the new file, counted from 1.
    pub new_no: Option<u32>,
    /// The text, bounded to 2,000 characters; invisible and reordering characters stand as `\u{...}`.
    pub text: String,
    /// The changed words, as ranges of UTF-16 units of `text` (what JavaScript's `slice` counts), in order.
    pub marks: Vec<(u32, u32)>,
}

/// One hunk as the window shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HunkView {
    /// Unique within the diff; for a proposed patch the [`HunkId`] a decision names.
    pub id: HunkId,
    /// "@@ -12,3 +12,4 @@".
    pub header: String,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Lines in all.
    pub line_count: u32,
    /// The first of them, at most 400 a hunk and 2,000 a message; the rest is fetched with `hunk_lines`.
    pub lines: Vec<DiffLine>,
    /// The new text as it can be edited; absent for hunks over 64 KiB and outside approvals.
    pub new_text: Option<String>,
}

/// One file of a diff as the window shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FileView {
    /// Path relative to the project, made visible; names the file in `hunk_lines` and `open_file`.
    pub path: String,
    /// The path it had, or (for a proposed patch) will have.
    pub other_path: Option<String>,
    /// How it differs.
    pub status: DiffStatus,
    /// Who changed it; empty for a proposed patch.
    pub sources: Vec<ChangeSource>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Why there are no hunks ("binary file", "too large to show"), and what else is to know.
    pub notes: Vec<String>,
    /// Why it is protected; shown in red.
    pub protected: Option<String>,
    /// The changes.
    pub hunks: Vec<HunkView>,
}

/// A command that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CommandApproval {
    /// Which asking of the call.
    pub attempt: u32,
    /// Program and arguments, one string each, made visible as `display` is.
    pub argv: Vec<String>,
    /// The command as one piece of text.
    pub display: String,
    /// Its folder, absolute.
    pub cwd: String,
    /// Name of the sandbox policy it would run under.
    pub sandbox: String,
    /// Why it asks, as a sentence.
    pub why: String,
    /// The reason itself.
    pub reason: AskReason,
    /// What looks harmless and is not: invisible or reordering characters, look-alikes, escapes.
    pub warnings: Vec<String>,
    /// What "Approve for session" would allow until the session ends, exactly.
    pub session_rule: String,
}

/// A patch that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PatchApproval {
    /// Which asking of the call.
    pub attempt: u32,
    /// Its files and hunks.
    pub files: Vec<FileView>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Why it asks, as a sentence.
    pub why: String,
    /// The reason itself.
    pub reason: AskReason,
    /// What looks harmless and is not.
    pub warnings: Vec<String>,
    /// What "Approve for session" would allow until the session ends, exactly.
    pub session_rule: String,
}

/// Something that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Approval {
    /// The call.
    pub call_id: CallId,
    /// What it is.
    pub body: ApprovalBody,
}

/// What waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ApprovalBody {
    /// A command.
    Command(CommandApproval),
    /// A patch.
    Patch(PatchApproval),
}

/// The Changes panel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ChangesView {
    /// The changed files, by path.
    pub files: Vec<FileView>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// What was left out and why.
    pub notes: Vec<String>,
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
    /// First words of its first prompt.
    pub title: String,
    /// Where it stands.
    pub status: SessionStatus,
    /// Key of the provider.
    pub provider: String,
    /// Name of the model.
    pub model: String,
    /// Its policies.
    pub policies: Policies,
    /// What the sandbox probe found; `None` until it is done.
    pub sandbox: Option<SandboxReport>,
    /// Tokens used by the session.
    pub tokens: TokenUsage,
    /// Tokens the last sampling sent: how full the context is.
    pub context_used: u64,
    /// Size of the context window, when it is known.
    pub context_window: Option<u64>,
    /// When the running task began, in milliseconds since the Unix epoch.
    pub task_started_ms: Option<u64>,
    /// What waits for a decision, oldest first.
    pub approvals: Vec<Approval>,
    /// The last thing that failed, until the next task.
    pub error: Option<ErrorInfo>,
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
        session: SessionView,
    },
    /// The Changes panel.
    Changes {
        /// All of it.
        changes: ChangesView,
    },
}
