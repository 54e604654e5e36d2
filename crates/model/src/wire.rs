//! The common part of all wires: a request is posted, and server-sent events come back.
//!
//! A [`Wire`] says where a request goes, how it is authorised and written, a [`Decode`] what the events of one answer mean. Opening,
//! waiting, reading and giving up are the same on each, and happen here.

use super::client::{Model, StreamEvent};
use super::endpoint::Endpoint;
use super::error_chain::innermost_cause;
use super::failure;
use super::http_api::Protocol;
use super::models;
use super::sse::{MAX_EVENT_BYTES, SseAssembler, SseEvent};
use config::ProviderConfig;
use engine::{ModelFailure, Prompt};
use futures_util::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
use protocol::ErrorInfo;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use secrets::Secret;
use serde_json::Value;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::bytes::Buf;
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};
use tokio_util::io::StreamReader;

/// Maximum length of the excerpt of a line that makes no sense, in characters.
const EXCERPT_CHARS: usize = 80;

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

/// A reader of the events of one answer.
pub(super) trait Decode {
    /// Appends what an event means to `out`. The error, for people, is why it makes no sense.
    fn decode(
        &mut self,
        endpoint: &Endpoint,
        event: &SseEvent,
        out: &mut VecDeque<StreamEvent>,
    ) -> Result<(), String>;

    /// The stream is over without a word. Appends what is still to be said when the answer is complete all the same.
    fn end(&mut self, _endpoint: &Endpoint, _out: &mut VecDeque<StreamEvent>) {}
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
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/html") || kind.starts_with("application/json") {
        let kind = kind.to_owned();
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

/// The events in the bytes of a response. They are dropped with the stream, which closes the connection.
pub(super) fn events<B: Buf + Send + 'static>(
    endpoint: Arc<Endpoint>,
    bytes: impl Stream<Item = io::Result<B>> + Send + 'static,
    decoder: impl Decode + Send + 'static,
    idle: Duration,
) -> impl Stream<Item = StreamEvent> + Send + 'static {
    let lines = FramedRead::new(StreamReader::new(bytes), LinesCodec::new_with_max_length(MAX_EVENT_BYTES));
    let reading = Reading {
        endpoint,
        lines: Box::pin(lines),
        assembler: SseAssembler::default(),
        decoder,
        ready: VecDeque::new(),
        ended: false,
    };
    stream::unfold(reading, move |mut reading| async move {
        let event = reading.next(idle).await?;
        Some((event, reading))
    })
}

/// A response that is being read.
struct Reading<S, D> {
    endpoint: Arc<Endpoint>,
    lines: Pin<Box<S>>,
    assembler: SseAssembler,
    decoder: D,
    ready: VecDeque<StreamEvent>,
    ended: bool,
}

impl<S, D> Reading<S, D>
where
    S: Stream<Item = Result<String, LinesCodecError>>,
    D: Decode,
{
    async fn next(&mut self, idle: Duration) -> Option<StreamEvent> {
        loop {
            if let Some(mut event) = self.ready.pop_front() {
                if let StreamEvent::Failed(failure) = &mut event {
                    failure.opened = true;
                }
                // whatever a vendor sends after the end is not part of the answer
                self.ended |= event.is_last();
                if self.ended {
                    self.ready.clear();
                }
                return Some(event);
            }
            if self.ended {
                return None;
            }
            if let Err(what) = self.read_line(idle).await {
                self.ready.push_back(StreamEvent::Failed(failure::broken(&self.endpoint, &what)));
            }
        }
    }

    /// Reads one line; the error is why the stream is broken.
    async fn read_line(&mut self, idle: Duration) -> Result<(), String> {
        let line = match tokio::time::timeout(idle, self.lines.next()).await {
            Err(_) => return self.over(format!("the stream said nothing for {} ms", idle.as_millis())),
            Ok(None) => return self.over("the stream ended before the answer was complete".to_owned()),
            Ok(Some(Err(error))) => {
                return self.over(format!("the stream broke after line {}: {error}", self.assembler.lines()));
            }
            Ok(Some(Ok(line))) => line,
        };
        if let Some(event) = self.assembler.push(&line)? {
            let decoded = self.decoder.decode(&self.endpoint, &event, &mut self.ready);
            decoded.map_err(|why| nonsense(&self.endpoint, &event, &why))?;
        }
        Ok(())
    }

    /// Nothing more comes: an error, unless everything was said.
    fn over(&mut self, what: String) -> Result<(), String> {
        if !self.ready.iter().any(StreamEvent::is_last) {
            self.decoder.end(&self.endpoint, &mut self.ready);
        }
        if self.ready.iter().any(StreamEvent::is_last) { Ok(()) } else { Err(what) }
    }
}

/// The data of an event as JSON.
pub(super) fn json(event: &SseEvent) -> Result<Value, String> {
    serde_json::from_str(&event.data).map_err(|error| error.to_string())
}

/// Explains to people that an event makes no sense: where it stands, and how it begins.
fn nonsense(endpoint: &Endpoint, event: &SseEvent, why: &str) -> String {
    // before it is cut: a part of a key is not recognised any more
    let data = endpoint.scrub(&event.data);
    let mut excerpt: String = data.chars().take(EXCERPT_CHARS).collect();
    if excerpt.len() < data.len() {
        excerpt.push_str("...");
    }
    let name = if event.name.is_empty() { String::new() } else { format!(" ({})", event.name) };
    format!("line {} of the stream{name} makes no sense: {why}: {excerpt:?}", event.line)
}

/// Makes the failure of an answer that was cut short. Asking the same again would end, and cost, the same.
pub(super) fn cut_short(endpoint: &Endpoint, reason: Option<&str>) -> StreamEvent {
    let why = match reason {
        Some("max_output_tokens" | "max_tokens" | "length") => {
            "the answer was cut short: it is longer than the model may say at once"
        }
        Some("content_filter") => "the answer was cut short by the vendor's content filter",
        Some("refusal") => "the model refuses to go on",
        Some(other) => &format!("the answer was cut short: {other}"),
        None => "the answer was cut short",
    };
    StreamEvent::Failed(failure::permanent(endpoint, why))
}
