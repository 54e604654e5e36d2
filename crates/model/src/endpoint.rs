//! One vendor's address, its headers and its key, over HTTP.

use super::error_chain::innermost_cause;
use super::http_api::{ModelList, Protocol};
use config::ProviderConfig;
use protocol::{ErrorInfo, ErrorKind};
use reqwest::Url;
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrets::{Scrubber, Secret, is_credential_field};
use std::time::Duration;

/// Timeout for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Address of a vendor. Knows the key; nothing that comes out of it does.
pub(super) struct Endpoint {
    pub(super) client: reqwest::Client,
    base: Url,
    pub(super) headers: HeaderMap,
    scrubber: Scrubber,
    pub(super) models: &'static ModelList,
    pub(super) name: String,
    pub(super) env_key: Option<String>,
    pub(super) has_key: bool,
    pub(super) is_local: bool,
}

impl Endpoint {
    /// Reads what the provider's configuration and the wire's protocol say. The environment is read here for
    /// `env_http_headers` (B35).
    pub(super) fn new(
        provider: &ProviderConfig,
        key: Option<Secret>,
        protocol: &'static Protocol,
    ) -> Result<Self, ErrorInfo> {
        let bad = |what: String| ErrorInfo::new(ErrorKind::BadRequest, what);
        let base = base_url(provider)?;
        let key = key.filter(|key| !key.is_empty());
        let mut headers = HeaderMap::new();
        let in_query = provider.query_params.iter().filter(|(name, _)| is_credential_field(name));
        let mut scrubber: Scrubber = in_query.map(|(_, value)| value.as_str()).collect();
        if let Some(key) = &key {
            scrubber.add(key.expose());
        }
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
            if provider.env_http_headers.contains_key(name) || is_credential_field(header.as_str()) {
                text.set_sensitive(true);
                scrubber.add_header(&value);
            }
            headers.insert(header, text);
        }
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
        for &(name, value) in protocol.headers {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        // who set a header for the key by hand means it
        let set = headers.contains_key(AUTHORIZATION) || headers.contains_key(protocol.key_header);
        if let Some(key) = key.filter(|_| !set) {
            let text = format!("{}{}", protocol.key_prefix, key.expose());
            let mut value = HeaderValue::try_from(text).map_err(|_| {
                ErrorInfo::new(
                    ErrorKind::Unauthorized,
                    format!("the key for {} cannot be sent", provider.name),
                )
                .with_hint("it holds a character no key has: paste it again in settings")
            })?;
            value.set_sensitive(true);
            headers.insert(protocol.key_header, value);
        }
        let is_local = provider.is_local();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            // undone where a server compresses unasked; it is asked not to, since that holds a stream back
            .gzip(true)
            .deflate(true)
            // a redirect would carry the prompt, and on some vendors the key, to a host nobody chose
            .redirect(reqwest::redirect::Policy::none());
        if is_local {
            // a proxy cannot reach this machine's loopback
            builder = builder.no_proxy();
            if base.scheme() == "http" {
                // without TLS, the system's certificates need not be read
                builder = builder.tls_certs_only([]);
            }
        }
        let client = builder.build().map_err(|error| {
            ErrorInfo::new(ErrorKind::Model, format!("cannot set up https: {}", innermost_cause(&error)))
        })?;
        Ok(Self {
            client,
            base,
            has_key: headers.keys().any(|name| is_credential_field(name.as_str())),
            headers,
            scrubber,
            models: &protocol.models,
            name: provider.name.clone(),
            env_key: provider.env_key.clone(),
            is_local,
        })
    }

    /// The address without its query, which may hold a key.
    pub(super) fn address(&self) -> &str {
        let text = self.base.as_str();
        text.split_once('?').map_or(text, |(before, _)| before).trim_end_matches('/')
    }

    /// Headers of every request.
    #[cfg(test)]
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Takes every secret, and everything that looks like a part of one, out of a text that is to be shown.
    pub(super) fn scrub(&self, text: &str) -> String {
        self.scrubber.scrub_masked(text)
    }

    /// Returns the address of `path` at the vendor.
    pub(super) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let joined = format!("{}/{path}", url.path().trim_end_matches('/'));
        url.set_path(&joined);
        url
    }
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
