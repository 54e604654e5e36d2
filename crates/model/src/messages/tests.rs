use super::super::client::StreamEvent;
use super::super::testing::*;
use super::*;
use engine::{FailureCause, ModelEvent};
use proptest::prelude::*;
use protocol::{AnswerCut, ErrorKind, InputItem, Item, ReasoningEffort, TokenUsage};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn sse(events: &[Value]) -> String {
    let mut text = String::new();
    for event in events {
        write!(text, "event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or("x")).unwrap();
    }
    text
}

fn hear_events(events: &[Value]) -> Vec<StreamEvent> {
    plain(hear_text(&Messages, &sse(events)))
}

/// As Anthropic streams: a thought with its signature, a sealed one, text, two calls, with pings in between.
const RECORDED: &str = concat!(
    "event: message_start\n",
    r#"data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-opus-4-6","stop_reason":null,"usage":{"input_tokens":30,"cache_creation_input_tokens":6,"cache_read_input_tokens":64,"output_tokens":1}}}"#,
    "\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
    "\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me "}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"see."}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQBsig"}}"#,
    "\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"sealed"}}"#,
    "\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Grüße, "}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"世界 🌍"}}"#,
    "\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":2}\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_a","name":"shell","input":{}}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"command\":[\"l"}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"s\"]}"}}"#,
    "\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":3}\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_b","name":"apply_patch","input":{}}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\"input\":\"*** Begin Patch\"}"}}"#,
    "\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":4}\n\nevent: message_delta\n",
    r#"data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":20}}"#,
    "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

const THOUGHT: &str = r#"{"signature":"EqQBsig","thinking":"Let me see.","type":"thinking"}"#;
const REDACTED: &str = r#"{"data":"sealed","type":"redacted_thinking"}"#;

fn thinking(summary: &str, sealed: &str) -> Item {
    let summary = Some(summary.to_owned()).filter(|text| !text.is_empty()).into_iter().collect();
    Item::Reasoning { id: None, summary, raw: None, encrypted: Some(sealed.to_owned()) }
}

fn recorded_meaning() -> Vec<StreamEvent> {
    let usage = TokenUsage {
        input_tokens: 100,
        cached_input_tokens: 64,
        output_tokens: 20,
        reasoning_output_tokens: 0,
    };
    let thought = |delta: &str| StreamEvent::ReasoningDelta(delta.to_owned());
    vec![
        thought("Let me "),
        thought("see."),
        done(thinking("Let me see.", THOUGHT)),
        done(thinking("", REDACTED)),
        text("Grüße, "),
        text("世界 🌍"),
        done(said("Grüße, 世界 🌍")),
        done(shell("toolu_a", "{\"command\":[\"ls\"]}")),
        done(patch("toolu_b", "*** Begin Patch")),
        StreamEvent::Event(ModelEvent::Completed { usage: Some(usage), cut: None }),
    ]
}

#[test]
fn b38_a_recorded_answer_means_the_same_however_it_is_cut_into_chunks() {
    let bytes = RECORDED.as_bytes();
    assert_eq!(plain(hear(&Messages, vec![bytes.to_vec()])), recorded_meaning());
    assert_eq!(plain(hear(&Messages, bytes.iter().map(|byte| vec![*byte]).collect())), recorded_meaning());
    for at in (0..bytes.len()).step_by(11) {
        let cut = vec![bytes[..at].to_vec(), bytes[at..].to_vec()];
        assert_eq!(plain(hear(&Messages, cut)), recorded_meaning(), "cut at {at}");
    }
}

#[test]
fn b8_an_answer_that_ends_early_can_be_tried_again() {
    for at in [0, 1, RECORDED.len() / 3, RECORDED.len() / 2, RECORDED.len() - 150] {
        let at = RECORDED.ceil_char_boundary(at);
        let heard = hear_text(&Messages, &RECORDED[..at]);
        let failure = failure_of(&heard);
        assert!(failure.retryable && failure.opened, "{failure:?}");
    }
    let without_stop =
        RECORDED.strip_suffix("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n").unwrap();
    assert_eq!(plain(hear_text(&Messages, without_stop)), recorded_meaning());
}

fn block(index: u64, begun: Value, deltas: &[Value]) -> Vec<Value> {
    let delta = |delta: &Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let mut events = vec![json!({"type": "content_block_start", "index": index, "content_block": begun})];
    events.extend(deltas.iter().map(delta));
    events.push(json!({"type": "content_block_stop", "index": index}));
    events
}

fn stop(reason: &str) -> Vec<Value> {
    vec![
        json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 1}}),
        json!({"type": "message_stop"}),
    ]
}

#[test]
fn b9_ends_that_are_failures() {
    let call = json!({"type": "tool_use", "id": "t", "name": "shell", "input": {}});
    let half = block(0, call, &[json!({"type": "input_json_delta", "partial_json": "{\"command\":[\"r"})]);
    for (reason, message) in [
        ("refusal", "Vendor: the model refuses to go on"),
        ("model_context_window_exceeded", "Vendor: the conversation is longer than the model can take"),
    ] {
        let heard = hear_events(&[half.clone(), stop(reason)].concat());
        let failure = failure_of(&heard);
        assert_eq!((failure.retryable, failure.error.message.as_str()), (false, message));
        let is_overflow = matches!(failure.cause, FailureCause::Overflow { .. });
        assert_eq!(is_overflow, reason == "model_context_window_exceeded");
        assert!(items(&heard).is_empty(), "half a call is none: {heard:?}");
    }
    let text = block(1, json!({"type": "text", "text": ""}), &[json!({"type": "text_delta", "text": "so"})]);
    for open in [text.clone(), text[..2].to_vec()] {
        let heard = hear_events(&[half.clone(), open, stop("max_tokens")].concat());
        assert_eq!(items(&heard), [said("so")], "what is whole is kept: {heard:?}");
        let cut = Some(AnswerCut::Length);
        assert!(
            matches!(heard.last(), Some(StreamEvent::Event(ModelEvent::Completed { cut: said, .. })) if *said == cut)
        );
    }
    let heard = hear_events(&[half, stop("tool_use")].concat());
    assert_eq!(items(&heard), [shell("t", "{\"command\":[\"r")], "the model is told that it cannot be read");
}

#[test]
fn b9_errors_in_the_stream() {
    for (kind, retryable, overflow, message) in [
        ("overloaded_error", true, false, "Overloaded"),
        ("api_error", true, false, "Internal server error"),
        ("rate_limit_error", true, false, "slow down"),
        ("invalid_request_error", false, true, "prompt is too long: 208310 tokens > 200000 maximum"),
        ("invalid_request_error", false, false, "messages: at least one"),
        ("permission_error", false, false, "not yours"),
        ("billing_error", false, false, "pay"),
    ] {
        let heard = hear_events(&[json!({"type": "error", "error": {"type": kind, "message": message}})]);
        let failure = failure_of(&heard);
        let is_overflow = matches!(failure.cause, FailureCause::Overflow { .. });
        assert_eq!((failure.retryable, is_overflow), (retryable, overflow), "{kind}: {message}");
        assert_eq!(failure.error.message, format!("Vendor failed: {message}"));
    }
    let heard =
        hear_events(&[json!({"type": "error", "error": {"type": "authentication_error", "message": "x"}})]);
    assert_eq!(failure_of(&heard).error.kind, ErrorKind::Unauthorized);
    let heard = hear_text(&Messages, "event: content_block_delta\ndata: {\"index\": 3, \"delta\": {}}\n\n");
    assert!(failure_of(&heard).error.message.contains("it is of a block that never began"), "{heard:?}");
}

#[test]
fn b38_blocks_that_come_whole_and_ones_nobody_knows() {
    let events = [
        block(0, json!({"type": "text", "text": "Hi"}), &[]),
        block(1, json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}), &[]),
        block(2, json!({"type": "tool_use", "id": "t", "name": "shell", "input": {"command": ["ls"]}}), &[]),
        stop("tool_use"),
    ];
    let heard = hear_events(&events.concat());
    assert_eq!(items(&heard), [said("Hi"), shell("t", "{\"command\":[\"ls\"]}")]);
}

fn every_item() -> Vec<Item> {
    vec![
        Item::Context { text: "<environment_context/>".to_owned() },
        Item::UserMessage {
            content: vec![InputItem::text("look"), InputItem::Image { image_url: PNG.to_owned() }],
        },
        thinking("Let me see.", THOUGHT),
        thinking("", REDACTED),
        said("I look."),
        shell("aaaaaaaa0:toolu_a", "{\"command\":[\"ls\"]}"),
        output("aaaaaaaa0:toolu_a", "a.txt", &[]),
        patch("aaaaaaaa1:toolu.b", "p"),
        output("aaaaaaaa1:toolu.b", "", &[PNG]),
        shell("bbbbbbbb0", "not json"),
        output("bbbbbbbb0", "failed to parse", &[]),
        thought(Some("another wire's"), "gAAAA"),
        said("Done."),
        user("thanks"),
    ]
}

#[test]
fn b38_a_prompt_becomes_a_request() {
    let body = body_of(&Messages, &prompt("claude-opus-4-6", every_item()));
    let image =
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}});
    let text = |text: &str| json!({"type": "text", "text": text});
    let marked = |mut block: Value| {
        block["cache_control"] = json!({"type": "ephemeral"});
        block
    };
    let call = |id: &str, name: &str, input: Value| json!({"type": "tool_use", "id": id, "name": name, "input": input});
    let result =
        |id: &str, content: Value| json!({"type": "tool_result", "tool_use_id": id, "content": content});
    let messages = json!([
        {"role": "user", "content": [text("<environment_context/>"), text("look"), image]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "Let me see.", "signature": "EqQBsig"},
            {"type": "redacted_thinking", "data": "sealed"},
            text("I look."),
            call("toolu_a", "shell", json!({"command": ["ls"]})),
            call("toolu_b", "apply_patch", json!({"input": "p"}))]},
        {"role": "user", "content": [result("toolu_a", json!([text("a.txt")])), result("toolu_b", json!([image]))]},
        {"role": "assistant", "content": [
            call("bbbbbbbb0", "shell", json!({"unreadable_arguments": "not json"}))]},
        {"role": "user", "content": [marked(result("bbbbbbbb0", json!([text("failed to parse")])))]},
        {"role": "assistant", "content": [text("Done.")]},
        {"role": "user", "content": [marked(text("thanks"))]},
    ]);
    assert_eq!(body["messages"], messages);
    assert_eq!(body["system"], json!([marked(text("be brief"))]));
    assert_eq!(
        body["tools"][0],
        json!({"name": "shell", "description": "runs", "input_schema": {"type": "object"}})
    );
    assert_eq!(body["tools"][1]["cache_control"], json!({"type": "ephemeral"}));
    assert_eq!((&body["stream"], &body["max_tokens"]), (&json!(true), &json!(64_000)));
    assert_eq!(body.to_string().matches("cache_control").count(), 4, "more than four are refused");
}

/// The bytes without the marks, which are no part of what is compared.
fn unmarked(items: &[Item]) -> String {
    let body = String::from_utf8(Messages.body(&prompt("claude-opus-4-6", items.to_vec())).unwrap()).unwrap();
    let (before, messages) = body.split_once("\"messages\":").unwrap();
    let mark = "\"cache_control\":{\"type\":\"ephemeral\"},";
    format!("{before}\"messages\":{}", messages.replace(mark, ""))
}

#[test]
fn b38_what_was_sent_once_stays_as_it_is() {
    let all = every_item();
    for count in [2, 9, 11] {
        let (earlier, later) = (unmarked(&all[..count]), unmarked(&all));
        let shared = earlier.strip_suffix("],\"role\":\"user\"}]}").unwrap();
        assert!(later.starts_with(shared), "{count} items\n{earlier}\n{later}");
    }
}

#[test]
fn b38_how_each_model_is_told_to_think() {
    let thinking = |model: &str, effort: Option<ReasoningEffort>, items: Vec<Item>| {
        let prompt = engine::Prompt { reasoning_effort: effort, ..prompt(model, items) };
        let body = body_of(&Messages, &prompt);
        (
            body["thinking"]["type"].clone(),
            body["thinking"]["budget_tokens"].clone(),
            body["output_config"].clone(),
        )
    };
    let (high, hi) = (Some(ReasoningEffort::High), || vec![user("hi")]);
    let adaptive = json!("adaptive");
    assert_eq!(thinking("claude-opus-5-5", None, hi()), (adaptive.clone(), Value::Null, Value::Null));
    assert_eq!(thinking("claude-opus-5-5", high, hi()), (adaptive, Value::Null, json!({"effort": "high"})));
    let budget = (json!("enabled"), json!(24_576), Value::Null);
    let none = (Value::Null, Value::Null, Value::Null);
    assert_eq!(thinking("claude-haiku-4-5", high, hi()), budget);
    assert_eq!(thinking("claude-haiku-4-5", None, hi()), none);
    assert_eq!(thinking("claude-haiku-4-5", Some(ReasoningEffort::Minimal), hi()), none);
    assert_eq!(thinking("claude-3-5-haiku-latest", high, hi()), none);
    assert_eq!(thinking("qwen3-coder", high, hi()), none);
    let worked = |first: Item| vec![user("hi"), first, shell("c", "{}"), output("c", "ok", &[])];
    assert_eq!(thinking("claude-haiku-4-5", high, worked(self::thinking("", THOUGHT))), budget);
    assert_eq!(thinking("claude-haiku-4-5", high, worked(said("No thought."))), none, "it would be refused");
}

#[test]
fn a_conversation_never_ends_with_the_model_and_holds_no_empty_text() {
    let messages = |items: Vec<Item>| body_of(&Messages, &prompt("claude-opus-5", items))["messages"].clone();
    let last = messages(vec![user("hi"), said("so")]);
    assert_eq!(last[2]["content"][0]["text"], "Go on.");
    let empty = messages(vec![user("hi"), said(" \n"), shell("c", ""), output("c", " ", &[])]);
    assert_eq!(empty[1]["content"], json!([{"type": "tool_use", "id": "c", "name": "shell", "input": {}}]));
    assert_eq!(empty[2]["content"][0]["content"], json!([]));
}

const WORDS: &[&str] = &[
    "type",
    "index",
    "message",
    "usage",
    "content_block",
    "delta",
    "text",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "id",
    "name",
    "input",
    "partial_json",
    "signature",
    "data",
    "stop_reason",
    "error",
    "input_tokens",
    "output_tokens",
];

const KINDS: &[&str] = &[
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "error",
    "x",
];

proptest! {
    #[test]
    fn b38_no_stream_however_garbled_makes_it_panic(bytes in garbled(RECORDED)) {
        prop_assert!(ends_once(&hear(&Messages, vec![bytes])));
    }

    #[test]
    fn b38_no_event_makes_it_panic(
        events in prop::collection::vec((prop::sample::select(KINDS), prop::sample::select(WORDS), arbitrary_json(WORDS)), 1..8)
    ) {
        let events: Vec<Value> =
            events.into_iter().map(|(kind, field, value)| json!({"type": kind, "index": 0, field: value})).collect();
        let ended = [events, stop("end_turn")].concat();
        prop_assert!(ends_once(&hear_text(&Messages, &sse(&ended))));
    }
}
