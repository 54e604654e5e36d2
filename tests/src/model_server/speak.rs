//! Encoding of a reply for each wire.

mod chat;
mod messages;
mod pieces;
mod responses;
pub(super) mod said;

use said::Said;

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
