//! The providers that need no config (B39, B40).

use super::provider::{ProviderConfig, WireApi};
use std::collections::BTreeMap;

/// Key of the provider that is used when none was chosen.
pub(super) const OPENAI: &str = "openai";

/// Key of the practice model.
pub(super) const PRACTICE: &str = "practice";

/// Local servers: key, name, default port of each, from their documentation. Chat Completions is what all of them serve, in
/// every version that is about.
const LOCAL: [(&str, &str, u16); 4] = [
    ("ollama", "Ollama", 11434),
    ("lmstudio", "LM Studio", 1234),
    ("llamacpp", "llama.cpp", 8080),
    ("vllm", "vLLM", 8000),
];

/// A provider with the default budget and nothing else set.
pub(super) fn bare(key: &str, name: &str, base_url: String) -> ProviderConfig {
    ProviderConfig {
        key: key.to_owned(),
        name: name.to_owned(),
        base_url,
        env_key: None,
        wire_api: WireApi::Responses,
        http_headers: BTreeMap::new(),
        env_http_headers: BTreeMap::new(),
        query_params: BTreeMap::new(),
        // with waits that double from 0.2 s: nearly three minutes, as long as most vendors are overloaded
        request_max_retries: 10,
        stream_max_retries: 10,
        stream_idle_timeout_ms: 300_000,
        default_model: String::new(),
    }
}

/// The built-in providers by key. `openai_base_url` is `OPENAI_BASE_URL` of the environment.
pub(super) fn providers(openai_base_url: Option<String>) -> BTreeMap<String, ProviderConfig> {
    let openai = ProviderConfig {
        env_key: Some("OPENAI_API_KEY".to_owned()),
        default_model: "gpt-5.6".to_owned(),
        ..bare(OPENAI, "OpenAI", openai_base_url.unwrap_or_else(|| "https://api.openai.com/v1".to_owned()))
    };
    let practice = ProviderConfig {
        wire_api: WireApi::Practice,
        default_model: "practice".to_owned(),
        ..bare(PRACTICE, "Practice model", String::new())
    };
    let anthropic = ProviderConfig {
        env_key: Some("ANTHROPIC_API_KEY".to_owned()),
        wire_api: WireApi::Messages,
        default_model: "claude-opus-5-5".to_owned(),
        ..bare("anthropic", "Anthropic", "https://api.anthropic.com/v1".to_owned())
    };
    let openrouter = ProviderConfig {
        env_key: Some("OPENROUTER_API_KEY".to_owned()),
        wire_api: WireApi::Chat,
        default_model: "openrouter/auto".to_owned(),
        ..bare("openrouter", "OpenRouter", "https://openrouter.ai/api/v1".to_owned())
    };
    let local = LOCAL.map(|(key, name, port)| ProviderConfig {
        wire_api: WireApi::Chat,
        ..bare(key, name, format!("http://127.0.0.1:{port}/v1"))
    });
    [openai, anthropic, openrouter, practice]
        .into_iter()
        .chain(local)
        .map(|provider| (provider.key.clone(), provider))
        .collect()
}
