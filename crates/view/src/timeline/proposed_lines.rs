//! Lines of proposed patches, to tell which one a change came from.

use std::collections::HashSet;

/// Lines of one file of a proposed patch, by their hashes: enough to know them again.
#[derive(Debug)]
pub(super) struct ProposedLines {
    /// Row of the patch.
    pub(super) row: usize,
    pub(super) path: String,
    pub(super) lines: HashSet<u64>,
}
