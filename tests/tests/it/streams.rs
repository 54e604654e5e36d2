//! Streams as servers really send them, on all three wires, over real HTTP (B8, B9).

use anyhow::{Context, Result, ensure};
use config::{ProviderConfig, WireApi};
use countersign_tests::harness::{Harness, unasked};
use countersign_tests::model_server::{ModelServer, Reply};
use engine::{ModelEvent, Prompt, Purpose};
use futures_util::StreamExt;
use model::{StreamEvent, connect};
use protocol::{AnswerCut, EventMsg, InputItem, Item, ReasoningEffort};
use serde_json::{Value, json};
use std::sync::Arc;

const WIRES: [WireApi; 3] = [WireApi::Responses, WireApi::Chat, WireApi::Messages];
const NAMES: [&str; 3] = ["responses", "chat", "messages"];

fn prompt() -> Arc<Prompt> {
    Arc::new(Prompt {
        model: "m".to_owned(),
        instructions: "be brief".into(),
        items: vec![Arc::new(Item::UserMessage { content: vec![InputItem::text("hello")] })],
        tools: Arc::new([]),
        reasoning_effort: None,
        reasoning_summary: None,
        store: false,
        cache_key: "session".to_owned(),
        purpose: Purpose::Work,
    })
}

async fn hear(provider: &ProviderConfig) -> Result<Vec<StreamEvent>> {
    let model = connect(provider, None).map_err(|error| anyhow::anyhow!(error.message))?;
    Ok(model.stream(prompt()).collect().await)
}

/// The texts of the messages in an answer that is whole.
fn texts(heard: &[StreamEvent]) -> Result<Vec<String>> {
    ensure!(
        matches!(heard.last(), Some(StreamEvent::Event(ModelEvent::Completed { cut: None, .. }))),
        "{heard:?}"
    );
    Ok(heard
        .iter()
        .filter_map(|event| match event {
            StreamEvent::Event(ModelEvent::ItemDone(Item::AgentMessage { text, .. })) => Some(text.clone()),
            _ => None,
        })
        .collect())
}

/// Everything that servers and routers send between the parts of an answer and that is no part of it.
const SIGNS_OF_LIFE: [&str; 17] = [
    ": OPENROUTER PROCESSING\n\n",
    "data: : OPENROUTER PROCESSING\n\n",
    "data:\n\n",
    "data: \n\n",
    "data\n\n",
    "event: ping\ndata:\n\n",
    "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    "event: keepalive\ndata: {\"type\": \"keepalive\", \"sequence_number\": 3}\n\n",
    "keep-alive\n\n",
    "data: keep-alive\n\n",
    "data: ping\n\n",
    "data: null\n\n",
    "data: []\n\n",
    "data: \"ping\"\n\n",
    "id: 7\nretry: 3000\n\n",
    "event: heartbeat\n\n",
    "data: {}\n\n",
];

#[tokio::test]
async fn b9_what_cannot_be_part_of_an_answer_is_skipped_on_all_three_wires() -> Result<()> {
    for wire in WIRES {
        for sign in SIGNS_OF_LIFE {
            let reply = Reply::new().bytes(sign).message("so it is").bytes(sign).completed();
            let server = ModelServer::start(vec![reply]).await?;
            let heard = hear(&server.provider_on(wire)).await?;
            ensure!(texts(&heard)? == ["so it is"], "{wire:?}, {sign:?}: {heard:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn b8_signs_of_life_without_an_answer_are_told_and_given_up_on() -> Result<()> {
    let signs = [": ping\n\n", "event: ping\ndata: {\"type\": \"ping\"}\n\n", "data: {\"choices\": []}\n\n"];
    let given_up =
        WIRES.into_iter().flat_map(|wire| signs.map(|sign| (wire, sign))).map(|(wire, sign)| async move {
            let server = ModelServer::start(vec![Reply::new().again_and_again(sign)]).await?;
            let provider = ProviderConfig { stream_idle_timeout_ms: 1_000, ..server.provider_on(wire) };
            let heard = hear(&provider).await?;
            let Some(StreamEvent::Failed(failure)) = heard.last() else { anyhow::bail!("{heard:?}") };
            ensure!(failure.retryable, "{failure:?}");
            ensure!(
                failure.error.message.ends_with("nothing but signs of life came for 2000 ms"),
                "{wire:?}, {sign:?}: {failure:?}"
            );
            let told = heard.iter().filter(|event| matches!(event, StreamEvent::Notice(_))).count();
            ensure!(told == 1, "{wire:?}: {heard:?}");
            Ok(())
        });
    futures_util::future::try_join_all(given_up).await.map(drop)
}

#[tokio::test]
async fn b8_a_slow_answer_is_not_cut_while_its_bytes_come() -> Result<()> {
    // each byte comes in time, and the line takes longer than the whole patience
    let said = "slowly it comes, byte by byte; ".repeat(10);
    let line = format!("data: {}\n\n", json!({"choices": [{"delta": {"content": said}}]}));
    let server = ModelServer::start(vec![Reply::new().byte_by_byte(&line).completed()]).await?;
    let provider = ProviderConfig { stream_idle_timeout_ms: 1_000, ..server.provider_on(WireApi::Chat) };
    let started = std::time::Instant::now();
    let heard = hear(&provider).await?;
    ensure!(started.elapsed().as_millis() > 1_000, "the line was to take longer than the timeout");
    ensure!(texts(&heard)? == [said], "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn b8_a_connection_left_open_after_the_end_is_not_waited_for() -> Result<()> {
    let finish = "data: {\"choices\": [{\"delta\": {\"content\": \"so\"}, \"finish_reason\": \"stop\"}]}\n\n";
    let usage = "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 7, \"completion_tokens\": 2}}\n\n";
    let stop = "event: message_delta\ndata: {\"type\": \"message_delta\", \"delta\": {\"stop_reason\": \"end_turn\"}}\n\n";
    for (wire, reply) in [
        (WireApi::Chat, Reply::new().bytes(finish).bytes(usage).stall()),
        (WireApi::Chat, Reply::new().bytes(finish).again_and_again(": ping\n\n")),
        (WireApi::Messages, Reply::new().message("so").bytes(stop).stall()),
        (WireApi::Messages, Reply::new().message("so").bytes(stop).again_and_again("event: ping\ndata:\n\n")),
        (WireApi::Responses, Reply::new().message("so").completed().stall()),
    ] {
        let server = ModelServer::start(vec![reply]).await?;
        // a minute of patience, far more than the end of an answer takes
        let provider = server.provider_on(wire);
        let heard = tokio::time::timeout(std::time::Duration::from_secs(20), hear(&provider));
        let heard = heard.await.with_context(|| format!("{wire:?} waits"))??;
        ensure!(texts(&heard)? == ["so"], "{wire:?}: {heard:?}");
    }
    Ok(())
}

/// `data: {"choices": [{"delta": {"content": "so"}, "finish_reason": "stop"}]}` and `data: [DONE]`, by gzip.
const GZIPPED: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x49\x2c\x49\xb4\x52\xa8\x56\x4a\xce\xc8\xcf\x4c\x4e\
    \x2d\x56\xb2\x52\x88\xae\x56\x4a\x49\xcd\x29\x49\x54\x02\x0b\xe7\xe7\x95\xa4\xe6\x95\x00\xd9\x4a\
    \xc5\xf9\x4a\xb5\x3a\x0a\x4a\x69\x99\x79\x99\xc5\x19\xf1\x45\xa9\x89\xc5\xf9\x79\x60\xf1\x92\xfc\
    \x02\xa5\xda\xd8\x5a\x2e\xae\x14\xb0\x59\xd1\x2e\xfe\x7e\xae\xb1\x5c\x5c\x00\x47\xf4\xec\xad\x5a\
    \x00\x00\x00";

#[tokio::test]
async fn b8_a_stream_that_is_compressed_unasked_is_read_and_one_that_cannot_be_is_named() -> Result<()> {
    let compressed = |encoding: &str| {
        Reply::status(200)
            .header("content-type", "text/event-stream")
            .header("content-encoding", encoding)
            .bytes(GZIPPED)
    };
    let server = ModelServer::start(vec![compressed("gzip"), compressed("zstd")]).await?;
    let provider = server.provider_on(WireApi::Chat);
    ensure!(texts(&hear(&provider).await?)? == ["so"]);
    let asked = server.requests()[0].headers.get("accept-encoding").cloned();
    ensure!(asked.as_deref() == Some("identity"), "{asked:?}");
    let heard = hear(&provider).await?;
    let [StreamEvent::Failed(failure)] = heard.as_slice() else { anyhow::bail!("{heard:?}") };
    ensure!(failure.error.message.contains("in the encoding zstd"), "{failure:?}");
    Ok(())
}

/// The end of an answer that was cut, in each wire's words.
fn cut(wire: &str, words: &str) -> Reply {
    let reply = Reply::new().message(words);
    let (length, event): (&str, Value) = match wire {
        "responses" => (
            "response.incomplete",
            json!({"type": "response.incomplete", "response": {"status": "incomplete",
                "incomplete_details": {"reason": "max_output_tokens"}}}),
        ),
        "chat" => ("", json!({"choices": [{"delta": {}, "finish_reason": "length"}]})),
        _ => (
            "message_delta",
            json!({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 9}}),
        ),
    };
    reply.bytes(format!("event: {length}\ndata: {event}\n\n"))
}

fn warned(session: &countersign_tests::harness::Session, words: &str) -> bool {
    session
        .said()
        .any(|msg| matches!(msg, EventMsg::BackgroundEvent { message, .. } if message.contains(words)))
}

async fn stage_on(wire: &str, replies: Vec<Reply>) -> Result<Harness> {
    let mut harness = Harness::new(unasked(), &[], replies).await?;
    harness.more_of_provider = format!("wire_api = \"{wire}\"");
    Ok(harness)
}

#[tokio::test]
async fn b9_a_cut_answer_is_told_to_the_model_which_goes_on() -> Result<()> {
    for wire in NAMES {
        let harness = stage_on(wire, vec![cut(wire, "first half"), Reply::text("second half")]).await?;
        let mut session = harness.open(None).await?;
        let end = session.ask_and_wait("write a lot").await?;
        ensure!(
            matches!(&end, EventMsg::TaskComplete { last_agent_message: Some(text), .. } if text == "second half"),
            "{wire}: {end:?}"
        );
        let sent = String::from_utf8(harness.server.requests()[1].bytes.clone())?;
        ensure!(
            sent.contains("first half") && sent.contains("Your last answer was cut off"),
            "{wire}: {sent}"
        );
        ensure!(warned(&session, "the answer was cut off: it is longer"), "{wire}");
        session.shut_down().await?;
    }
    Ok(())
}

#[tokio::test]
async fn b9_answers_that_are_cut_for_ever_end_the_task_and_not_the_session() -> Result<()> {
    for wire in NAMES {
        let cuts = (0..4).map(|_| cut(wire, "more"));
        let harness = stage_on(wire, cuts.chain([Reply::text("short")]).collect()).await?;
        let mut session = harness.open(None).await?;
        let end = session.ask_and_wait("write without end").await?;
        ensure!(matches!(end, EventMsg::TurnAborted { .. }), "{wire}: {end:?}");
        ensure!(harness.server.requests().len() == 4, "{wire}: bounded");
        let end = session.ask_and_wait("briefly, then").await?;
        ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{wire}: {end:?}");
        session.shut_down().await?;
    }
    Ok(())
}

#[tokio::test]
async fn b9_an_empty_answer_is_said_and_asked_for_once_more() -> Result<()> {
    for wire in NAMES {
        for empty in [Reply::new().completed(), Reply::new().reasoning("hm", "sealed").completed()] {
            let harness = stage_on(wire, vec![empty, Reply::text("here I am")]).await?;
            let mut session = harness.open(None).await?;
            let end = session.ask_and_wait("hello?").await?;
            ensure!(
                matches!(&end, EventMsg::TaskComplete { last_agent_message: Some(text), .. } if text == "here I am"),
                "{wire}: {end:?}"
            );
            ensure!(warned(&session, "answer was empty; it is asked once more"), "{wire}");
            session.shut_down().await?;
        }
        let harness = stage_on(wire, vec![Reply::new().completed(), Reply::new().completed()]).await?;
        let mut session = harness.open(None).await?;
        let end = session.ask_and_wait("hello?").await?;
        ensure!(matches!(end, EventMsg::TurnAborted { .. }), "{wire}: {end:?}");
        ensure!(session.said().any(
            |msg| matches!(msg, EventMsg::Error { error } if error.message.contains("an empty answer, twice"))
        ));
        session.shut_down().await?;
    }
    Ok(())
}

#[tokio::test]
async fn b9_reasoning_that_a_vendor_refuses_is_left_out_and_asked_again_once() -> Result<()> {
    for (wire, refusal) in [
        (
            "responses",
            json!({"code": "invalid_encrypted_content", "message": "The encrypted content gAAA could not be verified."}),
        ),
        (
            "messages",
            json!({"type": "invalid_request_error", "message": "messages.1.content.0: Invalid `signature` in `thinking` block"}),
        ),
        (
            "chat",
            json!({"code": 400, "message": "Provider returned error", "metadata": {"raw": "{\"error\": {\"message\": \"Thought signature is not valid\"}}"}}),
        ),
    ] {
        let replies = vec![
            Reply::new().reasoning("hm", "sealed").shell("c1", &["echo", "one"]).completed(),
            Reply::status(400).json(&json!({"error": refusal})),
            Reply::text("done"),
            Reply::text("still here"),
        ];
        let harness = stage_on(wire, replies).await?;
        let mut session = harness.open(None).await?;
        let end = session.ask_and_wait("go").await?;
        ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{wire}: {end:?}");
        let sent = |at: usize| String::from_utf8_lossy(&harness.server.requests()[at].bytes).into_owned();
        ensure!(sent(1).contains("sealed") && !sent(2).contains("sealed"), "{wire}: {}", sent(2));
        ensure!(warned(&session, "asked again without the model's earlier reasoning"), "{wire}");
        let end = session.ask_and_wait("and now?").await?;
        ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{wire}: {end:?}");
        ensure!(harness.server.requests().len() == 4);
        session.shut_down().await?;
    }
    // one that is refused again is not asked for ever
    let error = json!({"error": {"message": "invalid_encrypted_content"}});
    let harness = stage_on("responses", vec![Reply::status(400).json(&error)]).await?;
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("go").await?;
    ensure!(matches!(end, EventMsg::TurnAborted { .. }), "{end:?}");
    ensure!(harness.server.requests().len() == 1);
    session.shut_down().await
}

#[tokio::test]
async fn b38_a_reasoning_effort_that_the_vendor_refuses_becomes_the_nearest_it_takes() -> Result<()> {
    let refused = |list: &str| {
        let message = format!("Unsupported value: it is not supported with the 'gpt-5.1' model. {list}");
        json!({"error": {"message": message, "param": "reasoning.effort", "code": "unsupported_value"}})
    };
    let list = "Supported values are: 'none', 'low', 'medium', and 'high'.";
    let asks = async |effort: ReasoningEffort, refusals: &[&str], efforts: &[&str]| -> Result<()> {
        let mut replies: Vec<Reply> =
            refusals.iter().map(|list| Reply::status(400).json(&refused(list))).collect();
        replies.extend([Reply::text("done"), Reply::text("still here")]);
        let harness = Harness::new(unasked(), &[], replies).await?;
        let mut config = harness.session_config(None);
        config.model = "gpt-5.1".to_owned();
        config.reasoning_effort = Some(effort);
        let mut session = harness.open_with(config).await?;
        for prompt in ["go", "and now?"] {
            let end = session.ask_and_wait(prompt).await?;
            ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{effort:?}: {end:?}");
        }
        let requests = harness.server.requests();
        let sent: Vec<&str> = requests
            .iter()
            .map(|request| request.body["reasoning"]["effort"].as_str().unwrap_or("-"))
            .collect();
        ensure!(sent == efforts, "{effort:?}: {sent:?}");
        ensure!(refusals.is_empty() || warned(&session, "asked again with the"), "{effort:?}");
        session.shut_down().await
    };
    for (effort, refusals, efforts) in [
        (ReasoningEffort::Xhigh, &[][..], &["xhigh", "xhigh"][..]),
        (ReasoningEffort::Xhigh, &[list], &["xhigh", "high", "high"]),
        (ReasoningEffort::Minimal, &[list], &["minimal", "low", "low"]),
        (ReasoningEffort::Max, &[""], &["max", "high", "high"]),
        // what is refused again is left to the model
        (ReasoningEffort::Max, &["", list], &["max", "high", "-", "-"]),
    ] {
        asks(effort, refusals, efforts).await?;
    }
    Ok(())
}

#[tokio::test]
async fn b6_a_call_that_fails_three_times_alike_stops_the_task_and_asks() -> Result<()> {
    let mind = |call: usize| Reply::new().shell(&format!("c{call}"), &["false"]).completed();
    let harness = Harness::new(unasked(), &[], (0..8).map(mind).collect()).await?;
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("try it").await?;
    ensure!(matches!(end, EventMsg::TurnAborted { .. }), "{end:?}");
    ensure!(harness.server.requests().len() == 3, "{} requests", harness.server.requests().len());
    let asked = session.said().find_map(|msg| match msg {
        EventMsg::Error { error } => Some(error.clone()),
        _ => None,
    });
    let asked = asked.context("nothing was said")?;
    ensure!(asked.message.contains("the same call 3 times"), "{asked:?}");
    ensure!(asked.hint.is_some_and(|hint| hint.contains("what to try instead")));
    session.shut_down().await
}

#[tokio::test]
async fn b6_a_call_that_fails_again_after_something_new_was_done_is_no_loop() -> Result<()> {
    let mut replies = Vec::new();
    for round in 0..4 {
        replies.push(Reply::new().shell(&format!("f{round}"), &["false"]).completed());
        let touch = format!("echo {round} > a.txt");
        replies.push(Reply::new().shell(&format!("t{round}"), &["bash", "-c", &touch]).completed());
    }
    replies.push(Reply::text("done"));
    let harness = Harness::new(unasked(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("work on it").await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    session.shut_down().await
}

#[tokio::test]
async fn b10_arguments_in_the_ways_models_write_them() -> Result<()> {
    let replies = vec![
        Reply::new()
            .function_call_text("c1", "list_dir", "")
            .function_call_text("c2", "list_dir", " ")
            .function_call_text("c3", "list_dir", "null")
            .function_call("c4", "shell", &json!({"command": "echo $((40 + 2)) && echo b"}))
            .function_call("c5", "shell", &json!({"command": "[\"echo\", \"as a list\"]"}))
            .function_call("c6", "read_file", &json!({}))
            .completed(),
        Reply::text("done"),
    ];
    let harness = Harness::new(unasked(), &[("a.txt", "one\n")], replies).await?;
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("look").await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    let request = &harness.server.requests()[1];
    let output = |call: &str| request.output_of(call).unwrap_or_default();
    for call in ["c1", "c2", "c3"] {
        ensure!(output(call).contains("a.txt"), "{call}: {}", output(call));
    }
    ensure!(output("c4").contains("42\\nb"), "{}", output("c4"));
    ensure!(output("c5").contains("as a list"), "{}", output("c5"));
    ensure!(output("c6").contains("missing field `path`"), "{}", output("c6"));
    session.shut_down().await
}

#[tokio::test]
async fn b9_a_filtered_answer_keeps_what_is_whole() -> Result<()> {
    let call = json!({"choices": [{"delta": {"tool_calls": [
        {"index": 0, "id": "a", "function": {"name": "shell", "arguments": "{\"command\": [\"ls\"]}"}},
        {"index": 1, "id": "b", "function": {"name": "shell", "arguments": "{\"command\": [\"l"}}]}}]});
    let end = json!({"choices": [{"delta": {}, "finish_reason": "content_filter"}]});
    let server =
        ModelServer::start(vec![Reply::new().bytes(format!("data: {call}\n\ndata: {end}\n\n"))]).await?;
    let heard = hear(&server.provider_on(WireApi::Chat)).await?;
    let calls = heard
        .iter()
        .filter(|event| matches!(event, StreamEvent::Event(ModelEvent::ItemDone(Item::FunctionCall { .. }))));
    ensure!(calls.count() == 1, "half a call is none: {heard:?}");
    let cut = Some(AnswerCut::Filter);
    ensure!(
        matches!(heard.last(), Some(StreamEvent::Event(ModelEvent::Completed { cut: why, .. })) if *why == cut)
    );
    Ok(())
}
