//! OpenAI Responses: `POST {base_url}/responses`, answered by server-sent events.
//!
//! <https://platform.openai.com/docs/api-reference/responses>, spoken as well by Ollama, LM Studio, llama.cpp, vLLM and
//! most routers.

mod decode;
mod request;

use super::freeform;
use super::http_api::{ModelList, Protocol};
use super::wire::Wire;
use config::ProviderConfig;
use decode::ResponsesDecoder;
use engine::Prompt;
use request::Dialect;

/// The wire, as one provider speaks it.
pub(super) struct Responses {
    dialect: Dialect,
}

impl Wire for Responses {
    type Decoder = ResponsesDecoder;

    const PROTOCOL: Protocol = Protocol {
        name: "the Responses API",
        path: "responses",
        key_header: "authorization",
        key_prefix: "Bearer ",
        headers: &[],
        models: ModelList { path: "models", query: &[] },
    };

    fn new(provider: &ProviderConfig) -> Self {
        Self { dialect: Dialect::of(provider) }
    }

    fn body(&self, prompt: &Prompt) -> Result<Vec<u8>, serde_json::Error> {
        request::body(prompt, self.dialect)
    }

    fn decoder(&self, prompt: &Prompt) -> ResponsesDecoder {
        ResponsesDecoder::new(freeform::names(prompt))
    }
}

#[cfg(test)]
mod tests;
