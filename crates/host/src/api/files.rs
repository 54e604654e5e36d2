//! Files of a project that texts of a session name.

use protocol::SessionId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Arguments of `file_links`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FileLinksArgs {
    /// The session.
    pub session: SessionId,
    /// Folder that relative paths are tried in first, relative to the project; empty for the project itself.
    pub folder: String,
    /// The texts, at most 500.
    pub texts: Vec<String>,
}

/// Path of a file in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileLink {
    /// First UTF-16 unit of the link.
    pub start: u32,
    /// End of the link, in UTF-16 units.
    pub end: u32,
    /// Path of the file, relative to the project.
    pub path: String,
    /// Line, counted from 1.
    pub line: Option<u32>,
    /// Column, counted from 1.
    pub column: Option<u32>,
}

/// Arguments that name a file of a session's project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FileArgs {
    /// The session.
    pub session: SessionId,
    /// Path relative to the project.
    pub path: String,
}

/// Content of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct FileText {
    /// The lines, made visible as those of a diff are.
    pub lines: Vec<String>,
    /// Language that its colours are fetched for; empty for plain text.
    pub language: String,
    /// Whether these are all of its lines.
    pub is_whole: bool,
}
