//! Errors of storing and reading sessions.

use protocol::TaskId;
use std::io;
use std::path::{Path, PathBuf};

/// Error of reading or writing a transcript or the prompt history. Names the file.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    /// The file could not be made or opened.
    #[error("{} could not be opened: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The file could not be read.
    #[error("{} could not be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The file could not be written; what was in it before still is.
    #[error("{} could not be written: {source}{}", path.display(), way_out(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// Cause.
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
        /// Fault that was found.
        why: String,
    },
    /// The file is not what Codex keeps its sessions in.
    #[error("{} is not a rollout of Codex: {why}", path.display())]
    NotARollout {
        /// The file.
        path: PathBuf,
        /// Fault that was found.
        why: String,
    },
    /// The id of a new session cannot be part of a file's name.
    #[error("session id {0:?} has other characters than letters, digits, `-` and `_`, or is over 64 long")]
    BadId(String),
    /// Nothing matches what was asked for.
    #[error("no session {wanted:?} in {}", sessions.display())]
    NotFound {
        /// Session that was asked for.
        wanted: String,
        /// Folder that was searched.
        sessions: PathBuf,
    },
    /// The file is not where the app keeps its sessions.
    #[error("{} is not among the sessions of the app; only those can be archived and deleted", .0.display())]
    NotKept(PathBuf),
    /// There is a file already where the transcript would go.
    #[error("{} is there already; move it away first", .0.display())]
    InTheWay(PathBuf),
    /// A session cannot be named so.
    #[error("the name is empty; give it at least one word")]
    NoName,
    /// The session has no such task.
    #[error("there is no task {wanted} in {}, {}", path.display(), tasks(*last))]
    NoSuchTask {
        /// The transcript.
        path: PathBuf,
        /// The task asked for.
        wanted: TaskId,
        /// The last one there is; 0 when there is none.
        last: TaskId,
    },
    /// The index of the sessions failed in a way that making it again does not mend.
    #[error("the index of the sessions in {} failed: {source}", path.display())]
    Index {
        /// Its file.
        path: PathBuf,
        /// Cause.
        source: rusqlite::Error,
    },
    /// More than one session matches what was asked for.
    #[error("{wanted:?} is the beginning of {} sessions: {}; give more of the id", ids.len(), ids.join(", "))]
    Ambiguous {
        /// Name that was asked for.
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

fn tasks(last: TaskId) -> String {
    match last.0 {
        0 => "which has none yet".to_owned(),
        1 => "which has task 1 only".to_owned(),
        last => format!("which has tasks 1 to {last}"),
    }
}

fn way_out(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "; free some space and try again"
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            "; make it writable, or move the app's files with COUNTERSIGN_HOME"
        }
        _ => "",
    }
}
