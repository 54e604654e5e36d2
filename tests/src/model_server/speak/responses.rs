//! The Responses wire.

use super::pieces::{named_event, words};
use super::said::Said;
use serde_json::{Value, json};

/// An answer on this wire.
#[derive(Debug, Default)]
pub(in super::super) struct Responses {
    items: usize,
}

impl Responses {
    pub(super) fn speak(&mut self, said: &Said) -> String {
        match said {
            Said::Begin => named_event(
                &json!({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}}),
            ),
            Said::TextDelta(delta) => text_delta(delta),
            Said::Message(text) => {
                let begun =
                    named_event(&json!({"type": "response.output_item.added", "item": {"type": "message"}}));
                let item = json!({"type": "message", "role": "assistant",
                    "content": [{"type": "output_text", "text": text}]});
                begun + &words(text).map(text_delta).collect::<String>() + &self.item("msg", &item)
            }
            Said::Reasoning { summary, encrypted } => {
                let delta = |delta| {
                    named_event(&json!({"type": "response.reasoning_summary_text.delta", "summary_index": 0,
                        "delta": delta}))
                };
                let item = json!({"type": "reasoning", "encrypted_content": encrypted,
                    "summary": [{"type": "summary_text", "text": summary}]});
                words(summary).map(delta).collect::<String>() + &self.item("rs", &item)
            }
            Said::FunctionCall { call_id, name, arguments } => {
                let delta = json!({"type": "response.function_call_arguments.delta", "delta": arguments});
                let item = json!({"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments});
                named_event(&delta) + &self.item("fc", &item)
            }
            Said::CustomCall { call_id, name, input } => self.item(
                "ctc",
                &json!({"type": "custom_tool_call", "call_id": call_id, "name": name, "input": input}),
            ),
            Said::Item { kind, item } => self.item(kind, item),
            Said::Completed(usage) => named_event(&json!({"type": "response.completed", "response": {
                "id": "resp_1",
                "usage": {
                    "input_tokens": usage.input_tokens,
                    "input_tokens_details": {"cached_tokens": usage.cached_input_tokens},
                    "output_tokens": usage.output_tokens,
                    "output_tokens_details": {"reasoning_tokens": usage.reasoning_output_tokens},
                    "total_tokens": usage.total(),
                },
            }})),
            Said::Failed { code, message } => named_event(&json!({"type": "response.failed",
                "response": {"error": {"code": code, "message": message}}})),
            Said::Garbage => {
                "event: response.output_text.delta\ndata: {\"type\": \"response.output_te\n\n".to_owned()
            }
        }
    }

    fn item(&mut self, kind: &str, item: &Value) -> String {
        let index = self.items;
        self.items += 1;
        let mut item = item.clone();
        item["id"] = json!(format!("{kind}_{}", self.items));
        named_event(&json!({"type": "response.output_item.done", "output_index": index, "item": item}))
    }
}

fn text_delta(delta: &str) -> String {
    named_event(&json!({"type": "response.output_text.delta", "delta": delta}))
}
