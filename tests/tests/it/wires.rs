//! One story on three wires (B38), and each of them through a server that people really run.

use anyhow::{Context, Result, ensure};
use config::{ProviderConfig, WireApi};
use countersign_tests::harness::{Harness, unasked};
use countersign_tests::model_server::{ModelServer, Received, Reply};
use engine::family::ModelFamily;
use engine::tools::{Editing, tool_specs};
use engine::{FailureCause, ModelEvent, Prompt, Purpose};
use futures_util::StreamExt;
use model::{StreamEvent, connect, list_models};
use protocol::{EventMsg, InputItem, Item, Op, TokenUsage, ToolOutput};
use secrets::Secret;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const WIRES: [(WireApi, &str); 3] =
    [(WireApi::Responses, "responses"), (WireApi::Chat, "chat"), (WireApi::Messages, "messages")];
const KEY: &str = "sk-scripted-0123456789";
/// One grey pixel, as a file and as it is sent.
const PNG_FILE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cch\0\0\0\x82\0\x81w\xcdr\xb6\0\0\0\0IEND\xaeB`\x82";
const PNG: &str = "data:image/png;base64,\
                   iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

/// Text, reasoning, two calls at once, a patch, an image, an error before and one in the stream, and a retry of each.
fn story() -> Vec<Reply> {
    let usage = TokenUsage {
        input_tokens: 70,
        cached_input_tokens: 30,
        output_tokens: 7,
        reasoning_output_tokens: 0,
    };
    let busy = json!({"error": {"type": "overloaded_error", "message": "busy"}});
    vec![
        Reply::status(503).retry_after("0").json(&busy),
        Reply::new()
            .reasoning("Let me look at both.", "sealed")
            .message("I look at both files.")
            .function_call("c1", "read_file", &json!({"path": "a.txt"}))
            .function_call("c2", "read_file", &json!({"path": "b.txt"}))
            .completed_with(usage),
        Reply::new().text_delta("Now I").failed("server_error", "oops"),
        Reply::new()
            .reasoning("Now the patch.", "sealed too")
            .apply_patch("c3", "*** Update File: a.txt\n@@\n-one\n+ONE")
            .completed_with(usage),
        Reply::new().function_call("c4", "view_image", &json!({"path": "dot.png"})).completed_with(usage),
        Reply::new().function_call_text("c5", "shell", "{\"command\": [\"ls\"").completed_with(usage),
        Reply::new().message("It is done.").completed_with(usage),
    ]
}

/// The records of the story and its requests, told on one wire.
async fn told_on(wire: &str) -> Result<(Vec<Value>, Vec<Received>)> {
    let mut harness = Harness::new(unasked(), &[("a.txt", "one\n"), ("b.txt", "two\n")], story()).await?;
    std::fs::write(harness.project().join("dot.png"), PNG_FILE)?;
    harness.more_of_provider = format!("wire_api = \"{wire}\"");
    let mut session = harness.open(None).await?;
    let items = vec![InputItem::text("what is this?"), InputItem::Image { image_url: PNG.to_owned() }];
    session.submit(Op::UserInput { items }).await?;
    let end = session.until_done().await?;
    ensure!(
        matches!(&end, EventMsg::TaskComplete { last_agent_message: Some(text), .. } if text == "It is done."),
        "{wire}: {end:?}"
    );
    ensure!(harness.read("a.txt")? == "ONE\n");
    let transcript = session.transcript()?;
    session.shut_down().await?;
    let text =
        std::fs::read_to_string(transcript)?.replace(&harness.project().display().to_string(), "/project");
    let records: Vec<Value> = text.lines().skip(1).map(serde_json::from_str).collect::<Result<_, _>>()?;
    Ok((records, harness.server.requests()))
}

/// Strips times, ids and sealed parts from records. First those of no call, then those of each: a call that
/// ends while the model still speaks does so sooner or later.
fn bare(records: Vec<Value>) -> Vec<Value> {
    let mut ids = BTreeMap::new();
    let mut bare: Vec<Value> = records.into_iter().map(|record| bare_value(None, record, &mut ids)).collect();
    // kept beside the task, and done when it is done
    bare.retain(|record| record["type"] != "checkpointed");
    bare.sort_by_key(|record| call_of(record).map(str::to_owned));
    bare
}

/// The call a record is about, unless it is what the model said.
fn call_of(record: &Value) -> Option<&str> {
    let inner = || record.as_object()?.values().find_map(|value| value["call_id"].as_str());
    record["call_id"].as_str().or_else(inner).filter(|_| record["type"] != "model_item")
}

fn bare_value(name: Option<&str>, value: Value, ids: &mut BTreeMap<String, usize>) -> Value {
    match (name, value) {
        (Some("at_ms" | "retry_at_ms" | "duration_ms" | "encrypted" | "id" | "op" | "config"), _) => {
            Value::Null
        }
        (Some("call_id"), Value::String(id)) => {
            let next = ids.len();
            json!(format!("call {}", ids.entry(id).or_insert(next)))
        }
        (_, Value::String(text)) => match serde_json::from_str(&text) {
            // what a command answered holds how long it took
            Ok(Value::Object(mut answer)) if answer.contains_key("metadata") => {
                answer["metadata"]["duration_seconds"] = Value::Null;
                Value::Object(answer)
            }
            _ => Value::String(text),
        },
        (_, Value::Array(values)) => values.into_iter().map(|value| bare_value(None, value, ids)).collect(),
        (_, Value::Object(fields)) => fields
            .into_iter()
            .map(|(name, value)| {
                let value = bare_value(Some(&name), value, ids);
                (name, value)
            })
            .filter(|(_, value)| !value.is_null())
            .collect(),
        (_, other) => other,
    }
}

#[tokio::test]
async fn b38_one_story_ends_in_the_same_records_on_all_three_wires() -> Result<()> {
    let (records, requests) = told_on("responses").await?;
    let want = bare(records);
    let kinds: Vec<&str> = want.iter().filter_map(|record| record["type"].as_str()).collect();
    ensure!(kinds.iter().filter(|kind| **kind == "sampling_failed").count() == 2, "{want:#?}");
    ensure!(kinds.iter().filter(|kind| **kind == "call_answered").count() == 5, "{want:#?}");
    let outputs = requests[6].outputs();
    ensure!(outputs.len() == 5, "{outputs:?}");
    ensure!(outputs[0].contains("one") && outputs[1].contains("two"), "{outputs:?}");
    ensure!(outputs[4].starts_with("failed to parse"), "{outputs:?}");
    for (wire, path) in [("chat", "/v1/chat/completions"), ("messages", "/v1/messages")] {
        let (records, theirs) = told_on(wire).await?;
        let got = bare(records);
        for (got, want) in got.iter().zip(&want) {
            ensure!(got == want, "{wire}\n{got:#}\nis not\n{want:#}");
        }
        ensure!(got.len() == want.len(), "{wire}: {} records, not {}", got.len(), want.len());
        for (mine, theirs) in requests.iter().zip(&theirs) {
            ensure!(theirs.uri == path);
            ensure!(theirs.outputs() == mine.outputs() || same_but_times(&theirs.outputs(), &mine.outputs()));
            ensure!(theirs.images() == mine.images(), "{wire}: {:#}", theirs.body);
        }
        ensure!(theirs.len() == requests.len() && theirs[6].images() == 2);
        let sealed = theirs[6].body.to_string();
        ensure!(
            sealed.contains("sealed") && sealed.contains("sealed too"),
            "{wire} forgets what was thought"
        );
    }
    Ok(())
}

fn same_but_times(one: &[String], other: &[String]) -> bool {
    let plain = |texts: &[String]| -> Vec<Value> {
        texts.iter().map(|text| bare_value(None, json!(text), &mut BTreeMap::new())).collect()
    };
    plain(one) == plain(other)
}

#[tokio::test]
async fn b38_calls_made_at_once_go_back_at_once() -> Result<()> {
    let (_, chat) = told_on("chat").await?;
    let messages = chat[2].body["messages"].as_array().context("messages")?;
    let roles: Vec<&str> = messages.iter().filter_map(|message| message["role"].as_str()).collect();
    ensure!(roles == ["system", "user", "assistant", "tool", "tool"], "{roles:?}");
    ensure!(messages[2]["tool_calls"].as_array().is_some_and(|calls| calls.len() == 2));
    ensure!(messages[2]["tool_calls"][0]["id"] == "c1", "the server finds its own names again");
    let (_, theirs) = told_on("messages").await?;
    let blocks = |at: usize| -> Vec<&str> {
        let blocks =
            theirs[2].body["messages"][at]["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        blocks.iter().filter_map(|block| block["type"].as_str()).collect()
    };
    ensure!(blocks(1) == ["thinking", "text", "tool_use", "tool_use"], "{:?}", blocks(1));
    ensure!(blocks(2) == ["tool_result", "tool_result"], "{:?}", blocks(2));
    Ok(())
}

/// A request without the marks of the cache, which move along.
fn unmarked(request: &Received) -> String {
    String::from_utf8_lossy(&request.bytes).replace("\"cache_control\":{\"type\":\"ephemeral\"},", "")
}

#[tokio::test]
async fn b38_a_later_request_begins_with_the_bytes_of_the_earlier_one() -> Result<()> {
    for (_, wire) in WIRES {
        let (_, requests) = told_on(wire).await?;
        // those that were answered, each with the next
        for pair in [1, 3, 4, 5, 6].windows(2) {
            let (earlier, later) = (unmarked(&requests[pair[0]]), unmarked(&requests[pair[1]]));
            let same = earlier.bytes().zip(later.bytes()).take_while(|(one, other)| one == other).count();
            // all but the brackets that close it, and the role that stands after the content
            ensure!(same + 24 >= earlier.len(), "{wire}: {:?}", &earlier[same..]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn b38_the_first_request_is_small_with_all_tools() -> Result<()> {
    for (wire, name) in WIRES {
        for model in ["gpt-5.6", "claude-opus-5-5", "gemini-3-pro", "qwen3-coder:30b"] {
            let server = ModelServer::start(vec![Reply::text("hi")]).await?;
            let family = ModelFamily::of(model);
            let editing = if family.prefers_edit() { Editing::Replace } else { Editing::Patch };
            let prompt = Prompt {
                model: model.to_owned(),
                instructions: family.instructions(),
                tools: tool_specs(editing),
                ..prompt(model, vec![user("hello")])
            };
            hear(&server.provider_on(wire), prompt).await?;
            let bytes = server.requests()[0].bytes.len();
            ensure!(bytes <= 12 * 1024, "{name}, {model}: {bytes} bytes");
        }
    }
    Ok(())
}

fn user(text: &str) -> Item {
    Item::UserMessage { content: vec![InputItem::text(text)] }
}

fn prompt(model: &str, items: Vec<Item>) -> Prompt {
    Prompt {
        model: model.to_owned(),
        instructions: "be brief".into(),
        items: items.into_iter().map(Arc::new).collect(),
        tools: tool_specs(Editing::Replace),
        reasoning_effort: None,
        reasoning_summary: None,
        store: false,
        cache_key: "session".to_owned(),
        purpose: Purpose::Work,
    }
}

async fn hear(provider: &ProviderConfig, prompt: Prompt) -> Result<Vec<StreamEvent>> {
    let model = connect(provider, Some(Secret::new(KEY))).map_err(|error| anyhow::anyhow!(error.message))?;
    Ok(model.stream(Arc::new(prompt)).collect().await)
}

#[tokio::test]
async fn b38_b41_each_wire_says_who_asks_in_its_own_way_and_takes_it_nowhere_else() -> Result<()> {
    for (wire, name) in WIRES {
        let elsewhere = ModelServer::start(vec![Reply::text("caught")]).await?;
        let moved = Reply::status(307).header("location", &elsewhere.base_url());
        let server = ModelServer::start(vec![Reply::text("hi"), Reply::models(&["m"]), moved]).await?;
        let provider = server.provider_on(wire);
        hear(&provider, prompt("m", vec![user("hello")])).await?;
        let listed = list_models(&provider, Some(Secret::new(KEY))).await;
        ensure!(listed.is_ok_and(|models| models == ["m"]));
        let heard = hear(&provider, prompt("m", vec![user("hello")])).await?;
        ensure!(matches!(heard.as_slice(), [StreamEvent::Failed(_)]), "{name}: {heard:?}");
        ensure!(elsewhere.requests().is_empty(), "{name}: a redirect was followed");
        for request in server.requests() {
            let header = |name: &str| request.headers.get(name).map(String::as_str);
            if wire == WireApi::Messages {
                ensure!(header("x-api-key") == Some(KEY) && header("authorization").is_none());
                ensure!(header("anthropic-version") == Some("2023-06-01"));
            } else {
                ensure!(
                    header("authorization") == Some(&format!("Bearer {KEY}"))
                        && header("x-api-key").is_none()
                );
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn b38_a_model_without_tools_a_full_context_and_an_overloaded_vendor_are_told_apart() -> Result<()> {
    let json_error = |message: &str| json!({"error": {"message": message, "type": "invalid_request_error"}});
    for (wire, name) in WIRES {
        let no_tools = "registry.ollama.ai/library/gemma:2b does not support tools";
        let full = "prompt is too long: 208310 tokens > 200000 maximum";
        let server = ModelServer::start(vec![
            Reply::status(400).json(&json_error(no_tools)),
            Reply::status(400).json(&json_error("\"auto\" tool choice requires --enable-auto-tool-choice")),
            Reply::status(400).json(&json_error(full)),
            Reply::status(529).json(&json!({"error": {"type": "overloaded_error", "message": "Overloaded"}})),
            Reply::status(429).retry_after("2").json(&json_error("slow down")),
            Reply::status(200).json(&json!({"error": {"message": "upstream is gone", "code": 502}})),
        ])
        .await?;
        let provider = server.provider_on(wire);
        let mut failures = Vec::new();
        for _ in 0..6 {
            match hear(&provider, prompt("m", vec![user("hello")])).await?.pop() {
                Some(StreamEvent::Failed(failure)) => failures.push(failure),
                other => anyhow::bail!("{name}: {other:?}"),
            }
        }
        let hint = |at: usize| failures[at].error.hint.clone().unwrap_or_default();
        ensure!(hint(0).contains("cannot call tools") && !failures[0].retryable, "{name}: {failures:?}");
        ensure!(hint(1).contains("--tool-call-parser"), "{name}: {failures:?}");
        ensure!(
            failures[2].cause == FailureCause::Overflow { window: Some(200_000) } && !failures[2].retryable,
            "{name}: {failures:?}"
        );
        ensure!(failures[3].retryable && failures[3].cause == FailureCause::Busy, "{name}: {failures:?}");
        ensure!(failures[4].retryable && failures[4].retry_after_ms == Some(2000), "{name}: {failures:?}");
        ensure!(
            failures[5].retryable && failures[5].error.message.contains("upstream is gone"),
            "{name}: {failures:?}"
        );
    }
    Ok(())
}

fn output(call: &Item, text: &str, images: &[&str]) -> Option<Item> {
    let (call_id, custom) = match call {
        Item::FunctionCall { call_id, .. } => (call_id.clone(), false),
        Item::CustomCall { call_id, .. } => (call_id.clone(), true),
        _ => return None,
    };
    let images = images.iter().map(|&image| image.to_owned()).collect();
    let output = ToolOutput { text: text.to_owned(), success: Some(true), images, ..ToolOutput::default() };
    Some(Item::CallOutput { call_id, output, custom })
}

/// The items of an answer, each call with its output after it.
fn answered(heard: &[StreamEvent]) -> Vec<Item> {
    let items = heard.iter().filter_map(|event| match event {
        StreamEvent::Event(ModelEvent::ItemDone(item)) => Some(item.clone()),
        _ => None,
    });
    items
        .flat_map(|item| [output(&item, "it says so", &[]), Some(item)].into_iter().rev().flatten())
        .collect()
}

mod real {
    use super::*;
    use crate::cli::in_python;
    use std::process::Stdio;
    use std::time::Duration;
    use tokio::process::{Child, Command};

    /// Maximum wait for the proxy: it is a large program, and a busy machine takes its time with it.
    const PATIENCE: Duration = Duration::from_mins(6);

    /// A running proxy in front of the scripted server.
    struct Proxy {
        base_url: String,
        _process: Child,
        _folder: tempfile::TempDir,
    }

    impl Proxy {
        async fn start(program: &std::path::Path, upstream: &ModelServer) -> Result<Self> {
            let folder = tempfile::tempdir()?;
            let through = |provider: &str| {
                json!({"model_name": provider, "litellm_params": {
                    "model": format!("{provider}/scripted"), "api_base": upstream.base_url(), "api_key": KEY}})
            };
            let config = json!({
                "model_list": [through("hosted_vllm"), through("openai"),
                    {"model_name": "busy", "litellm_params": {"model": "openai/busy", "api_key": KEY,
                        "mock_response": "litellm.RateLimitError"}}],
                "litellm_settings": {"num_retries": 0, "telemetry": false},
                "router_settings": {"num_retries": 0, "disable_cooldowns": true},
                "general_settings": {"master_key": KEY},
            });
            let path = folder.path().join("config.yaml");
            // JSON is YAML
            std::fs::write(&path, config.to_string())?;
            let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let process = Command::new(program)
                .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--config"])
                .arg(&path)
                .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
                .env("LITELLM_TELEMETRY", "False")
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()?;
            let proxy =
                Self { base_url: format!("http://127.0.0.1:{port}/v1"), _process: process, _folder: folder };
            proxy.ready().await?;
            Ok(proxy)
        }

        /// Waits until it lists its models.
        async fn ready(&self) -> Result<()> {
            let provider = ProviderConfig { base_url: self.base_url.clone(), ..self.provider(WireApi::Chat) };
            let waiting = async {
                let mut every = tokio::time::interval(Duration::from_millis(200));
                loop {
                    every.tick().await;
                    if list_models(&provider, Some(Secret::new(KEY))).await.is_ok() {
                        return;
                    }
                }
            };
            tokio::time::timeout(PATIENCE, waiting).await.context("the proxy did not come up")
        }

        fn provider(&self, wire_api: WireApi) -> ProviderConfig {
            ProviderConfig {
                key: "litellm".to_owned(),
                name: "LiteLLM".to_owned(),
                base_url: self.base_url.clone(),
                env_key: None,
                wire_api,
                http_headers: BTreeMap::new(),
                env_http_headers: BTreeMap::new(),
                query_params: BTreeMap::new(),
                request_max_retries: 0,
                stream_max_retries: 0,
                stream_idle_timeout_ms: 60_000,
                default_model: String::new(),
            }
        }
    }

    #[tokio::test]
    async fn b38_a_real_router_is_spoken_to_on_all_three_wires() -> Result<()> {
        let Some(program) = in_python("litellm") else { return Ok(()) };
        let upstream = ModelServer::start(vec![]).await?;
        let proxy = Proxy::start(&program, &upstream).await?;
        for (wire, name) in WIRES {
            let provider = proxy.provider(wire);
            let asked = upstream.requests().len();
            upstream.then(
                Reply::new()
                    .message("I look at both.")
                    .function_call("call_1", "read_file", &json!({"path": "a.txt"}))
                    .function_call("call_2", "read_file", &json!({"path": "b.txt"}))
                    .completed(),
            );
            upstream.then(Reply::text("Both say so."));
            let mut items = vec![Item::UserMessage {
                content: vec![InputItem::text("look"), InputItem::Image { image_url: PNG.to_owned() }],
            }];
            let heard = hear(&provider, prompt("hosted_vllm", items.clone())).await?;
            let calls: Vec<(String, Value)> = heard
                .iter()
                .filter_map(|event| match event {
                    StreamEvent::Event(ModelEvent::ItemDone(Item::FunctionCall {
                        name, arguments, ..
                    })) => Some((name.clone(), serde_json::from_str(arguments).unwrap_or_default())),
                    _ => None,
                })
                .collect();
            let want = ["a.txt", "b.txt"].map(|path| ("read_file".to_owned(), json!({"path": path})));
            ensure!(calls == want, "{name}: {heard:#?}");
            let text: String = heard
                .iter()
                .filter_map(|event| match event {
                    StreamEvent::TextDelta(delta) => Some(delta.as_str()),
                    _ => None,
                })
                .collect();
            ensure!(text == "I look at both.", "{name}: {heard:#?}");

            items.extend(answered(&heard));
            let heard = hear(&provider, prompt("hosted_vllm", items)).await?;
            let Some(StreamEvent::Event(ModelEvent::Completed { usage: Some(usage), .. })) = heard.last()
            else {
                anyhow::bail!("{name}: {heard:#?}")
            };
            ensure!(usage.input_tokens == 100 && usage.output_tokens == 10, "{name}: {usage:?}");
            let requests = upstream.requests();
            ensure!(requests.len() == asked + 2, "{name}: {} requests", requests.len() - asked);
            let last = &requests[asked + 1];
            ensure!(last.outputs() == ["it says so", "it says so"], "{name}: {:#}", last.body);
            ensure!(last.images() == 1, "{name}: {:#}", last.body);

            let heard = hear(&provider, prompt("busy", vec![user("hello")])).await?;
            let [StreamEvent::Failed(failure)] = heard.as_slice() else {
                anyhow::bail!("{name}: {heard:#?}")
            };
            ensure!(
                failure.retryable && !matches!(failure.cause, FailureCause::Overflow { .. }),
                "{name}: {failure:?}"
            );
        }
        Ok(())
    }
}
