//! Anthropic Messages: `POST {base_url}/messages`, answered by server-sent events.
//!
//! <https://platform.claude.com/docs/en/api/messages>, spoken as well by several other vendors, routers and local servers.

mod decode;
mod request;

use super::freeform;
use super::wire::Wire;
use decode::Decoder;
use engine::Prompt;

/// The wire. Who speaks it speaks it alike.
pub(super) struct Messages;

impl Wire for Messages {
    type Decoder = Decoder;

    const NAME: &'static str = "the Messages API";
    const PATH: &'static str = "messages";

    fn body(&self, prompt: &Prompt) -> Result<Vec<u8>, serde_json::Error> {
        request::body(prompt)
    }

    fn decoder(&self, prompt: &Prompt) -> Decoder {
        Decoder::new(freeform::names(prompt))
    }
}

#[cfg(test)]
mod tests;
