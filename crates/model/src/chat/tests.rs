use super::super::client::StreamEvent;
use super::super::testing::*;
use super::*;
use config::WireApi;
use engine::{FailureCause, ModelEvent, Purpose};
use proptest::prelude::*;
use protocol::{ErrorKind, InputItem, Item, ReasoningEffort, TokenUsage};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn chat() -> Chat {
    Chat { dialect: Dialect::default() }
}

/// Chunks as a server sends them, and the word at the end.
fn sse(chunks: &[Value]) -> String {
    let mut text = String::new();
    for chunk in chunks {
        write!(text, "data: {chunk}\n\n").unwrap();
    }
    text + "data: [DONE]\n\n"
}

fn delta(delta: Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn hear_chunks(chunks: &[Value]) -> Vec<StreamEvent> {
    plain(hear_text(&chat(), &sse(chunks)))
}

const COMPLETED: StreamEvent = StreamEvent::Event(ModelEvent::Completed { usage: None, cut: None });

/// As OpenAI streams: the role first, arguments in pieces, calls side by side, the usage in a chunk without choices.
const RECORDED: &str = concat!(
    r#"data: {"id":"chatcmpl-9","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{"content":"Grüße, "},"finish_reason":null}],"usage":null}"#,
    "\n\n: OPENROUTER PROCESSING\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{"content":"世界 🌍"},"finish_reason":null}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"shell","arguments":""}}]},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"command\":"}}]},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"apply_patch","arguments":"{\"input\":\"*** Begin"}}]},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"[\"ls\"]}"}}]},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":" Patch\"}"}}]},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":8}}}"#,
    "\n\ndata: [DONE]\n\n",
);

fn recorded_meaning() -> Vec<StreamEvent> {
    let usage = TokenUsage {
        input_tokens: 100,
        cached_input_tokens: 64,
        output_tokens: 20,
        reasoning_output_tokens: 8,
    };
    vec![
        text("Grüße, "),
        text("世界 🌍"),
        done(said("Grüße, 世界 🌍")),
        done(shell("call_a", "{\"command\":[\"ls\"]}")),
        done(patch("call_b", "*** Begin Patch")),
        StreamEvent::Event(ModelEvent::Completed { usage: Some(usage), cut: None }),
    ]
}

#[test]
fn b38_a_recorded_answer_means_the_same_however_it_is_cut_into_chunks() {
    let bytes = RECORDED.as_bytes();
    assert_eq!(plain(hear(&chat(), vec![bytes.to_vec()])), recorded_meaning());
    assert_eq!(plain(hear(&chat(), bytes.iter().map(|byte| vec![*byte]).collect())), recorded_meaning());
    for at in (0..bytes.len()).step_by(7) {
        let cut = vec![bytes[..at].to_vec(), bytes[at..].to_vec()];
        assert_eq!(plain(hear(&chat(), cut)), recorded_meaning(), "cut at {at}");
    }
}

#[test]
fn b38_calls_of_one_answer_are_known_to_belong_together() {
    let ids = |heard: Vec<StreamEvent>| -> Vec<protocol::CallId> {
        let id = |event: &StreamEvent| match event {
            StreamEvent::Event(ModelEvent::ItemDone(
                Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. },
            )) => Some(call_id.clone()),
            _ => None,
        };
        heard.iter().filter_map(id).collect()
    };
    let (one, other) = (ids(hear_text(&chat(), RECORDED)), ids(hear_text(&chat(), RECORDED)));
    assert!(super::super::call_id::same_answer(&one[0], &one[1]), "{one:?}");
    assert!(!super::super::call_id::same_answer(&one[0], &other[0]), "{one:?} {other:?}");
}

#[test]
fn b8_an_answer_that_ends_early_can_be_tried_again_and_a_missing_done_does_no_harm() {
    let finished = RECORDED.find("\"tool_calls\"}").unwrap();
    for (cut, complete) in [(RECORDED.len() / 2, false), (finished, false), (RECORDED.len() - 14, true)] {
        let heard = hear_text(&chat(), &RECORDED[..cut]);
        if complete {
            assert_eq!(plain(heard), recorded_meaning());
        } else {
            let failure = failure_of(&heard);
            assert!(failure.retryable && failure.opened, "{failure:?}");
            assert!(items(&heard).is_empty(), "nothing of a broken answer is kept");
        }
    }
    // nothing after the reason why it ended, not even an empty line
    let text = sse(&[delta(json!({"content": "hi"})), finish("stop")]).replace("data: [DONE]\n\n", "");
    assert_eq!(hear_text(&chat(), &text), [self::text("hi"), done(said("hi")), COMPLETED]);
}

#[track_caller]
fn check_calls(what: &str, deltas: Vec<Value>, want: &[(&str, &str)]) {
    let chunks: Vec<Value> = deltas
        .into_iter()
        .map(|calls| delta(json!({"tool_calls": calls})))
        .chain([finish("tool_calls")])
        .collect();
    let want: Vec<Item> = want.iter().map(|(id, arguments)| shell(id, arguments)).collect();
    assert_eq!(items(&hear_chunks_raw(&chunks)), want, "{what}");
}

fn hear_chunks_raw(chunks: &[Value]) -> Vec<StreamEvent> {
    hear_text(&chat(), &sse(chunks))
}

#[test]
fn b39_calls_as_local_servers_send_them() {
    let call = |index: Value, id: Value, name: Value, arguments: Value| json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let (null, ls, pwd) = (Value::Null, "{\"command\":[\"ls\"]}", "{\"command\":[\"pwd\"]}");
    check_calls(
        "Ollama: whole calls, each of them the first",
        vec![
            json!([call(json!(0), json!("call_1"), json!("shell"), json!(ls))]),
            json!([call(json!(0), json!("call_2"), json!("shell"), json!(pwd))]),
        ],
        &[("call_1", ls), ("call_2", pwd)],
    );
    check_calls(
        "no ids, and each the first",
        vec![
            json!([call(json!(0), json!(""), json!("shell"), json!(ls))]),
            json!([call(json!(0), null.clone(), json!("shell"), json!(pwd))]),
        ],
        &[("", ls), ("", pwd)],
    );
    check_calls(
        "no index",
        vec![
            json!([call(null.clone(), json!("a"), json!("shell"), json!("{\"command\":"))]),
            json!([call(null.clone(), null.clone(), null.clone(), json!("[\"ls\"]}"))]),
            json!([call(null.clone(), json!("b"), json!("shell"), json!(pwd))]),
        ],
        &[("a", ls), ("b", pwd)],
    );
    check_calls(
        "arguments that are an object, and none at all",
        vec![
            json!([call(json!(0), json!("a"), json!("shell"), json!({"command": ["ls"]}))]),
            json!([call(json!(1), json!("b"), json!("shell"), null.clone())]),
        ],
        &[("a", ls), ("b", "")],
    );
    check_calls(
        "the name again with every piece",
        vec![
            json!([call(json!(0), json!("a"), json!("shell"), json!("{\"command\":"))]),
            json!([call(json!(0), json!("a"), json!("shell"), json!("[\"ls\"]}"))]),
        ],
        &[("a", ls)],
    );
    check_calls(
        "several in one chunk",
        vec![json!([
            call(json!(0), json!("a"), json!("shell"), json!(ls)),
            call(json!(1), json!("b"), json!("shell"), json!(pwd))
        ])],
        &[("a", ls), ("b", pwd)],
    );
}

#[track_caller]
fn check_reasoning(deltas: Vec<Value>, shown: &[StreamEvent], want: &Item) {
    let chunks: Vec<Value> = deltas.into_iter().map(delta).chain([finish("stop")]).collect();
    let heard = hear_chunks(&chunks);
    assert_eq!(&heard[..shown.len()], shown);
    assert_eq!(items(&heard).first(), Some(want));
}

#[test]
fn b38_reasoning_in_every_form_it_comes_in() {
    let raw = |delta: &str| StreamEvent::RawReasoningDelta(delta.to_owned());
    let summary = |delta: &str| StreamEvent::ReasoningDelta(delta.to_owned());
    check_reasoning(
        vec![
            json!({"role": "assistant", "content": null, "reasoning_content": "Hm"}),
            json!({"content": null, "reasoning_content": ", so."}),
            json!({"content": "Yes.", "reasoning_content": null}),
        ],
        &[raw("Hm"), raw(", so."), text("Yes.")],
        &thought(Some("Hm, so."), r#"{"chat":{"field":"reasoning_content"}}"#),
    );
    check_reasoning(
        vec![json!({"reasoning": "Hm", "reasoning_content": "Hm", "content": "Yes."})],
        &[raw("Hm"), text("Yes.")],
        &thought(Some("Hm"), r#"{"chat":{"field":"reasoning_content"}}"#),
    );
    let details = |details: Value| json!({"reasoning": "as below", "reasoning_details": details});
    check_reasoning(
        vec![
            details(
                json!([{"type": "reasoning.text", "index": 0, "format": "x", "text": "Hm", "signature": null}]),
            ),
            details(json!([{"type": "reasoning.text", "index": 0, "text": ", so.", "signature": "sig"}])),
            details(json!([{"type": "reasoning.encrypted", "index": 1, "data": "sealed"}])),
        ],
        &[raw("Hm"), raw(", so.")],
        &thought(
            Some("Hm, so."),
            &json!({"chat": {"reasoning_details": [
                {"type": "reasoning.text", "index": 0, "format": "x", "text": "Hm, so.", "signature": "sig"},
                {"type": "reasoning.encrypted", "index": 1, "data": "sealed"},
            ]}})
            .to_string(),
        ),
    );
    check_reasoning(
        vec![details(json!([{"type": "reasoning.summary", "index": 0, "summary": "Thinking"}]))],
        &[summary("Thinking")],
        &Item::Reasoning {
            id: None,
            summary: vec!["Thinking".to_owned()],
            raw: None,
            encrypted: Some(
                json!({"chat": {"reasoning_details": [{"type": "reasoning.summary", "index": 0, "summary": "Thinking"}]}})
                    .to_string(),
            ),
        },
    );
    check_reasoning(
        vec![json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
            {"type": "text", "text": "Yes."}]})],
        &[raw("Hm"), text("Yes.")],
        &thought(Some("Hm"), ""),
    );
}

#[track_caller]
fn check_end(last: Value, retryable: bool, message: &str) {
    let heard = hear_chunks(&[delta(json!({"content": "so"})), last]);
    let failure = failure_of(&heard);
    assert_eq!((failure.retryable, failure.error.message.as_str()), (retryable, message));
}

#[test]
fn b9_ends_that_are_failures() {
    check_end(finish("refusal"), false, "Vendor: the model refuses to go on");
    check_end(
        finish("insufficient_system_resource"),
        true,
        "Vendor: the answer was cut short: insufficient_system_resource",
    );
    let error = |code: Value, message: &str| json!({"error": {"code": code, "message": message}, "choices": [{"delta": {"content": ""}, "finish_reason": "error"}]});
    check_end(error(json!(502), "provider is down"), true, "Vendor failed: provider is down");
    check_end(error(json!("server_error"), "oops"), true, "Vendor failed: oops");
    check_end(error(json!(402), "no credits"), false, "Vendor failed: no credits");
    check_end(json!({"error": "sk-secret-key broke"}), true, "Vendor failed: [key] broke");
    check_end(
        json!({"choices": [{"delta": {}, "error": {"code": 503, "message": "busy"}}]}),
        true,
        "Vendor failed: busy",
    );
    let heard = hear_text(&chat(), "event: error\ndata: {\"message\": \"gone\"}\n\n");
    assert_eq!(failure_of(&heard).error.message, "Vendor failed: gone");
    let heard = hear_chunks(&[json!({"error": {"code": 401, "message": "who?"}})]);
    assert_eq!(failure_of(&heard).error.kind, ErrorKind::Unauthorized);
    let full = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens";
    let heard = hear_chunks(&[error(json!(400), full)]);
    assert_eq!(failure_of(&heard).cause, FailureCause::Overflow { window: Some(8192) });
    assert!(!failure_of(&heard).retryable);
}

#[test]
fn b9_a_malformed_chunk_is_an_error_that_names_the_line() {
    let heard = hear_text(&chat(), ": hi\n\ndata: {\"choices\": [\n\n");
    assert!(failure_of(&heard).retryable);
    assert!(
        failure_of(&heard).error.message.starts_with("Vendor: line 3 of the stream makes no sense"),
        "{heard:?}"
    );
}

fn every_item() -> Vec<Item> {
    let deepseek = r#"{"chat":{"field":"reasoning_content"}}"#;
    vec![
        Item::Context { text: "<environment_context/>".to_owned() },
        Item::UserMessage {
            content: vec![InputItem::text("look"), InputItem::Image { image_url: PNG.to_owned() }],
        },
        thought(Some("hm"), deepseek),
        said("I look."),
        shell("aaaaaaaa0:call_1", "{\"command\": [\"ls\"]}"),
        output("aaaaaaaa0:call_1", "a.txt", &[]),
        patch("aaaaaaaa1:call_2", "p"),
        output("aaaaaaaa1:call_2", "written", &[PNG]),
        shell("bbbbbbbb0", "not json"),
        output("bbbbbbbb0", "failed to parse", &[]),
        thought(None, "{\"type\":\"thinking\",\"thinking\":\"another wire's\",\"signature\":\"s\"}"),
        said("Done."),
        user("thanks"),
    ]
}

#[test]
fn b38_a_prompt_becomes_a_request() {
    let body = body_of(&chat(), &prompt("deepseek-chat", every_item()));
    let image = json!({"type": "image_url", "image_url": {"url": PNG}});
    let function = |id: &str, name: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let messages = json!([
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": [
            {"type": "text", "text": "<environment_context/>"}, {"type": "text", "text": "look"}, image]},
        {"role": "assistant", "content": "I look.", "reasoning_content": "hm", "tool_calls": [
            function("call_1", "shell", "{\"command\": [\"ls\"]}"),
            function("call_2", "apply_patch", "{\"input\":\"p\"}")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "a.txt"},
        {"role": "tool", "tool_call_id": "call_2", "content": "written"},
        {"role": "user", "content": [{"type": "text", "text": "What the tool has shown:"}, image]},
        {"role": "assistant", "content": null, "reasoning_content": "", "tool_calls": [
            function("bbbbbbbb0", "shell", "{\"unreadable_arguments\":\"not json\"}")]},
        {"role": "tool", "tool_call_id": "bbbbbbbb0", "content": "failed to parse"},
        {"role": "assistant", "content": "Done."},
        {"role": "user", "content": "thanks"},
    ]);
    assert_eq!(body["messages"], messages);
    assert_eq!(
        body["tools"][0],
        json!({"type": "function", "function":
        {"name": "shell", "description": "runs", "parameters": {"type": "object"}}})
    );
    assert_eq!(body["tools"][1]["function"]["parameters"]["required"], json!(["input"]));
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["messages", "model", "stream", "stream_options", "tools"],
        "servers refuse what they do not know"
    );
}

#[test]
fn b38_what_was_sent_once_stays_as_it_is() {
    let all = every_item();
    let body = |count: usize| chat().body(&prompt("m", all[..count].to_vec())).unwrap();
    // the model is asked when the person has spoken, and when all calls of an answer have their results
    for (count, closed) in [(2, "],\"role\":\"user\"}]}"), (8, "],\"role\":\"user\"}]}"), (10, "]}")] {
        let (earlier, later) = (body(count), body(all.len()));
        let shared = earlier.strip_suffix(closed.as_bytes()).unwrap();
        assert!(later.starts_with(shared), "{count} items");
    }
}

#[test]
fn what_only_some_want() {
    let with = |key: &str, base_url: &str, model: &str| {
        let wire = Chat::new(&provider(key, base_url, WireApi::Chat));
        body_of(&wire, &with_effort(ReasoningEffort::High, prompt(model, vec![user("hi")])))
    };
    let openai = with("openai", "https://api.openai.com/v1", "gpt-5");
    assert_eq!(
        (&openai["reasoning_effort"], &openai["prompt_cache_key"]),
        (&json!("high"), &json!("session-1"))
    );
    let router = with("openrouter", "https://openrouter.ai/api/v1", "anthropic/claude-opus-4.6");
    assert_eq!(router["reasoning"], json!({"effort": "high"}));
    assert_eq!(router["cache_control"], json!({"type": "ephemeral"}));
    assert_eq!(router.get("reasoning_effort"), None);
    assert_eq!(with("openrouter", "https://openrouter.ai/api/v1", "qwen/qwen3").get("cache_control"), None);
    let local = with("ollama", "http://127.0.0.1:11434/v1", "qwen3:8b");
    assert_eq!(local.get("reasoning_effort"), None, "a model that does not think refuses it");
    assert_eq!(with("m", "https://api.mistral.ai/v1", "devstral").get("stream_options"), None);
}

#[test]
fn a_conversation_never_ends_with_the_model_and_a_summary_calls_nothing() {
    let last = |items: Vec<Item>| {
        let body = body_of(&chat(), &prompt("m", items));
        body["messages"].as_array().unwrap().last().unwrap().clone()
    };
    assert_eq!(last(vec![user("hi"), said("so")]), json!({"role": "user", "content": "Go on."}));
    let seen = last(vec![user("hi"), shell("c", "{}"), output("c", "ok", &[PNG])]);
    assert_eq!(seen["role"], "user");
    assert_eq!(seen["content"][1]["type"], "image_url");
    let summary = engine::Prompt { purpose: Purpose::Summarise, ..prompt("m", vec![user("hi")]) };
    assert_eq!(body_of(&chat(), &summary)["tool_choice"], "none");
    let bare = engine::Prompt { tools: [].into(), ..summary };
    assert_eq!(
        (body_of(&chat(), &bare).get("tools"), body_of(&chat(), &bare).get("tool_choice")),
        (None, None)
    );
}

#[test]
fn b38_what_gemini_wants_back_with_a_call_goes_back() {
    let extra = json!({"google": {"thought_signature": "sig"}});
    let call = |index: u64| {
        let mut call = json!({"index": index, "id": format!("g{index}"),
            "function": {"name": "shell", "arguments": "{}"}});
        if index == 0 {
            call["extra_content"] = extra.clone();
        }
        call
    };
    let heard = hear_chunks_raw(&[delta(json!({"tool_calls": [call(0), call(1)]})), finish("tool_calls")]);
    let mut history = vec![user("hi")];
    for event in heard {
        let StreamEvent::Event(ModelEvent::ItemDone(item)) = event else { continue };
        let id = match &item {
            Item::FunctionCall { call_id, .. } => Some(call_id.clone()),
            _ => None,
        };
        history.push(item);
        history.extend(id.map(|id| output(id.as_str(), "ok", &[])));
    }
    let body = body_of(&chat(), &prompt("gemini-3-pro", history));
    let calls = &body["messages"][2]["tool_calls"];
    assert_eq!((&calls[0]["extra_content"], calls[1].get("extra_content")), (&extra, None), "{body}");
    assert_eq!(calls.as_array().map(Vec::len), Some(2));
}

const WORDS: &[&str] = &[
    "choices",
    "delta",
    "message",
    "content",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "index",
    "id",
    "type",
    "text",
    "thinking",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "summary",
    "extra_content",
    "finish_reason",
    "stop",
    "usage",
    "prompt_tokens",
    "error",
    "code",
];

proptest! {
    #[test]
    fn b38_no_stream_however_garbled_makes_it_panic(bytes in garbled(RECORDED)) {
        prop_assert!(ends_once(&hear(&chat(), vec![bytes])));
    }

    #[test]
    fn b38_no_chunk_makes_it_panic(choice in arbitrary_json(WORDS), delta_of in arbitrary_json(WORDS), usage in arbitrary_json(WORDS)) {
        let chunks = [json!({"choices": [choice], "usage": usage}), delta(delta_of), finish("stop")];
        prop_assert!(ends_once(&hear_chunks_raw(&chunks)));
    }
}
