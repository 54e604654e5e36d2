//! Rows that change as what they stand for goes on.

use super::check::CheckCard;
use super::markdown::Block;
use super::model_review::ModelReviewCard;
use protocol::{
    CallId, DiffStatus, ExecEnd, PatchEndedBy, PreviewComparison, Reverted, ReviewComment, ToolEndedBy,
    ToolProgress,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

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
    /// The end of what it printed, at most 200 lines and 32 KiB: the last state of each line. Colors stand in it as
    /// `ESC [ ... m`; there is no other control sequence.
    pub output: String,
    /// Lines it printed before those.
    pub hidden_lines: u64,
    /// How it ended; none while it waits or runs.
    pub end: Option<ExecEnd>,
    /// True when the task goes on while it runs.
    pub background: bool,
    /// True when it ran on a copy of the project: what it changed is not in the project, unless its patch says so.
    pub overlay: bool,
    /// Name of the sandbox policy it ran under.
    pub sandbox: String,
    /// Access that the sandbox refused: "write to /etc/x (read-only)".
    pub denied: Option<String>,
    /// Answer the model got, where it was refused without being asked about.
    pub rejected: Option<String>,
    /// Comparison with its preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_previewed: Option<Box<PreviewComparison>>,
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
    /// Comments of the person on it, with what they quote; every text is made visible.
    pub comments: Vec<ReviewComment>,
    /// Check of the project that was recorded with the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub check: Option<CheckCard>,
    /// Review of it by a second model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub model_review: Option<ModelReviewCard>,
    /// How it ended; none while it waits or is written.
    pub ended_by: Option<PatchEndedBy>,
    /// Answer the model got, where it was refused without being asked about.
    pub rejected: Option<String>,
}

/// One file of a patch card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PatchFileSummary {
    /// Path relative to the project.
    pub path: String,
    /// Where it moves to.
    pub move_to: Option<String>,
    /// Kind of change.
    pub status: DiffStatus,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// Calls that only looked, one after the other, as one quiet line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReadToolGroup {
    /// Sum of what they did: "Read 5 files, searched 2 times".
    pub summary: String,
    /// Where they stand: running while one of them is, failed when one of them came to nothing.
    pub status: CardStatus,
    /// The calls, at most 50.
    pub calls: Vec<LookCall>,
}

/// One call of a built-in tool that only looks. What it said is fetched with `command_output`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LookCall {
    /// The call.
    pub call_id: CallId,
    /// Name of the tool.
    pub tool: String,
    /// Purpose in a few words: "read src/lib.rs:1-80".
    pub title: String,
    /// Where it stands.
    pub status: CardStatus,
    /// How it ended; none while it runs.
    pub ended_by: Option<ToolEndedBy>,
    /// Time it took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// First line of the tool's own words, where it failed.
    pub error: Option<String>,
}

/// A call of a tool of an MCP server, as a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct McpRow {
    /// The call.
    pub call_id: CallId,
    /// The server.
    pub server: String,
    /// The tool's name there.
    pub tool: String,
    /// Its arguments as indented JSON, at most 16 KiB; empty when there are none.
    pub arguments: String,
    /// Where it stands.
    pub status: CardStatus,
    /// How far it is, where its server tells it while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub progress: Option<ToolProgress>,
    /// The beginning of what it said, at most 8 KiB.
    pub output: String,
    /// Whether it said more than that; all that is kept is fetched with `command_output`.
    pub more: bool,
    /// Images that came with it, which only the model sees.
    pub images: u32,
    /// How it ended; none while it waits or runs.
    pub ended_by: Option<ToolEndedBy>,
    /// Time it took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Answer the model got, where it was refused without being asked about.
    pub rejected: Option<String>,
}

/// A summary that takes the place of the conversation so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CompactionRow {
    /// Whether nobody asked for it.
    pub auto: bool,
    /// Where it stands.
    pub status: CardStatus,
    /// Summary the model keeps of the conversation; empty until it is done.
    pub blocks: Vec<Block>,
}

/// Result of an undo or a redo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct UndoneRow {
    /// Whether it took back an undo.
    pub redo: bool,
    /// Extent of a revert, where a part of the changes was taken back and no task.
    pub reverted: Option<Reverted>,
    /// Files that were put back.
    pub count: u32,
    /// Their paths, the first 200.
    pub paths: Vec<String>,
    /// Files that were left alone, since somebody changed them meanwhile.
    pub left_alone: Vec<String>,
    /// Whether it can be taken back now.
    pub can_redo: bool,
}
