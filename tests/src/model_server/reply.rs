//! What the server answers a request with.

use super::Gate;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use protocol::TokenUsage;
use serde_json::{Value, json};

/// One answer: a status, headers, and a body in parts.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// Gates before anything is answered at all.
    pub(super) before: Vec<Gate>,
    pub(super) parts: Vec<Part>,
    items: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Sent as they are.
    Bytes(Vec<u8>),
    /// Waits here.
    Gate(Gate),
    /// Never goes on.
    Stall,
    /// Breaks the connection.
    Cut,
}

impl Default for Reply {
    fn default() -> Self {
        Self::new()
    }
}

impl Reply {
    /// A stream of events that has only begun.
    pub fn new() -> Self {
        let reply =
            Self { status: 200, headers: HeaderMap::new(), before: Vec::new(), parts: Vec::new(), items: 0 };
        reply.header("content-type", "text/event-stream").event(
            &json!({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}}),
        )
    }

    /// A whole answer that says something and calls nothing.
    pub fn text(text: &str) -> Self {
        Self::new().message(text).completed()
    }

    /// No stream, but a status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: HeaderMap::new(), before: Vec::new(), parts: Vec::new(), items: 0 }
    }

    /// Nothing at all, not even a status, for as long as the client waits.
    pub fn silence() -> Self {
        let mut reply = Self::status(200);
        reply.before.push(Gate::new());
        reply
    }

    /// A list of models, for `GET /models`.
    pub fn models(names: &[&str]) -> Self {
        let data: Vec<Value> = names.iter().map(|name| json!({"id": name, "object": "model"})).collect();
        Self::status(200).json(&json!({"object": "list", "data": data}))
    }

    /// Adds a header. One that cannot be sent is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Asks the client to wait, in seconds or until a date.
    #[must_use]
    pub fn retry_after(self, when: &str) -> Self {
        self.header("retry-after", when)
    }

    /// A body of JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string().into_bytes())
    }

    /// Waits here until the gate is open.
    #[must_use]
    pub fn gate(mut self, gate: &Gate) -> Self {
        self.parts.push(Part::Gate(gate.clone()));
        self
    }

    /// Waits with the whole answer, its status included, until the gate is open.
    #[must_use]
    pub fn gate_before(mut self, gate: &Gate) -> Self {
        self.before.push(gate.clone());
        self
    }

    /// Any event.
    #[must_use]
    pub fn event(self, event: &Value) -> Self {
        let name = event["type"].as_str().unwrap_or_default();
        self.bytes(format!("event: {name}\ndata: {event}\n\n").into_bytes())
    }

    /// Any bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.parts.push(Part::Bytes(bytes.into()));
        self
    }

    /// More of a message, without its end.
    #[must_use]
    pub fn text_delta(self, delta: &str) -> Self {
        self.event(&json!({"type": "response.output_text.delta", "delta": delta}))
    }

    /// A message: a delta for each word, and the whole item.
    #[must_use]
    pub fn message(self, text: &str) -> Self {
        let item = json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]});
        let begun = self.event(&json!({"type": "response.output_item.added", "item": {"type": "message"}}));
        text.split_inclusive(' ').fold(begun, Self::text_delta).item("msg", item)
    }

    /// Reasoning: a delta for each word of its summary, and the whole item with its sealed form.
    #[must_use]
    pub fn reasoning(self, summary: &str, encrypted: &str) -> Self {
        let item = json!({
            "type": "reasoning", "summary": [{"type": "summary_text", "text": summary}], "encrypted_content": encrypted,
        });
        let delta = |reply: Self, delta: &str| {
            reply.event(
                &json!({"type": "response.reasoning_summary_text.delta", "summary_index": 0, "delta": delta}),
            )
        };
        summary.split_inclusive(' ').fold(self, delta).item("rs", item)
    }

    /// A call of a function tool.
    #[must_use]
    pub fn function_call(self, call_id: &str, name: &str, arguments: &Value) -> Self {
        self.function_call_text(call_id, name, &arguments.to_string())
    }

    /// A call of a function tool whose arguments are any text.
    #[must_use]
    pub fn function_call_text(self, call_id: &str, name: &str, arguments: &str) -> Self {
        let delta = json!({"type": "response.function_call_arguments.delta", "delta": arguments});
        let item = json!({"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments});
        self.event(&delta).item("fc", item)
    }

    /// A call of `shell`.
    #[must_use]
    pub fn shell(self, call_id: &str, command: &[&str]) -> Self {
        self.function_call(call_id, "shell", &json!({"command": command}))
    }

    /// A call of a freeform tool.
    #[must_use]
    pub fn custom_tool_call(self, call_id: &str, name: &str, input: &str) -> Self {
        self.item(
            "ctc",
            json!({"type": "custom_tool_call", "call_id": call_id, "name": name, "input": input}),
        )
    }

    /// A call of `apply_patch`, with the lines between `*** Begin Patch` and `*** End Patch`.
    #[must_use]
    pub fn apply_patch(self, call_id: &str, lines: &str) -> Self {
        let patch = format!("*** Begin Patch\n{}\n*** End Patch\n", lines.trim_end_matches('\n'));
        self.custom_tool_call(call_id, "apply_patch", &patch)
    }

    /// Any finished item; it gets an id.
    #[must_use]
    pub fn item(mut self, kind: &str, mut item: Value) -> Self {
        let index = self.items;
        self.items += 1;
        item["id"] = json!(format!("{kind}_{}", self.items));
        self.event(&json!({"type": "response.output_item.done", "output_index": index, "item": item}))
    }

    /// The end of a complete answer.
    #[must_use]
    pub fn completed(self) -> Self {
        self.completed_with(TokenUsage { input_tokens: 100, output_tokens: 10, ..TokenUsage::default() })
    }

    /// The end of a complete answer, with what it cost.
    #[must_use]
    pub fn completed_with(self, usage: TokenUsage) -> Self {
        self.event(&json!({"type": "response.completed", "response": {"id": "resp_1", "usage": {
            "input_tokens": usage.input_tokens,
            "input_tokens_details": {"cached_tokens": usage.cached_input_tokens},
            "output_tokens": usage.output_tokens,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning_output_tokens},
            "total_tokens": usage.total(),
        }}}))
    }

    /// The model fails in the stream.
    #[must_use]
    pub fn failed(self, code: &str, message: &str) -> Self {
        self.event(
            &json!({"type": "response.failed", "response": {"error": {"code": code, "message": message}}}),
        )
    }

    /// A line that is no event.
    #[must_use]
    pub fn garbage(self) -> Self {
        self.bytes("event: response.output_text.delta\ndata: {\"type\": \"response.output_te\n\n")
    }

    /// Breaks the connection. Without it, and without `completed`, the stream ends in good order, but too early.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.parts.push(Part::Cut);
        self
    }

    /// Says nothing more, and keeps the connection open until the client goes away.
    #[must_use]
    pub fn stall(mut self) -> Self {
        self.parts.push(Part::Stall);
        self
    }
}
