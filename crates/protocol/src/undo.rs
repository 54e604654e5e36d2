//! Undo and redo of what tasks did to the files (B36).

use crate::changed::LostFiles;
use crate::compare::Reverted;
use crate::diff::WorkspaceDiff;
use crate::ids::{CallId, TaskId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Extent of an undo or a redo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum UndoMode {
    /// Only say what it would do.
    Preview,
    /// Only read both versions of a file that it would change.
    Read {
        /// Path of the file, as the plan names it.
        path: String,
        /// The path it has now, where the plan names another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        old_path: Option<String>,
    },
    /// Do it.
    Apply {
        /// Also where somebody changed a file since the agent left it; such files are left alone otherwise.
        overwrite: bool,
    },
}

/// Plan of an undo or a redo.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UndoPlan {
    /// The first task that is taken back; those after it are taken back with it. With `redo`, the one brought back.
    pub task_id: TaskId,
    /// Whether it takes back an undo.
    pub redo: bool,
    /// How the files would differ from what they are now.
    pub diff: WorkspaceDiff,
    /// Files somebody changed since the agent left them: left alone unless told otherwise.
    pub conflicts: Vec<String>,
    /// Ignored files that are gone, and that it cannot restore.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<LostFiles>>", optional)]
    pub lost: Vec<LostFiles>,
}

/// Result of an undo or a redo.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Undone {
    /// The first task that was taken back, or brought back.
    pub task_id: TaskId,
    /// Whether it took back an undo.
    pub redo: bool,
    /// Extent of a revert, where a person took back a part of the changes and no task. With `redo`, that part was brought back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reverted: Option<Reverted>,
    /// Files that were put back.
    pub paths: Vec<String>,
    /// Files that were left alone, since somebody changed them meanwhile.
    pub left_alone: Vec<String>,
    /// Checkpoint of the files as they were just before: what taking it back goes to.
    pub saved: String,
    /// Checkpoint of the files as they were left.
    pub left: String,
}

/// Occasion of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum CheckpointWhen {
    /// A task is about to change files.
    BeforeTask {
        /// The task.
        task_id: TaskId,
    },
    /// A command that may write is about to run.
    BeforeCommand {
        /// Its call.
        call_id: CallId,
    },
    /// A task has ended.
    AfterTask {
        /// The task.
        task_id: TaskId,
    },
}
