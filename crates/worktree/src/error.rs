//! Errors of the store and of restoring files.

use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Error of a snapshot or an undo.
#[derive(Debug, Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{}: {what}: {source}", path.display())]
    Io {
        /// Operation that failed, such as "cannot be read".
        what: &'static str,
        /// File or folder.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The folder holds more files and folders than are kept.
    #[error(
        "{} holds more than {limit} files and folders, most of them beneath {}; name what is nobody's work in .gitignore",
        root.display(),
        fullest.display()
    )]
    TooManyFiles {
        /// The project.
        root: PathBuf,
        /// Limit.
        limit: usize,
        /// The folder right beneath it in which most were found.
        fullest: PathBuf,
    },
    /// A file of the store is not what was written.
    #[error("{}: the store of checkpoints is damaged: {what}; remove that folder to begin a new one", path.display())]
    Damaged {
        /// The folder of the store.
        path: PathBuf,
        /// Damage.
        what: String,
    },
    /// There is no such checkpoint in the store.
    #[error("{}: there is no checkpoint {id}; it was removed, or belongs to another folder", path.display())]
    Unknown {
        /// The folder of the store.
        path: PathBuf,
        /// The checkpoint, or an object of it.
        id: String,
    },
    /// Somebody changed these between the plan and its being carried out. Nothing was changed.
    #[error("{} changed meanwhile; nothing was put back, try again", list(.0))]
    Changed(Vec<PathBuf>),
    /// One step failed, and all were taken back.
    #[error("{}: {reason}; nothing was put back{}", path.display(), stuck_note(stuck))]
    NotApplied {
        /// Path relative to the project.
        path: PathBuf,
        /// Cause.
        reason: String,
        /// Steps that could not be taken back, for people; empty when all were.
        stuck: Vec<String>,
    },
}

impl Error {
    /// For `map_err`: what failed, and where.
    pub(crate) fn io<E: Into<io::Error>>(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(E) -> Self {
        let path = path.into();
        move |error| Self::Io { what, path, source: error.into() }
    }
}

fn list(paths: &[PathBuf]) -> String {
    const NAMED: usize = 5;
    let mut text: Vec<_> = paths.iter().take(NAMED).map(|path| path.display().to_string()).collect();
    if paths.len() > NAMED {
        text.push(format!("{} more", paths.len() - NAMED));
    }
    text.join(", ")
}

fn stuck_note(stuck: &[String]) -> String {
    if stuck.is_empty() { String::new() } else { format!(", but for this: {}", stuck.join("; ")) }
}
