//! The common part of all wires: a request is posted, and server-sent events come back.
//!
//! A [`Wire`] says where a request goes, how it is authorised and written, a [`Decode`] what the events of one answer mean. Opening,
//! waiting, reading and giving up are the same on each, and happen here.

use super::client::{Model, StreamEvent};
use super::decode::Decode;
use super::endpoint::Endpoint;
use super::error_chain::innermost_cause;
use super::failure;
use super::http_api::Protocol;
use super::listing::{self, ListedModel};
use super::models;
use super::reading::events;
use super::sse::SseEvent;
use config::ProviderConfig;
use engine::{ModelEvent, ModelFailure, Prompt};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use protocol::{AnswerCut, ErrorInfo, Item, TokenUsage};
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use secrets::Secret;
use serde_json::Value;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// One vendor's protocol. A new one is a folder with this implemented, a row in [`super::wires`], and its tests.
pub(super) trait Wire: Send + Sync + Sized + 'static {
    /// Reads one answer.
    type Decoder: Decode + Send + 'static;

    /// The HTTP side of the protocol.
    const PROTOCOL: Protocol;

    /// Returns the wire as this provider speaks it.
    fn new(provider: &ProviderConfig) -> Self;

    /// The body of the request, as JSON.
    fn body(&self, prompt: &Prompt) -> Result<Vec<u8>, serde_json::Error>;

    /// A reader of the answer to this prompt.
    fn decoder(&self, prompt: &Prompt) -> Self::Decoder;
}

/// The client of one provider.
pub(super) struct Client<W> {
    wire: Arc<W>,
    endpoint: Arc<Endpoint>,
    idle_timeout: Duration,
}

impl<W: Wire> Client<W> {
    /// Makes the client of a provider. Nothing is sent yet; the error is one of the configuration.
    pub(super) fn new(provider: &ProviderConfig, key: Option<Secret>) -> Result<Self, ErrorInfo> {
        Ok(Self {
            wire: Arc::new(W::new(provider)),
            endpoint: Arc::new(Endpoint::new(provider, key, &W::PROTOCOL)?),
            idle_timeout: Duration::from_millis(provider.stream_idle_timeout_ms.max(1)),
        })
    }
}

impl<W: Wire> Model for Client<W> {
    fn stream(&self, prompt: Arc<Prompt>) -> BoxStream<'static, StreamEvent> {
        let (wire, endpoint, idle) = (Arc::clone(&self.wire), Arc::clone(&self.endpoint), self.idle_timeout);
        let opened = async move {
            match open(&*wire, &endpoint, &prompt, idle).await {
                Ok(response) => {
                    let bytes =
                        response.bytes_stream().map_err(|error| io::Error::other(innermost_cause(&error)));
                    events(endpoint, bytes, wire.decoder(&prompt), idle).boxed()
                }
                Err(failure) => stream::iter([StreamEvent::Failed(failure)]).boxed(),
            }
        };
        stream::once(opened).flatten().boxed()
    }

    fn context_window(&self, model: &str) -> Option<u64> {
        // a server on this machine loads a model with a window of its own choosing
        if self.endpoint.is_local { None } else { models::context_window(model) }
    }

    fn listed(&self, model: &str) -> BoxFuture<'static, Option<ListedModel>> {
        let (endpoint, model) = (Arc::clone(&self.endpoint), model.to_owned());
        async move {
            if !endpoint.has_key && !endpoint.is_local {
                return None;
            }
            // nobody waits for it long
            let listed = listing::list(&endpoint).await.ok()?;
            listed.into_iter().find(|listed| listed.name == model)
        }
        .boxed()
    }
}

async fn open<W: Wire>(
    wire: &W,
    endpoint: &Endpoint,
    prompt: &Prompt,
    idle: Duration,
) -> Result<Response, ModelFailure> {
    if endpoint.env_key.is_some() && !endpoint.has_key && !endpoint.is_local {
        return Err(failure::no_key(endpoint));
    }
    let body = wire.body(prompt).map_err(|error| {
        failure::permanent(endpoint, &format!("the request cannot be written as json: {error}"))
    })?;
    let mut response = tokio::time::timeout(idle, endpoint.post(W::PROTOCOL.path, body))
        .await
        .map_err(|_| failure::broken(endpoint, &format!("no answer within {} ms", idle.as_millis())))??;
    let header =
        |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // gzip and deflate are undone already, and their header with them
    let encoding = header(CONTENT_ENCODING).to_lowercase();
    if !encoding.is_empty() && encoding != "identity" {
        let what =
            format!("{} answered in the encoding {encoding}, which nobody asked for", endpoint.address());
        let mut failed = failure::permanent(endpoint, &what);
        failed.error.hint = Some("look for a proxy in between that compresses what passes".to_owned());
        return Err(failed);
    }
    let kind = header(CONTENT_TYPE).to_lowercase();
    if kind.starts_with("text/html") || kind.starts_with("application/json") {
        // routers say so with a success when what they route to fails
        let said: Value =
            serde_json::from_slice(&endpoint.short_body(&mut response).await).unwrap_or_default();
        if said.get("error").is_some_and(|error| !error.is_null()) {
            return Err(failure::in_stream(endpoint, &said));
        }
        let what = format!("{} answered with {kind} instead of a stream of events", endpoint.address());
        let mut failed = failure::permanent(endpoint, &what);
        let name = W::PROTOCOL.name;
        failed.error.hint =
            Some(format!("check base_url and wire_api of the provider: {name} is what is spoken"));
        return Err(failed);
    }
    Ok(response)
}

/// The data of an event as JSON.
pub(super) fn json(event: &SseEvent) -> Result<Value, String> {
    serde_json::from_str(&event.data).map_err(|error| error.to_string())
}

/// End of an answer, as a vendor names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is whole.
    Whole,
    /// It is not, and the model can go on.
    Cut(AnswerCut),
    /// The vendor failed in the midst of it.
    Broken,
    /// The model's context was full.
    Full,
    /// The model refuses to go on.
    Refused,
}

/// Reads the reason an answer ended, in any vendor's spelling. One that nobody knows is that of a whole answer.
pub(super) fn end_of(reason: &str) -> End {
    let reason = reason.to_lowercase().replace(['-', ' '], "_");
    match reason.as_str() {
        "length"
        | "max_tokens"
        | "max_output_tokens"
        | "max_completion_tokens"
        | "max_length"
        | "model_length"
        | "max_output_reached"
        | "token_limit"
        | "output_limit"
        | "truncated" => End::Cut(AnswerCut::Length),
        "content_filter"
        | "contentfilter"
        | "content_filtered"
        | "safety"
        | "recitation"
        | "blocklist"
        | "prohibited_content"
        | "spii"
        | "sensitive"
        | "moderation"
        | "blocked"
        | "guardrail_intervened"
        | "guardrails"
        | "image_safety" => End::Cut(AnswerCut::Filter),
        "incomplete" => End::Cut(AnswerCut::Unsaid),
        "error"
        | "abort"
        | "aborted"
        | "cancelled"
        | "canceled"
        | "timeout"
        | "network_error"
        | "insufficient_system_resource"
        | "malformed_function_call" => End::Broken,
        "model_context_window_exceeded" | "context_length_exceeded" => End::Full,
        "refusal" => End::Refused,
        _ => End::Whole,
    }
}

/// Makes the last word of an answer that ended like this.
pub(super) fn last_word(
    endpoint: &Endpoint,
    end: End,
    reason: &str,
    usage: Option<TokenUsage>,
) -> StreamEvent {
    match end {
        End::Whole => StreamEvent::Event(ModelEvent::Completed { usage, cut: None }),
        End::Cut(cut) => StreamEvent::Event(ModelEvent::Completed { usage, cut: Some(cut) }),
        End::Broken => {
            StreamEvent::Failed(failure::broken(endpoint, &format!("the answer was cut short: {reason}")))
        }
        End::Full => StreamEvent::Failed(failure::context_full(endpoint)),
        End::Refused => StreamEvent::Failed(failure::permanent(endpoint, "the model refuses to go on")),
    }
}

/// Reports whether the arguments of a call are whole: text that is JSON. Of an answer that was cut, other calls are left out.
pub(super) fn is_whole(item: &Item) -> bool {
    match item {
        Item::FunctionCall { arguments, .. } => serde_json::from_str::<Value>(arguments).is_ok(),
        Item::CustomCall { input, .. } => input.trim_end().ends_with("*** End Patch"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b9_the_end_of_an_answer_is_known_in_every_spelling() {
        for (reasons, want) in [
            (&["stop", "tool_calls", "end_turn", "STOP", "eos", "something new"][..], End::Whole),
            (
                &["length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "model_length"],
                End::Cut(AnswerCut::Length),
            ),
            (&["content_filter", "content-filter", "SAFETY", "sensitive"], End::Cut(AnswerCut::Filter)),
            (&["incomplete"], End::Cut(AnswerCut::Unsaid)),
            (&["error", "abort", "network_error", "insufficient_system_resource"], End::Broken),
            (&["model_context_window_exceeded"], End::Full),
            (&["refusal"], End::Refused),
        ] {
            for reason in reasons {
                assert_eq!(end_of(reason), want, "{reason}");
            }
        }
    }
}
