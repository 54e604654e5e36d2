//! Reading a patch that waits for a decision.

use crate::api::hunk_source::HunkSource;
use protocol::{CallId, ChangeScope, HunkId, SessionId};
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

/// Arguments of `compare_changes`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CompareArgs {
    /// The session.
    pub session: SessionId,
    /// Stretch of work whose changes are asked for.
    pub scope: ChangeScope,
}

/// Arguments of `revert_changes`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RevertArgs {
    /// The session.
    pub session: SessionId,
    /// Stretch of work whose changes are shown.
    pub scope: ChangeScope,
    /// Path of the file.
    pub path: String,
    /// The only hunk to revert; all changes of the file when absent.
    pub hunk: Option<HunkId>,
    /// Digest of the hunk as the person sees it.
    pub digest: Option<String>,
}

/// Arguments of `hunk_origin`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HunkOriginArgs {
    /// The session.
    pub session: SessionId,
    /// Diff that contains it.
    pub of: HunkSource,
    /// Path of the file.
    pub path: String,
    /// The hunk.
    pub hunk: HunkId,
}

/// Arguments of `file_versions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FileVersionsArgs {
    /// The session.
    pub session: SessionId,
    /// Diff that contains it.
    pub of: HunkSource,
    /// Path of the file.
    pub path: String,
}

/// Arguments of `patch_text` and `export_patch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PatchTextArgs {
    /// The session.
    pub session: SessionId,
    /// Diff that is meant.
    pub of: HunkSource,
    /// The only file; all files when absent.
    pub path: Option<String>,
    /// The only hunk of the file.
    pub hunk: Option<HunkId>,
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
