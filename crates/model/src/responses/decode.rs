//! Events of the stream, and the items in them, as neutral events (B9, B10).

use super::super::client::StreamEvent;
use super::super::decode::Decode;
use super::super::endpoint::Endpoint;
use super::super::sse::SseEvent;
use super::super::wire::{self, End, end_of};
use super::super::{failure, freeform};
use engine::ModelEvent;
use protocol::{AnswerCut, CallId, Item, TokenUsage};
use serde_json::Value;
use std::collections::VecDeque;

/// Turns the events of one response into neutral ones.
pub(crate) struct ResponsesDecoder {
    freeform: Vec<String>,
    items_seen: bool,
    /// Words that came and are in no item yet.
    text: String,
}

impl ResponsesDecoder {
    /// `freeform` names the tools whose calls are text, however the vendor sends them.
    pub(super) fn new(freeform: Vec<String>) -> Self {
        Self { freeform, items_seen: false, text: String::new() }
    }
}

impl Decode for ResponsesDecoder {
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
        let kind = data.get("type").and_then(Value::as_str).unwrap_or(&event.name);
        let delta = || data.get("delta").and_then(Value::as_str).ok_or("it has no delta").map(str::to_owned);
        match kind {
            "response.output_text.delta" | "response.refusal.delta" => {
                let delta = delta()?;
                self.text.push_str(&delta);
                out.push_back(StreamEvent::TextDelta(delta));
            }
            "response.reasoning_summary_text.delta" => out.push_back(StreamEvent::ReasoningDelta(delta()?)),
            "response.reasoning_text.delta" => out.push_back(StreamEvent::RawReasoningDelta(delta()?)),
            "response.reasoning_summary_part.added" => {
                if data.get("summary_index").and_then(Value::as_u64).is_some_and(|index| index > 0) {
                    out.push_back(StreamEvent::ReasoningDelta("\n\n".to_owned()));
                }
            }
            "response.output_item.done" => {
                let item = data.get("item").ok_or("it has no item")?;
                self.items_seen = true;
                self.take_item(endpoint, item, out);
            }
            "response.completed" | "response.incomplete" | "response.done" => {
                self.finish(endpoint, data.get("response").unwrap_or(&Value::Null), kind, out);
            }
            "response.failed" => {
                let error =
                    data.get("response").and_then(|response| response.get("error")).unwrap_or(&Value::Null);
                out.push_back(StreamEvent::Failed(failure::in_stream(endpoint, error)));
            }
            "error" => out.push_back(StreamEvent::Failed(failure::in_stream(endpoint, &data))),
            "response.in_progress" | "response.queued" | "keepalive" | "ping" => return Ok(false),
            kind if kind.starts_with("response.") => {
                tracing::trace!(kind = endpoint.scrub(kind), "event of the stream ignored");
            }
            other => {
                tracing::trace!(kind = endpoint.scrub(other), "event of the stream ignored");
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl ResponsesDecoder {
    fn take_item(&mut self, endpoint: &Endpoint, item: &Value, out: &mut VecDeque<StreamEvent>) {
        let Some(read) = self.item(endpoint, item) else { return };
        let is_message = matches!(read, Item::AgentMessage { .. });
        if is_message {
            self.text.clear();
        }
        // the words of an item that was cut are whole as far as they go, and nothing else of it is
        if is_message || item["status"] != "incomplete" {
            out.push_back(done(read));
        }
    }

    /// The last event, which has the whole response. That it is complete is said by its status, not by the event's name.
    fn finish(&mut self, endpoint: &Endpoint, response: &Value, kind: &str, out: &mut VecDeque<StreamEvent>) {
        // some servers send no event for an item, only the whole response at its end
        if !self.items_seen
            && let Some(items) = response.get("output").and_then(Value::as_array)
        {
            for item in items {
                self.take_item(endpoint, item, out);
            }
        }
        // nor is there an item for words that were cut
        let text = std::mem::take(&mut self.text);
        if !text.trim().is_empty() {
            out.push_back(done(Item::AgentMessage { id: None, text, interrupted: false, phase: None }));
        }
        let usage = response.get("usage").and_then(usage);
        let status = response.get("status").and_then(Value::as_str).unwrap_or_default();
        let reason = response.get("incomplete_details").and_then(|details| details.get("reason"));
        let reason = reason.and_then(Value::as_str).filter(|reason| !reason.is_empty());
        let (end, reason) = match (status, reason) {
            ("failed", _) => {
                let error = response.get("error").unwrap_or(&Value::Null);
                out.push_back(StreamEvent::Failed(failure::in_stream(endpoint, error)));
                return;
            }
            ("cancelled" | "incomplete", Some(reason)) => (end_of(reason), reason),
            ("cancelled" | "incomplete", None) => (end_of(status), status),
            (_, Some(reason)) if kind == "response.incomplete" => (end_of(reason), reason),
            (_, None) if kind == "response.incomplete" => (end_of("incomplete"), "incomplete"),
            _ => (End::Whole, status),
        };
        // one that is not complete, for a reason nobody knows, is not whole
        let unsaid = End::Cut(AnswerCut::Unsaid);
        let is_cut = kind == "response.incomplete" || status == "incomplete";
        let end = if is_cut && end == End::Whole { unsaid } else { end };
        out.push_back(wire::last_word(endpoint, end, reason, usage));
    }

    /// A finished item; `None` for one that means nothing here.
    fn item(&self, endpoint: &Endpoint, item: &Value) -> Option<Item> {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = || item.get("id").and_then(Value::as_str).map(str::to_owned);
        // without either it stays empty, and the call is answered with an error
        let call_id =
            || CallId(Some(text("call_id")).filter(|id| !id.is_empty()).or_else(id).unwrap_or_default());
        match item.get("type").and_then(Value::as_str).unwrap_or_default() {
            "message" => {
                let text = joined(item.get("content"), &["text", "refusal"], "");
                (!text.is_empty()).then(|| {
                    let phase = item.get("phase").and_then(Value::as_str).map(str::to_owned);
                    Item::AgentMessage { id: id(), text, interrupted: false, phase }
                })
            }
            "reasoning" => {
                let raw = joined(item.get("content"), &["text"], "\n\n");
                Some(Item::Reasoning {
                    id: id(),
                    summary: texts(item.get("summary"), &["text"]),
                    raw: (!raw.is_empty()).then_some(raw),
                    encrypted: item
                        .get("encrypted_content")
                        .and_then(Value::as_str)
                        .filter(|sealed| !sealed.is_empty())
                        .map(str::to_owned),
                })
            }
            "function_call" => Some(self.function_call(call_id(), text("name"), item.get("arguments"))),
            "custom_tool_call" => {
                Some(Item::CustomCall { call_id: call_id(), name: text("name"), input: text("input") })
            }
            "local_shell_call" => Some(Item::FunctionCall {
                call_id: call_id(),
                name: "local_shell".to_owned(),
                arguments: item.get("action").unwrap_or(&Value::Null).to_string(),
            }),
            other => {
                tracing::debug!(kind = endpoint.scrub(other), "output item ignored");
                None
            }
        }
    }

    fn function_call(&self, call_id: CallId, name: String, arguments: Option<&Value>) -> Item {
        let arguments = match arguments {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            // said to be text, sent as an object by some servers
            Some(other) => other.to_string(),
        };
        freeform::call(&self.freeform, call_id, name, arguments)
    }
}

fn done(item: Item) -> StreamEvent {
    StreamEvent::Event(ModelEvent::ItemDone(item))
}

/// The texts of a list of pieces, each under the first of `names` it has.
fn texts(pieces: Option<&Value>, names: &[&str]) -> Vec<String> {
    let pieces = pieces.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |piece: &Value| names.iter().find_map(|name| piece.get(name)?.as_str()).map(str::to_owned);
    pieces.iter().filter_map(text).collect()
}

fn joined(pieces: Option<&Value>, names: &[&str], between: &str) -> String {
    texts(pieces, names).join(between)
}

fn usage(usage: &Value) -> Option<TokenUsage> {
    let number =
        |path: &[&str]| path.iter().try_fold(usage, |value, name| value.get(name)).and_then(Value::as_u64);
    Some(TokenUsage {
        input_tokens: number(&["input_tokens"])?,
        cached_input_tokens: number(&["input_tokens_details", "cached_tokens"]).unwrap_or(0),
        output_tokens: number(&["output_tokens"])?,
        reasoning_output_tokens: number(&["output_tokens_details", "reasoning_tokens"]).unwrap_or(0),
    })
}
