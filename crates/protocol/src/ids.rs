//! Identifiers. Each is its own type so that one cannot be passed where another is meant.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

string_id! {
    /// One conversation; a UUID (version 7, so that ids sort by time).
    SessionId
}
string_id! {
    /// One submitted op; unique and increasing within a session ("1", "2", ...) unless the submitter chose it.
    OpId
}
string_id! {
    /// One tool call, as the model names it. Approvals are keyed by it too.
    CallId
}
string_id! {
    /// One isolated copy of a folder; a UUID (version 7, so that ids sort by time).
    CopyId
}
string_id! {
    /// One hunk of one proposed patch: "FILE_INDEX.HUNK_INDEX", both counted from 0.
    HunkId
}

impl HunkId {
    /// The id of hunk number `hunk` of file number `file` of a patch, both counted from 0.
    pub fn new(file: usize, hunk: usize) -> Self {
        Self(format!("{file}.{hunk}"))
    }
}

/// One task of a session, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct TaskId(pub u32);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
