//! Checks of patches: the project's own command, run with a patch that waits, on a copy of the project.

use crate::approval::HunkSelection;
use crate::diff::PatchProposal;
use crate::ids::HunkId;
use crate::outcome::EndedBy;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Verdict of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// It exited with 0.
    Passed,
    /// It exited with another code, was killed by a signal, or took longer than it may.
    Failed,
    /// It did not come to an end: it was stopped, or could not be run.
    Unknown,
}

/// Result of a check of a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckResult {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Hunks that were in place, as [`PatchProposal::normalized`] gives them.
    pub hunks: HunkSelection,
    /// How it ended.
    pub ended_by: EndedBy,
    /// True when these hunks do not go together: nothing was run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub unfit: bool,
    /// Time it ran, in milliseconds.
    pub duration_ms: u64,
    /// End of what it printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
}

impl CheckResult {
    /// Returns whether the project is in order with these hunks.
    pub fn verdict(&self) -> CheckVerdict {
        match &self.ended_by {
            EndedBy::Exited { code: 0 } => CheckVerdict::Passed,
            EndedBy::Exited { .. } | EndedBy::Signaled { .. } | EndedBy::TimedOut { .. } => {
                CheckVerdict::Failed
            }
            _ => CheckVerdict::Unknown,
        }
    }
}

/// Result of a search over a patch's hunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CheckFinding {
    /// These hunks are enough for the check to pass.
    Needed {
        /// The hunks, in the patch's order; none where it passes without any.
        hunks: Vec<HunkId>,
        /// Whether none of them can be left out; false when the search reached its limit of runs.
        is_minimal: bool,
    },
    /// Without these hunks the check passes.
    Breaking {
        /// The hunks, in the patch's order.
        hunks: Vec<HunkId>,
        /// Whether none of them can be put back; false when the search reached its limit of runs.
        is_minimal: bool,
    },
    /// The check passes with no set of hunks that was tried.
    NothingPasses {
        /// Number of sets that were tried.
        tried: u32,
        /// False when the search reached its limit of runs.
        is_complete: bool,
    },
    /// It was stopped, or the check could not be run.
    Stopped,
}

impl PatchProposal {
    /// Returns a selection in the one form that equal selections share: hunks in the patch's order, each once, texts only of those
    /// accepted. All hunks when `selection` is absent.
    pub fn normalized(&self, selection: Option<&HunkSelection>) -> HunkSelection {
        let accepted: Vec<HunkId> = self
            .hunks()
            .map(|(_, hunk)| &hunk.id)
            .filter(|id| selection.is_none_or(|selection| selection.accepted.contains(id)))
            .cloned()
            .collect();
        let Some(selection) = selection else {
            return HunkSelection { accepted, ..HunkSelection::default() };
        };
        let edited = accepted.iter().filter_map(|id| selection.edited.iter().find(|edit| edit.id == *id));
        let partial = accepted.iter().filter_map(|id| selection.partial.iter().find(|part| part.id == *id));
        let (edited, partial) = (edited.cloned().collect(), partial.cloned().collect());
        HunkSelection { accepted, edited, partial }
    }
}
