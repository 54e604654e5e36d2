//! The wires there are: one row each.

use super::chat::Chat;
use super::client::Model;
use super::endpoint::Endpoint;
use super::http_api::Protocol;
use super::listing::{self, ListError, ListedModel};
use super::messages::Messages;
use super::responses::Responses;
use super::wire::{Client, Wire};
use config::{ProviderConfig, WireApi};
use protocol::{ErrorInfo, ErrorKind};
use secrets::Secret;
use std::sync::Arc;
use std::time::Duration;

/// Maximum time a server may take to list its models. Short: it is asked on the way to the first window (B3, B39).
const LIST_TIMEOUT: Duration = Duration::from_millis(1500);

static WIRES: [WireEntry; 3] = [
    WireEntry::of::<Responses>(WireApi::Responses),
    WireEntry::of::<Chat>(WireApi::Chat),
    WireEntry::of::<Messages>(WireApi::Messages),
];

/// One wire: its name in the configuration, and what is needed of it before an answer is read.
struct WireEntry {
    api: WireApi,
    protocol: Protocol,
    connect: Connect,
}

type Connect = fn(&ProviderConfig, Option<Secret>) -> Result<Arc<dyn Model>, ErrorInfo>;

impl WireEntry {
    const fn of<W: Wire>(api: WireApi) -> Self {
        Self { api, protocol: W::PROTOCOL, connect: connect_wire::<W> }
    }
}

fn connect_wire<W: Wire>(
    provider: &ProviderConfig,
    key: Option<Secret>,
) -> Result<Arc<dyn Model>, ErrorInfo> {
    Ok(Arc::new(Client::<W>::new(provider, key)?))
}

/// Makes the client of a provider. Nothing is sent yet; the error is one of the configuration.
pub fn connect(provider: &ProviderConfig, key: Option<Secret>) -> Result<Arc<dyn Model>, ErrorInfo> {
    (wire_of(provider)?.connect)(provider, key)
}

/// Lists the names of a provider's models; see [`model_list`].
pub async fn list_models(provider: &ProviderConfig, key: Option<Secret>) -> Result<Vec<String>, ListError> {
    Ok(model_list(provider, key).await?.into_iter().map(|listed| listed.name).collect())
}

/// Lists a provider's models, as its wire does. Also how a local server is found (B39): one that does not answer within 1.5 seconds
/// is an error.
pub async fn model_list(
    provider: &ProviderConfig,
    key: Option<Secret>,
) -> Result<Vec<ListedModel>, ListError> {
    let endpoint = wire_of(provider)
        .and_then(|wire| Endpoint::new(provider, key, &wire.protocol))
        .map_err(|error| ListError { is_running: false, error })?;
    tokio::time::timeout(LIST_TIMEOUT, listing::list(&endpoint)).await.unwrap_or_else(|_| {
        let message = format!(
            "{} at {} did not list its models within {} ms",
            provider.name,
            provider.base_url,
            LIST_TIMEOUT.as_millis()
        );
        // one that is not there refuses at once on this machine
        Err(ListError { is_running: true, error: ErrorInfo::new(ErrorKind::Model, message) })
    })
}

/// Returns the wire a provider speaks; an error for the practice model, which is built in.
fn wire_of(provider: &ProviderConfig) -> Result<&'static WireEntry, ErrorInfo> {
    WIRES.iter().find(|wire| wire.api == provider.wire_api).ok_or_else(|| {
        ErrorInfo::new(ErrorKind::Model, format!("{} is built in and has no server", provider.name))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::provider;
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn every_wire_the_configuration_can_name_has_a_row() {
        for (name, wire) in WireApi::NAMED {
            let provider = provider("vendor", "https://api.vendor.example/v1", wire);
            assert!(wire_of(&provider).is_ok_and(|row| row.api == wire), "{name}");
        }
        let practice = provider("practice", "", WireApi::Practice);
        assert!(wire_of(&practice).is_err_and(|error| error.message.contains("built in")));
    }

    #[test]
    fn b41_a_key_is_marked_so_that_no_log_shows_it() {
        for row in &WIRES {
            let mut provider = provider("vendor", "https://api.vendor.example/v1", row.api);
            provider.http_headers.insert("X-Team-Token".to_owned(), "sk-team".to_owned());
            let endpoint =
                Endpoint::new(&provider, Some(Secret::new("sk-secret-key")), &row.protocol).unwrap();
            for name in [row.protocol.key_header, "x-team-token"] {
                assert!(
                    endpoint.headers().get(name).is_some_and(HeaderValue::is_sensitive),
                    "{:?}: {name}",
                    row.api
                );
            }
            let shown = format!("{:?}", endpoint.headers());
            assert!(!shown.contains("sk-"), "{shown}");
        }
    }

    #[test]
    fn each_wire_takes_the_key_where_its_vendor_says_unless_a_person_set_the_header() {
        for (wire, header, value) in [
            (WireApi::Responses, "authorization", "Bearer sk-secret-key"),
            (WireApi::Chat, "authorization", "Bearer sk-secret-key"),
            (WireApi::Messages, "x-api-key", "sk-secret-key"),
        ] {
            let mut provider = provider("vendor", "https://api.vendor.example/v1", wire);
            let row = wire_of(&provider).unwrap();
            let key = Some(Secret::new("sk-secret-key"));
            let endpoint = Endpoint::new(&provider, key.clone(), &row.protocol).unwrap();
            assert!(endpoint.headers().get(header).is_some_and(|sent| sent == value), "{wire:?}");
            assert_eq!(
                endpoint.headers().contains_key("anthropic-version"),
                wire == WireApi::Messages,
                "{wire:?}"
            );

            provider.http_headers.insert("Authorization".to_owned(), "Bearer sk-other".to_owned());
            provider.http_headers.insert("anthropic-version".to_owned(), "2030-01-01".to_owned());
            let endpoint = Endpoint::new(&provider, key, &row.protocol).unwrap();
            let headers = endpoint.headers();
            assert!(headers.get("authorization").is_some_and(|sent| sent == "Bearer sk-other"), "{wire:?}");
            assert!(!headers.contains_key("x-api-key") && endpoint.has_key, "{wire:?}");
            assert!(headers.get("anthropic-version").is_some_and(|sent| sent == "2030-01-01"), "{wire:?}");
        }
    }
}
