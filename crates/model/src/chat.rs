//! Chat Completions: `POST {base_url}/chat/completions`, answered by server-sent events.
//!
//! <https://platform.openai.com/docs/api-reference/chat>, spoken by nearly every server there is, each a little differently:
//! Ollama, LM Studio, llama.cpp and vLLM on one's own machine, `OpenRouter` and `LiteLLM` as routers, and most vendors.

mod decode;
mod reasoning;
mod request;
mod think;

use super::freeform;
use super::http_api::{ModelList, Protocol};
use super::wire::Wire;
use config::ProviderConfig;
use decode::ChatDecoder;
use engine::Prompt;
use request::Dialect;

/// The wire, as one provider speaks it.
pub(super) struct Chat {
    dialect: Dialect,
}

impl Wire for Chat {
    type Decoder = ChatDecoder;

    const PROTOCOL: Protocol = Protocol {
        name: "Chat Completions",
        path: "chat/completions",
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

    fn decoder(&self, prompt: &Prompt) -> ChatDecoder {
        ChatDecoder::new(freeform::names(prompt))
    }
}

#[cfg(test)]
mod tests;
