//! Reading a patch that waits for a decision.

use protocol::{CallId, HunkId, SessionId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Arguments of `context_lines`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ContextLinesArgs {
    /// The session.
    pub session: SessionId,
    /// Call of the patch that waits.
    pub call_id: CallId,
    /// Path of the file.
    pub path: String,
    /// First line wanted, counted from 0 in the file as it is.
    pub from: u32,
    /// Number of lines, at most 2,000.
    pub count: u32,
}

/// Lines of a file as it is before a patch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ContextLines {
    /// The lines, made visible as those of a diff are.
    pub lines: Vec<String>,
    /// Number of lines of the file.
    pub total: u32,
}

/// Arguments of `edited_hunk`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct EditedHunkArgs {
    /// The session.
    pub session: SessionId,
    /// Call of the patch that waits.
    pub call_id: CallId,
    /// The hunk.
    pub hunk: HunkId,
    /// Lines to put in, joined by line feeds; none when empty.
    pub new_text: String,
}
