//! Encoding of a reply for each wire.

mod chat;
mod messages;
mod responses;

use protocol::TokenUsage;
use serde_json::Value;

/// A piece of what a model says.
#[derive(Clone, Debug)]
pub(super) enum Said {
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

/// Speaks one answer on one wire.
pub(super) enum Speaker {
    /// On `/v1/responses`.
    Responses(responses::Responses),
    /// On `/v1/chat/completions`.
    Chat(chat::Chat),
    /// On `/v1/messages`.
    Messages(messages::Messages),
}

impl Speaker {
    /// The speaker of the wire that is asked for at a path.
    pub(super) fn at(path: &str) -> Self {
        if path.ends_with("/chat/completions") {
            Self::Chat(chat::Chat::default())
        } else if path.ends_with("/messages") {
            Self::Messages(messages::Messages::default())
        } else {
            Self::Responses(responses::Responses::default())
        }
    }

    /// The bytes of what is said.
    pub(super) fn speak(&mut self, said: &Said) -> String {
        match self {
            Self::Responses(wire) => wire.speak(said),
            Self::Chat(wire) => wire.speak(said),
            Self::Messages(wire) => wire.speak(said),
        }
    }
}

/// An event that names its type.
fn named_event(event: &Value) -> String {
    let name = event["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {event}\n\n")
}

/// A text in the pieces it is streamed in.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(' ')
}

/// Arguments in two pieces, cut where no string need be whole.
fn halves(arguments: &str) -> [&str; 2] {
    let (first, second) = arguments.split_at(arguments.ceil_char_boundary(arguments.len() / 2));
    [first, second]
}
