//! Cards of the project's check beside a patch.

use protocol::{CheckFinding, EndedBy, HunkSelection};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Check of a patch. Every text is made visible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CheckCard {
    /// The check as one piece of text.
    pub command: String,
    /// Hunks in place in the run that `state` is of.
    pub hunks: HunkSelection,
    /// State of that run.
    pub state: CheckState,
    /// Number of runs of the search that is under way; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub search_runs: Option<u32>,
    /// Result of the last search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub finding: Option<CheckFinding>,
}

/// State of a check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CheckState {
    /// It runs.
    Running {
        /// Time it began, in milliseconds since the Unix epoch.
        since_ms: u64,
    },
    /// It passed.
    Passed {
        /// Time it ran, in milliseconds.
        duration_ms: u64,
    },
    /// It failed.
    Failed {
        /// How it ended.
        ended_by: EndedBy,
        /// Time it ran, in milliseconds.
        duration_ms: u64,
        /// End of its output.
        output: String,
    },
    /// It was stopped.
    Stopped,
    /// It could not be run with these hunks, or at all.
    Impossible {
        /// Reason.
        why: String,
    },
}
