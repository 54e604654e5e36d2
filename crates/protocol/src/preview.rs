//! Previews: commands that wait for approval, run on a copy of the project first.

use crate::policy::SandboxPolicy;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Whether the changes of a command that waits can be looked at before it is approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CommandPreview {
    /// It can run on a copy-on-write view of the project.
    Possible {
        /// Access it has there.
        sandbox: SandboxPolicy,
        /// Result of the preview before this question, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        last: Option<PreviewResult>,
    },
    /// It cannot.
    Impossible {
        /// Reason, for people.
        why: String,
    },
}

impl CommandPreview {
    /// Returns the access that the command has in a preview; `None` where there can be none.
    pub fn sandbox(&self) -> Option<&SandboxPolicy> {
        match self {
            Self::Possible { sandbox, .. } => Some(sandbox),
            Self::Impossible { .. } => None,
        }
    }

    /// Reports whether the command ran on a copy, and changed nothing that is asked about.
    pub fn is_unchanged(&self) -> bool {
        matches!(self, Self::Possible { last: Some(PreviewResult::Unchanged { .. }), .. })
    }

    /// Reports whether the command ran on a copy and changed nothing at all.
    pub fn is_unchanged_whole(&self) -> bool {
        let Self::Possible { last: Some(PreviewResult::Unchanged { left_out }), .. } = self else {
            return false;
        };
        left_out.is_empty()
    }

    /// Returns this with another last result.
    #[must_use]
    pub fn with_last(&self, result: Option<PreviewResult>) -> Self {
        match self {
            Self::Possible { sandbox, .. } => Self::Possible { sandbox: sandbox.clone(), last: result },
            Self::Impossible { .. } => self.clone(),
        }
    }
}

/// Most paths that a [`PreviewComparison`] names.
pub const MAX_COMPARED_PATHS: usize = 100;

/// Comparison of a command that ran for real with its preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PreviewComparison {
    /// Each path is as the preview left it, and no other changed.
    Same,
    /// It did something else.
    Different {
        /// Paths that are not as the preview left them, at most [`MAX_COMPARED_PATHS`]; relative to the session's folder where they lie
        /// in it.
        paths: Vec<String>,
    },
}

/// Result of a preview after which the command is asked about again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PreviewResult {
    /// It changed nothing that is asked about.
    Unchanged {
        /// Changes that cannot be applied, each with the reason.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<String>,
    },
    /// There is none: it could not run, or what it changed is lost, or could not be applied.
    Failed {
        /// Reason, for people.
        why: String,
    },
}
