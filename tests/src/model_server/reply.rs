//! Replies of the server: written once, and encoded for whichever wire the request came on.

use super::gate::Gate;
use super::speak::said::Said;
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
    /// Whether it answers `GET /models`.
    pub(super) for_list: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Sent as they are.
    Bytes(Vec<u8>),
    /// Sent as the wire has it.
    Said(Said),
    /// Waits here.
    Gate(Gate),
    /// Sent again and again.
    Again(Vec<u8>),
    /// Waits a few milliseconds.
    Pause,
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
        Self::status(200).header("content-type", "text/event-stream").say(Said::Begin)
    }

    /// A whole answer that says something and calls nothing.
    pub fn text(text: &str) -> Self {
        Self::new().message(text).completed()
    }

    /// No stream, but a status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: HeaderMap::new(), before: Vec::new(), parts: Vec::new(), for_list: false }
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
        Self::status(200).json(&json!({"object": "list", "data": data})).for_list()
    }

    /// Answers `GET /models` instead of a prompt.
    #[must_use]
    pub fn for_list(mut self) -> Self {
        self.for_list = true;
        self
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

    /// Any event of the Responses wire.
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
        self.say(Said::TextDelta(delta.to_owned()))
    }

    /// A message: a delta for each word, and the whole item.
    #[must_use]
    pub fn message(self, text: &str) -> Self {
        self.say(Said::Message(text.to_owned()))
    }

    /// Reasoning: a delta for each word of its summary, and the whole item with its sealed form.
    #[must_use]
    pub fn reasoning(self, summary: &str, encrypted: &str) -> Self {
        self.say(Said::Reasoning { summary: summary.to_owned(), encrypted: encrypted.to_owned() })
    }

    /// A call of a function tool.
    #[must_use]
    pub fn function_call(self, call_id: &str, name: &str, arguments: &Value) -> Self {
        self.function_call_text(call_id, name, &arguments.to_string())
    }

    /// A call of a function tool whose arguments are any text.
    #[must_use]
    pub fn function_call_text(self, call_id: &str, name: &str, arguments: &str) -> Self {
        self.say(Said::FunctionCall {
            call_id: call_id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        })
    }

    /// A call of `shell`.
    #[must_use]
    pub fn shell(self, call_id: &str, command: &[&str]) -> Self {
        self.function_call(call_id, "shell", &json!({"command": command}))
    }

    /// A call of a freeform tool.
    #[must_use]
    pub fn custom_tool_call(self, call_id: &str, name: &str, input: &str) -> Self {
        self.say(Said::CustomCall {
            call_id: call_id.to_owned(),
            name: name.to_owned(),
            input: input.to_owned(),
        })
    }

    /// A call of `apply_patch`, with the lines between `*** Begin Patch` and `*** End Patch`.
    #[must_use]
    pub fn apply_patch(self, call_id: &str, lines: &str) -> Self {
        let patch = format!("*** Begin Patch\n{}\n*** End Patch\n", lines.trim_end_matches('\n'));
        self.custom_tool_call(call_id, "apply_patch", &patch)
    }

    /// Any finished item of the Responses wire; it gets an id.
    #[must_use]
    pub fn item(self, kind: &str, item: Value) -> Self {
        self.say(Said::Item { kind: kind.to_owned(), item })
    }

    /// The end of a complete answer.
    #[must_use]
    pub fn completed(self) -> Self {
        self.completed_with(TokenUsage { input_tokens: 100, output_tokens: 10, ..TokenUsage::default() })
    }

    /// The end of a complete answer, with what it cost.
    #[must_use]
    pub fn completed_with(self, usage: TokenUsage) -> Self {
        self.say(Said::Completed(usage))
    }

    /// The model fails in the stream.
    #[must_use]
    pub fn failed(self, code: &str, message: &str) -> Self {
        self.say(Said::Failed { code: code.to_owned(), message: message.to_owned() })
    }

    /// A line that is no event.
    #[must_use]
    pub fn garbage(self) -> Self {
        self.say(Said::Garbage)
    }

    /// Breaks the connection. Without it, and without `completed`, the stream ends in good order, but too early.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.parts.push(Part::Cut);
        self
    }

    /// Sends these bytes again and again, a few milliseconds apart, until the client goes away.
    #[must_use]
    pub fn again_and_again(mut self, bytes: &str) -> Self {
        self.parts.push(Part::Again(bytes.as_bytes().to_vec()));
        self
    }

    /// Sends each of these bytes by itself, a few milliseconds apart.
    #[must_use]
    pub fn byte_by_byte(mut self, bytes: &str) -> Self {
        self.parts.extend(bytes.bytes().flat_map(|byte| [Part::Pause, Part::Bytes(vec![byte])]));
        self
    }

    /// Says nothing more, and keeps the connection open until the client goes away.
    #[must_use]
    pub fn stall(mut self) -> Self {
        self.parts.push(Part::Stall);
        self
    }

    fn say(mut self, said: Said) -> Self {
        self.parts.push(Part::Said(said));
        self
    }
}
