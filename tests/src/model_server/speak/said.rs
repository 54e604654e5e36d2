//! Pieces of an answer, whatever the wire.

use protocol::TokenUsage;
use serde_json::Value;

/// A piece of what a model says.
#[derive(Clone, Debug)]
pub(in super::super) enum Said {
    /// The beginning of the answer.
    Begin,
    /// More of a message, without its end.
    TextDelta(String),
    /// A whole message.
    Message(String),
    /// Reasoning that is shown as a summary.
    Reasoning { summary: String, encrypted: String },
    /// A call of a function.
    FunctionCall { call_id: String, name: String, arguments: String },
    /// A call of a freeform tool.
    CustomCall { call_id: String, name: String, input: String },
    /// Any item of the Responses wire.
    Item { kind: String, item: Value },
    /// The end of a complete answer.
    Completed(TokenUsage),
    /// The end of one that failed.
    Failed { code: String, message: String },
    /// An event that is none.
    Garbage,
}
