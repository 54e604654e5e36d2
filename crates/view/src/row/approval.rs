//! Cards of approvals: one frame, and one body per subject.

use super::check::CheckCard;
use super::diff::FileView;
use super::model_review::ModelReviewCard;
use protocol::{AskReason, CallId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Card of an approval that waits for a decision. Every text is made visible: no character of it hides or reorders others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ApprovalCard {
    /// The call.
    pub call_id: CallId,
    /// Binding of the approval, to be named by the decision.
    pub binding: String,
    /// Reason for asking.
    pub reason: AskReason,
    /// Reason for asking, as a sentence.
    pub why: String,
    /// Traps in the subject: wide access, invisible or reordering characters, look-alikes, escapes.
    pub warnings: Vec<String>,
    /// Exactly the calls that "Approve for session" lets run unasked until the session ends.
    pub session_rule: String,
    /// Check of the project with this patch; absent where none ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub check: Option<CheckCard>,
    /// Review of this patch by a second model; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub model_review: Option<ModelReviewCard>,
    /// The action that waits.
    pub body: ApprovalBody,
}

/// Body of the card, by the kind of action that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ApprovalBody {
    /// A command.
    Command(CommandApproval),
    /// A patch.
    Patch(PatchApproval),
    /// A call of an MCP tool.
    Tool(ToolApproval),
}

/// A command that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CommandApproval {
    /// Program and arguments, one string each.
    pub argv: Vec<String>,
    /// The command as one piece of text.
    pub display: String,
    /// Folder it runs in, absolute.
    pub cwd: String,
    /// Name of the sandbox policy it runs under once approved.
    pub sandbox: String,
    /// Access that can be allowed for the session instead, so that it runs in the sandbox: "write /var/cache/x".
    pub offer: Option<String>,
    /// Exactly the commands that the rule that can be saved lets run unasked.
    pub rule: Option<String>,
    /// Whether its changes can be looked at before it is approved; `None` where there is nothing to look at.
    pub preview: Option<PreviewCard>,
    /// Sentences about access that a preview has for real, beside the copy of the project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub preview_reach: Vec<String>,
}

/// Preview of a command that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PreviewCard {
    /// There can be one.
    Possible,
    /// It ran on a copy of the project, and changed nothing that is asked about.
    Unchanged {
        /// Changes that cannot be applied, each with the reason.
        left_out: Vec<String>,
    },
    /// The last one failed; there can be another.
    Failed {
        /// Reason.
        why: String,
    },
    /// There can be none.
    Impossible {
        /// Reason.
        why: String,
    },
}

/// A patch that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PatchApproval {
    /// Files and hunks.
    pub files: Vec<FileView>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// A call of an MCP tool that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolApproval {
    /// The server.
    pub server: String,
    /// Name of the tool there.
    pub tool: String,
    /// Description of the tool, in the server's words.
    pub description: String,
    /// Arguments as indented JSON, all of them; empty when there are none.
    pub arguments: String,
}
