//! Providers of models.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The protocol of a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireApi {
    /// OpenAI Responses, `POST {base_url}/responses`.
    #[default]
    Responses,
    /// Chat Completions, `POST {base_url}/chat/completions`: what local servers and routers speak.
    Chat,
    /// Anthropic Messages, `POST {base_url}/messages`.
    Messages,
    /// The model built into the app (B40). Not to be named in a config file.
    #[serde(skip)]
    Practice,
}

/// One provider of the config (B35), with the built-in values filled in.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Its key in the config: "openai", "ollama", "practice", ...
    pub key: String,
    /// Its name, for people.
    pub name: String,
    /// Where it is reached, up to and including the version ("http://127.0.0.1:11434/v1"); empty for the practice model.
    pub base_url: String,
    /// Environment variable its key is read from; `None` when it needs no key.
    pub env_key: Option<String>,
    /// Its protocol.
    pub wire_api: WireApi,
    /// Headers sent with every request.
    pub http_headers: BTreeMap<String, String>,
    /// Headers whose values are read from the named environment variables, left out where those are not set.
    pub env_http_headers: BTreeMap<String, String>,
    /// Query parameters added to every request.
    pub query_params: BTreeMap<String, String>,
    /// How often a request that could not be opened is tried again.
    pub request_max_retries: u32,
    /// How often a stream that broke is tried again.
    pub stream_max_retries: u32,
    /// Timeout of a stream that sends nothing, in milliseconds.
    pub stream_idle_timeout_ms: u64,
    /// The model used unless another is chosen; empty where only the server knows.
    pub default_model: String,
}

impl WireApi {
    /// The wires a config file can name.
    pub const NAMED: [(&str, Self); 3] =
        [("responses", Self::Responses), ("chat", Self::Chat), ("messages", Self::Messages)];

    /// The wire of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, wire)| *wire)
    }
}

impl ProviderConfig {
    /// Names of the environment variables that may hold a key of it: no child gets them (B19).
    pub fn secret_variables(&self) -> impl Iterator<Item = &String> {
        self.env_key.iter().chain(self.env_http_headers.values())
    }

    /// Whether it is reached at this domain or below it.
    pub fn is_at(&self, domain: &str) -> bool {
        let host = self.base_url.split_once("://").map_or("", |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        host.strip_suffix(domain).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    }

    /// Whether it is on this machine: the practice model, or a server on a loopback address.
    pub fn is_local(&self) -> bool {
        self.wire_api == WireApi::Practice
            || ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| {
                self.base_url.split_once("://").is_some_and(|(_, rest)| {
                    rest.strip_prefix(host).is_some_and(|r| r.is_empty() || r.starts_with([':', '/']))
                })
            })
    }
}

/// Headers and query parameters may hold keys: only their names are shown.
impl fmt::Debug for ProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderConfig")
            .field("key", &self.key)
            .field("base_url", &self.base_url)
            .field("wire_api", &self.wire_api)
            .field("http_headers", &self.http_headers.keys())
            .field("query_params", &self.query_params.keys())
            .finish_non_exhaustive()
    }
}
