//! A prompt as the body of a request.
//!
//! The messages come last, and what was sent once stays as it is, but for the marks that say where the vendor's cache is to
//! end: those move along, and are no part of what it compares
//! (<https://platform.claude.com/docs/en/build-with-claude/prompt-caching>).

use super::super::call_id::Sent;
use super::super::turns::{Turn, turns};
use super::super::{freeform, models};
use engine::{Prompt, ToolSpec};
use protocol::{CallId, InputItem, Item, ReasoningEffort, ToolOutput};
use serde::Serialize;
use serde_json::{Value, json};

/// Number of the last messages that are not the model's which end in a mark. With the tools and the instructions that makes four,
/// which is all there may be.
const MARKED_MESSAGES: usize = 2;

/// The body, as JSON.
pub(super) fn body(prompt: &Prompt) -> Result<Vec<u8>, serde_json::Error> {
    let mut tools: Vec<Value> = prompt.tools.iter().map(tool_spec).collect();
    if let Some(last) = tools.last_mut() {
        mark(last);
    }
    let mut system = Vec::new();
    if !prompt.instructions.is_empty() {
        let mut text = json!({"type": "text", "text": &*prompt.instructions});
        mark(&mut text);
        system.push(text);
    }
    let messages = messages(prompt);
    let thinking = thinking(prompt, &messages);
    let adaptive = thinking.as_ref().is_some_and(|thinking| thinking["type"] == "adaptive");
    serde_json::to_vec(&Body {
        model: &prompt.model,
        max_tokens: models::max_output_tokens(&prompt.model),
        stream: true,
        output_config: prompt
            .reasoning_effort
            .filter(|_| adaptive)
            .map(|effort| json!({"effort": word(effort)})),
        thinking,
        tools,
        system,
        messages,
    })
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u64,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    system: Vec<Value>,
    messages: Vec<Value>,
}

fn tool_spec(tool: &ToolSpec) -> Value {
    let freeform::Function { name, description, parameters } = freeform::function(tool);
    json!({"name": name, "description": description, "input_schema": parameters})
}

fn mark(block: &mut Value) {
    block["cache_control"] = json!({"type": "ephemeral"});
}

/// Returns whether and how the model is to think (<https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking>): the newer
/// ones decide themselves, the older ones are given a number of tokens when a person asked for it.
fn thinking(prompt: &Prompt, messages: &[Value]) -> Option<Value> {
    let version = models::claude_version(&prompt.model)?;
    if version >= (4, 6) {
        // left out, the newest ones show nothing of it
        return Some(json!({"type": "adaptive", "display": "summarized"}));
    }
    let budget_tokens = match prompt.reasoning_effort? {
        ReasoningEffort::None | ReasoningEffort::Minimal => return None,
        ReasoningEffort::Low => 4_096,
        ReasoningEffort::Medium => 10_240,
        ReasoningEffort::High => 24_576,
        // the answer has to have room beside it
        ReasoningEffort::Xhigh | ReasoningEffort::Max => 28_672,
    };
    // they cannot begin to think in the midst of their work
    (version >= (3, 7) && turn_begins_with_thought(messages))
        .then(|| json!({"type": "enabled", "budget_tokens": budget_tokens}))
}

/// Reports whether the model's turn begins with a thought; true where it did nothing yet.
fn turn_begins_with_thought(messages: &[Value]) -> bool {
    let is_said = |message: &Value| {
        message["role"] == "user"
            && message["content"]
                .as_array()
                .is_some_and(|blocks| blocks.iter().all(|block| block["type"] != "tool_result"))
    };
    let begun = messages.iter().rposition(is_said).map_or(0, |at| at + 1);
    messages.get(begun).is_none_or(|answer| is_thought(&answer["content"][0]))
}

fn is_thought(block: &Value) -> bool {
    matches!(block["type"].as_str(), Some("thinking" | "redacted_thinking"))
}

/// The least this wire has a word for is "low".
fn word(effort: ReasoningEffort) -> &'static str {
    effort.max(ReasoningEffort::Low).word()
}

fn messages(prompt: &Prompt) -> Vec<Value> {
    let mut messages: Vec<(&str, Vec<Value>)> = Vec::new();
    let mut sent = Sent::default();
    for turn in turns(&prompt.items) {
        let (role, blocks) = match turn {
            Turn::User(items) => ("user", items.into_iter().flat_map(said).collect()),
            Turn::Assistant(items) => ("assistant", assistant(&items, &mut sent)),
            Turn::Results(results) => {
                ("user", results.into_iter().map(|(id, output)| result(id, output, &sent)).collect())
            }
        };
        match messages.last_mut() {
            _ if blocks.is_empty() => {}
            Some((last, said)) if *last == role => said.extend(blocks),
            _ => messages.push((role, blocks)),
        }
    }
    // an answer that broke off after its text was complete is gone on with; the newer models refuse to find theirs at the end
    if messages.last().is_none_or(|(role, _)| *role == "assistant") {
        messages.push(("user", vec![json!({"type": "text", "text": "Go on."})]));
    }
    let users = messages.iter_mut().rev().filter(|(role, _)| *role == "user").take(MARKED_MESSAGES);
    users.filter_map(|(_, blocks)| blocks.last_mut()).for_each(mark);
    messages.into_iter().map(|(role, content)| json!({"role": role, "content": content})).collect()
}

/// Writes the blocks of what a person, or the app, said.
fn said(item: &Item) -> Vec<Value> {
    match item {
        Item::Context { text } => text_block(text).into_iter().collect(),
        Item::UserMessage { content } => content
            .iter()
            .filter_map(|piece| match piece {
                InputItem::Text { text } => text_block(text),
                InputItem::Image { image_url } => Some(image(image_url)),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Writes the blocks of what the model thought, said and called. Each block is where it was.
fn assistant<'a>(items: &[&'a Item], sent: &mut Sent<'a>) -> Vec<Value> {
    let block = |&item: &&'a Item| match item {
        Item::AgentMessage { text, .. } => text_block(text),
        // thoughts that another wire sealed mean nothing here
        Item::Reasoning { encrypted, .. } => {
            serde_json::from_str(encrypted.as_deref()?).ok().filter(is_thought)
        }
        Item::FunctionCall { call_id, name, arguments } => {
            let input = serde_json::from_str(&freeform::object_text(arguments)).unwrap_or_else(|_| json!({}));
            Some(call(sent.call(call_id, allowed), name, &input))
        }
        Item::CustomCall { call_id, name, input } => {
            Some(call(sent.call(call_id, allowed), name, &freeform::arguments(input)))
        }
        _ => None,
    };
    items.iter().filter_map(block).collect()
}

fn call(id: &str, name: &str, input: &Value) -> Value {
    json!({"type": "tool_use", "id": id, "name": name, "input": input})
}

fn result(id: &CallId, output: &ToolOutput, sent: &Sent<'_>) -> Value {
    let blocks: Vec<Value> =
        text_block(&output.text).into_iter().chain(output.images.iter().map(|url| image(url))).collect();
    json!({"type": "tool_result", "tool_use_id": sent.output(id), "content": blocks})
}

/// A text; `None` where there is nothing in it, which the vendor refuses.
fn text_block(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({"type": "text", "text": text}))
}

fn image(url: &str) -> Value {
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let source = match data {
        Some((media_type, data)) => json!({"type": "base64", "media_type": media_type, "data": data}),
        None => json!({"type": "url", "url": url}),
    };
    json!({"type": "image", "source": source})
}

/// The characters that may stand in the name of a call.
fn allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}
