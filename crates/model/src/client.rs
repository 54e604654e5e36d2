//! The interface of a model, whichever wire it is on.

use super::endpoint::Endpoint;
use super::wires::wire_of;
use config::ProviderConfig;
use engine::{ModelEvent, ModelFailure, Prompt};
use futures_util::stream::BoxStream;
use protocol::{ErrorInfo, ErrorKind};
use secrets::Secret;
use std::sync::Arc;
use std::time::Duration;

/// Maximum time a server may take to list its models. Short: it is asked on the way to the first window (B3, B39).
const LIST_TIMEOUT: Duration = Duration::from_millis(1500);

/// An event of one sampling.
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
    /// Reports whether nothing comes after it.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Event(ModelEvent::Completed { .. }) | Self::Failed(_))
    }
}

/// Something that can answer a prompt.
pub trait Model: Send + Sync {
    /// Asks once. The stream ends after `Event(Completed)` or `Failed`, of which exactly one comes. Dropping it closes the
    /// connection.
    fn stream(&self, prompt: Arc<Prompt>) -> BoxStream<'static, StreamEvent>;

    /// Returns the number of tokens the model can be sent, where that is known.
    fn context_window(&self, model: &str) -> Option<u64>;
}

/// Makes the client of a provider. Nothing is sent yet; the error is one of the configuration.
pub fn connect(provider: &ProviderConfig, key: Option<Secret>) -> Result<Arc<dyn Model>, ErrorInfo> {
    (wire_of(provider)?.connect)(provider, key)
}

/// Lists the names of a provider's models, as its wire does. Also how a local server is found (B39): one that does not answer
/// within 1.5 seconds is an error.
pub async fn list_models(provider: &ProviderConfig, key: Option<Secret>) -> Result<Vec<String>, ErrorInfo> {
    let endpoint = Endpoint::new(provider, key, &wire_of(provider)?.protocol)?;
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
