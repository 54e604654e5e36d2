//! Formats of an export, and the data about it that is no event of the session.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Markdown.
    Markdown,
    /// JSON: the rows as the window has them.
    Json,
    /// One HTML page.
    Html,
}

impl ExportFormat {
    /// Returns the ending of a file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Json => "json",
            Self::Html => "html",
        }
    }
}

/// Data about an exported session that is no event of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportHeader {
    /// The session's id.
    pub id: String,
    /// Name of its folder.
    pub project: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub started_ms: u64,
    /// Secrets that were removed.
    pub secrets_removed: u32,
}
