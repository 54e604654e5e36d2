//! Questions on the side.

use super::hunk_source::HunkSource;
use protocol::{HunkId, PartialCommitFile, SessionId, TokenUsage};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use view::Block;

/// Arguments of `ask_aside`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AskAsideArgs {
    /// The session.
    pub session: SessionId,
    /// The question.
    pub text: String,
    /// Name that the window gives the question: its answer comes in updates of that name meanwhile, and is stopped by it.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub name: Option<String>,
    /// The hunk that the question is about, which is quoted.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub about: Option<HunkRef>,
}

/// Hunk of a diff of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HunkRef {
    /// Diff that contains it.
    pub of: HunkSource,
    /// Path of the file.
    pub path: String,
    /// The hunk.
    pub hunk: HunkId,
}

/// Answer to a question on the side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SideAnswerView {
    /// The answer.
    pub blocks: Vec<Block>,
    /// The answer in Markdown, as the model wrote it.
    pub text: String,
    /// Whether the person stopped it: this is as far as it had come.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub stopped: bool,
    /// Tokens it used, when the vendor said.
    pub usage: Option<TokenUsage>,
}

/// Arguments of `draft_commit_message`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DraftMessageArgs {
    /// The session whose model is asked.
    pub session: SessionId,
    /// Files of the commit, as the plan names them.
    pub paths: Vec<String>,
    /// Files of which only some hunks are in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<PartialCommitFile>>", optional)]
    pub partial: Vec<PartialCommitFile>,
    /// Text that the person has typed of the message.
    pub typed: String,
    /// Name that the window gives the request, as for a question on the side.
    pub name: String,
}

/// Message of a commit as the model drafted it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DraftedMessage {
    /// The message.
    pub text: String,
    /// Whether the person stopped it: this is as far as it had come.
    pub stopped: bool,
    /// Tokens it used, when the vendor said.
    pub usage: Option<TokenUsage>,
}

/// Arguments of `stop_aside`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct StopAsideArgs {
    /// The session.
    pub session: SessionId,
    /// Name of the question.
    pub name: String,
}
