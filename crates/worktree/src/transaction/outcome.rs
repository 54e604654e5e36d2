//! Purposes and ends of transactions.

use super::id::TransactionId;
use protocol::{ChangedPath, HunkOutcome, Undone};
use serde::{Deserialize, Serialize};

/// Purpose of a transaction, with the data to record once it is committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum TransactionPurpose {
    /// Writes a patch.
    Patch {
        /// Outcome of every hunk.
        outcomes: Vec<HunkOutcome>,
    },
    /// Undoes or redoes something.
    Undo {
        /// The undo or redo.
        undone: Undone,
    },
}

/// End of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionOutcome {
    /// Everything is in place.
    Committed,
    /// Nothing of it is.
    RolledBack,
    /// Its folder is gone, and with it whatever was done.
    FolderGone,
}

/// Outcome of a transaction whose process was killed, or did not get to record it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its id; none when no session began it.
    pub id: Option<TransactionId>,
    /// Purpose of the transaction.
    pub purpose: TransactionPurpose,
    /// End of the transaction.
    pub outcome: TransactionOutcome,
    /// Changes of a committed patch in the project; empty for anything else.
    pub paths: Vec<ChangedPath>,
    /// Leftovers that could not be repaired, for people; usually none.
    pub stuck: Vec<String>,
}
