//! Reasons a patch does not apply.

use crate::locate::{Ambiguous, Mismatch};
use crate::text::EncodingError;
use thiserror::Error;

/// Reasons a patch does not apply.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProposeError {
    /// A file to change or delete is not there.
    #[error("'{path}' does not exist, so it cannot be {what}")]
    Missing {
        /// Path in the patch.
        path: String,
        /// "changed" or "deleted".
        what: &'static str,
    },
    /// A file could not be read.
    #[error("'{path}' {reason}")]
    Unreadable {
        /// Path in the patch.
        path: String,
        /// Reason, as the reader of files gave it.
        reason: String,
    },
    /// A file is no UTF-8 text.
    #[error("'{path}' {source}")]
    Encoding {
        /// Path in the patch.
        path: String,
        /// Cause.
        source: EncodingError,
    },
    /// Lines were not found.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// Lines were found in several places.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
    /// Two operations claim one path.
    #[error("'{path}' is named by two operations that cannot be made one; write one operation for each file")]
    Twice {
        /// Path in the patch.
        path: String,
    },
    /// An update that leaves the file as it is.
    #[error("the update of '{path}' changes nothing")]
    Nothing {
        /// Path in the patch.
        path: String,
    },
}
