//! Chunks of the stream as neutral events (B9, B10).
//!
//! Nothing but deltas is known before the end: only then are there items.

use super::super::call_id::Namer;
use super::super::client::StreamEvent;
use super::super::endpoint::Endpoint;
use super::super::sse::SseEvent;
use super::super::wire::{self, Decode};
use super::super::{failure, freeform};
use super::reasoning::{EXTRA, ReasoningBuffer, Thought};
use engine::ModelEvent;
use protocol::{Item, TokenUsage};
use serde_json::Value;
use std::collections::VecDeque;

/// Puts the chunks of one answer together.
pub(crate) struct ChatDecoder {
    freeform: Vec<String>,
    namer: Namer,
    text: String,
    reasoning: ReasoningBuffer,
    calls: Vec<PartialCall>,
    finish: Option<String>,
    usage: Option<TokenUsage>,
}

/// A call that is still being said.
#[derive(Debug, Default)]
struct PartialCall {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

impl ChatDecoder {
    /// `freeform` names the tools whose calls are text, however the server sends them.
    pub(super) fn new(freeform: Vec<String>) -> Self {
        Self {
            freeform,
            namer: Namer::new(),
            text: String::new(),
            reasoning: ReasoningBuffer::default(),
            calls: Vec::new(),
            finish: None,
            usage: None,
        }
    }

    fn choice(&mut self, choice: &Value, out: &mut VecDeque<StreamEvent>) {
        // some servers send the whole message where a delta should be
        let delta = choice.get("delta").or_else(|| choice.get("message")).unwrap_or(&Value::Null);
        out.extend(self.reasoning.take(delta).into_iter().map(shown));
        for field in ["content", "refusal"] {
            match delta.get(field) {
                Some(Value::String(text)) => self.say(text, out),
                Some(Value::Array(pieces)) => pieces.iter().for_each(|piece| self.piece(piece, out)),
                _ => {}
            }
        }
        for call in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.call(call);
        }
        if let Some(finish) =
            choice.get("finish_reason").and_then(Value::as_str).filter(|why| !why.is_empty())
        {
            self.finish = Some(finish.to_owned());
        }
    }

    fn say(&mut self, text: &str, out: &mut VecDeque<StreamEvent>) {
        if !text.is_empty() {
            self.text.push_str(text);
            out.push_back(StreamEvent::TextDelta(text.to_owned()));
        }
    }

    /// A piece of content in a list, as Mistral sends them when the model thinks.
    fn piece(&mut self, piece: &Value, out: &mut VecDeque<StreamEvent>) {
        match (piece.get("text"), piece.get("thinking")) {
            (Some(Value::String(text)), _) => self.say(text, out),
            (_, Some(Value::Array(thoughts))) => {
                for text in thoughts.iter().filter_map(|thought| thought.get("text")?.as_str()) {
                    out.push_back(shown(self.reasoning.add_raw(text)));
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, delta: &Value) {
        let function = delta.get("function").unwrap_or(&Value::Null);
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, name) = (text(delta.get("id")), text(function.get("name")));
        let arguments = match function.get("arguments") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            // said to be text, sent as an object by some servers
            Some(other) => other.to_string(),
        };
        let index = delta.get("index").and_then(Value::as_u64);
        let place = self.place_of(index, &id, &name);
        let call = &mut self.calls[place];
        if call.id.is_empty() {
            call.id = id;
        }
        if call.name.is_empty() {
            call.name = name;
        }
        call.arguments.push_str(&arguments);
        if let Some(extra) = delta.get(EXTRA).filter(|extra| !extra.is_null()) {
            self.reasoning.keep_extra(place, extra);
        }
    }

    /// Finds the call a delta is more of; a new one when it is of none. Some servers give no index, others give 0 to each of
    /// several calls, and some no id either.
    fn place_of(&mut self, index: Option<u64>, id: &str, name: &str) -> usize {
        let found = match index {
            Some(index) => self.calls.iter().rposition(|call| call.index == Some(index)),
            None if id.is_empty() => self.calls.len().checked_sub(1),
            None => self.calls.iter().rposition(|call| call.id == id),
        };
        let another = |call: &PartialCall| {
            let other_id = !id.is_empty() && !call.id.is_empty() && id != call.id;
            let whole = id.is_empty() && serde_json::from_str::<Value>(&call.arguments).is_ok();
            !name.is_empty() && !call.name.is_empty() && (other_id || whole)
        };
        match found.filter(|place| !another(&self.calls[*place])) {
            Some(place) => place,
            None => {
                self.calls.push(PartialCall { index, ..PartialCall::default() });
                self.calls.len() - 1
            }
        }
    }

    /// The end of the answer.
    fn finish(&mut self, endpoint: &Endpoint, out: &mut VecDeque<StreamEvent>) {
        let ReasoningBuffer { raw, summary, .. } = &mut self.reasoning;
        let (raw, summary) = (std::mem::take(raw), std::mem::take(summary));
        let encrypted = self.reasoning.sealed();
        if encrypted.is_some() || !raw.is_empty() || !summary.is_empty() {
            let summary = if summary.is_empty() { Vec::new() } else { vec![summary] };
            let raw = Some(raw).filter(|raw| !raw.is_empty());
            out.push_back(done(Item::Reasoning { id: None, summary, raw, encrypted }));
        }
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            out.push_back(done(Item::AgentMessage { id: None, text, interrupted: false }));
        }
        let last = match self.finish.as_deref() {
            Some(why @ ("length" | "content_filter" | "refusal")) => wire::cut_short(endpoint, Some(why)),
            Some(why @ ("error" | "abort" | "insufficient_system_resource")) => {
                StreamEvent::Failed(failure::broken(endpoint, &format!("the answer was cut short: {why}")))
            }
            _ => {
                for call in std::mem::take(&mut self.calls) {
                    let id = self.namer.name(Some(&call.id));
                    out.push_back(done(freeform::call(&self.freeform, id, call.name, call.arguments)));
                }
                StreamEvent::Event(ModelEvent::Completed { usage: self.usage })
            }
        };
        out.push_back(last);
    }
}

impl Decode for ChatDecoder {
    fn decode(
        &mut self,
        endpoint: &Endpoint,
        event: &SseEvent,
        out: &mut VecDeque<StreamEvent>,
    ) -> Result<(), String> {
        if event.data.trim() == "[DONE]" {
            self.finish(endpoint, out);
            return Ok(());
        }
        let data = wire::json(event)?;
        let error = data.get("error").filter(|error| !error.is_null());
        if error.is_some() || event.name == "error" {
            out.push_back(StreamEvent::Failed(failure::in_stream(endpoint, &data)));
            return Ok(());
        }
        if let Some(usage) = data.get("usage").and_then(usage) {
            self.usage = Some(usage);
        }
        // further answers beside the first are asked for by nobody; the chunk with the usage has none
        if let Some(choice) = data.get("choices").and_then(|choices| choices.get(0)) {
            if let Some(error) = choice.get("error").filter(|error| !error.is_null()) {
                out.push_back(StreamEvent::Failed(failure::in_stream(endpoint, error)));
                return Ok(());
            }
            self.choice(choice, out);
        }
        Ok(())
    }

    /// The word `[DONE]` is left out by some; the reason why the answer ended is not.
    fn end(&mut self, endpoint: &Endpoint, out: &mut VecDeque<StreamEvent>) {
        if self.finish.is_some() {
            self.finish(endpoint, out);
        }
    }
}

fn done(item: Item) -> StreamEvent {
    StreamEvent::Event(ModelEvent::ItemDone(item))
}

fn shown(thought: Thought) -> StreamEvent {
    match thought {
        Thought::Raw(text) => StreamEvent::RawReasoningDelta(text),
        Thought::Summary(text) => StreamEvent::ReasoningDelta(text),
    }
}

fn usage(usage: &Value) -> Option<TokenUsage> {
    let number =
        |path: &[&str]| path.iter().try_fold(usage, |value, name| value.get(name)).and_then(Value::as_u64);
    let cached = number(&["prompt_tokens_details", "cached_tokens"])
        // DeepSeek's name for it
        .or_else(|| number(&["prompt_cache_hit_tokens"]));
    Some(TokenUsage {
        input_tokens: number(&["prompt_tokens"])?,
        cached_input_tokens: cached.unwrap_or(0),
        output_tokens: number(&["completion_tokens"]).unwrap_or(0),
        reasoning_output_tokens: number(&["completion_tokens_details", "reasoning_tokens"]).unwrap_or(0),
    })
}
