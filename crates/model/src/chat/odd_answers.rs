//! Tests of answers that are cut or hold what they should not, and of conversations begun elsewhere.

use super::super::client::StreamEvent;
use super::super::testing::*;
use super::super::wire::Wire as _;
use super::Chat;
use super::request::Dialect;
use config::WireApi;
use engine::ModelEvent;
use protocol::AnswerCut;
use serde_json::{Value, json};

fn delta(delta: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn hear_chunks(chunks: &[Value]) -> Vec<StreamEvent> {
    let text: String =
        chunks.iter().flat_map(|chunk| ["data: ".to_owned(), chunk.to_string(), "\n\n".to_owned()]).collect();
    plain(hear_text(&Chat { dialect: Dialect::default() }, &text))
}

#[test]
fn b9_of_a_cut_answer_what_is_whole_is_kept() {
    let call = |index: u64, arguments: &str| {
        delta(
            json!({"tool_calls": [{"index": index, "id": "", "function": {"name": "shell", "arguments": arguments}}]}),
        )
    };
    for (reason, cut) in [("length", AnswerCut::Length), ("content-filter", AnswerCut::Filter)] {
        let chunks = [
            delta(json!({"content": "so"})),
            call(0, "{\"command\":[\"ls\"]}"),
            call(1, "{\"command\":[\"r"),
            finish(reason),
        ];
        let heard = hear_chunks(&chunks);
        assert_eq!(items(&heard), [said("so"), shell("", "{\"command\":[\"ls\"]}")], "{reason}");
        let last = StreamEvent::Event(ModelEvent::Completed { usage: None, cut: Some(cut) });
        assert_eq!(heard.last(), Some(&last), "{reason}");
    }
}

#[test]
fn b9_thoughts_and_calls_that_a_server_leaves_in_the_text_are_not_taken_for_words() {
    let heard = hear_chunks(&[
        delta(json!({"content": "<think>hm"})),
        delta(json!({"content": "</think>\n\nyes"})),
        finish("stop"),
    ]);
    assert_eq!(items(&heard), [thought(Some("hm"), ""), said("yes")]);
    let heard = hear_chunks(&[delta(json!({"content": "hm\n</think>\n\nyes"})), finish("stop")]);
    assert_eq!(items(&heard), [thought(Some("hm"), ""), said("yes")]);
    let call = "<tool_call>\n{\"name\": \"shell\", \"arguments\": {}}\n</tool_call>";
    let heard = hear_chunks(&[delta(json!({"content": call})), finish("stop")]);
    assert_eq!(items(&heard), [said(call)]);
    let notice = |event: &StreamEvent| matches!(event, StreamEvent::Notice(text) if text.contains("--tool-call-parser"));
    assert!(heard.iter().any(notice), "{heard:?}");
}

#[test]
fn b38_a_conversation_of_another_vendors_model_goes_on_where_it_was_not_begun() {
    let items = vec![user("go"), shell("call_0123456789", "{}"), output("call_0123456789", "ok", &[])];
    let sent = |base_url: &str, model: &str| {
        let wire = Chat::new(&provider("m", base_url, WireApi::Chat));
        body_of(&wire, &prompt(model, items.clone()))["messages"].clone()
    };
    for (base_url, model) in
        [("https://api.mistral.ai/v1", "m"), ("http://127.0.0.1:8000/v1", "mistralai/Devstral-Small")]
    {
        let messages = sent(base_url, model);
        let id = messages[2]["tool_calls"][0]["id"].as_str().unwrap().to_owned();
        assert!(id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        assert_eq!(messages[3]["tool_call_id"], id.as_str());
    }
    assert_eq!(sent("https://api.deepseek.com", "deepseek-reasoner")[2]["reasoning_content"], "");
    let elsewhere = sent("http://127.0.0.1:8000/v1", "qwen3");
    assert_eq!(elsewhere[2].get("reasoning_content"), None);
    assert_eq!(elsewhere[2]["tool_calls"][0]["id"], "call_0123456789");
}
