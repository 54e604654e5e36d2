//! Requests the server received.

use serde_json::Value;
use std::collections::BTreeMap;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// Path and query.
    pub uri: String,
    /// Headers; names are lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON; null when it is none.
    pub body: Value,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Received {
    /// The items of the conversation, on the Responses wire.
    pub fn input(&self) -> &[Value] {
        list(&self.body["input"])
    }

    /// The answer to a call, on the Responses wire, if there is one among the items.
    pub fn output_of(&self, call_id: &str) -> Option<&str> {
        let answers = |item: &&Value| item["call_id"] == call_id && is_output(item);
        self.input().iter().find(answers)?["output"].as_str()
    }

    /// The texts of the answers to calls, on whichever wire, oldest first.
    pub fn outputs(&self) -> Vec<String> {
        let responses = self.input().iter().filter(|item| is_output(item)).map(|item| &item["output"]);
        let messages = list(&self.body["messages"]);
        let chat =
            messages.iter().filter(|message| message["role"] == "tool").map(|message| &message["content"]);
        let results = messages
            .iter()
            .flat_map(|message| list(&message["content"]))
            .filter(|block| block["type"] == "tool_result")
            .map(|block| &block["content"]);
        responses.chain(chat).chain(results).map(text_of).collect()
    }

    /// Returns the number of images in it, on whichever wire.
    pub fn images(&self) -> usize {
        count(&self.body, &["input_image", "image_url", "image"])
    }
}

fn is_output(item: &Value) -> bool {
    item["type"].as_str().is_some_and(|kind| kind.ends_with("_output"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text, or the texts of a list of pieces.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        other => list(other).iter().filter_map(|piece| piece["text"].as_str()).collect(),
    }
}

/// Counts the objects of these types.
fn count(value: &Value, types: &[&str]) -> usize {
    match value {
        Value::Array(values) => values.iter().map(|value| count(value, types)).sum(),
        Value::Object(fields) => {
            let this = fields.get("type").and_then(Value::as_str).is_some_and(|kind| types.contains(&kind));
            usize::from(this) + fields.values().map(|value| count(value, types)).sum::<usize>()
        }
        _ => 0,
    }
}
