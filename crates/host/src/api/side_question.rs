//! Questions on the side.

use protocol::{SessionId, TokenUsage};
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
}

/// Answer to a question on the side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SideAnswerView {
    /// The answer.
    pub blocks: Vec<Block>,
    /// The answer in Markdown, as the model wrote it.
    pub text: String,
    /// Tokens it used, when the vendor said.
    pub usage: Option<TokenUsage>,
}
