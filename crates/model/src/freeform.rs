//! Freeform tools where a wire, or a vendor on it, knows functions only: a function of one text.

use engine::{Prompt, ToolSpec};
use protocol::{CallId, Item};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Name of the one argument.
pub(super) const ARGUMENT: &str = "input";

/// A tool as it is offered where there are functions alone.
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) description: String,
    pub(super) parameters: Value,
}

/// A tool as a function.
pub(super) fn function(tool: &ToolSpec) -> Function<'_> {
    match tool {
        ToolSpec::Function { name, description, parameters } => {
            Function { name, description: description.to_string(), parameters: parameters.clone() }
        }
        ToolSpec::Freeform { name, description, grammar } => Function {
            name,
            description: format!(
                "{description}\n\nThe text goes into `{ARGUMENT}` and follows this Lark grammar:\n{grammar}"
            ),
            parameters: json!({
                "type": "object",
                "properties": {ARGUMENT: {"type": "string", "description": "the whole text"}},
                "required": [ARGUMENT],
                "additionalProperties": false,
            }),
        },
    }
}

/// Names of the freeform tools.
pub(super) fn names(prompt: &Prompt) -> Vec<String> {
    let name = |tool: &ToolSpec| match tool {
        ToolSpec::Freeform { name, .. } => Some(name.to_string()),
        ToolSpec::Function { .. } => None,
    };
    prompt.tools.iter().filter_map(name).collect()
}

/// The item of a call that came as one of a function. `freeform` names the tools whose calls are text, however they come.
pub(super) fn call(freeform: &[String], call_id: CallId, name: String, arguments: String) -> Item {
    if !freeform.contains(&name) {
        return Item::FunctionCall { call_id, name, arguments };
    }
    let parsed: Option<Value> = serde_json::from_str(&arguments).ok();
    let input = parsed.and_then(|parsed| match parsed {
        Value::String(text) => Some(text),
        Value::Object(fields) => {
            let only = if fields.len() == 1 { fields.values().next() } else { fields.get(ARGUMENT) };
            only.and_then(Value::as_str).map(str::to_owned)
        }
        _ => None,
    });
    // text that is no JSON is taken for the text itself: what is wrong with it is said by the tool
    Item::CustomCall { call_id, name, input: input.unwrap_or(arguments) }
}

/// The arguments of a freeform call, as those of a function.
pub(super) fn arguments(input: &str) -> Value {
    json!({ARGUMENT: input})
}

/// The arguments of a function call, as text that is an object. Servers read them again with every request, and refuse all
/// that follows when one model once wrote something else: that is wrapped.
pub(super) fn object_text(arguments: &str) -> Cow<'_, str> {
    match serde_json::from_str(arguments) {
        // as the model wrote it, so that a server finds its own words again
        Ok(Value::Object(_)) => Cow::Borrowed(arguments),
        Ok(Value::Null) => Cow::Borrowed("{}"),
        _ if arguments.trim().is_empty() => Cow::Borrowed("{}"),
        _ => Cow::Owned(json!({"unreadable_arguments": arguments}).to_string()),
    }
}
