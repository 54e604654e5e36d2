//! Search in one session.

use protocol::SessionId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Arguments of `find_in_session`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FindArgs {
    /// The session.
    pub session: SessionId,
    /// Text to find; case does not matter.
    pub query: String,
}

/// Row with matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundRow {
    /// Position of the row, counted from 0.
    pub row: u32,
    /// Count of the matches in it.
    pub count: u32,
}

/// Matches of a search in a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct FoundRows {
    /// Rows with matches, in their order.
    pub rows: Vec<FoundRow>,
    /// Count of all their matches.
    pub total: u32,
    /// Whether there are more than that.
    pub more: bool,
}
