//! Events of the stream, and the blocks in them, as neutral events (B9, B10).
//!
//! <https://platform.claude.com/docs/en/build-with-claude/streaming>

use super::super::call_id::Namer;
use super::super::client::StreamEvent;
use super::super::decode::Decode;
use super::super::endpoint::Endpoint;
use super::super::sse::SseEvent;
use super::super::wire::{self, End, end_of};
use super::super::{failure, freeform};
use engine::ModelEvent;
use protocol::{Item, TokenUsage};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// Puts the events of one answer together.
pub(crate) struct MessagesDecoder {
    freeform: Vec<String>,
    namer: Namer,
    /// Blocks that are not complete, by their index.
    open: BTreeMap<u64, ContentBlock>,
    /// Calls whose arguments are not readable: the answer may have been cut short in the midst of them.
    doubtful: Vec<Item>,
    usage: Usage,
    stop: Option<String>,
}

/// A block that is being said: as it began, and what its deltas added.
#[derive(Debug)]
struct ContentBlock {
    begun: Value,
    text: String,
    signature: String,
}

/// Tokens as this wire counts them: what was sent is in three parts.
#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    uncached: Option<u64>,
    read: u64,
    written: u64,
    output: u64,
}

impl MessagesDecoder {
    /// `freeform` names the tools whose calls are text.
    pub(super) fn new(freeform: Vec<String>) -> Self {
        Self {
            freeform,
            namer: Namer::new(),
            open: BTreeMap::new(),
            doubtful: Vec::new(),
            usage: Usage::default(),
            stop: None,
        }
    }

    fn begin(&mut self, index: u64, begun: Value, out: &mut VecDeque<StreamEvent>) {
        let mut block = ContentBlock { begun, text: String::new(), signature: String::new() };
        // what a block begins with is a part of it; most begin empty
        for name in ["text", "thinking"] {
            let first = block.begun.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            block.add(&first, out);
        }
        self.open.insert(index, block);
    }

    fn complete(&mut self, endpoint: &Endpoint, block: ContentBlock, out: &mut VecDeque<StreamEvent>) {
        let ContentBlock { mut begun, text, signature } = block;
        match begun["type"].as_str().unwrap_or_default() {
            "text" if text.trim().is_empty() => {}
            "text" => {
                out.push_back(done(Item::AgentMessage { id: None, text, interrupted: false, phase: None }));
            }
            "thinking" => {
                begun["thinking"] = Value::from(text.as_str());
                if !signature.is_empty() {
                    begun["signature"] = Value::from(signature);
                }
                let summary = if text.is_empty() { Vec::new() } else { vec![text] };
                out.push_back(done(sealed(summary, &begun)));
            }
            "redacted_thinking" => out.push_back(done(sealed(Vec::new(), &begun))),
            "tool_use" => {
                let name = begun["name"].as_str().unwrap_or_default().to_owned();
                let id = self.namer.name(begun["id"].as_str());
                // without deltas the arguments are those the block began with
                let arguments = if text.is_empty() { begun["input"].to_string() } else { text };
                let readable = serde_json::from_str::<Value>(&arguments).is_ok();
                let call = freeform::call(&self.freeform, id, name, arguments);
                if readable {
                    out.push_back(done(call));
                } else {
                    self.doubtful.push(call);
                }
            }
            other => tracing::debug!(kind = endpoint.scrub(other), "block ignored"),
        }
    }

    fn finish(&mut self, endpoint: &Endpoint, out: &mut VecDeque<StreamEvent>) {
        let reason = self.stop.take().unwrap_or_default();
        let end = end_of(&reason);
        if matches!(end, End::Cut(_)) {
            // of blocks without an end the words are whole as far as they go, and nothing else is
            for block in std::mem::take(&mut self.open).into_values() {
                if block.begun["type"] == "text" {
                    self.complete(endpoint, block, out);
                }
            }
            self.doubtful.retain(wire::is_whole);
        }
        if matches!(end, End::Whole | End::Cut(_)) {
            out.extend(std::mem::take(&mut self.doubtful).into_iter().map(done));
        }
        out.push_back(wire::last_word(endpoint, end, &reason, self.usage.sum()));
    }
}

impl ContentBlock {
    fn add(&mut self, more: &str, out: &mut VecDeque<StreamEvent>) {
        if more.is_empty() {
            return;
        }
        self.text.push_str(more);
        match self.begun["type"].as_str() {
            Some("text") => out.push_back(StreamEvent::TextDelta(more.to_owned())),
            Some("thinking") => out.push_back(StreamEvent::ReasoningDelta(more.to_owned())),
            _ => {}
        }
    }
}

impl Decode for MessagesDecoder {
    fn decode(
        &mut self,
        endpoint: &Endpoint,
        event: &SseEvent,
        out: &mut VecDeque<StreamEvent>,
    ) -> Result<bool, String> {
        if event.data.trim() == "[DONE]" {
            return Ok(false);
        }
        let data = wire::json(event)?;
        let index = data.get("index").and_then(Value::as_u64).unwrap_or(0);
        match data.get("type").and_then(Value::as_str).unwrap_or(&event.name) {
            "message_start" => {
                self.usage.take(data.get("message").and_then(|message| message.get("usage")));
            }
            "content_block_start" => {
                let begun = data.get("content_block").filter(|block| block.is_object());
                let begun = begun.ok_or("it has no block")?;
                self.begin(index, begun.clone(), out);
            }
            "content_block_delta" => {
                let delta = data.get("delta").ok_or("it has no delta")?;
                let block = self.open.get_mut(&index);
                let block = block.ok_or("it is of a block that never began")?;
                for name in ["text", "thinking", "partial_json"] {
                    block.add(delta.get(name).and_then(Value::as_str).unwrap_or_default(), out);
                }
                block.signature.push_str(delta.get("signature").and_then(Value::as_str).unwrap_or_default());
            }
            "content_block_stop" => {
                if let Some(block) = self.open.remove(&index) {
                    self.complete(endpoint, block, out);
                }
            }
            "message_delta" => {
                let stop = data.get("delta").and_then(|delta| delta.get("stop_reason"));
                if let Some(stop) = stop.and_then(Value::as_str) {
                    self.stop = Some(stop.to_owned());
                }
                self.usage.take(data.get("usage"));
            }
            "message_stop" => self.finish(endpoint, out),
            "error" => out.push_back(StreamEvent::Failed(failure::in_stream(endpoint, &data))),
            other => {
                tracing::trace!(kind = endpoint.scrub(other), "event of the stream ignored");
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn may_end(&self) -> bool {
        self.stop.is_some()
    }

    /// The last event is left out by some who imitate this API; the reason why the answer ended is not.
    fn end(&mut self, endpoint: &Endpoint, out: &mut VecDeque<StreamEvent>) {
        let cut = self.stop.as_deref().is_some_and(|reason| matches!(end_of(reason), End::Cut(_)));
        if self.stop.is_some() && (self.open.is_empty() || cut) {
            self.finish(endpoint, out);
        }
    }
}

impl Usage {
    /// Takes what is said of it. Each number stands for the whole answer so far.
    fn take(&mut self, usage: Option<&Value>) {
        let number = |name: &str| usage?.get(name)?.as_u64();
        let keep = |kept: &mut u64, name: &str| *kept = number(name).unwrap_or(*kept);
        self.uncached = number("input_tokens").or(self.uncached);
        keep(&mut self.read, "cache_read_input_tokens");
        keep(&mut self.written, "cache_creation_input_tokens");
        keep(&mut self.output, "output_tokens");
    }

    fn sum(self) -> Option<TokenUsage> {
        Some(TokenUsage {
            input_tokens: self.uncached?.saturating_add(self.read).saturating_add(self.written),
            cached_input_tokens: self.read,
            output_tokens: self.output,
            // thoughts are among the tokens said, and not counted apart
            reasoning_output_tokens: 0,
        })
    }
}

fn done(item: Item) -> StreamEvent {
    StreamEvent::Event(ModelEvent::ItemDone(item))
}

/// A block of thoughts. It goes back as it came, signature and all: its sealed form is the whole block.
fn sealed(summary: Vec<String>, block: &Value) -> Item {
    Item::Reasoning { id: None, summary, raw: None, encrypted: Some(block.to_string()) }
}
