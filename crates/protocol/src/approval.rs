//! Approvals: what is asked, and what a person decides.

use crate::denial::SandboxOffer;
use crate::diff::PatchProposal;
use crate::ids::{CallId, HunkId};
use crate::policy::SandboxPolicy;
use crate::rule::CommandRule;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// Why a person is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AskReason {
    /// The policy is `untrusted`, and this is not known to be safe.
    Untrusted,
    /// The model wants to run it without the sandbox.
    Escalation {
        /// The model's reason, in its words.
        justification: Option<String>,
    },
    /// This machine has no sandbox.
    NoSandbox,
    /// The sandbox refused something the command tried.
    SandboxDenied {
        /// What was refused.
        what: String,
    },
    /// The patch touches something outside the writable roots.
    OutsideRoots {
        /// Which.
        paths: Vec<String>,
    },
    /// The patch touches something protected.
    Protected {
        /// Which, and why.
        paths: Vec<String>,
    },
    /// The patch replaces a file that exists by adding it anew.
    Overwrites {
        /// Which.
        paths: Vec<String>,
    },
    /// The person reviews every patch before it is written.
    Review,
    /// A rule of the person's says so, or the rules cannot be read.
    Rule {
        /// What it says, for people.
        what: String,
    },
    /// An MCP server's tool that is neither trusted nor said to only read.
    UntrustedTool,
    /// A file changed after it was shown; what was approved no longer is what would happen.
    Changed {
        /// Which.
        paths: Vec<String>,
    },
}

/// Everything the dialog for a command shows; what is run is exactly this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExecApprovalRequest {
    /// The call that waits.
    pub call_id: CallId,
    /// Which asking of this call it is, counted from 1.
    pub attempt: u32,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Folder it runs in, absolute.
    #[ts(type = "string")]
    pub cwd: PathBuf,
    /// What it may touch when approved.
    pub sandbox: SandboxPolicy,
    /// Why it asks.
    pub reason: AskReason,
    /// What can be allowed instead, so that it runs in the sandbox nevertheless; [`ReviewDecision::ApprovedWithGrant`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub offer: Option<SandboxOffer>,
    /// The rule that can be saved, so that it and its like run unasked from then on; [`ReviewDecision::ApprovedWithRule`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub rule: Option<CommandRule>,
    /// SHA-256 (hex) over all of the above. An answer must name it: it counts once, and for nothing but what was shown.
    pub binding: String,
}

/// Everything the dialog for a patch shows; what is written is at most this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PatchApprovalRequest {
    /// The call that waits.
    pub call_id: CallId,
    /// Which asking of this call it is, counted from 1.
    pub attempt: u32,
    /// The patch.
    pub proposal: PatchProposal,
    /// Why it asks.
    pub reason: AskReason,
    /// SHA-256 (hex) over all of the above, the files' contents included. An answer must name it.
    pub binding: String,
}

/// A person's answer. Everything it means stands in the request it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    /// This once.
    Approved,
    /// This, and the same again, as long as the session lasts (B15, B25).
    ApprovedForSession,
    /// Not this, but the offer of the request (B16): only where there is one.
    ApprovedWithGrant,
    /// This, and the rule of the request is saved (B15): only where there is one.
    ApprovedWithRule,
    /// No; the model is told and goes on.
    Denied,
    /// No, and stop the task.
    Abort,
}

impl ReviewDecision {
    /// Whether it lets something be done.
    pub fn approves(self) -> bool {
        matches!(
            self,
            Self::Approved | Self::ApprovedForSession | Self::ApprovedWithGrant | Self::ApprovedWithRule
        )
    }
}

/// New text for one hunk, in place of the model's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HunkEdit {
    /// Which hunk.
    pub id: HunkId,
    /// The lines to put in, joined by line feeds; empty puts in nothing. The file's own line ending is used.
    pub new_text: String,
}

/// Which hunks of a patch are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HunkSelection {
    /// Hunks to write. Those not named are declined.
    pub accepted: Vec<HunkId>,
    /// Of those accepted, the ones whose text the person changed.
    #[serde(default)]
    pub edited: Vec<HunkEdit>,
}

/// A person's answer to a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PatchDecision {
    /// The answer as a whole.
    pub decision: ReviewDecision,
    /// Which hunks, when not all. Only read with an approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hunks: Option<HunkSelection>,
    /// A note for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub note: Option<String>,
}

/// What became of one hunk; the model is told exactly this (B25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum HunkOutcome {
    /// Written as proposed.
    Written {
        /// Which.
        id: HunkId,
    },
    /// Written with the person's text.
    Edited {
        /// Which.
        id: HunkId,
        /// The text that was written.
        new_text: String,
    },
    /// Not written.
    Declined {
        /// Which.
        id: HunkId,
    },
}

impl HunkOutcome {
    /// Which hunk.
    pub fn id(&self) -> &HunkId {
        match self {
            Self::Written { id } | Self::Edited { id, .. } | Self::Declined { id } => id,
        }
    }
}
