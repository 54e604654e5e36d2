mod decode;
mod request;

use config::{ProviderConfig, WireApi};
use std::collections::BTreeMap;

fn provider() -> ProviderConfig {
    ProviderConfig {
        key: "openai".to_owned(),
        name: "OpenAI".to_owned(),
        base_url: "https://api.openai.com/v1".to_owned(),
        env_key: Some("OPENAI_API_KEY".to_owned()),
        wire_api: WireApi::Responses,
        http_headers: BTreeMap::new(),
        env_http_headers: BTreeMap::new(),
        query_params: BTreeMap::new(),
        request_max_retries: 0,
        stream_max_retries: 0,
        stream_idle_timeout_ms: 60_000,
        default_model: "gpt-5-codex".to_owned(),
    }
}
