//! Output of the practice model.

use protocol::Item;

/// One thing it says or does in a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum PracticeOutput {
    /// Reason for its next step, as a summary of reasoning.
    Reasoning(String),
    /// Text, as Markdown.
    Text(String),
    /// A call of a tool: [`Item::FunctionCall`] or [`Item::CustomCall`].
    Call(Item),
}
