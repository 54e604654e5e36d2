//! OpenAI Responses: `POST {base_url}/responses`, answered by server-sent events.
//!
//! <https://platform.openai.com/docs/api-reference/responses>, spoken as well by Ollama, LM Studio, llama.cpp, vLLM and
//! most routers.

mod decode;
mod request;

use super::client::{Model, StreamEvent};
use super::endpoint::Endpoint;
use super::failure;
use super::sse::{MAX_EVENT_BYTES, SseAssembler};
use crate::config::ProviderConfig;
use countersign_core::{ModelFailure, Prompt, ToolSpec};
use decode::Decoder;
use futures_util::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
use request::Dialect;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::bytes::Buf;
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};
use tokio_util::io::StreamReader;

/// The client of one provider.
pub(super) struct Responses {
    endpoint: Arc<Endpoint>,
    idle_timeout: Duration,
    dialect: Dialect,
}

impl Responses {
    pub(super) fn new(provider: &ProviderConfig, endpoint: Endpoint) -> Self {
        Self {
            endpoint: Arc::new(endpoint),
            idle_timeout: Duration::from_millis(provider.stream_idle_timeout_ms.max(1)),
            dialect: Dialect::of(provider),
        }
    }
}

impl Model for Responses {
    fn stream(&self, prompt: Arc<Prompt>) -> BoxStream<'static, StreamEvent> {
        let endpoint = Arc::clone(&self.endpoint);
        let (dialect, idle) = (self.dialect, self.idle_timeout);
        let opened = async move {
            match open(&endpoint, dialect, &prompt, idle).await {
                Ok(response) => {
                    let bytes =
                        response.bytes_stream().map_err(|error| io::Error::other(failure::root_of(&error)));
                    events(endpoint, bytes, Decoder::new(freeform_names(&prompt)), idle).boxed()
                }
                Err(failure) => stream::iter([StreamEvent::Failed(failure)]).boxed(),
            }
        };
        stream::once(opened).flatten().boxed()
    }

    fn context_window(&self, model: &str) -> Option<u64> {
        // a server on this machine loads a model with a window of its own choosing
        if self.endpoint.is_local { None } else { context_window(model) }
    }
}

async fn open(
    endpoint: &Endpoint,
    dialect: Dialect,
    prompt: &Prompt,
    idle: Duration,
) -> Result<Response, ModelFailure> {
    if endpoint.env_key.is_some() && !endpoint.has_key && !endpoint.is_local {
        return Err(failure::no_key(endpoint));
    }
    let body = request::body(prompt, dialect).map_err(|error| {
        failure::permanent(endpoint, &format!("the request cannot be written as json: {error}"))
    })?;
    let response = tokio::time::timeout(idle, endpoint.post("responses", body))
        .await
        .map_err(|_| failure::broken(endpoint, &format!("no answer within {} ms", idle.as_millis())))??;
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/html") || kind.starts_with("application/json") {
        let what = format!("{} answered with {kind} instead of a stream of events", endpoint.address());
        let mut failed = failure::permanent(endpoint, &what);
        failed.error.hint =
            Some("check base_url of the provider, and that it speaks the Responses API".to_owned());
        return Err(failed);
    }
    Ok(response)
}

/// The events in the bytes of a response. They are dropped with the stream, which closes the connection.
fn events<B: Buf + Send + 'static>(
    endpoint: Arc<Endpoint>,
    bytes: impl Stream<Item = io::Result<B>> + Send + 'static,
    decoder: Decoder,
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
struct Reading<S> {
    endpoint: Arc<Endpoint>,
    lines: Pin<Box<S>>,
    assembler: SseAssembler,
    decoder: Decoder,
    ready: VecDeque<StreamEvent>,
    ended: bool,
}

impl<S> Reading<S>
where
    S: Stream<Item = Result<String, LinesCodecError>>,
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
            Err(_) => return Err(format!("the stream said nothing for {} ms", idle.as_millis())),
            Ok(None) => return Err("the stream ended before the answer was complete".to_owned()),
            Ok(Some(Err(error))) => {
                return Err(format!("the stream broke after line {}: {error}", self.assembler.lines()));
            }
            Ok(Some(Ok(line))) => line,
        };
        if let Some(event) = self.assembler.push(&line)? {
            self.decoder.decode(&self.endpoint, &event, &mut self.ready)?;
        }
        Ok(())
    }
}

fn freeform_names(prompt: &Prompt) -> Vec<&'static str> {
    let name = |tool: &ToolSpec| match tool {
        ToolSpec::Freeform { name, .. } => Some(*name),
        ToolSpec::Function { .. } => None,
    };
    prompt.tools.iter().filter_map(name).collect()
}

/// Windows of OpenAI's models, by <https://platform.openai.com/docs/models>: of each, what can be sent. A model that is not
/// known has no window here, and nothing is guessed.
fn context_window(model: &str) -> Option<u64> {
    let name = model.rsplit('/').next().unwrap_or(model);
    let known = [
        ("gpt-5-chat", 128_000),
        ("gpt-5", 272_000),
        ("gpt-4.1", 1_047_576),
        ("gpt-4o", 128_000),
        ("gpt-oss", 131_072),
        ("codex-mini", 200_000),
        ("o1", 200_000),
        ("o3", 200_000),
        ("o4-mini", 200_000),
    ];
    known.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, window)| *window)
}

#[cfg(test)]
mod tests;
