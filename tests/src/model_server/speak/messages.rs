//! Anthropic Messages.

use super::pieces::{halves, named_event, words};
use super::said::Said;
use serde_json::{Value, json};

/// An answer on this wire.
#[derive(Debug, Default)]
pub(in super::super) struct Messages {
    blocks: usize,
    text_is_open: bool,
    calls: bool,
}

impl Messages {
    pub(super) fn speak(&mut self, said: &Said) -> String {
        if let Said::TextDelta(text) = said {
            let begun = if self.text_is_open {
                String::new()
            } else {
                self.begin(&json!({"type": "text", "text": ""}))
            };
            self.text_is_open = true;
            return begun + &self.delta(&text_delta(text));
        }
        // a model that fails does not finish its sentence
        let broken = matches!(said, Said::Failed { .. } | Said::Garbage);
        let ended = if broken { String::new() } else { self.end_text() };
        ended + &self.speak_whole(said)
    }

    fn speak_whole(&mut self, said: &Said) -> String {
        match said {
            Said::Begin => {
                let usage = json!({"input_tokens": 1, "output_tokens": 1});
                named_event(&json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
                    "role": "assistant", "content": [], "stop_reason": null, "usage": usage}}))
                    + "event: ping\ndata: {\"type\": \"ping\"}\n\n"
            }
            Said::Message(text) => {
                let deltas: Vec<Value> = words(text).map(text_delta).collect();
                self.block(&json!({"type": "text", "text": ""}), &deltas)
            }
            Said::Reasoning { summary, encrypted } => {
                let mut deltas: Vec<Value> =
                    words(summary).map(|word| json!({"type": "thinking_delta", "thinking": word})).collect();
                deltas.push(json!({"type": "signature_delta", "signature": encrypted}));
                self.block(&json!({"type": "thinking", "thinking": "", "signature": ""}), &deltas)
            }
            Said::FunctionCall { call_id, name, arguments } => self.call(call_id, name, arguments),
            Said::CustomCall { call_id, name, input } => {
                self.call(call_id, name, &json!({"input": input}).to_string())
            }
            Said::TextDelta(_) | Said::Item { .. } => String::new(),
            Said::Completed(usage) => {
                let reason = if self.calls { "tool_use" } else { "end_turn" };
                let usage = json!({
                    "input_tokens": usage.input_tokens - usage.cached_input_tokens,
                    "cache_read_input_tokens": usage.cached_input_tokens,
                    "cache_creation_input_tokens": 0,
                    "output_tokens": usage.output_tokens,
                });
                named_event(
                    &json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}),
                ) + &named_event(&json!({"type": "message_stop"}))
            }
            Said::Failed { code, message } => {
                named_event(&json!({"type": "error", "error": {"type": code, "message": message}}))
            }
            Said::Garbage => "event: content_block_delta\ndata: {\"type\": \"content_bl\n\n".to_owned(),
        }
    }

    fn call(&mut self, call_id: &str, name: &str, arguments: &str) -> String {
        self.calls = true;
        let deltas =
            halves(arguments).map(|piece| json!({"type": "input_json_delta", "partial_json": piece}));
        self.block(&json!({"type": "tool_use", "id": call_id, "name": name, "input": {}}), &deltas)
    }

    fn block(&mut self, begun: &Value, deltas: &[Value]) -> String {
        let begun = self.begin(begun);
        let deltas: String = deltas.iter().map(|delta| self.delta(delta)).collect();
        begun + &deltas + &self.end()
    }

    fn begin(&self, block: &Value) -> String {
        named_event(&json!({"type": "content_block_start", "index": self.blocks, "content_block": block}))
    }

    fn delta(&self, delta: &Value) -> String {
        named_event(&json!({"type": "content_block_delta", "index": self.blocks, "delta": delta}))
    }

    fn end(&mut self) -> String {
        self.blocks += 1;
        named_event(&json!({"type": "content_block_stop", "index": self.blocks - 1}))
    }

    fn end_text(&mut self) -> String {
        if std::mem::take(&mut self.text_is_open) { self.end() } else { String::new() }
    }
}

fn text_delta(text: &str) -> Value {
    json!({"type": "text_delta", "text": text})
}
