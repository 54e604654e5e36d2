//! Why something could not be kept or read.

use std::io;
use std::path::{Path, PathBuf};

/// Why a transcript or the prompt history could not be written or read. Names the file.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    /// The file could not be made or opened.
    #[error("{} could not be opened: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file could not be read.
    #[error("{} could not be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file could not be written; what was in it before still is.
    #[error("{} could not be written: {source}{}", path.display(), way_out(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another instance of the app has the session open.
    #[error("{} is in use by another instance of the app; close the session there first", .0.display())]
    InUse(PathBuf),
    /// The first line is not what a transcript begins with.
    #[error("{} is not a transcript: {why}", path.display())]
    NotATranscript {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The id of a new session cannot be part of a file's name.
    #[error("session id {0:?} has other characters than letters, digits, `-` and `_`, or is over 64 long")]
    BadId(String),
    /// Nothing matches what was asked for.
    #[error("no session {wanted:?} in {}", sessions.display())]
    NotFound {
        /// What was asked for.
        wanted: String,
        /// Where the transcripts are.
        sessions: PathBuf,
    },
    /// More than one session matches what was asked for.
    #[error("{wanted:?} is the beginning of {} sessions: {}; give more of the id", ids.len(), ids.join(", "))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// Ids that match.
        ids: Vec<String>,
    },
}

impl TranscriptError {
    pub(super) fn open(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Open { path, source }
    }

    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Read { path, source }
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Write { path, source }
    }
}

fn way_out(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some space and try again",
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            "; make it writable, or move the app's files with COUNTERSIGN_HOME"
        }
        _ => "",
    }
}
