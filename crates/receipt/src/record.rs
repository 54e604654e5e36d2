//! Records of a receipt.

use protocol::{ApprovalPolicy, EndedBy, PathState, ReviewDecision};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Record of a receipt: one thing that happened, chained to the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptRecord {
    /// Number, counted from 1 without gaps.
    pub number: u32,
    /// SHA-256 (hex) of the text of the record before; 64 zeros in the first.
    pub previous: String,
    /// Time of the fact it is made of, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Task it belongs to, when one ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub task: Option<u32>,
    /// The thing that happened.
    #[serde(flatten)]
    pub entry: ReceiptEntry,
}

/// Thing that a record tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReceiptEntry {
    /// The session; always the first record.
    Session {
        /// Id of the session.
        session: String,
        /// Version of the app that wrote its transcript.
        version: String,
        /// Name of the session's folder.
        project: String,
        /// Path of that folder in its repository, with slashes; empty for the top of it, absent when it was in none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        folder: Option<String>,
        /// Commit the folder was at when the session began.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        commit: Option<String>,
        /// Branch it was on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        branch: Option<String>,
        /// Session it was forked from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        forked_from: Option<String>,
        /// Name of the agent that ran it before it was imported. Nothing of that is in the receipt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        imported_from: Option<String>,
    },
    /// The configuration from here on.
    Settings {
        /// Key of the provider.
        provider: String,
        /// Name of the model.
        model: String,
        /// Reasoning effort, when one was set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        reasoning_effort: Option<String>,
        /// Approval policy.
        approval: ApprovalPolicy,
        /// Sandbox of commands.
        sandbox: String,
        /// Whether every patch was to be reviewed.
        review_patches: bool,
        /// Instructions that the model was given beside the prompts.
        instructions: InstructionsInForce,
    },
    /// A task began.
    Task {
        /// First line of its prompt.
        prompt: String,
    },
    /// A patch was decided on.
    Patch {
        /// Call of the model.
        call: String,
        /// The decision.
        decision: ReceiptDecision,
        /// Whether it was what a command changed on a copy of the project.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(as = "Option<bool>", optional)]
        of_command: bool,
        /// Reason it was not written though it was let through.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        failure: Option<String>,
        /// Files it changes.
        files: Vec<ReceiptFile>,
    },
    /// A command ran, or was declined.
    Command(Box<CommandRecord>),
    /// A tool of an MCP server was called, or was declined.
    Tool {
        /// Call of the model.
        call: String,
        /// Name of the server.
        server: String,
        /// Name of the tool.
        tool: String,
        /// The decision.
        decision: ReceiptDecision,
        /// How it ended.
        end: String,
    },
    /// A call was refused without being asked about.
    Refused {
        /// Call of the model.
        call: String,
        /// Name of the tool.
        tool: String,
        /// Reason.
        why: String,
    },
    /// Files changed by commands, or by several calls at once.
    Changed {
        /// Call that changed them, where only one can have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        call: Option<String>,
        /// The files.
        paths: Vec<ReceiptChange>,
    },
    /// Changes were taken back, or brought back.
    Undo {
        /// First task of those that were taken back.
        of_task: u32,
        /// Whether an undo was taken back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(as = "Option<bool>", optional)]
        redo: bool,
        /// Extent.
        extent: UndoExtent,
        /// Files that were put back.
        paths: Vec<String>,
        /// Files that were left as they were, since somebody changed them meanwhile.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<String>>", optional)]
        left_alone: Vec<String>,
    },
    /// A task ended.
    Ended {
        /// Reason it ended before it was complete.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        aborted: Option<String>,
    },
}

/// Instructions that the model was given beside the prompts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct InstructionsInForce {
    /// SHA-256 (hex) of the agent's own instructions, where they replace those that are built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub base_sha256: Option<String>,
    /// SHA-256 (hex) of the person's and the project's instructions (AGENTS.md), when there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub project_sha256: Option<String>,
    /// Their length in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub project_bytes: Option<u64>,
}

/// Decision on a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptDecision {
    /// Whoever made it.
    #[serde(flatten)]
    pub authority: Authority,
    /// Whether it let the call happen.
    pub approved: bool,
    /// Note of the person for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub note: Option<String>,
    /// Comments of the person on lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<ReceiptComment>>", optional)]
    pub comments: Vec<ReceiptComment>,
    /// Check of the project that had run when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub check: Option<CheckRecord>,
}

/// Check of the project with hunks of a patch, on a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckRecord {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Ids of the hunks that were in place: of a patch that was let through, those that were written.
    pub hunks: Vec<String>,
    /// How it ended: it passed where it exited with 0.
    pub end: EndedBy,
    /// Time it ran, in milliseconds.
    pub duration_ms: u64,
}

/// Whoever decided on a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Authority {
    /// A person who was shown it.
    Person {
        /// Time of the decision, in milliseconds since the Unix epoch.
        at_ms: u64,
        /// Answer of the person.
        answer: ReviewDecision,
        /// SHA-256 (hex) of all that was shown, which the answer had to name.
        binding: String,
    },
    /// The program, since nobody was there to ask.
    Nobody {
        /// Time of the answer, in milliseconds since the Unix epoch.
        at_ms: u64,
    },
    /// A person who approved such calls for the session.
    Session {
        /// Time of that approval, in milliseconds since the Unix epoch.
        at_ms: u64,
    },
    /// A rule that a person saved.
    Rule {
        /// Beginnings of the commands that the rules allow.
        rules: Vec<Vec<String>>,
    },
    /// The policies of the session.
    Policy {
        /// Approval policy.
        approval: ApprovalPolicy,
        /// Sandbox of commands.
        sandbox: String,
        /// Whether every patch was to be reviewed.
        review_patches: bool,
    },
}

/// Comment of a person on lines of a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptComment {
    /// Path of the file.
    pub path: String,
    /// Number of the first line, counted from 1.
    pub line: u32,
    /// Number of the last line.
    pub to_line: u32,
    /// The comment.
    pub text: String,
}

/// File that a patch changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptFile {
    /// Path relative to the session's folder, with slashes; as the patch names it when it is outside.
    pub path: String,
    /// Kind of change: "add", "delete" or "update".
    pub kind: String,
    /// Path it moves to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub moved_to: Option<String>,
    /// SHA-256 (hex) of the file as it was when the patch was shown; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub base_sha256: Option<String>,
    /// State of the path before it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(skip)]
    pub was: Option<PathState>,
    /// State it was left in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(skip)]
    pub now: Option<PathState>,
    /// Whether it is taken as a whole: its hunk describes it, and is no text of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub whole: bool,
    /// Its hunks.
    pub hunks: Vec<ReceiptHunk>,
}

/// Hunk of a patch. Lines are the first 16 bytes (hex) of the SHA-256 of their text without the line ending, and are there where
/// it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptHunk {
    /// Id within the patch.
    pub id: String,
    /// SHA-256 (hex) of what was shown: the lines taken out, each after a `-`, and those put in, each after a `+`, with line feeds.
    pub sha256: String,
    /// First line that it replaces, counted from 1, in the file as it was.
    pub line: u32,
    /// Outcome.
    pub state: HunkState,
    /// Whether the person had marked it as viewed; absent where marks are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub viewed: Option<bool>,
    /// Lines before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub before: Vec<String>,
    /// Lines that it takes out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub old: Vec<String>,
    /// Lines that were put in their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub written: Vec<String>,
    /// Lines after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub after: Vec<String>,
}

/// Outcome of a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HunkState {
    /// Written as it was shown.
    Written,
    /// Written with the person's own text.
    Edited,
    /// Written without some of its lines, as the person chose.
    InPart,
    /// Declined.
    Declined,
    /// Let through, and not written.
    NotWritten,
}

impl HunkState {
    /// Reports whether lines of it are in the file.
    pub fn is_written(self) -> bool {
        matches!(self, Self::Written | Self::Edited | Self::InPart)
    }
}

/// Command that ran, or was declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommandRecord {
    /// Call of the model.
    pub call: String,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Folder it ran in, relative to the session's; empty for that.
    pub folder: String,
    /// Sandbox it ran in.
    pub sandbox: String,
    /// Whether it could reach the network.
    pub network: bool,
    /// Access that a person allowed it beside what the sandbox says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub granted: Vec<String>,
    /// Whether it ran on a copy of the project: what it changed there is a patch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub on_copy: bool,
    /// Whether it ran in the background.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub background: bool,
    /// The decision.
    pub decision: ReceiptDecision,
    /// How it ended; absent while that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub end: Option<EndedBy>,
    /// Time it ran, in milliseconds.
    pub duration_ms: u64,
    /// Access that the sandbox refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub denied: Option<String>,
}

/// Change of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptChange {
    /// Path relative to the session's folder, with slashes.
    pub path: String,
    /// State before.
    #[ts(skip)]
    pub was: PathState,
    /// State after.
    #[ts(skip)]
    pub now: PathState,
}

/// Extent of an undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UndoExtent {
    /// Everything from a task on.
    Task,
    /// All changes of a file.
    File,
    /// One hunk of a file.
    Hunk,
}
