//! One vendor's address, its headers and its key, over HTTP.

use super::failure;
use config::{ProviderConfig, WireApi};
use engine::ModelFailure;
use protocol::{ErrorInfo, ErrorKind};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, Url};
use secrets::Secret;
use std::time::Duration;

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the text of an error may take to arrive, and how much of it is read.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(5);
const ERROR_BODY_BYTES: usize = 64 * 1024;
/// How much of a list of models is read: routers list hundreds, with descriptions.
const MODELS_BYTES: usize = 4 * 1024 * 1024;

/// How Anthropic's API takes a key, and the version of it that is spoken
/// (<https://platform.claude.com/docs/en/api/versioning>).
const KEY_HEADER: &str = "x-api-key";
const VERSION_HEADER: &str = "anthropic-version";
const MESSAGES_VERSION: &str = "2023-06-01";

/// Where a vendor is reached. Knows the key; nothing that comes out of it does.
pub(super) struct Endpoint {
    client: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    secrets: Vec<Secret>,
    pub(super) name: String,
    pub(super) env_key: Option<String>,
    pub(super) has_key: bool,
    pub(super) is_local: bool,
    list_all: bool,
}

impl Endpoint {
    /// Reads what the provider's configuration says. The environment is read here for `env_http_headers` (B35).
    pub(super) fn new(provider: &ProviderConfig, key: Option<Secret>) -> Result<Self, ErrorInfo> {
        let bad = |what: String| ErrorInfo::new(ErrorKind::BadRequest, what);
        let base = base_url(provider)?;
        let key = key.filter(|key| !key.is_empty());
        let mut headers = HeaderMap::new();
        let in_query = provider.query_params.iter().filter(|(name, _)| is_credential(name));
        let in_query = in_query.map(|(_, value)| Secret::new(value));
        let mut secrets: Vec<Secret> = key.iter().cloned().chain(in_query).collect();
        let from_env = provider.env_http_headers.iter().filter_map(|(name, variable)| {
            let value = std::env::var(variable).ok().filter(|value| !value.trim().is_empty())?;
            Some((name, value.trim().to_owned()))
        });
        let fixed = provider.http_headers.iter().map(|(name, value)| (name, value.clone()));
        for (name, value) in fixed.chain(from_env) {
            let header = HeaderName::try_from(name.as_str()).map_err(|_| {
                bad(format!("\"{name}\" is not the name of an http header (provider {})", provider.key))
            })?;
            let mut text = HeaderValue::try_from(value.as_str()).map_err(|_| {
                bad(format!("the value of the http header {name} cannot be sent (provider {})", provider.key))
            })?;
            if provider.env_http_headers.contains_key(name) || is_credential(header.as_str()) {
                text.set_sensitive(true);
                // "Bearer KEY": a vendor may echo the last word alone
                secrets.extend(value.split_whitespace().last().map(Secret::new));
            }
            headers.insert(header, text);
        }
        let messages = provider.wire_api == WireApi::Messages;
        if messages && !headers.contains_key(VERSION_HEADER) {
            headers.insert(VERSION_HEADER, HeaderValue::from_static(MESSAGES_VERSION));
        }
        // who set a header for the key by hand means it
        let set = headers.contains_key(AUTHORIZATION) || (messages && headers.contains_key(KEY_HEADER));
        if let Some(key) = key.filter(|_| !set) {
            let text = if messages { key.expose().to_owned() } else { format!("Bearer {}", key.expose()) };
            let mut value = HeaderValue::try_from(text).map_err(|_| {
                ErrorInfo::new(
                    ErrorKind::Unauthorized,
                    format!("the key for {} cannot be sent", provider.name),
                )
                .with_hint("it holds a character no key has: paste it again in settings")
            })?;
            value.set_sensitive(true);
            headers.insert(if messages { HeaderName::from_static(KEY_HEADER) } else { AUTHORIZATION }, value);
        }
        let is_local = provider.is_local();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            // a redirect would carry the prompt, and on some vendors the key, to a host nobody chose
            .redirect(reqwest::redirect::Policy::none());
        if is_local {
            // a proxy cannot reach this machine's loopback
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| {
            ErrorInfo::new(ErrorKind::Model, format!("cannot set up https: {}", failure::root_of(&error)))
        })?;
        Ok(Self {
            client,
            base,
            has_key: headers.keys().any(|name| is_credential(name.as_str())),
            headers,
            secrets,
            name: provider.name.clone(),
            env_key: provider.env_key.clone(),
            is_local,
            list_all: messages,
        })
    }

    /// The address without its query, which may hold a key.
    pub(super) fn address(&self) -> &str {
        let text = self.base.as_str();
        text.split_once('?').map_or(text, |(before, _)| before).trim_end_matches('/')
    }

    /// `POST {base_url}/{path}`; anything but a success is a failure that says what the vendor said.
    pub(super) async fn post(&self, path: &str, body: Vec<u8>) -> Result<Response, ModelFailure> {
        let request = self
            .client
            .post(self.url(path))
            .headers(self.headers.clone())
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .header(reqwest::header::ACCEPT, "text/event-stream")
            .body(body);
        self.send(request).await
    }

    /// Names of the models, by `GET {base_url}/models`.
    pub(super) async fn models(&self) -> Result<Vec<String>, ErrorInfo> {
        #[derive(serde::Deserialize)]
        struct List {
            data: Vec<Entry>,
        }
        #[derive(serde::Deserialize)]
        struct Entry {
            id: String,
        }
        let mut url = self.url("models");
        if self.list_all {
            // this API gives the first twenty unless asked for more
            url.query_pairs_mut().append_pair("limit", "1000");
        }
        let request = self.client.get(url).headers(self.headers.clone());
        let mut response = self.send(request).await.map_err(|failure| failure.error)?;
        let body = read_bounded(&mut response, MODELS_BYTES).await;
        let list: List = serde_json::from_slice(&body).map_err(|error| {
            ErrorInfo::new(
                ErrorKind::Model,
                format!("{} at {} does not list its models as expected: {error}", self.name, self.address()),
            )
        })?;
        Ok(list.data.into_iter().map(|entry| entry.id).collect())
    }

    /// Takes every secret, and everything that looks like a part of one, out of a text that is to be shown.
    pub(super) fn scrub(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in self.secrets.iter().filter(|secret| secret.expose().len() >= 4) {
            clean = clean.replace(secret.expose(), "[key]");
        }
        // vendors echo a refused key with its middle masked
        clean
            .split_inclusive(char::is_whitespace)
            .map(|word| if word.contains("***") { "[key] " } else { word })
            .collect::<String>()
            .trim_end()
            .to_owned()
    }

    /// The beginning of a body that is no stream, or what of it comes in time.
    pub(super) async fn short_body(&self, response: &mut Response) -> Vec<u8> {
        let body = tokio::time::timeout(ERROR_BODY_TIMEOUT, read_bounded(response, ERROR_BODY_BYTES));
        body.await.unwrap_or_default()
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, ModelFailure> {
        let mut response = request.send().await.map_err(|error| failure::transport(self, &error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let body = self.short_body(&mut response).await;
        Err(failure::status(self, status, &headers, &String::from_utf8_lossy(&body)))
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let joined = format!("{}/{path}", url.path().trim_end_matches('/'));
        url.set_path(&joined);
        url
    }
}

/// Whether a header, or a part of the query, of this name carries a key.
fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["auth", "key", "token", "secret", "cookie", "pass", "cred"].iter().any(|part| name.contains(part))
}

fn base_url(provider: &ProviderConfig) -> Result<Url, ErrorInfo> {
    let bad = |why: &str| {
        let what = format!("base_url of the provider {} is not an address: {why}", provider.key);
        ErrorInfo::new(ErrorKind::BadRequest, what)
            .with_hint("it looks like http://127.0.0.1:11434/v1, up to and including the version")
    };
    let mut url = Url::parse(&provider.base_url).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad("it must begin with http:// or https:// and name a host"));
    }
    if !provider.query_params.is_empty() {
        url.query_pairs_mut().extend_pairs(&provider.query_params);
    }
    Ok(url)
}

/// As much of the body as arrives whole, up to a limit. What is missing is not an error: it is only read for its text.
async fn read_bounded(response: &mut Response, limit: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < limit {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        let room = limit - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::super::testing::provider;
    use super::*;

    #[test]
    fn b41_a_key_is_marked_so_that_no_log_shows_it() {
        for (wire, name) in [
            (WireApi::Responses, AUTHORIZATION.as_str()),
            (WireApi::Chat, AUTHORIZATION.as_str()),
            (WireApi::Messages, KEY_HEADER),
        ] {
            let mut provider = provider("vendor", "https://api.vendor.example/v1", wire);
            provider.http_headers.insert("X-Team-Token".to_owned(), "sk-team".to_owned());
            let endpoint = Endpoint::new(&provider, Some(Secret::new("sk-secret-key"))).unwrap();
            for name in [name, "x-team-token"] {
                assert!(
                    endpoint.headers.get(name).is_some_and(HeaderValue::is_sensitive),
                    "{wire:?}: {name}"
                );
            }
            let shown = format!("{:?}", endpoint.headers);
            assert!(!shown.contains("sk-"), "{shown}");
        }
        // who sets the header by hand means it
        let mut by_hand = provider("vendor", "https://api.vendor.example/v1", WireApi::Messages);
        by_hand.http_headers.insert("Authorization".to_owned(), "Bearer sk-other".to_owned());
        let endpoint = Endpoint::new(&by_hand, Some(Secret::new("sk-secret-key"))).unwrap();
        assert!(endpoint.headers.get(KEY_HEADER).is_none() && endpoint.has_key);
    }
}
