//! What waits for a decision.

use super::FileView;
use protocol::{AskReason, CallId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A command that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CommandApproval {
    /// What an answer must name, so that it counts once, and for nothing but what is shown here.
    pub binding: String,
    /// Program and arguments, one string each, made visible as `display` is.
    pub argv: Vec<String>,
    /// The command as one piece of text.
    pub display: String,
    /// Its folder, absolute.
    pub cwd: String,
    /// Name of the sandbox policy it would run under.
    pub sandbox: String,
    /// Why it asks, as a sentence.
    pub why: String,
    /// The reason itself.
    pub reason: AskReason,
    /// What looks harmless and is not: invisible or reordering characters, look-alikes, escapes.
    pub warnings: Vec<String>,
    /// What can be allowed for the session instead, so that it runs in the sandbox nevertheless: "write /var/cache/x".
    pub offer: Option<String>,
    /// What the rule that can be saved would let run unasked, exactly.
    pub rule: Option<String>,
    /// What "Approve for session" would allow until the session ends, exactly.
    pub session_rule: String,
}

/// A patch that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PatchApproval {
    /// What an answer must name, so that it counts once, and for nothing but what is shown here.
    pub binding: String,
    /// Its files and hunks.
    pub files: Vec<FileView>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Why it asks, as a sentence.
    pub why: String,
    /// The reason itself.
    pub reason: AskReason,
    /// What looks harmless and is not.
    pub warnings: Vec<String>,
    /// What "Approve for session" would allow until the session ends, exactly.
    pub session_rule: String,
}

/// A call of an MCP tool that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolApproval {
    /// What an answer must name, so that it counts once, and for nothing but what is shown here.
    pub binding: String,
    /// The server.
    pub server: String,
    /// The tool's name there.
    pub tool: String,
    /// What the server says the tool does, in its words.
    pub description: String,
    /// The arguments as indented JSON, every word of them; empty when there are none.
    pub arguments: String,
    /// Why it asks, as a sentence.
    pub why: String,
    /// The reason itself.
    pub reason: AskReason,
    /// What looks harmless and is not.
    pub warnings: Vec<String>,
    /// What "Approve for session" would allow until the session ends, exactly.
    pub session_rule: String,
}

/// Something that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Approval {
    /// The call.
    pub call_id: CallId,
    /// What it is.
    pub body: ApprovalBody,
}

/// What waits for a decision.
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
