//! Anthropic Messages: `POST {base_url}/messages`, answered by server-sent events.
//!
//! <https://platform.claude.com/docs/en/api/messages>, spoken as well by several other vendors, routers and local servers.

mod decode;
mod request;

use super::freeform;
use super::http_api::{ModelList, Protocol};
use super::wire::Wire;
use config::ProviderConfig;
use decode::MessagesDecoder;
use engine::Prompt;

/// The wire. Who speaks it speaks it alike.
pub(super) struct Messages;

impl Wire for Messages {
    type Decoder = MessagesDecoder;

    const PROTOCOL: Protocol = Protocol {
        name: "the Messages API",
        path: "messages",
        key_header: "x-api-key",
        key_prefix: "",
        // https://platform.claude.com/docs/en/api/versioning
        headers: &[("anthropic-version", "2023-06-01")],
        // it lists the first twenty unless asked for more
        models: ModelList { path: "models", query: &[("limit", "1000")] },
    };

    fn new(_provider: &ProviderConfig) -> Self {
        Self
    }

    fn body(&self, prompt: &Prompt) -> Result<Vec<u8>, serde_json::Error> {
        request::body(prompt)
    }

    fn decoder(&self, prompt: &Prompt) -> MessagesDecoder {
        MessagesDecoder::new(freeform::names(prompt))
    }
}

#[cfg(test)]
mod tests;
