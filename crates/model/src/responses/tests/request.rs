//! Prompts as requests of the wire.

use super::super::request::{self, Dialect};
use super::provider;
use crate::testing::{self, PNG};
use config::ProviderConfig;
use engine::Prompt;
use protocol::{InputItem, Item, ReasoningEffort, ToolOutput};
use serde_json::{Value, json};

fn prompt(items: Vec<Item>) -> Prompt {
    testing::with_effort(ReasoningEffort::High, testing::prompt("gpt-5-codex", items))
}

fn body_of(prompt: &Prompt, freeform: bool) -> Value {
    serde_json::from_slice(&request::body(prompt, Dialect { freeform }).unwrap()).unwrap()
}

fn every_item() -> Vec<Item> {
    vec![
        Item::Context { text: "<environment_context/>".to_owned() },
        Item::UserMessage {
            content: vec![
                InputItem::text("look"),
                InputItem::Image { image_url: "data:image/png;base64,AA==".to_owned() },
            ],
        },
        Item::Reasoning {
            id: Some("rs_1".to_owned()),
            summary: vec!["thought".to_owned()],
            raw: None,
            encrypted: Some("sealed".to_owned()),
        },
        Item::FunctionCall { call_id: "c1".into(), name: "shell".to_owned(), arguments: "{}".to_owned() },
        Item::CallOutput { call_id: "c1".into(), output: output("ok"), custom: false },
        Item::CustomCall { call_id: "c2".into(), name: "apply_patch".to_owned(), input: "p".to_owned() },
        Item::CallOutput { call_id: "c2".into(), output: output("written"), custom: true },
        Item::FunctionCall { call_id: "".into(), name: "shell".to_owned(), arguments: "{}".to_owned() },
        Item::CallOutput { call_id: "".into(), output: output("no id"), custom: false },
        Item::AgentMessage {
            id: Some("msg_1".to_owned()),
            text: "done".to_owned(),
            interrupted: false,
            phase: None,
        },
    ]
}

fn output(text: &str) -> ToolOutput {
    ToolOutput { text: text.to_owned(), success: Some(true), ..ToolOutput::default() }
}

#[test]
fn b11_a_prompt_becomes_a_request_that_stores_nothing() {
    let body = body_of(&prompt(every_item()), true);
    let grammar = json!({"type": "grammar", "syntax": "lark", "definition": "start: /.*/"});
    let want = json!({
        "model": "gpt-5-codex", "stream": true, "store": false, "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "session-1", "reasoning": {"effort": "high", "summary": "auto"},
        "parallel_tool_calls": true, "tool_choice": "auto",
        "tools": [
            {"type": "function", "name": "shell", "description": "runs", "strict": false, "parameters": {"type": "object"}},
            {"type": "custom", "name": "apply_patch", "description": "patches", "format": grammar},
        ],
        "instructions": "be brief",
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "<environment_context/>"}]},
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "look"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA=="}]},
            {"type": "reasoning", "id": "rs_1", "encrypted_content": "sealed",
                "summary": [{"type": "summary_text", "text": "thought"}]},
            {"type": "function_call", "call_id": "c1", "name": "shell", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "ok"},
            {"type": "custom_tool_call", "call_id": "c2", "name": "apply_patch", "input": "p"},
            {"type": "custom_tool_call_output", "call_id": "c2", "output": "written"},
            {"type": "function_call", "call_id": "call_without_id_1", "name": "shell", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_without_id_1", "output": "no id"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]},
        ],
    });
    assert_eq!(body, want);
}

#[test]
fn b38_pictures_that_tools_show_are_pieces_of_the_answer_and_other_wires_seals_stay_behind() {
    let shown = ToolOutput { images: vec![PNG.to_owned()], ..output("a picture") };
    let sealed = |encrypted: &str| Item::Reasoning {
        id: None,
        summary: vec![],
        raw: None,
        encrypted: Some(encrypted.to_owned()),
    };
    let items = vec![
        sealed("{\"type\":\"thinking\",\"thinking\":\"x\",\"signature\":\"s\"}"),
        Item::FunctionCall {
            call_id: "abcdefgh0:toolu_1".into(),
            name: "shell".to_owned(),
            arguments: "{}".to_owned(),
        },
        Item::CallOutput { call_id: "abcdefgh0:toolu_1".into(), output: shown, custom: false },
    ];
    let input = &body_of(&prompt(items), true)["input"];
    let pieces =
        json!([{"type": "input_text", "text": "a picture"}, {"type": "input_image", "image_url": PNG}]);
    assert_eq!(
        *input,
        json!([
            {"type": "function_call", "call_id": "abcdefgh0", "name": "shell", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "abcdefgh0", "output": pieces},
        ])
    );
}

#[test]
fn where_there_are_no_freeform_tools_they_are_functions() {
    let body = body_of(&prompt(every_item()), false);
    assert_eq!(body["tools"][1]["type"], "function");
    assert_eq!(body["tools"][1]["parameters"]["required"], json!(["input"]));
    assert_eq!(body["input"][5]["type"], "function_call");
    assert_eq!(body["input"][5]["arguments"], "{\"input\":\"p\"}");
    assert_eq!(body["input"][6]["type"], "function_call_output");
}

#[test]
fn b38_an_answer_goes_back_as_its_server_knows_it() {
    let said = |phase: Option<&str>| Item::AgentMessage {
        id: None,
        text: "so".to_owned(),
        interrupted: false,
        phase: phase.map(str::to_owned),
    };
    let items = vec![said(None), said(Some("commentary"))];
    let input = &body_of(&prompt(items.clone()), false)["input"];
    for message in input.as_array().unwrap() {
        assert_eq!(message["status"], "completed", "vLLM refuses an answer without");
        assert_eq!(message["content"][0]["annotations"], json!([]));
        assert!(message["id"].as_str().is_some_and(|id| id.starts_with("msg_")));
    }
    assert_ne!(input[0]["id"], input[1]["id"]);
    let input = &body_of(&prompt(items), true)["input"];
    assert_eq!(input[0].get("id"), None);
    assert_eq!((input[0].get("phase"), &input[1]["phase"]), (None, &json!("commentary")));
}

#[test]
fn who_knows_freeform_tools() {
    for (key, base_url, freeform) in [
        ("openai", "http://127.0.0.1:9/v1", true),
        ("mine", "https://api.openai.com/v1", true),
        ("azure", "https://me.openai.azure.com/openai/v1", true),
        ("ollama", "http://127.0.0.1:11434/v1", false),
        ("other", "https://notopenai.com/v1", false),
        ("other", "https://api.openai.com.evil.example/v1", false),
    ] {
        let provider = ProviderConfig { key: key.to_owned(), base_url: base_url.to_owned(), ..provider() };
        assert_eq!(Dialect::of(&provider), Dialect { freeform }, "{base_url}");
    }
}

#[test]
fn a_later_request_begins_with_the_bytes_of_the_earlier_one() {
    let all = every_item();
    let body =
        |count: usize| request::body(&prompt(all[..count].to_vec()), Dialect { freeform: true }).unwrap();
    for count in [1, 2, 5, 7] {
        let (earlier, later) = (body(count), body(all.len()));
        let shared = earlier.strip_suffix(b"]}").unwrap();
        assert!(later.starts_with(shared), "{count} items");
    }
}

#[test]
fn what_only_some_models_and_histories_have() {
    let sent = |model: &str, store: bool, items: Vec<Item>| {
        body_of(&Prompt { model: model.to_owned(), store, ..prompt(items) }, true)
    };
    for (model, reasons) in [
        ("gpt-5", true),
        ("openai/gpt-oss-20b", true),
        ("o3-mini", true),
        ("gpt-4.1", false),
        ("gpt-5-chat-latest", false),
        ("qwen3", false),
    ] {
        assert_eq!(sent(model, true, vec![]).get("reasoning").is_some(), reasons, "{model}");
    }
    assert_eq!(sent("gpt-5", true, vec![]).get("include"), None);
    let sealed = Item::Reasoning { id: None, summary: vec![], raw: None, encrypted: Some("s".to_owned()) };
    for (model, seals) in
        [("gpt-5", true), ("grok-4-fast", true), ("gpt-4.1", false), ("grok-4-fast-non-reasoning", false)]
    {
        let body = sent(model, false, vec![sealed.clone(), testing::said("so")]);
        assert_eq!(body.get("include").is_some(), seals, "{model}");
        assert_eq!(body["input"][0]["type"] == "reasoning", seals, "{model}");
    }
    let thought = |raw: Option<&str>| Item::Reasoning {
        id: Some("rs".to_owned()),
        summary: vec![],
        raw: raw.map(str::to_owned),
        encrypted: None,
    };
    let said = testing::said("so");
    let count = |body: &Value| body["input"].as_array().unwrap().len();
    assert_eq!(count(&sent("gpt-5", false, vec![thought(None), said.clone()])), 1, "nothing to send of it");
    assert_eq!(count(&sent("gpt-5", true, vec![thought(None), said.clone()])), 2, "the vendor kept it");
    assert_eq!(count(&sent("gpt-5", true, vec![thought(Some("hm"))])), 0, "nothing came of it");
    let raw = sent("gpt-oss", false, vec![thought(Some("hm")), said]);
    assert_eq!(raw["input"][0]["content"], json!([{"type": "reasoning_text", "text": "hm"}]));
}

#[test]
fn b2_what_is_told_of_the_reasoning_is_as_the_person_says() {
    for (said, sent) in [
        (None, json!("auto")),
        (Some(protocol::ReasoningSummary::Detailed), json!("detailed")),
        (Some(protocol::ReasoningSummary::None), Value::Null),
    ] {
        let body = body_of(&Prompt { reasoning_summary: said, ..prompt(Vec::new()) }, true);
        assert_eq!(body["reasoning"]["summary"], sent, "{said:?}");
    }
}
