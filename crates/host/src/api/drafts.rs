//! Types of drafts.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Arguments of `draft`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DraftArgs {
    /// Name the window gives it.
    pub key: String,
}

/// A draft, as the app keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct DraftReply {
    /// Its content; `None` where nothing is kept.
    pub content: Option<String>,
    /// Whether drafts are kept at all: those of a person who keeps no history are not.
    pub is_kept: bool,
}

/// Arguments of `save_draft`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SaveDraftArgs {
    /// Name the window gives it, at most 500 bytes.
    pub key: String,
    /// The draft as the window writes it, at most 8 MiB; nothing removes it.
    pub content: Option<String>,
}
