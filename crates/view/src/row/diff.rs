//! Diffs as files, hunks and lines.

use protocol::{ChangeSource, DiffStatus, HunkId, LineEnd, TaskId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Side of a diff a line is on.
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
    /// Side.
    pub kind: LineKind,
    /// Its number in the old file, counted from 1.
    pub old_no: Option<u32>,
    /// Its number in the new file, counted from 1.
    pub new_no: Option<u32>,
    /// The text, bounded to 2,000 characters; invisible and reordering characters stand as `\u{...}`.
    pub text: String,
    /// The changed words, as ranges of UTF-16 units of `text` (what JavaScript's `slice` counts), in order.
    pub marks: Vec<(u32, u32)>,
    /// How it ends, where the change is of line endings too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub end: Option<LineEnd>,
}

/// Kinds of line endings on both sides of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LineEnds {
    /// Those of the lines it takes out.
    pub old: Vec<LineEnd>,
    /// Those of the lines it puts in.
    pub new: Vec<LineEnd>,
}

/// Trait of a file that a person should know of before reading its changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FileMark {
    /// Its changes steer the agent or run by themselves, and always ask.
    Protected,
    /// It lies outside the folders that the session may write.
    Outside,
    /// It isn't text.
    Binary,
    /// Only its mode differs.
    Mode,
    /// A package manager writes it: the lock file of dependencies.
    LockFile,
    /// A program writes it, by its name or its first lines.
    Generated,
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
    /// Number of lines before the first that it changes.
    pub first_change: u32,
    /// SHA-256 (hex) over the lines it takes out and those it puts in, with their ends where these change: the same change has the same digest, wherever it stands.
    pub digest: String,
    /// The first of them, at most 400 a hunk and 2,000 a message; the rest is fetched with `hunk_lines`.
    pub lines: Vec<DiffLine>,
    /// Places of lines that stand elsewhere in the diff as well, taken out there and put in here or the other way round: the first
    /// of a range, and the one after its last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<(u32, u32)>>", optional)]
    pub moved: Vec<(u32, u32)>,
    /// Line endings of the lines that change, where they are not those of the lines before and around.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ends: Option<LineEnds>,
    /// Of a hunk that the project changed as well since the isolated copy was made: the lines of both before. It takes out the lines of
    /// the project, and puts in those of the copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub conflict: Option<Vec<String>>,
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
    /// Sources of the change; empty for a proposed patch.
    pub sources: Vec<ChangeSource>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Why there are no hunks ("binary file", "too large to show"), and what else is to know.
    pub notes: Vec<String>,
    /// Traits to be known before its changes are read.
    pub marks: Vec<FileMark>,
    /// Why it is protected; shown in red.
    pub protected: Option<String>,
    /// The changes.
    pub hunks: Vec<HunkView>,
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
    /// Notes on what was left out and why.
    pub notes: Vec<String>,
}

/// Plan of an undo or a redo, to be looked at before it is done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct UndoView {
    /// The first task that is taken back, those after it with it; with `redo`, the one brought back.
    pub task_id: TaskId,
    /// Whether it takes back an undo.
    pub redo: bool,
    /// How the files would differ from what they are now.
    pub changes: ChangesView,
    /// Files somebody changed since the agent left them: left alone unless told otherwise.
    pub conflicts: Vec<String>,
    /// Count and names of ignored files that are gone and stay so, as a sentence.
    pub lost: Option<String>,
}
