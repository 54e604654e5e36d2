//! Names of the diffs of a timeline.

use protocol::{CallId, ChangeScope};

/// Diff a hunk is of.
#[derive(Clone, Copy, Debug)]
pub enum HunkOf<'a> {
    /// The patch that waits under this call.
    Patch(&'a CallId),
    /// The Changes panel.
    Changes,
    /// The undo that was looked at last.
    Preview,
    /// The comparison of a stretch of work that was asked for last.
    Compared(ChangeScope),
}
