//! Chunks of the stream as neutral events (B9, B10).
//!
//! Nothing but deltas is known before the end: only then are there items.

use super::super::call_id::Namer;
use super::super::client::StreamEvent;
use super::super::decode::Decode;
use super::super::endpoint::Endpoint;
use super::super::sse::SseEvent;
use super::super::wire::{self, End, end_of};
use super::super::{failure, freeform};
use super::reasoning::{EXTRA, ReasoningBuffer, Thought};
use super::think::{self, Piece, Splitter};
use engine::ModelEvent;
use protocol::{Item, TokenUsage};
use serde_json::Value;
use std::collections::VecDeque;

/// Marks of calls that a server without a parser for them leaves in the text.
const TOOL_CALLS_AS_TEXT: [&str; 4] = ["<tool_call>", "[TOOL_CALLS]", "<|tool_call", "<function="];

/// Puts the chunks of one answer together.
pub(crate) struct ChatDecoder {
    freeform: Vec<String>,
    namer: Namer,
    text: String,
    splitter: Splitter,
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
            splitter: Splitter::default(),
            reasoning: ReasoningBuffer::default(),
            calls: Vec::new(),
            finish: None,
            usage: None,
        }
    }

    /// Takes what a choice has, and returns whether it has anything.
    fn choice(&mut self, choice: &Value, out: &mut VecDeque<StreamEvent>) -> bool {
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
        let finish = choice.get("finish_reason").and_then(Value::as_str).filter(|why| !why.is_empty());
        if let Some(finish) = finish {
            self.finish = Some(finish.to_owned());
        }
        let says = delta
            .as_object()
            .is_some_and(|fields| fields.iter().any(|(name, value)| name != "role" && !is_empty(value)));
        says || finish.is_some()
    }

    fn say(&mut self, text: &str, out: &mut VecDeque<StreamEvent>) {
        let pieces = self.splitter.push(text);
        self.take_pieces(pieces, out);
    }

    fn take_pieces(&mut self, pieces: Vec<Piece>, out: &mut VecDeque<StreamEvent>) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    self.text.push_str(&text);
                    out.push_back(StreamEvent::TextDelta(text));
                }
                Piece::Thought(text) => out.push_back(shown(self.reasoning.add_raw(&text))),
            }
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
        let held = self.splitter.finish();
        self.take_pieces(held, out);
        let mut text = std::mem::take(&mut self.text);
        if self.reasoning.raw.is_empty()
            && let Some((thought, rest)) = think::split_at_end(&text)
        {
            thought.clone_into(&mut self.reasoning.raw);
            let rest = rest.to_owned();
            text = rest;
        }
        let ReasoningBuffer { raw, summary, .. } = &mut self.reasoning;
        let (raw, summary) = (std::mem::take(raw), std::mem::take(summary));
        let encrypted = self.reasoning.sealed();
        if encrypted.is_some() || !raw.is_empty() || !summary.is_empty() {
            let summary = if summary.is_empty() { Vec::new() } else { vec![summary] };
            let raw = Some(raw).filter(|raw| !raw.is_empty());
            out.push_back(done(Item::Reasoning { id: None, summary, raw, encrypted }));
        }
        if self.calls.is_empty() && TOOL_CALLS_AS_TEXT.iter().any(|mark| text.contains(mark)) {
            out.push_back(StreamEvent::Notice(format!(
                "{} sent a tool call as text, which calls nothing: start the server with a tool parser for this model                  (vLLM and SGLang: --tool-call-parser, llama.cpp: --jinja), or choose a model whose calls it knows",
                endpoint.name
            )));
        }
        if !text.trim().is_empty() {
            out.push_back(done(Item::AgentMessage { id: None, text, interrupted: false, phase: None }));
        }
        let reason = self.finish.take().unwrap_or_default();
        let end = end_of(&reason);
        if matches!(end, End::Whole | End::Cut(_)) {
            for call in std::mem::take(&mut self.calls) {
                let id = self.namer.name(Some(&call.id));
                let item = freeform::call(&self.freeform, id, call.name, call.arguments);
                // what was cut may be anything
                if end == End::Whole || wire::is_whole(&item) {
                    out.push_back(done(item));
                }
            }
        }
        out.push_back(wire::last_word(endpoint, end, &reason, self.usage));
    }
}

impl Decode for ChatDecoder {
    fn decode(
        &mut self,
        endpoint: &Endpoint,
        event: &SseEvent,
        out: &mut VecDeque<StreamEvent>,
    ) -> Result<bool, String> {
        if event.data.trim() == "[DONE]" {
            self.finish(endpoint, out);
            return Ok(true);
        }
        let data = wire::json(event)?;
        let error = data.get("error").filter(|error| !error.is_null());
        if error.is_some() || event.name == "error" {
            out.push_back(StreamEvent::Failed(failure::in_stream(endpoint, &data)));
            return Ok(true);
        }
        // some count on with every chunk, a sign of life among them
        let mut said = false;
        if let Some(usage) = data.get("usage").and_then(usage) {
            said = self.usage != Some(usage);
            self.usage = Some(usage);
        }
        // further answers beside the first are asked for by nobody; the chunk with the usage has none
        if let Some(choice) = data.get("choices").and_then(|choices| choices.get(0)) {
            if let Some(error) = choice.get("error").filter(|error| !error.is_null()) {
                out.push_back(StreamEvent::Failed(failure::in_stream(endpoint, error)));
                return Ok(true);
            }
            said |= self.choice(choice, out);
        }
        Ok(said)
    }

    fn may_end(&self) -> bool {
        self.finish.is_some()
    }

    /// The word `[DONE]` is left out by some; the reason why the answer ended is not.
    fn end(&mut self, endpoint: &Endpoint, out: &mut VecDeque<StreamEvent>) {
        if self.finish.is_some() {
            self.finish(endpoint, out);
        }
    }
}

/// Reports whether a field of a delta says nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
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
