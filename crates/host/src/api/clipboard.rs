//! Types of the clipboard.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Files and pictures in the clipboard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct CopiedFiles {
    /// The first of them.
    pub files: Vec<CopiedFile>,
    /// Count of the others.
    pub left_out: u32,
}

/// File or picture in the clipboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CopiedFile {
    /// Name of the file; empty for a picture that is none.
    pub name: String,
    /// Bytes in base64: all of a picture, and the first few of what is none. `None` when it can't be read.
    pub base64: Option<String>,
    /// Whether it can't be read because all of them together are too large.
    pub too_large: bool,
}
