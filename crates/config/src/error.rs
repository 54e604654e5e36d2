//! Errors of the config file, with their locations.

use std::fmt;
use std::path::PathBuf;

/// The place where a key is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyLocation {
    /// In a file.
    File {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column in characters, counted from 1.
        column: usize,
    },
    /// On the command line: `-c KEY=...`. The value is not kept, it may be a header with a key in it.
    Override {
        /// The key.
        key: String,
    },
}

impl fmt::Display for KeyLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Override { key } => write!(f, "-c {key}"),
        }
    }
}

/// Why the config could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there, but cannot be read.
    #[error("{} could not be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// There is no such key, and one that looks like it.
    #[error("{location}: unknown key `{key}`, did you mean `{nearest}`?")]
    UnknownKey {
        /// The key's location.
        location: KeyLocation,
        /// The key, with everything it stands in.
        key: String,
        /// The known key that looks most like it.
        nearest: String,
    },
    /// Not TOML, not the right type, or a value that cannot be used.
    #[error("{location}: {message}")]
    Invalid {
        /// The key's location.
        location: KeyLocation,
        /// A message that says the right form as well.
        message: String,
    },
    /// The profile asked for is not in the file.
    #[error("no profile `{name}` in {}, which has {}", path.display(), list(known))]
    NoProfile {
        /// The name asked for.
        name: String,
        /// The file.
        path: PathBuf,
        /// Profiles it has.
        known: Vec<String>,
    },
}

/// Names for people, joined by commas.
pub(super) fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
