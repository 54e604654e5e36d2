//! Reading of one answer: bytes in, events out, and the clocks that end one that does not come.
//!
//! Two clocks run: one for bytes, which any byte sets back, and one for the answer, which only parts of it do. A server that sends
//! signs of life for ever is given up on by the second.

use super::client::StreamEvent;
use super::decode::Decode;
use super::endpoint::Endpoint;
use super::failure;
use super::sse::{MAX_EVENT_BYTES, SseAssembler, SseEvent};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::Value;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::bytes::{Buf, BufMut as _, BytesMut};
use tokio_util::codec::{Decoder as _, LinesCodec, LinesCodecError};

/// Maximum length of the excerpt of a line that makes no sense, in characters.
const EXCERPT_CHARS: usize = 80;

/// Time that a connection may stay open once the answer is whole: for the usage, and the word that it is over.
const AFTER_END: Duration = Duration::from_secs(2);

/// How many times longer signs of life are listened to than silence.
const SIGNS_OF_LIFE: u32 = 2;

/// Share of that time after which a person is told that nothing else comes.
const TELL_AFTER: u32 = 5;

/// The events in the bytes of a response. They are dropped with the stream, which closes the connection.
pub(super) fn events<B: Buf + Send + 'static>(
    endpoint: Arc<Endpoint>,
    bytes: impl Stream<Item = io::Result<B>> + Send + 'static,
    decoder: impl Decode + Send + 'static,
    idle: Duration,
) -> impl Stream<Item = StreamEvent> + Send + 'static {
    let reading = Reading {
        endpoint,
        bytes: Box::pin(bytes),
        buffer: BytesMut::new(),
        codec: LinesCodec::new_with_max_length(MAX_EVENT_BYTES),
        assembler: SseAssembler::default(),
        decoder,
        ready: VecDeque::new(),
        ended: false,
        idle,
        heard: Instant::now(),
        told: false,
        whole: None,
    };
    stream::unfold(reading, move |mut reading| async move {
        let event = reading.next().await?;
        Some((event, reading))
    })
}

/// A response that is being read.
struct Reading<S, D> {
    endpoint: Arc<Endpoint>,
    bytes: Pin<Box<S>>,
    buffer: BytesMut,
    codec: LinesCodec,
    assembler: SseAssembler,
    decoder: D,
    ready: VecDeque<StreamEvent>,
    ended: bool,
    idle: Duration,
    /// When the last part of the answer came.
    heard: Instant,
    /// Whether it was said that nothing but signs of life has come since.
    told: bool,
    /// When the answer was whole.
    whole: Option<Instant>,
}

impl<S, B, D> Reading<S, D>
where
    S: Stream<Item = io::Result<B>>,
    B: Buf,
    D: Decode,
{
    async fn next(&mut self) -> Option<StreamEvent> {
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
            if let Err(what) = self.read().await {
                self.ready.push_back(StreamEvent::Failed(failure::broken(&self.endpoint, &what)));
            }
        }
    }

    /// Reads one line, or more bytes of it; the error is why the stream is broken.
    async fn read(&mut self) -> Result<(), String> {
        match self.codec.decode(&mut self.buffer) {
            Ok(Some(line)) => return self.take_line(&line),
            Ok(None) => {}
            Err(error) => return self.broke(&error),
        }
        let patience = self.patience();
        // what is ready at once is read however little time is left: signs of life must not hold the end off
        if patience.is_zero() {
            return self.out_of_patience();
        }
        match tokio::time::timeout(patience, self.bytes.next()).await {
            Err(_) => self.out_of_patience(),
            Ok(None) => {
                match self.codec.decode_eof(&mut self.buffer) {
                    Ok(Some(line)) => self.take_line(&line)?,
                    Ok(None) => {}
                    Err(error) => return self.broke(&error),
                }
                if self.ready.iter().any(StreamEvent::is_last) {
                    return Ok(());
                }
                self.over("the stream ended before the answer was complete".to_owned())
            }
            Ok(Some(Err(error))) => self.broke(&LinesCodecError::Io(error)),
            Ok(Some(Ok(more))) => {
                self.buffer.put(more);
                // a part that comes slowly is on its way all the same; of a whole line its content tells
                let is_part = self
                    .buffer
                    .strip_prefix(b"data:")
                    .is_some_and(|data| data.trim_ascii_start().starts_with(b"{") && !data.contains(&b'\n'));
                if is_part {
                    self.heard = Instant::now();
                }
                self.tell_of_signs_of_life();
                Ok(())
            }
        }
    }

    /// Maximum wait for the next bytes.
    fn patience(&self) -> Duration {
        let until_answer = self.answer_timeout().saturating_sub(self.heard.elapsed());
        let until_end = self.whole.map(|since| AFTER_END.saturating_sub(since.elapsed()));
        self.idle.min(until_answer).min(until_end.unwrap_or(Duration::MAX))
    }

    /// Timeout of an answer of which nothing comes but signs of life.
    fn answer_timeout(&self) -> Duration {
        self.idle.saturating_mul(SIGNS_OF_LIFE)
    }

    fn out_of_patience(&mut self) -> Result<(), String> {
        let timeout = self.answer_timeout();
        if self.heard.elapsed() >= timeout {
            return self.over(format!("nothing but signs of life came for {} ms", timeout.as_millis()));
        }
        self.over(format!("the stream said nothing for {} ms", self.idle.as_millis()))
    }

    fn tell_of_signs_of_life(&mut self) {
        let silent = self.heard.elapsed();
        if self.told || self.whole.is_some() || silent < self.answer_timeout() / TELL_AFTER {
            return;
        }
        self.told = true;
        let name = &self.endpoint.name;
        let seconds = silent.as_secs();
        let timeout = self.answer_timeout().as_secs();
        let message = format!(
            "{name} has sent nothing but signs of life for {seconds} s; it is given up on after {timeout} s"
        );
        self.ready.push_back(StreamEvent::Notice(message));
    }

    fn take_line(&mut self, line: &str) -> Result<(), String> {
        let Some(event) = self.assembler.push(line)? else { return Ok(()) };
        let data = event.data.trim();
        // what is no object cannot be part of an answer: servers and routers send words as signs of life
        if !data.starts_with('{') && data != "[DONE]" {
            if event.name == "error" && !data.is_empty() {
                let error = Value::String(data.to_owned());
                self.ready.push_back(StreamEvent::Failed(failure::in_stream(&self.endpoint, &error)));
            }
            return Ok(());
        }
        let decoded = self.decoder.decode(&self.endpoint, &event, &mut self.ready);
        if decoded.map_err(|why| nonsense(&self.endpoint, &event, &why))? {
            self.heard = Instant::now();
            self.told = false;
            self.whole = self.decoder.may_end().then_some(self.heard);
        }
        Ok(())
    }

    fn broke(&mut self, error: &LinesCodecError) -> Result<(), String> {
        self.over(format!("the stream broke after line {}: {error}", self.assembler.lines()))
    }

    /// Nothing more comes: an error, unless everything was said.
    fn over(&mut self, what: String) -> Result<(), String> {
        if !self.ready.iter().any(StreamEvent::is_last) {
            self.decoder.end(&self.endpoint, &mut self.ready);
        }
        if self.ready.iter().any(StreamEvent::is_last) { Ok(()) } else { Err(what) }
    }
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
