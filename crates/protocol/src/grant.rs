//! Access that a person allows beside what the mode of a sandbox says (B16).

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// One thing more that sandboxed commands may do, for as long as the session lasts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "allow", rename_all = "snake_case")]
pub enum SandboxGrant {
    /// Write a file, or beneath a folder.
    Write {
        /// File or folder, absolute, links followed.
        #[ts(type = "string")]
        path: PathBuf,
    },
    /// Read a file, or beneath a folder, that is hidden otherwise.
    Read {
        /// File or folder, absolute, links followed.
        #[ts(type = "string")]
        path: PathBuf,
    },
    /// Reach the network.
    Network,
}

/// Paths that a person allowed beside what the mode of a sandbox says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Granted {
    /// Files and folders that can be written, absolute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub write: Vec<PathBuf>,
    /// Files and folders that can be read, and are hidden otherwise, absolute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub read: Vec<PathBuf>,
}

impl Granted {
    /// Reports whether nothing was allowed.
    pub fn is_empty(&self) -> bool {
        self.write.is_empty() && self.read.is_empty()
    }
}
