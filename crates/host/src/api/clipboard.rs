//! Types of the clipboard.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// File or picture in the clipboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CopiedFile {
    /// Name of the file; empty for a picture that is none.
    pub name: String,
    /// Bytes in base64: all of a picture, and the first few of what is none. `None` when it can't be read.
    pub base64: Option<String>,
}
