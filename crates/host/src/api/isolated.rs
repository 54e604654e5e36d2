//! Isolated copies of folders.

use protocol::{CopyId, SessionId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Isolated copy as an item of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CopyView {
    /// Its id.
    pub id: CopyId,
    /// Id of its folder, when that is on the list: its changes can be brought in only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub project: Option<String>,
    /// Its folder, for the eye.
    pub folder: String,
    /// Time it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// Bytes that its changes take.
    pub bytes: u64,
    /// Sessions that work on it, the first one first.
    pub sessions: Vec<CopySession>,
    /// Whether it was discarded: it can be restored until the trash is emptied.
    pub discarded: bool,
}

/// Session that works on an isolated copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CopySession {
    /// Its id.
    pub id: SessionId,
    /// Its name.
    pub title: String,
}

/// Isolated copies, those in the trash included, the newest first.
pub type Copies = Vec<CopyView>;

/// Arguments that name an isolated copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CopyArgs {
    /// The copy.
    pub copy: CopyId,
}
