//! Helpers of the tests of all wires.

use super::call_id::same_answer;
use super::chat::Chat;
use super::client::StreamEvent;
use super::endpoint::Endpoint;
use super::reading::events;
use super::wire::Wire;
use config::{ProviderConfig, WireApi};
use engine::{ModelEvent, Prompt, Purpose, ToolSpec};
use futures_util::{StreamExt, stream};
use proptest::prelude::*;
use protocol::{CallId, InputItem, Item, ReasoningEffort, ToolOutput};
use secrets::Secret;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

pub(super) const PNG: &str = "data:image/png;base64,AA==";

pub(super) fn provider(key: &str, base_url: &str, wire_api: WireApi) -> ProviderConfig {
    ProviderConfig {
        key: key.to_owned(),
        name: "Vendor".to_owned(),
        base_url: base_url.to_owned(),
        env_key: Some("VENDOR_KEY".to_owned()),
        wire_api,
        http_headers: BTreeMap::new(),
        env_http_headers: BTreeMap::new(),
        query_params: BTreeMap::new(),
        request_max_retries: 0,
        stream_max_retries: 0,
        stream_idle_timeout_ms: 60_000,
        default_model: "m".to_owned(),
    }
}

/// Made once: reading the system's certificates takes a while.
static ENDPOINT: LazyLock<Arc<Endpoint>> = LazyLock::new(|| {
    let provider = provider("vendor", "https://api.vendor.example/v1", WireApi::Chat);
    Arc::new(Endpoint::new(&provider, Some(Secret::new("sk-secret-key")), &Chat::PROTOCOL).unwrap())
});

pub(super) fn prompt(model: &str, items: Vec<Item>) -> Prompt {
    Prompt {
        model: model.to_owned(),
        instructions: "be brief".into(),
        items: items.into_iter().map(Arc::new).collect(),
        tools: Arc::new([
            ToolSpec::Function {
                name: "shell".into(),
                description: "runs".into(),
                parameters: json!({"type": "object"}),
            },
            ToolSpec::Freeform {
                name: "apply_patch".into(),
                description: "patches".into(),
                grammar: "start: /.*/",
            },
        ]),
        reasoning_effort: None,
        reasoning_summary: None,
        store: false,
        cache_key: "session-1".to_owned(),
        purpose: Purpose::Work,
    }
}

pub(super) fn with_effort(effort: ReasoningEffort, prompt: Prompt) -> Prompt {
    Prompt { reasoning_effort: Some(effort), ..prompt }
}

/// Returns the events of an answer that arrives in these chunks.
pub(super) fn hear(wire: &impl Wire, chunks: Vec<Vec<u8>>) -> Vec<StreamEvent> {
    let bytes = stream::iter(chunks.into_iter().map(|chunk| Ok(io::Cursor::new(chunk))));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let decoder = wire.decoder(&prompt("m", vec![]));
    runtime.block_on(events(Arc::clone(&ENDPOINT), bytes, decoder, Duration::MAX).collect())
}

pub(super) fn hear_text(wire: &impl Wire, text: &str) -> Vec<StreamEvent> {
    hear(wire, vec![text.as_bytes().to_vec()])
}

/// The items of what was heard, with the ids of calls as the server gave them: ours are made up anew each time.
pub(super) fn items(heard: &[StreamEvent]) -> Vec<Item> {
    let plain = |event: &StreamEvent| match event {
        StreamEvent::Event(ModelEvent::ItemDone(item)) => Some(with_servers_ids(item.clone())),
        _ => None,
    };
    heard.iter().filter_map(plain).collect()
}

pub(super) fn with_servers_ids(mut item: Item) -> Item {
    if let Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } = &mut item
        && same_answer(call_id, call_id)
    {
        let servers = call_id.as_str().get(10..).unwrap_or_default().to_owned();
        *call_id = CallId(servers);
    }
    item
}

/// Everything heard, with the ids of calls as the server gave them.
pub(super) fn plain(heard: Vec<StreamEvent>) -> Vec<StreamEvent> {
    let plain = |event| match event {
        StreamEvent::Event(ModelEvent::ItemDone(item)) => done(with_servers_ids(item)),
        event => event,
    };
    heard.into_iter().map(plain).collect()
}

pub(super) fn done(item: Item) -> StreamEvent {
    StreamEvent::Event(ModelEvent::ItemDone(item))
}

pub(super) fn text(delta: &str) -> StreamEvent {
    StreamEvent::TextDelta(delta.to_owned())
}

pub(super) fn user(text: &str) -> Item {
    Item::UserMessage { content: vec![InputItem::text(text)] }
}

pub(super) fn said(text: &str) -> Item {
    Item::AgentMessage { id: None, text: text.to_owned(), interrupted: false, phase: None }
}

pub(super) fn thought(raw: Option<&str>, encrypted: &str) -> Item {
    let encrypted = Some(encrypted.to_owned()).filter(|sealed| !sealed.is_empty());
    Item::Reasoning { id: None, summary: vec![], raw: raw.map(str::to_owned), encrypted }
}

pub(super) fn shell(id: &str, arguments: &str) -> Item {
    Item::FunctionCall { call_id: id.into(), name: "shell".to_owned(), arguments: arguments.to_owned() }
}

pub(super) fn patch(id: &str, input: &str) -> Item {
    Item::CustomCall { call_id: id.into(), name: "apply_patch".to_owned(), input: input.to_owned() }
}

pub(super) fn output(id: &str, text: &str, images: &[&str]) -> Item {
    let images = images.iter().map(|&image| image.to_owned()).collect();
    let output = ToolOutput { text: text.to_owned(), success: Some(true), images, ..ToolOutput::default() };
    Item::CallOutput { call_id: id.into(), output, custom: false }
}

pub(super) fn body_of(wire: &impl Wire, prompt: &Prompt) -> Value {
    serde_json::from_slice(&wire.body(prompt).unwrap()).unwrap()
}

/// The failure an answer ends in.
#[track_caller]
pub(super) fn failure_of(heard: &[StreamEvent]) -> &engine::ModelFailure {
    let Some(StreamEvent::Failed(failure)) = heard.last() else { panic!("{heard:?}") };
    failure
}

/// Whatever arrives, exactly one last word is heard.
pub(super) fn ends_once(heard: &[StreamEvent]) -> bool {
    heard.iter().filter(|event| event.is_last()).count() == 1
        && heard.last().is_some_and(StreamEvent::is_last)
}

/// Any JSON, out of these words among others.
pub(super) fn arbitrary_json(words: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(words).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(words), inner, 0..6)
                .prop_map(|fields| json!(fields)),
        ]
    })
}

/// The events of a recorded answer with one changed at random: bytes lost, doubled or turned.
pub(super) fn garbled(recorded: &'static str) -> impl Strategy<Value = Vec<u8>> {
    (0..recorded.len(), 0..recorded.len(), any::<u8>()).prop_map(move |(at, other, byte)| {
        let bytes = recorded.as_bytes();
        match byte % 4 {
            0 => bytes[..at].to_vec(),
            1 => [&bytes[..at.min(other)], &bytes[at.max(other)..]].concat(),
            2 => [&bytes[..at.max(other)], &bytes[at.min(other)..]].concat(),
            _ => [&bytes[..at], &[byte], &bytes[at + 1..]].concat(),
        }
    })
}
