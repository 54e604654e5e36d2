//! What the driver asks of a model, whichever wire it is on.

use super::chat::Chat;
use super::endpoint::Endpoint;
use super::messages::Messages;
use super::responses::Responses;
use super::wire::{Client, Wire};
use config::{ProviderConfig, WireApi};
use engine::{ModelEvent, ModelFailure, Prompt};
use futures_util::stream::BoxStream;
use protocol::{ErrorInfo, ErrorKind};
use secrets::Secret;
use std::sync::Arc;
use std::time::Duration;

/// How long a server may take to list its models. Short: it is asked on the way to the first window (B3, B39).
const LIST_TIMEOUT: Duration = Duration::from_millis(1500);

/// What comes out of one sampling.
///
/// Deltas are for the eye and may be dropped. What counts is in [`ModelEvent`]: the same text comes again, complete, in
/// the item it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// More of the message.
    TextDelta(String),
    /// More of the summary of its reasoning.
    ReasoningDelta(String),
    /// More of its raw reasoning, from vendors that show it (B9).
    RawReasoningDelta(String),
    /// An item is complete, or the answer is.
    Event(ModelEvent),
    /// It broke.
    Failed(ModelFailure),
}

impl StreamEvent {
    /// Whether nothing comes after it.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Event(ModelEvent::Completed { .. }) | Self::Failed(_))
    }
}

/// Something that can answer a prompt.
pub trait Model: Send + Sync {
    /// Asks once. The stream ends after `Event(Completed)` or `Failed`, of which exactly one comes. Dropping it closes the
    /// connection.
    fn stream(&self, prompt: Arc<Prompt>) -> BoxStream<'static, StreamEvent>;

    /// How many tokens the model can be sent, where that is known.
    fn context_window(&self, model: &str) -> Option<u64>;
}

/// Makes the client of a provider. Nothing is sent yet; the error is one of the configuration.
pub fn connect(provider: &ProviderConfig, key: Option<Secret>) -> Result<Arc<dyn Model>, ErrorInfo> {
    match provider.wire_api {
        WireApi::Responses => client(Responses::new(provider), provider, key),
        WireApi::Chat => client(Chat::new(provider), provider, key),
        WireApi::Messages => client(Messages, provider, key),
        WireApi::Practice => Err(no_wire(provider)),
    }
}

/// Says that a provider is not reached over a wire: the practice model is built in.
fn no_wire(provider: &ProviderConfig) -> ErrorInfo {
    ErrorInfo::new(ErrorKind::Model, format!("{} is built in and has no server", provider.name))
}

fn client(
    wire: impl Wire,
    provider: &ProviderConfig,
    key: Option<Secret>,
) -> Result<Arc<dyn Model>, ErrorInfo> {
    Ok(Arc::new(Client::new(wire, provider, Endpoint::new(provider, key)?)))
}

/// Names of the models a provider has, by `GET {base_url}/models`. Also how a local server is found (B39): one that does
/// not answer within 1.5 seconds is an error.
pub async fn list_models(provider: &ProviderConfig, key: Option<Secret>) -> Result<Vec<String>, ErrorInfo> {
    if provider.wire_api == WireApi::Practice {
        return Err(no_wire(provider));
    }
    let endpoint = Endpoint::new(provider, key)?;
    tokio::time::timeout(LIST_TIMEOUT, endpoint.models()).await.unwrap_or_else(|_| {
        let message = format!(
            "{} at {} did not list its models within {} ms",
            provider.name,
            provider.base_url,
            LIST_TIMEOUT.as_millis()
        );
        Err(ErrorInfo::new(ErrorKind::Model, message))
    })
}
