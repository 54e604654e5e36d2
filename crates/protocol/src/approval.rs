//! Approvals: the questions a session asks, and the decisions of a person.

use crate::denial::SandboxOffer;
use crate::diff::PatchProposal;
use crate::ids::{CallId, CopyId, HunkId};
use crate::policy::SandboxPolicy;
use crate::preview::CommandPreview;
use crate::rule::CommandRule;
use crate::tool::ToolInvocation;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// Reason for asking a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AskReason {
    /// The policy is `untrusted`, and the call is not known to be safe.
    Untrusted,
    /// The model wants to run the command without the sandbox.
    Escalation {
        /// The model's reason, in its words.
        justification: Option<String>,
    },
    /// This machine has no sandbox.
    NoSandbox,
    /// The sandbox refused something the command tried.
    SandboxDenied {
        /// Refused access, for people.
        what: String,
        /// True when the command ran on a copy-on-write view of the project: its changes are asked about only once it has what it lacks.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_overlay: bool,
    },
    /// The patch touches something outside the writable roots.
    OutsideRoots {
        /// Paths outside, as the patch names them.
        paths: Vec<String>,
    },
    /// The patch touches something protected.
    Protected {
        /// Protected paths, each with the reason.
        paths: Vec<String>,
    },
    /// The patch replaces a file that exists by adding it anew.
    Overwrites {
        /// Paths of the replaced files.
        paths: Vec<String>,
    },
    /// The person reviews every patch before it is written.
    Review,
    /// A command ran on a copy-on-write view of the project, and these are its changes: nothing of them is in the project yet.
    Effects {
        /// Program and arguments of the command.
        argv: Vec<String>,
        /// Changes that cannot be applied, each with the reason.
        left_out: Vec<String>,
        /// True when the person asked to see them before deciding about the command: they can go back to that
        /// ([`ReviewDecision::PreviewDiscarded`]).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        previewed: bool,
    },
    /// The person brings in what sessions changed in an isolated copy of the folder.
    BringIn {
        /// The copy.
        copy: CopyId,
        /// Changes that can't be brought in, each with the reason.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<String>>", optional)]
        left_out: Vec<String>,
    },
    /// The command would run on a copy-on-write view of the project, which cannot be had for it.
    NoOverlay {
        /// Reason there is none, for people.
        why: String,
    },
    /// A rule of the person's says so, or the rules cannot be read.
    Rule {
        /// Effect of the rule, for people.
        what: String,
    },
    /// The tool belongs to an MCP server, and is neither trusted nor declared read-only.
    UntrustedTool,
    /// A file changed after it was shown, so that the approved patch is no longer the one that would be written.
    Changed {
        /// Paths of the changed files.
        paths: Vec<String>,
    },
}

/// A question to a person about one call. Exactly the action that is shown is the one an approval lets happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Approval {
    /// The call that waits.
    pub call_id: CallId,
    /// Number of times this call was asked about, this one included.
    pub attempt: u32,
    /// Reason for asking.
    pub reason: AskReason,
    /// The action that waits for approval.
    pub subject: ApprovalSubject,
    /// SHA-256 (hex) over all of the above. A decision must name it, so that it counts once, and only for the action shown.
    pub binding: String,
}

/// An action that waits for approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ApprovalSubject {
    /// A command.
    Exec {
        /// Program and arguments.
        argv: Vec<String>,
        /// Folder it runs in, absolute.
        #[ts(type = "string")]
        cwd: PathBuf,
        /// Access it has once approved.
        sandbox: SandboxPolicy,
        /// Access that can be allowed instead, so that the command runs in the sandbox
        /// ([`ReviewDecision::ApprovedWithGrant`]).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        offer: Option<SandboxOffer>,
        /// Rule that can be saved, so that such commands run unasked from then on ([`ReviewDecision::ApprovedWithRule`]).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        rule: Option<CommandRule>,
        /// Whether its changes can be looked at before it is approved ([`ReviewDecision::Preview`]). It was not said in versions
        /// before, and is not of a command that already ran.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        preview: Option<Box<CommandPreview>>,
    },
    /// A patch.
    Patch {
        /// The patch, with the hashes of the files it was verified against. At most this is written.
        proposal: PatchProposal,
    },
    /// A call of an MCP server's tool.
    Tool {
        /// The call as it is sent.
        invocation: ToolInvocation,
        /// Description of the tool, in the server's words.
        description: String,
        /// More that the server says of the tool, and where it is.
        #[serde(default, skip_serializing_if = "ToolHints::is_empty")]
        hints: ToolHints,
    },
}

/// Hints of an MCP server about a tool. They are claims, and nothing is allowed because of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ToolHints {
    /// True when it reaches beyond its server: what it is told can go anywhere.
    pub open_world: bool,
    /// True when it may destroy something.
    pub destructive: bool,
    /// Host of its server, where that is reached over HTTP.
    #[ts(optional)]
    pub host: Option<String>,
}

impl ToolHints {
    /// Reports whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Approval {
    /// Reports whether this question offers `decision`.
    pub fn offers(&self, decision: ReviewDecision) -> bool {
        use ReviewDecision::{
            Abort, Approved, ApprovedForSession, ApprovedWithGrant, ApprovedWithRule, Denied, Preview,
            PreviewDiscarded, PreviewUsed,
        };
        let preview = match &self.subject {
            ApprovalSubject::Exec { preview, .. } => preview.as_deref(),
            _ => None,
        };
        match (decision, &self.subject) {
            (ApprovedForSession, _) if matches!(self.reason, AskReason::BringIn { .. }) => false,
            (Approved | ApprovedForSession | Denied | Abort, _) => true,
            (ApprovedWithGrant, ApprovalSubject::Exec { offer, .. }) => offer.is_some(),
            (ApprovedWithRule, ApprovalSubject::Exec { rule, .. }) => rule.is_some(),
            (Preview, _) => preview.and_then(CommandPreview::sandbox).is_some(),
            (PreviewUsed, _) => preview.is_some_and(CommandPreview::is_unchanged),
            (PreviewDiscarded, _) => matches!(self.reason, AskReason::Effects { previewed: true, .. }),
            (ApprovedWithGrant | ApprovedWithRule, _) => false,
        }
    }
}

/// A person's answer to an [`Approval`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    /// Approves this call once.
    Approved,
    /// Approves this call, and equal ones until the session ends (B15, B25); of a tool, all calls (B28).
    ApprovedForSession,
    /// Approves the offer instead of the call as asked (B16). Only for a command with an offer.
    ApprovedWithGrant,
    /// Approves this call and saves the rule (B15). Only for a command with a rule.
    ApprovedWithRule,
    /// Runs the command on a copy of the project, and asks about what it changed there. Only for a command that can be previewed.
    Preview,
    /// Answers the call with the output of its preview, which changed nothing. Only for a command that was previewed so.
    PreviewUsed,
    /// Discards what a preview changed, and asks about the command again. Only for the changes of a preview.
    PreviewDiscarded,
    /// Declines; the model is told, and goes on.
    Denied,
    /// Declines and stops the task.
    Abort,
}

impl ReviewDecision {
    /// Reports whether the decision lets something happen.
    pub fn approves(self) -> bool {
        !matches!(self, Self::Denied | Self::Abort | Self::PreviewDiscarded)
    }
}

/// New text for one hunk, in place of the model's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HunkEdit {
    /// The hunk.
    pub id: HunkId,
    /// Lines to put in, joined by line feeds; none when empty. The file's own line ending is used.
    pub new_text: String,
}

/// A hunk of which some lines are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PartialHunk {
    /// The hunk.
    pub id: HunkId,
    /// Changed lines that are left out, counted from 0 over the lines of the hunk as they are shown: those before it, those taken
    /// out, those put in, those after it. A line left out that would be taken out stays.
    pub left_out: Vec<u32>,
}

/// Accepted hunks of a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HunkSelection {
    /// Hunks to write. All others are declined.
    pub accepted: Vec<HunkId>,
    /// Text changes by the person, of accepted hunks.
    #[serde(default)]
    pub edited: Vec<HunkEdit>,
    /// Accepted hunks that are written in part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<PartialHunk>>", optional)]
    pub partial: Vec<PartialHunk>,
}

/// Outcome of one hunk, as the model is told it (B25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum HunkOutcome {
    /// Written as proposed.
    Written {
        /// The hunk.
        id: HunkId,
    },
    /// Written with the person's text.
    Edited {
        /// The hunk.
        id: HunkId,
        /// The text that was written.
        new_text: String,
    },
    /// Not written.
    Declined {
        /// The hunk.
        id: HunkId,
    },
}

impl HunkOutcome {
    /// Returns the id of the hunk.
    pub fn id(&self) -> &HunkId {
        match self {
            Self::Written { id } | Self::Edited { id, .. } | Self::Declined { id } => id,
        }
    }
}
