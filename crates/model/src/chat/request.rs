//! A prompt as the body of a request.
//!
//! The messages come last, and what was sent once stays as it is, so that the server's cache hits.

use super::super::call_id::Sent;
use super::super::turns::{Turn, turns};
use super::super::{freeform, models};
use super::reasoning::{DEEPSEEK_FIELD, EXTRA, Sealed, unseal};
use config::ProviderConfig;
use engine::{Prompt, ToolSpec};
use protocol::{CallId, InputItem, Item, ReasoningEffort, ToolOutput};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Differences between the servers that speak this wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Takes a key that helps it find its cache.
    pub(super) cache_key: bool,
    /// Takes reasoning efforts in a form of its own, and marks for the cache of vendors that want them.
    pub(super) openrouter: bool,
    /// Mistral's: refuses to be asked for the usage, and gives it unasked.
    pub(super) usage_unasked: bool,
    /// Wants reasoning with every call of an assistant's, also of those that another vendor's model made without.
    pub(super) reasons: bool,
}

impl Dialect {
    pub(super) fn of(provider: &ProviderConfig) -> Self {
        let is = |domain: &str| provider.is_at(domain);
        Self {
            cache_key: is("openai.com") || is("azure.com"),
            openrouter: is("openrouter.ai"),
            usage_unasked: is("mistral.ai"),
            reasons: ["deepseek.com", "moonshot.ai", "moonshot.cn", "kimi.com"].into_iter().any(is),
        }
    }
}

/// The body, as JSON.
pub(super) fn body(prompt: &Prompt, dialect: Dialect) -> Result<Vec<u8>, serde_json::Error> {
    let effort = prompt.reasoning_effort;
    serde_json::to_vec(&Body {
        model: &prompt.model,
        stream: true,
        stream_options: (!dialect.usage_unasked).then(|| json!({"include_usage": true})),
        reasoning_effort: effort
            .filter(|_| !dialect.openrouter && models::is_openai_reasoning(&prompt.model)),
        reasoning: effort.filter(|_| dialect.openrouter).map(|effort| json!({"effort": effort})),
        cache_control: (dialect.openrouter && models::claude_version(&prompt.model).is_some())
            .then(|| json!({"type": "ephemeral"})),
        prompt_cache_key: if dialect.cache_key { &prompt.cache_key } else { "" },
        tools: prompt.tools.iter().map(tool_spec).collect(),
        tool_choice: (!prompt.purpose.calls_tools() && !prompt.tools.is_empty()).then_some("none"),
        messages: messages(prompt, dialect),
    })
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<ReasoningEffort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<Value>,
    #[serde(skip_serializing_if = "str::is_empty")]
    prompt_cache_key: &'a str,
    // an empty list is refused
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<&'static str>,
    messages: Vec<Value>,
}

fn tool_spec(tool: &ToolSpec) -> Value {
    let freeform::Function { name, description, parameters } = freeform::function(tool);
    json!({"type": "function", "function": {"name": name, "description": description, "parameters": parameters}})
}

fn messages(prompt: &Prompt, dialect: Dialect) -> Vec<Value> {
    let mut messages = Vec::new();
    if !prompt.instructions.is_empty() {
        messages.push(json!({"role": "system", "content": &*prompt.instructions}));
    }
    let nine = dialect.usage_unasked || models::is_mistral(&prompt.model);
    let mut sent = if nine { Sent::of_nine() } else { Sent::default() };
    let mut reasons = dialect.reasons;
    // pictures a tool has shown: a tool's message cannot hold them, so they are in the person's next
    let mut shown = Vec::new();
    for turn in turns(&prompt.items) {
        match turn {
            Turn::User(items) => messages.push(user(std::mem::take(&mut shown), &items)),
            Turn::Assistant(items) => {
                if !shown.is_empty() {
                    messages.push(user(std::mem::take(&mut shown), &[]));
                }
                messages.push(assistant(&items, &mut sent, &mut reasons));
            }
            Turn::Results(results) => {
                for (id, output) in results {
                    messages.push(result(id, output, &sent));
                    shown.extend(output.images.iter().map(String::as_str));
                }
            }
        }
    }
    let last_is_answer = messages.last().is_some_and(|message| message["role"] == "assistant");
    if !shown.is_empty() || last_is_answer {
        messages.push(user(shown, &[]));
    }
    messages
}

/// A message of the person's, after the pictures that tools have shown. Text alone is plain: not every server takes a list.
fn user(shown: Vec<&str>, items: &[&Item]) -> Value {
    let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
    let text = |text: &str| json!({"type": "text", "text": text});
    let mut pieces = Vec::new();
    if !shown.is_empty() {
        pieces.push(text("What the tool has shown:"));
        pieces.extend(shown.into_iter().map(image));
    }
    for item in items {
        match item {
            Item::Context { text: context } => pieces.push(text(context)),
            Item::UserMessage { content } => pieces.extend(content.iter().map(|piece| match piece {
                InputItem::Text { text: said } => text(said),
                InputItem::Image { image_url } => image(image_url),
            })),
            _ => {}
        }
    }
    let plain: Option<Vec<&str>> = pieces.iter().map(|piece| piece["text"].as_str()).collect();
    match plain {
        // an answer that broke off after its text was complete is gone on with
        Some(texts) if texts.is_empty() => json!({"role": "user", "content": "Go on."}),
        Some(texts) => json!({"role": "user", "content": texts.join("\n\n")}),
        None => json!({"role": "user", "content": pieces}),
    }
}

/// Writes the message of what the model thought, said and called. `reasons` is whether the server has given reasoning before: one that has wants
/// to see it with every call, even when there was none.
fn assistant<'a>(items: &[&'a Item], sent: &mut Sent<'a>, reasons: &mut bool) -> Value {
    let mut message = Map::new();
    let mut texts = Vec::new();
    let mut calls = Vec::new();
    let mut sealed: Option<Sealed> = None;
    for &item in items {
        match item {
            Item::AgentMessage { text, .. } => texts.push(text.as_str()),
            Item::Reasoning { raw, encrypted, .. } => {
                if let Some(own) = unseal(encrypted.as_deref()) {
                    own.put(raw.as_deref(), &mut message);
                    sealed = Some(own);
                }
            }
            Item::FunctionCall { call_id, name, arguments } => {
                calls.push(call(sent.call(call_id, any), name, &freeform::object_text(arguments)));
            }
            Item::CustomCall { call_id, name, input } => {
                calls.push(call(sent.call(call_id, any), name, &freeform::arguments(input).to_string()));
            }
            _ => {}
        }
    }
    if let Some(sealed) = sealed {
        for (place, call) in calls.iter_mut().enumerate() {
            if let Some(extra) = sealed.extra(place) {
                call[EXTRA] = extra.clone();
            }
        }
    }
    *reasons |= message.contains_key(DEEPSEEK_FIELD);
    if *reasons && !calls.is_empty() {
        message.entry(DEEPSEEK_FIELD).or_insert_with(|| json!(""));
    }
    message.insert("role".to_owned(), json!("assistant"));
    let content = if texts.is_empty() { Value::Null } else { json!(texts.join("\n\n")) };
    message.insert("content".to_owned(), content);
    if !calls.is_empty() {
        message.insert("tool_calls".to_owned(), json!(calls));
    }
    Value::Object(message)
}

fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

fn result(id: &CallId, output: &ToolOutput, sent: &Sent<'_>) -> Value {
    json!({"role": "tool", "tool_call_id": sent.output(id), "content": output.text})
}

/// Every character may stand in the name of a call.
fn any(_: char) -> bool {
    true
}
