//! Isolated copies of folders.

use crate::ids::{CopyId, SessionId};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// Copy of a folder that sessions work on in its place. It holds their changes alone: all else is the folder's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IsolatedCopy {
    /// Its id.
    pub id: CopyId,
    /// The folder, absolute.
    #[ts(type = "string")]
    pub folder: PathBuf,
    /// Time it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// Bytes that its changes take, ignored files included.
    pub bytes: u64,
    /// Sessions that work on it, the first one first.
    pub sessions: Vec<SessionId>,
    /// True when it was discarded: it can be restored until the trash is emptied.
    pub discarded: bool,
}
