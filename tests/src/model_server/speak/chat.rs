//! Chat Completions. Reasoning is that of `OpenRouter`, which has summaries.

use super::pieces::{halves, words};
use super::said::Said;
use serde_json::{Value, json};

/// An answer on this wire.
#[derive(Debug, Default)]
pub(in super::super) struct Chat {
    calls: usize,
}

impl Chat {
    pub(super) fn speak(&mut self, said: &Said) -> String {
        match said {
            Said::Begin => {
                ": PROCESSING\n\n".to_owned() + &delta(&json!({"role": "assistant", "content": ""}))
            }
            Said::TextDelta(text) => content(text),
            Said::Message(text) => words(text).map(content).collect(),
            Said::Reasoning { summary, encrypted } => {
                let detail = |detail: Value| delta(&json!({"content": null, "reasoning_details": [detail]}));
                let summaries = words(summary)
                    .map(|word| detail(json!({"type": "reasoning.summary", "index": 0, "summary": word})));
                let sealed = json!({"type": "reasoning.encrypted", "index": 1, "data": encrypted});
                summaries.collect::<String>() + &detail(sealed)
            }
            Said::FunctionCall { call_id, name, arguments } => self.call(call_id, name, arguments),
            Said::CustomCall { call_id, name, input } => {
                self.call(call_id, name, &json!({"input": input}).to_string())
            }
            Said::Item { .. } => String::new(),
            Said::Completed(usage) => {
                let reason = if self.calls > 0 { "tool_calls" } else { "stop" };
                let finish = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]});
                let usage = json!({"choices": [], "usage": {
                    "prompt_tokens": usage.input_tokens,
                    "prompt_tokens_details": {"cached_tokens": usage.cached_input_tokens},
                    "completion_tokens": usage.output_tokens,
                    "completion_tokens_details": {"reasoning_tokens": usage.reasoning_output_tokens},
                    "total_tokens": usage.total(),
                }});
                chunk(&finish) + &chunk(&usage) + "data: [DONE]\n\n"
            }
            Said::Failed { code, message } => chunk(&json!({"error": {"code": code, "message": message},
                "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]})),
            Said::Garbage => "data: {\"choices\": [{\"index\": 0, \"del\n\n".to_owned(),
        }
    }

    fn call(&mut self, call_id: &str, name: &str, arguments: &str) -> String {
        let index = self.calls;
        self.calls += 1;
        let begun = json!({"index": index, "id": call_id, "type": "function",
            "function": {"name": name, "arguments": ""}});
        let more = halves(arguments).map(|piece| json!({"index": index, "function": {"arguments": piece}}));
        [begun].into_iter().chain(more).map(|call| delta(&json!({"tool_calls": [call]}))).collect()
    }
}

fn content(text: &str) -> String {
    delta(&json!({"content": text}))
}

fn delta(delta: &Value) -> String {
    chunk(&json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]}))
}

fn chunk(fields: &Value) -> String {
    let mut chunk = fields.clone();
    chunk["id"] = json!("chatcmpl-1");
    chunk["object"] = json!("chat.completion.chunk");
    format!("data: {chunk}\n\n")
}
