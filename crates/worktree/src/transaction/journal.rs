//! Journal of one transaction: what it is to do, and how far it got.

use super::id::TransactionId;
use super::operations::{FolderMode, Operation};
use super::outcome::TransactionPurpose;
use crate::path_bytes;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Progress of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum JournalPhase {
    /// New contents are being staged; nothing is in place yet.
    Staging,
    /// Everything is staged, and being put in place.
    Moving,
    /// Everything is in place; what is left is to clean up.
    Done,
    /// Everything is in place and clean.
    Committed,
    /// The process was killed; a later one brought the transaction to its end.
    Finished,
    /// The process was killed; a later one took back what it had done.
    RolledBack,
    /// The process was killed; its folder is gone.
    FolderGone,
}

impl JournalPhase {
    pub(super) const ALL: [(Self, u8); 7] = [
        (Self::Staging, b's'),
        (Self::Moving, b'm'),
        (Self::Done, b'd'),
        (Self::Committed, b'c'),
        (Self::Finished, b'f'),
        (Self::RolledBack, b'r'),
        (Self::FolderGone, b'g'),
    ];

    pub(super) fn byte(self) -> u8 {
        Self::ALL.iter().find(|(phase, _)| *phase == self).map_or(b's', |(_, byte)| *byte)
    }

    pub(super) fn is_settled(self) -> bool {
        !matches!(self, Self::Staging | Self::Moving | Self::Done)
    }
}

/// Entry of one transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    #[serde(with = "path_bytes")]
    pub(super) root: PathBuf,
    pub(super) id: Option<TransactionId>,
    /// The [`TransactionPurpose`], as JSON.
    pub(super) purpose: String,
    pub(super) operations: Vec<Operation>,
    /// Outermost first.
    pub(super) folder_modes: Vec<FolderMode>,
    /// Whether what is replaced can be had from the store of checkpoints.
    pub(super) is_stored: bool,
    /// Leftovers that could not be repaired, for people.
    pub(super) stuck: Vec<String>,
}

/// The one journal of undos, as the version before wrote it.
#[derive(Deserialize)]
pub(super) struct UndoJournal {
    #[serde(with = "path_bytes")]
    pub(super) root: PathBuf,
    pub(super) phase: JournalPhase,
    pub(super) operations: Vec<Operation>,
    pub(super) folder_modes: Vec<FolderMode>,
}

impl Journal {
    pub(super) fn new(
        root: &Path,
        id: Option<TransactionId>,
        purpose: &TransactionPurpose,
        operations: Vec<Operation>,
        folder_modes: Vec<FolderMode>,
        is_stored: bool,
    ) -> Self {
        // a purpose is made of strings, numbers and lists: it always serialises
        let purpose = serde_json::to_string(purpose).unwrap_or_default();
        Self { root: root.to_owned(), id, purpose, operations, folder_modes, is_stored, stuck: Vec::new() }
    }

    /// Where new contents wait.
    pub(super) fn staged(&self) -> impl Iterator<Item = &Path> {
        self.operations.iter().filter_map(Operation::stage)
    }
}
