//! A prompt as the body of a request.
//!
//! The body of a later turn begins with the bytes of the earlier one's, up to the end of its items: what changes comes
//! last, so that the vendor's cache hits.

use super::super::{call_id, freeform, models};
use config::ProviderConfig;
use engine::{Prompt, Purpose, ToolSpec};
use protocol::{CallId, InputItem, Item, ReasoningEffort, ReasoningSummary, ToolOutput};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::Arc;

/// Differences between the servers that speak this wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Takes freeform tools with a grammar. Elsewhere such a tool is offered as a function of one text.
    pub(super) freeform: bool,
}

impl Dialect {
    /// Freeform tools are OpenAI's own. Its imitators know functions only, and refuse a request with anything else.
    pub(super) fn of(provider: &ProviderConfig) -> Self {
        let is_openai = provider.is_at("openai.com") || provider.is_at("azure.com");
        Self { freeform: is_openai || provider.key == "openai" }
    }
}

/// The body, as JSON.
pub(super) fn body(prompt: &Prompt, dialect: Dialect) -> Result<Vec<u8>, serde_json::Error> {
    let tools: Vec<Value> = prompt.tools.iter().map(|tool| tool_spec(tool, dialect)).collect();
    // a model that does not reason answers with an error to being asked for its reasoning
    let seals = !prompt.store && models::seals_reasoning(&prompt.model);
    serde_json::to_vec(&Body {
        model: &prompt.model,
        stream: true,
        store: prompt.store,
        include: if seals { &["reasoning.encrypted_content"] } else { &[] },
        prompt_cache_key: &prompt.cache_key,
        reasoning: models::is_openai_reasoning(&prompt.model)
            .then_some(ReasoningOptions { effort: prompt.reasoning_effort, summary: summary(prompt) }),
        parallel_tool_calls: true,
        tool_choice: match prompt.purpose {
            Purpose::Work | Purpose::Review => "auto",
            Purpose::Summarise | Purpose::SideQuestion => "none",
        },
        tools,
        instructions: &prompt.instructions,
        input: InputItems { prompt, dialect },
    })
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    stream: bool,
    store: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    include: &'a [&'static str],
    #[serde(skip_serializing_if = "str::is_empty")]
    prompt_cache_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<ReasoningOptions>,
    parallel_tool_calls: bool,
    tool_choice: &'static str,
    tools: Vec<Value>,
    instructions: &'a str,
    input: InputItems<'a>,
}

/// Returns how much the vendor is to tell of the reasoning; nothing where nothing is asked.
fn summary(prompt: &Prompt) -> Option<ReasoningSummary> {
    let summary = prompt.reasoning_summary.unwrap_or(ReasoningSummary::Auto);
    (summary != ReasoningSummary::None).then_some(summary)
}

/// The items as they go over the wire. Each is made when its turn comes: a long conversation is never there a second time.
struct InputItems<'a> {
    prompt: &'a Prompt,
    dialect: Dialect,
}

impl Serialize for InputItems<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Prompt { items, store, model, .. } = self.prompt;
        // OpenAI's other models answer with an error to reasoning, another server knows what it sealed
        let takes_sealed = !self.dialect.freeform || models::seals_reasoning(model);
        let mut nameless = Nameless::default();
        let wire = |(position, item): (usize, &Arc<Item>)| match &**item {
            Item::Reasoning { .. } if !leads_somewhere(&items[position + 1..]) => None,
            Item::Reasoning { encrypted: Some(_), .. } if !takes_sealed => None,
            item => wire_item(position, item, *store, self.dialect, &mut nameless),
        };
        serializer.collect_seq(items.iter().enumerate().filter_map(wire))
    }
}

#[derive(Serialize)]
struct ReasoningOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<ReasoningEffort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<ReasoningSummary>,
}

fn tool_spec(tool: &ToolSpec, dialect: Dialect) -> Value {
    if let ToolSpec::Freeform { name, description, grammar } = tool
        && dialect.freeform
    {
        return json!({
            "type": "custom", "name": name, "description": description,
            "format": {"type": "grammar", "syntax": "lark", "definition": grammar},
        });
    }
    let freeform::Function { name, description, parameters } = freeform::function(tool);
    json!({
        "type": "function", "name": name, "description": description, "strict": false, "parameters": parameters,
    })
}

/// Reports whether what was thought led to something said or called. Reasoning of an attempt that broke right after it did not, and
/// OpenAI refuses reasoning without the item that came of it.
fn leads_somewhere(following: &[Arc<Item>]) -> bool {
    let next = following.iter().find(|item| !matches!(***item, Item::Reasoning { .. }));
    next.is_some_and(|item| {
        matches!(**item, Item::AgentMessage { .. } | Item::FunctionCall { .. } | Item::CustomCall { .. })
    })
}

fn wire_item(
    position: usize,
    item: &Item,
    store: bool,
    dialect: Dialect,
    nameless: &mut Nameless,
) -> Option<Value> {
    let message = |role: &str, content: Value| json!({"type": "message", "role": role, "content": content});
    Some(match item {
        Item::UserMessage { content } => message("user", content.iter().map(wire_content).collect()),
        Item::Context { text } => message("user", json!([{"type": "input_text", "text": text}])),
        Item::AgentMessage { id, text, phase, .. } => {
            let mut said = message("assistant", json!([{"type": "output_text", "text": text}]));
            // optional for OpenAI; vLLM and OpenRouter know an answer by them alone
            if !dialect.freeform {
                said["id"] = json!(id.clone().unwrap_or_else(|| format!("msg_{position}")));
                said["status"] = json!("completed");
                said["content"][0]["annotations"] = json!([]);
            }
            if let Some(phase) = phase {
                said["phase"] = json!(phase);
            }
            said
        }
        Item::Reasoning { id, summary, raw, encrypted } => {
            let summary: Vec<Value> =
                summary.iter().map(|text| json!({"type": "summary_text", "text": text})).collect();
            let mut reasoning = json!({"type": "reasoning", "summary": summary});
            if let Some(id) = id {
                reasoning["id"] = json!(id);
            }
            match (encrypted, raw) {
                // what another wire sealed is an object, and means nothing to this one
                (Some(sealed), _) if sealed.starts_with('{') || sealed.is_empty() => return None,
                (Some(sealed), _) => reasoning["encrypted_content"] = json!(sealed),
                (None, Some(raw)) => reasoning["content"] = json!([{"type": "reasoning_text", "text": raw}]),
                // the vendor looks it up by its id, if it kept it
                (None, None) if store && id.is_some() => {}
                (None, None) => return None,
            }
            reasoning
        }
        Item::FunctionCall { call_id, name, arguments } => json!({
            "type": "function_call", "call_id": nameless.call(call_id), "name": name, "arguments": arguments,
        }),
        Item::CustomCall { call_id, name, input } if dialect.freeform => json!({
            "type": "custom_tool_call", "call_id": nameless.call(call_id), "name": name, "input": input,
        }),
        Item::CustomCall { call_id, name, input } => json!({
            "type": "function_call", "call_id": nameless.call(call_id), "name": name,
            "arguments": freeform::arguments(input).to_string(),
        }),
        Item::CallOutput { call_id, output, custom } => json!({
            "type": if *custom && dialect.freeform { "custom_tool_call_output" } else { "function_call_output" },
            "call_id": nameless.output(call_id), "output": wire_output(output),
        }),
    })
}

/// An answer is a text, or a list of pieces where there are pictures in it.
fn wire_output(output: &ToolOutput) -> Value {
    if output.images.is_empty() {
        return json!(output.text);
    }
    let images = output.images.iter().map(|image| json!({"type": "input_image", "image_url": image}));
    let text = (!output.text.is_empty()).then(|| json!({"type": "input_text", "text": output.text}));
    text.into_iter().chain(images).collect()
}

fn wire_content(piece: &InputItem) -> Value {
    match piece {
        InputItem::Text { text } => json!({"type": "input_text", "text": text}),
        InputItem::Image { image_url } => json!({"type": "input_image", "image_url": image_url}),
    }
}

/// Names for calls that came without an id (B10), so that the vendor accepts them with their answers.
#[derive(Default)]
struct Nameless {
    calls: usize,
    outputs: usize,
}

impl Nameless {
    fn call<'a>(&mut self, id: &'a CallId) -> Cow<'a, str> {
        Self::name(id, &mut self.calls)
    }

    fn output<'a>(&mut self, id: &'a CallId) -> Cow<'a, str> {
        Self::name(id, &mut self.outputs)
    }

    fn name<'a>(id: &'a CallId, seen: &mut usize) -> Cow<'a, str> {
        let own = call_id::own(id);
        if !own.is_empty() {
            return Cow::Borrowed(own);
        }
        *seen += 1;
        Cow::Owned(format!("call_without_id_{seen}"))
    }
}
