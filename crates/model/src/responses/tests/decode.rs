//! Answers of the wire, and what they mean.

use super::super::Responses;
use super::super::decode::ResponsesDecoder;
use super::provider;
use crate::client::StreamEvent;
use crate::endpoint::Endpoint;
use crate::reading::events;
use crate::testing::arbitrary_json;
use crate::wire::Wire;
use engine::ModelEvent;
use futures_util::{StreamExt, stream};
use proptest::prelude::*;
use protocol::{AnswerCut, CallId, ErrorKind, Item, TokenUsage};
use secrets::Secret;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// Made once: reading the system's certificates takes a while.
static ENDPOINT: LazyLock<Arc<Endpoint>> = LazyLock::new(|| {
    Arc::new(Endpoint::new(&provider(), Some(Secret::new("sk-secret-key")), &Responses::PROTOCOL).unwrap())
});

/// Returns the events of a response that arrives in these chunks.
fn hear(chunks: Vec<Vec<u8>>) -> Vec<StreamEvent> {
    let bytes = stream::iter(chunks.into_iter().map(|chunk| Ok(io::Cursor::new(chunk))));
    let decoder = ResponsesDecoder::new(vec!["apply_patch".to_owned()]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(events(Arc::clone(&ENDPOINT), bytes, decoder, Duration::MAX).collect())
}

fn hear_events(events: &[Value]) -> Vec<StreamEvent> {
    hear(vec![sse(events).into_bytes()])
}

fn sse(events: &[Value]) -> String {
    let mut text = String::new();
    for event in events {
        write!(text, "event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or("x")).unwrap();
    }
    text
}

fn completed() -> Value {
    json!({"type": "response.completed", "response": {"id": "r", "usage": null}})
}

fn done(item: Item) -> StreamEvent {
    StreamEvent::Event(ModelEvent::ItemDone(item))
}

const COMPLETED: StreamEvent = StreamEvent::Event(ModelEvent::Completed { usage: None, cut: None });

/// A response as OpenAI sends one, with every kind of event and item that is handled.
fn recorded() -> Vec<Value> {
    vec![
        json!({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}}),
        json!({"type": "response.in_progress", "response": {"id": "resp_1"}}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "id": "rs_1"}}),
        json!({"type": "response.reasoning_summary_part.added", "summary_index": 0}),
        json!({"type": "response.reasoning_summary_text.delta", "delta": "**Looking**"}),
        json!({"type": "response.reasoning_summary_part.added", "summary_index": 1}),
        json!({"type": "response.reasoning_summary_text.delta", "delta": "Closer"}),
        json!({"type": "response.reasoning_text.delta", "delta": "hm"}),
        json!({"type": "response.output_item.done", "item": {
            "type": "reasoning", "id": "rs_1", "encrypted_content": "sealed",
            "summary": [{"type": "summary_text", "text": "**Looking**"}, {"type": "summary_text", "text": "Closer"}],
            "content": [{"type": "reasoning_text", "text": "hm"}],
        }}),
        json!({"type": "response.output_text.delta", "delta": "Grüße, "}),
        json!({"type": "response.output_text.delta", "delta": "世界 🌍"}),
        json!({"type": "response.output_item.done", "item": {"type": "message", "id": "msg_1", "role": "assistant",
            "content": [{"type": "output_text", "text": "Grüße, 世界 🌍"}, {"type": "refusal", "refusal": " no"}]}}),
        json!({"type": "response.function_call_arguments.delta", "delta": "{\"com"}),
        json!({"type": "response.output_item.done", "item": {"type": "function_call", "id": "fc_1", "call_id": "c1",
            "name": "shell", "arguments": "{\"command\":[\"ls\"]}"}}),
        json!({"type": "response.output_item.done", "item": {"type": "custom_tool_call", "id": "ct_1", "call_id": "c2",
            "name": "apply_patch", "input": "*** Begin Patch"}}),
        json!({"type": "response.output_item.done", "item": {"type": "web_search_call", "id": "ws_1"}}),
        json!({"type": "response.tomorrow", "delta": {"an": "object"}}),
        json!({"type": "response.completed", "response": {"id": "resp_1", "usage": {
            "input_tokens": 100, "input_tokens_details": {"cached_tokens": 64},
            "output_tokens": 20, "output_tokens_details": {"reasoning_tokens": 8}, "total_tokens": 120}}}),
    ]
}

fn recorded_meaning() -> Vec<StreamEvent> {
    let call = |id: &str| CallId::from(id);
    vec![
        StreamEvent::ReasoningDelta("**Looking**".to_owned()),
        StreamEvent::ReasoningDelta("\n\n".to_owned()),
        StreamEvent::ReasoningDelta("Closer".to_owned()),
        StreamEvent::RawReasoningDelta("hm".to_owned()),
        done(Item::Reasoning {
            id: Some("rs_1".to_owned()),
            summary: vec!["**Looking**".to_owned(), "Closer".to_owned()],
            raw: Some("hm".to_owned()),
            encrypted: Some("sealed".to_owned()),
        }),
        StreamEvent::TextDelta("Grüße, ".to_owned()),
        StreamEvent::TextDelta("世界 🌍".to_owned()),
        done(Item::AgentMessage {
            id: Some("msg_1".to_owned()),
            text: "Grüße, 世界 🌍 no".to_owned(),
            interrupted: false,
            phase: None,
        }),
        done(Item::FunctionCall {
            call_id: call("c1"),
            name: "shell".to_owned(),
            arguments: "{\"command\":[\"ls\"]}".to_owned(),
        }),
        done(Item::CustomCall {
            call_id: call("c2"),
            name: "apply_patch".to_owned(),
            input: "*** Begin Patch".to_owned(),
        }),
        StreamEvent::Event(ModelEvent::Completed {
            usage: Some(TokenUsage {
                input_tokens: 100,
                cached_input_tokens: 64,
                output_tokens: 20,
                reasoning_output_tokens: 8,
            }),
            cut: None,
        }),
    ]
}

#[test]
fn b9_b10_a_recorded_response_means_the_same_however_it_is_cut_into_chunks() {
    let bytes = sse(&recorded()).into_bytes();
    assert_eq!(hear(vec![bytes.clone()]), recorded_meaning());
    assert_eq!(hear(bytes.iter().map(|byte| vec![*byte]).collect()), recorded_meaning(), "byte by byte");
    for at in 0..bytes.len() {
        assert_eq!(hear(vec![bytes[..at].to_vec(), bytes[at..].to_vec()]), recorded_meaning(), "cut at {at}");
    }
}

#[test]
fn line_endings_byte_order_marks_and_comments_do_not_matter() {
    let text = format!("\u{feff}: hello\r\n\r\n{}data: [DONE]\n\n", sse(&recorded()).replace('\n', "\r\n"));
    assert_eq!(hear(vec![text.into_bytes()]), recorded_meaning());
}

#[test]
fn b8_a_stream_that_ends_early_can_be_tried_again_wherever_it_was_cut() {
    let bytes = sse(&recorded()).into_bytes();
    for at in [0, 1, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
        let heard = hear(vec![bytes[..at].to_vec()]);
        let Some(StreamEvent::Failed(failure)) = heard.last() else { panic!("{heard:?}") };
        assert!(failure.retryable, "{failure:?}");
        assert_eq!(failure.error.message, "OpenAI: the stream ended before the answer was complete");
        assert_eq!(heard.iter().filter(|event| event.is_last()).count(), 1);
    }
}

#[track_caller]
fn check_failure(event: Value, kind: ErrorKind, retryable: bool, retry_after_ms: Option<u64>, message: &str) {
    let heard = hear_events(&[event, completed()]);
    let [StreamEvent::Failed(failure)] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(
        (failure.error.kind, failure.retryable, failure.retry_after_ms),
        (kind, retryable, retry_after_ms)
    );
    assert_eq!(failure.error.message, message);
}

#[test]
fn b9_failures_in_the_stream() {
    check_failure(
        json!({"type": "response.failed", "response": {"error": {"code": "rate_limit_exceeded",
            "message": "Rate limit reached. Please try again in 11.054s."}}}),
        ErrorKind::Model,
        true,
        Some(11_054),
        "OpenAI failed: Rate limit reached. Please try again in 11.054s.",
    );
    check_failure(
        json!({"type": "error", "code": "server_error", "message": "oops"}),
        ErrorKind::Model,
        true,
        None,
        "OpenAI failed: oops",
    );
    check_failure(
        json!({"type": "error", "error": {"type": "insufficient_quota", "message": "pay"}}),
        ErrorKind::Model,
        false,
        None,
        "OpenAI failed: pay",
    );
    check_failure(
        json!({"type": "response.failed", "response": {"error": {"code": "context_length_exceeded", "message": "long"}}}),
        ErrorKind::Model,
        false,
        None,
        "OpenAI failed: long",
    );
    check_failure(
        json!({"type": "error", "code": "invalid_api_key", "message": "Incorrect API key: sk-secret-key"}),
        ErrorKind::Unauthorized,
        false,
        None,
        "OpenAI refused the key",
    );
    check_failure(
        json!({"type": "response.failed", "response": null}),
        ErrorKind::Model,
        true,
        None,
        "OpenAI failed: it did not say why",
    );
}

#[test]
fn b9_an_answer_whose_status_is_incomplete_is_cut_whatever_its_event_is_called() {
    let call = json!({"type": "function_call", "call_id": "c", "name": "shell", "arguments": "{\"a", "status": "incomplete"});
    let message = json!({"type": "message", "content": [{"type": "output_text", "text": "so"}], "status": "incomplete"});
    for (kind, response, cut) in [
        (
            "response.incomplete",
            json!({"incomplete_details": {"reason": "max_output_tokens"}}),
            AnswerCut::Length,
        ),
        (
            "response.incomplete",
            json!({"incomplete_details": {"reason": "content_filter"}}),
            AnswerCut::Filter,
        ),
        ("response.incomplete", json!(null), AnswerCut::Unsaid),
        ("response.incomplete", json!({"incomplete_details": {"reason": "a new one"}}), AnswerCut::Unsaid),
        (
            "response.completed",
            json!({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}),
            AnswerCut::Length,
        ),
    ] {
        let last = json!({"type": kind, "response": response});
        let said =
            done(Item::AgentMessage { id: None, text: "so".to_owned(), interrupted: false, phase: None });
        let ended = StreamEvent::Event(ModelEvent::Completed { usage: None, cut: Some(cut) });
        let item = |item: &Value| json!({"type": "response.output_item.done", "item": item});
        let heard = hear_events(&[item(&message), item(&call), last.clone()]);
        assert_eq!(heard, [said.clone(), ended.clone()], "{last}");
        let heard =
            hear_events(&[json!({"type": "response.output_text.delta", "delta": "so"}), last.clone()]);
        assert_eq!(heard[1..], [said, ended], "{last}");
    }
}

#[track_caller]
fn check_nonsense(text: &str, message: &str) {
    let heard = hear(vec![text.as_bytes().to_vec()]);
    let Some(StreamEvent::Failed(failure)) = heard.last() else { panic!("{heard:?}") };
    assert!(failure.retryable);
    assert_eq!(failure.error.message, message);
}

#[test]
fn b9_a_malformed_event_is_an_error_that_names_the_line() {
    check_nonsense(
        ": hi\nevent: response.output_text.delta\ndata: {\"type\":\"response.outp sk-secret-key\n\n",
        "OpenAI: line 3 of the stream (response.output_text.delta) makes no sense: EOF while parsing a string at line 1 \
         column 36: \"{\\\"type\\\":\\\"response.outp [key]\"",
    );
    check_nonsense(
        "data: {\"type\":\"response.output_text.delta\"}\n\n",
        "OpenAI: line 1 of the stream makes no sense: it has no delta: \"{\\\"type\\\":\\\"response.output_text.delta\\\"}\"",
    );
    check_nonsense(
        "event: response.output_item.done\ndata: {}\n\n",
        "OpenAI: line 2 of the stream (response.output_item.done) makes no sense: it has no item: \"{}\"",
    );
    let heard = hear(vec![b"data: {}\n\ndata: \xff\xfe\n\n".to_vec()]);
    let Some(StreamEvent::Failed(failure)) = heard.last() else { panic!("{heard:?}") };
    assert!(failure.error.message.starts_with("OpenAI: the stream broke after line 2:"), "{failure:?}");
}

#[track_caller]
fn check_item(item: Value, want: Option<Item>) {
    let heard = hear_events(&[json!({"type": "response.output_item.done", "item": item}), completed()]);
    assert_eq!(heard, want.into_iter().map(done).chain([COMPLETED]).collect::<Vec<_>>());
}

#[test]
fn b10_calls_keep_their_id_or_get_none() {
    let call = |id: &str, arguments: &str| {
        Some(Item::FunctionCall {
            call_id: id.into(),
            name: "local_shell".to_owned(),
            arguments: arguments.to_owned(),
        })
    };
    let action = json!({"command": ["ls"], "type": "exec"});
    let text = action.to_string();
    check_item(
        json!({"type": "local_shell_call", "id": "ls_1", "call_id": "c", "action": action}),
        call("c", &text),
    );
    check_item(json!({"type": "local_shell_call", "id": "ls_1", "action": action}), call("ls_1", &text));
    check_item(
        json!({"type": "local_shell_call", "call_id": "", "id": null, "action": action}),
        call("", &text),
    );
    check_item(json!({"type": "local_shell_call"}), call("", "null"));
    check_item(json!({"type": "image_generation_call", "id": "ig_1"}), None);
    check_item(json!("nothing of the kind"), None);
}

#[test]
fn b9_a_seal_of_nothing_is_none_and_the_part_of_a_message_is_kept() {
    check_item(
        json!({"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": ""}),
        Some(Item::Reasoning { id: Some("rs".to_owned()), summary: vec![], raw: None, encrypted: None }),
    );
    check_item(
        json!({"type": "message", "phase": "commentary", "content": [{"type": "output_text", "text": "so"}]}),
        Some(Item::AgentMessage {
            id: None,
            text: "so".to_owned(),
            interrupted: false,
            phase: Some("commentary".to_owned()),
        }),
    );
    let call = |arguments: Value| json!({"type": "function_call", "call_id": "c", "name": "shell", "arguments": arguments});
    let want = Item::FunctionCall { call_id: "c".into(), name: "shell".to_owned(), arguments: String::new() };
    check_item(call(Value::Null), Some(want));
}

#[test]
fn freeform_calls_are_text_in_whatever_way_they_come() {
    let patch = "*** Begin Patch\n*** End Patch";
    let want = Some(Item::CustomCall {
        call_id: "c".into(),
        name: "apply_patch".to_owned(),
        input: patch.to_owned(),
    });
    let call = |arguments: Value| json!({"type": "function_call", "call_id": "c", "name": "apply_patch", "arguments": arguments});
    check_item(call(json!(json!({"input": patch}).to_string())), want.clone());
    check_item(call(json!({"patch": patch})), want.clone());
    check_item(call(json!(json!(patch).to_string())), want.clone());
    check_item(call(json!(patch)), want);
}

#[test]
fn items_that_only_come_with_the_whole_response_are_taken_once() {
    let message = json!({"type": "message", "id": "m", "content": [{"type": "output_text", "text": "hi"}]});
    let whole = json!({"type": "response.completed", "response": {"output": [message]}});
    let want = done(Item::AgentMessage {
        id: Some("m".to_owned()),
        text: "hi".to_owned(),
        interrupted: false,
        phase: None,
    });
    assert_eq!(hear_events(std::slice::from_ref(&whole)), [want.clone(), COMPLETED]);
    let item = json!({"type": "response.output_item.done", "item": message});
    assert_eq!(hear_events(&[item, whole]), [want, COMPLETED]);
}

proptest! {
    #[test]
    fn the_parser_never_panics(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..16)) {
        let heard = hear(chunks);
        prop_assert_eq!(heard.iter().filter(|event| event.is_last()).count(), 1);
    }

    #[test]
    fn the_decoder_never_panics(
        kind in prop::sample::select(vec!["response.output_item.done", "response.completed", "response.failed", "error",
            "response.incomplete", "response.output_text.delta", "response.reasoning_summary_part.added"]),
        field in prop::sample::select(vec!["item", "response", "delta", "error", "summary_index"]),
        value in arbitrary_json(WORDS),
    ) {
        let heard = hear_events(&[json!({"type": kind, field: value})]);
        prop_assert_eq!(heard.iter().filter(|event| event.is_last()).count(), 1);
    }
}

const WORDS: &[&str] = &[
    "type",
    "message",
    "reasoning",
    "function_call",
    "local_shell_call",
    "content",
    "text",
    "usage",
    "action",
];
