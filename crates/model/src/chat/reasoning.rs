//! Reasoning on this wire, which has no standard form: what comes, under which name, and how it is sent back.
//!
//! `DeepSeek` refuses a conversation whose reasoning is missing, Gemini one whose signatures are: so what came goes back, under
//! the name it came by. Servers that give none are sent none.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The field that `DeepSeek`, and many after it, give reasoning in.
pub(super) const DEEPSEEK_FIELD: &str = "reasoning_content";
/// All fields it comes in as text; the second is that of `OpenRouter`, Ollama and vLLM.
const FIELDS: [&str; 2] = [DEEPSEEK_FIELD, "reasoning"];
/// Structured reasoning, by `OpenRouter`.
const DETAILS: &str = "reasoning_details";
/// Field that a vendor wants back with a call: Gemini's signature of its thoughts.
pub(super) const EXTRA: &str = "extra_content";

/// Parts of an answer's reasoning beside its text, kept to be sent back. They are the sealed form of this wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sealed {
    /// The field the raw text came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Structured reasoning, its pieces put together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reasoning_details: Vec<Value>,
    /// Parts that belong to calls, by their place in the answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    calls: BTreeMap<usize, Value>,
}

/// The reasoning of one answer as it comes.
#[derive(Debug, Default)]
pub(super) struct ReasoningBuffer {
    pub(super) raw: String,
    pub(super) summary: String,
    sealed: Sealed,
}

/// More of it, for the eye.
#[derive(Debug, PartialEq)]
pub(super) enum Thought {
    Raw(String),
    Summary(String),
}

impl ReasoningBuffer {
    /// Takes what a delta has of it.
    pub(super) fn take(&mut self, delta: &Value) -> Vec<Thought> {
        let details = delta.get(DETAILS).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if !details.is_empty() {
            // the same text stands in a plain field beside it
            return details.iter().filter_map(|detail| self.take_detail(detail)).collect();
        }
        let text =
            |field: &&&str| delta.get(**field).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        let Some(field) = FIELDS.iter().find(text) else { return Vec::new() };
        self.sealed.field.get_or_insert_with(|| (*field).to_owned());
        let text = delta[*field].as_str().unwrap_or_default();
        vec![self.add_raw(text)]
    }

    /// Takes a piece of content that is a thought, as Mistral sends them.
    pub(super) fn add_raw(&mut self, text: &str) -> Thought {
        self.raw.push_str(text);
        Thought::Raw(text.to_owned())
    }

    fn take_detail(&mut self, detail: &Value) -> Option<Thought> {
        let text = |name: &str| detail.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let thought = match (text("text"), text("summary")) {
            (Some(raw), _) => Some(self.add_raw(raw)),
            (None, Some(summary)) => {
                self.summary.push_str(summary);
                Some(Thought::Summary(summary.to_owned()))
            }
            (None, None) => None,
        };
        let details = &mut self.sealed.reasoning_details;
        match details.last_mut().filter(|last| continues(last, detail)) {
            Some(last) => append(last, detail),
            None => details.push(detail.clone()),
        }
        thought
    }

    /// Keeps what the vendor wants back with the call in this place.
    pub(super) fn keep_extra(&mut self, place: usize, extra: &Value) {
        self.sealed.calls.insert(place, extra.clone());
    }

    /// The sealed form; `None` when there is nothing to send back.
    pub(super) fn sealed(&self) -> Option<String> {
        if self.sealed == Sealed::default() {
            return None;
        }
        serde_json::to_string(&json!({"chat": self.sealed})).ok()
    }
}

/// Reports whether a detail is more of the one before it. Only texts come in pieces.
fn continues(last: &Value, detail: &Value) -> bool {
    let same = |name: &str| last.get(name) == detail.get(name);
    let in_pieces = matches!(detail["type"].as_str(), Some("reasoning.text" | "reasoning.summary"));
    in_pieces && same("type") && same("index")
}

fn append(last: &mut Value, detail: &Value) {
    let (Some(last), Some(detail)) = (last.as_object_mut(), detail.as_object()) else { return };
    for (name, value) in detail {
        match (last.get_mut(name), value) {
            (_, Value::Null) => {}
            (Some(Value::String(text)), Value::String(more))
                if matches!(name.as_str(), "text" | "summary") =>
            {
                text.push_str(more);
            }
            _ => {
                last.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The sealed form of this wire; `None` for another's.
pub(super) fn unseal(encrypted: Option<&str>) -> Option<Sealed> {
    let mut wrapped: Map<String, Value> = serde_json::from_str(encrypted?).ok()?;
    serde_json::from_value(wrapped.remove("chat")?).ok()
}

impl Sealed {
    /// Puts the reasoning into the message it goes back in.
    pub(super) fn put(&self, raw: Option<&str>, message: &mut Map<String, Value>) {
        if let Some(field) = self.field.as_deref().filter(|field| FIELDS.contains(field)) {
            message.insert(field.to_owned(), json!(raw.unwrap_or_default()));
        }
        if !self.reasoning_details.is_empty() {
            message.insert(DETAILS.to_owned(), json!(self.reasoning_details));
        }
    }

    /// Returns the part that goes back with the call in this place.
    pub(super) fn extra(&self, place: usize) -> Option<&Value> {
        self.calls.get(&place)
    }
}
