//! Outcomes of calls, as data: the window, the command line and the engine word them, each for its readers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Reason a model's answer ended before it was whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerCut {
    /// It is longer than the model may say at once.
    Length,
    /// The vendor's content filter ended it.
    Filter,
    /// The vendor did not say why.
    Unsaid,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum EndedBy {
    /// It exited by itself.
    Exited {
        /// Exit code; 128 + N where a shell or the sandbox reports that signal N ended its child.
        code: i32,
    },
    /// A signal ended it.
    Signaled {
        /// Number of the signal.
        signal: i32,
    },
    /// It ran for longer than it may (B18).
    TimedOut {
        /// Time it was allowed, in milliseconds.
        after_ms: u64,
    },
    /// The person or the model stopped it (B7).
    Interrupted,
    /// The person declined it, and it was never started.
    Rejected,
    /// The app stopped while it ran.
    AppStopped,
    /// It could not be started.
    NotStarted {
        /// The system's reason.
        why: String,
    },
    /// The sandbox could not be set up, and it was never started.
    SandboxFailed {
        /// The sandbox's reason.
        why: String,
    },
    /// Its end could not be learned.
    Lost {
        /// The reason, in words.
        why: String,
    },
}

impl EndedBy {
    /// Returns the exit code as a shell reports it: 128 + N for signal N, `None` for a command that did not end by itself.
    pub fn exit_code(&self) -> Option<i32> {
        match self {
            Self::Exited { code } => Some(*code),
            Self::Signaled { signal } => Some(128 + signal),
            _ => None,
        }
    }
}

/// Part left out of the middle of a text that was too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Truncation {
    /// Position of the gap in the text that is left, in bytes.
    pub at: u64,
    /// Lines left out; at least 1.
    pub lines: u64,
    /// Bytes left out.
    pub bytes: u64,
}

impl Truncation {
    /// Splits the text that is left at the gap. A gap that a damaged record misplaces is moved to the nearest place there is.
    pub fn split(self, text: &str) -> (&str, &str) {
        text.split_at(text.floor_char_boundary(usize::try_from(self.at).unwrap_or(usize::MAX)))
    }
}

/// End of a command, as input, record, event and row share it. Its output stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExecEnd {
    /// How it ended.
    pub ended_by: EndedBy,
    /// Bytes it printed in all.
    pub total_bytes: u64,
    /// Part left out of its output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub truncation: Option<Truncation>,
    /// Time it ran, in milliseconds.
    pub duration_ms: u64,
}

impl From<EndedBy> for ExecEnd {
    /// The end of a command that is not known to have run or printed anything.
    fn from(ended_by: EndedBy) -> Self {
        Self { ended_by, total_bytes: 0, truncation: None, duration_ms: 0 }
    }
}

/// How a call ended of a tool that neither runs a command nor writes a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum ToolEndedBy {
    /// The tool did its work.
    Succeeded,
    /// The tool says that it could not; its output says why.
    Failed,
    /// The tool did not answer in time.
    TimedOut {
        /// Time it was allowed, in milliseconds.
        after_ms: u64,
    },
    /// The call was stopped (B7).
    Interrupted,
    /// The person declined the call, and it was never made.
    Rejected,
    /// The app stopped during the call; the tool may have done its work.
    AppStopped,
    /// The call could not be made, or the tool's server broke.
    Unavailable {
        /// The reason, which names the server.
        why: String,
    },
}

/// How a patch ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum PatchEndedBy {
    /// Its accepted hunks are on disk.
    Written,
    /// The person accepted none of it.
    Declined,
    /// The policy forbids it.
    Refused {
        /// The reason, in words.
        why: String,
    },
    /// It could not be written, and nothing was changed.
    Failed {
        /// The reason, in words.
        why: String,
    },
    /// It was stopped before it was written (B7).
    Interrupted,
    /// The app stopped while it was being written.
    AppStopped,
}

/// Severity of something the app tells a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A remark.
    Info,
    /// Something was refused, is tried again, or deserves a second look.
    Warning,
    /// Something failed, or is dangerous.
    Error,
}

/// A warning for a person, to be shown before they decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Warning {
    /// Severity.
    pub severity: Severity,
    /// The warning, as sentences.
    pub text: String,
}
