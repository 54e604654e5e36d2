//! The providers that need no config (B39, B40).

use super::provider::{ProviderConfig, WireApi};
use std::collections::BTreeMap;

/// Key of the provider that is used when none was chosen.
pub(super) const OPENAI: &str = "openai";

/// Environment variable that OpenAI's key is read from.
pub(super) const OPENAI_KEY: &str = "OPENAI_API_KEY";

/// Key of the practice model.
pub(super) const PRACTICE: &str = "practice";

const OLLAMA_PORT: u16 = 11434;

/// This machine, by whichever of its two loopback addresses a server listens at.
const LOCALHOST: &str = "localhost";

/// Local servers: key, name, default port of each, from their documentation. Chat Completions is what all of them serve, in
/// every version that is about.
const LOCAL: [(&str, &str, u16); 4] = [
    ("ollama", "Ollama", OLLAMA_PORT),
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

/// Returns the address that `OLLAMA_HOST` means, as Ollama reads it: an address to listen at, or one to ask. `None` when it is
/// none.
pub(super) fn ollama_url(host: &str) -> Option<String> {
    let host = host.trim().trim_matches(['"', '\'']);
    let (scheme, rest, default_port) = match host.split_once("://") {
        Some(("http", rest)) => ("http", rest, 80),
        Some(("https", rest)) => ("https", rest, 443),
        Some(_) => return None,
        None => ("http", host, OLLAMA_PORT),
    };
    let rest = rest.trim_end_matches('/');
    let (name, port) = match rest.rsplit_once(':') {
        // the colons of an address without a port
        Some((name, port)) if !port.contains(']') && (!name.contains(':') || name.ends_with(']')) => {
            (name, port.parse().ok()?)
        }
        _ => (rest, default_port),
    };
    let is_name = |name: &str| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'))
    };
    let name = match name {
        // every address of the machine is asked at its own
        "" | "0.0.0.0" | "[::]" | "::" => LOCALHOST.to_owned(),
        name if !is_name(name) => return None,
        name if name.contains(':') && !name.starts_with('[') => format!("[{name}]"),
        name => name.to_owned(),
    };
    Some(format!("{scheme}://{name}:{port}/v1"))
}

/// The built-in providers by key. `openai_base_url` is `OPENAI_BASE_URL` of the environment, `ollama_base_url` what its
/// `OLLAMA_HOST` means.
pub(super) fn providers(
    openai_base_url: Option<String>,
    ollama_base_url: Option<String>,
) -> BTreeMap<String, ProviderConfig> {
    let openai = ProviderConfig {
        env_key: Some(OPENAI_KEY.to_owned()),
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
        ..bare(
            key,
            name,
            ollama_base_url
                .clone()
                .filter(|_| port == OLLAMA_PORT)
                .unwrap_or_else(|| format!("http://{LOCALHOST}:{port}/v1")),
        )
    });
    [openai, anthropic, openrouter, practice]
        .into_iter()
        .chain(local)
        .map(|provider| (provider.key.clone(), provider))
        .collect()
}
