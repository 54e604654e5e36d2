//! The Responses client against a scripted server, over real HTTP (B8, B9, B11).

use agent::models::{connect, list_models};
use config::ProviderConfig;
use countersign_tests::model_server::{Gate, ModelServer, Reply};
use engine::{ModelEvent, ModelFailure, Prompt, Purpose, ToolSpec};
use futures_util::StreamExt;
use model::StreamEvent;
use protocol::{ErrorKind, InputItem, Item, TokenUsage};
use secrets::Secret;
use serde_json::json;
use std::sync::Arc;

const KEY: &str = "sk-scripted-0123456789";

fn prompt() -> Arc<Prompt> {
    Arc::new(Prompt {
        model: "gpt-5-codex".to_owned(),
        instructions: "be brief".into(),
        items: vec![Arc::new(Item::UserMessage { content: vec![InputItem::text("hello")] })],
        tools: Arc::new([ToolSpec::Function {
            name: "shell".into(),
            description: "runs".into(),
            parameters: json!({}),
        }]),
        reasoning_effort: None,
        reasoning_summary: None,
        store: false,
        cache_key: "session".to_owned(),
        purpose: Purpose::Work,
    })
}

/// Everything a client hears in one sampling.
async fn hear(provider: &ProviderConfig, key: Option<&str>) -> Vec<StreamEvent> {
    connect(provider, key.map(Secret::new)).unwrap().stream(prompt()).collect().await
}

async fn fail(provider: &ProviderConfig) -> ModelFailure {
    let mut heard = hear(provider, Some(KEY)).await;
    match heard.pop() {
        Some(StreamEvent::Failed(failure)) => {
            assert!(!format!("{failure:?}").contains(KEY), "the key is told: {failure:?}");
            failure
        }
        other => panic!("it should have failed: {heard:?} {other:?}"),
    }
}

async fn fail_on(reply: Reply) -> ModelFailure {
    let server = ModelServer::start(vec![reply]).await.unwrap();
    fail(&server.provider()).await
}

fn text(delta: &str) -> StreamEvent {
    StreamEvent::TextDelta(delta.to_owned())
}

fn done(item: Item) -> StreamEvent {
    StreamEvent::Event(ModelEvent::ItemDone(item))
}

#[tokio::test]
async fn b9_a_whole_answer() {
    let usage =
        TokenUsage { input_tokens: 7, cached_input_tokens: 3, output_tokens: 2, reasoning_output_tokens: 1 };
    let arguments = json!({"command": ["ls"]});
    let reply = Reply::new()
        .reasoning("Let me see", "sealed")
        .message("I look.")
        .function_call("c1", "shell", &arguments)
        .custom_tool_call("c2", "apply_patch", "*** Begin Patch")
        .completed_with(usage);
    let server = ModelServer::start(vec![reply]).await.unwrap();
    let mut provider = server.provider();
    provider.http_headers.insert("X-Team".to_owned(), "blue".to_owned());
    provider.query_params.insert("api-version".to_owned(), "v 1".to_owned());
    let heard = hear(&provider, Some(KEY)).await;

    let reasoning = Item::Reasoning {
        id: Some("rs_1".to_owned()),
        summary: vec!["Let me see".to_owned()],
        raw: None,
        encrypted: Some("sealed".to_owned()),
    };
    let said = Item::AgentMessage {
        id: Some("msg_2".to_owned()),
        text: "I look.".to_owned(),
        interrupted: false,
        phase: None,
    };
    let called = Item::FunctionCall {
        call_id: "c1".into(),
        name: "shell".to_owned(),
        arguments: arguments.to_string(),
    };
    let patched = Item::CustomCall {
        call_id: "c2".into(),
        name: "apply_patch".to_owned(),
        input: "*** Begin Patch".to_owned(),
    };
    let thought = |delta: &str| StreamEvent::ReasoningDelta(delta.to_owned());
    assert_eq!(
        heard,
        [
            thought("Let "),
            thought("me "),
            thought("see"),
            done(reasoning),
            text("I "),
            text("look."),
            done(said),
            done(called),
            done(patched),
            StreamEvent::Event(ModelEvent::Completed { usage: Some(usage), cut: None }),
        ]
    );

    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.uri, "/v1/responses?api-version=v+1");
    let header = |name: &str| request.headers.get(name).map(String::as_str);
    assert_eq!(header("authorization"), Some("Bearer sk-scripted-0123456789"));
    assert_eq!(header("accept"), Some("text/event-stream"));
    assert_eq!(header("x-team"), Some("blue"));
    assert_eq!((&request.body["store"], &request.body["stream"]), (&json!(false), &json!(true)));
    assert_eq!(request.input().len(), 1);
}

#[tokio::test]
async fn b8_text_arrives_while_the_stream_is_still_open() {
    let gate = Gate::new();
    let reply = Reply::new().text_delta("one ").gate(&gate).text_delta("two").completed();
    let server = ModelServer::start(vec![reply]).await.unwrap();
    let mut stream = connect(&server.provider(), None).unwrap().stream(prompt());
    assert_eq!(stream.next().await, Some(text("one ")));
    gate.reached().await;
    gate.open();
    assert_eq!(stream.next().await, Some(text("two")));
    // words that are in no item are not lost
    let Some(StreamEvent::Event(ModelEvent::ItemDone(Item::AgentMessage { text, .. }))) = stream.next().await
    else {
        panic!("no message")
    };
    assert_eq!(text, "one two");
    assert!(matches!(stream.next().await, Some(StreamEvent::Event(ModelEvent::Completed { .. }))));
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn b7_dropping_the_stream_closes_the_connection() {
    let server = ModelServer::start(vec![Reply::new().text_delta("one ").stall()]).await.unwrap();
    let mut stream = connect(&server.provider(), None).unwrap().stream(prompt());
    assert_eq!(stream.next().await, Some(text("one ")));
    drop(stream);
    server.hung_up(1).await;
}

#[tokio::test]
async fn b8_broken_streams_can_be_tried_again() {
    for (reply, message) in [
        (Reply::new().text_delta("half").cut(), "the stream broke after line"),
        (Reply::new().text_delta("half"), "the stream ended before the answer was complete"),
        (Reply::new().text_delta("half").garbage().completed(), "makes no sense"),
        (Reply::new().failed("server_error", "oops"), "oops"),
    ] {
        let failure = fail_on(reply).await;
        assert!(failure.retryable && failure.opened, "{failure:?}");
        assert!(failure.error.message.contains(message), "{failure:?}");
    }
}

#[tokio::test]
async fn b8_a_stream_that_stalls_and_an_answer_that_never_comes() {
    for (reply, message, opened) in [
        (Reply::new().text_delta("half").stall(), "said nothing for 80 ms", true),
        (Reply::silence(), "no answer within 80 ms", false),
    ] {
        let server = ModelServer::start(vec![reply]).await.unwrap();
        let failure = fail(&ProviderConfig { stream_idle_timeout_ms: 80, ..server.provider() }).await;
        assert!(failure.retryable, "{failure:?}");
        assert_eq!(failure.opened, opened, "{failure:?}");
        assert!(failure.error.message.contains(message), "{failure:?}");
    }
}

#[tokio::test]
async fn b8_what_each_status_means() {
    for (status, retryable) in [
        (400, false),
        (403, false),
        (404, false),
        (408, true),
        (422, false),
        (429, true),
        (500, true),
        (503, true),
    ] {
        let body = json!({"error": {"message": format!("no, {KEY} is bad"), "code": "x"}});
        let failure = fail_on(Reply::status(status).retry_after("3").json(&body)).await;
        assert_eq!(failure.retryable, retryable, "{failure:?}");
        assert_eq!(failure.retry_after_ms, retryable.then_some(3000), "{failure:?}");
        assert_eq!(failure.error.kind, ErrorKind::Model);
        assert_eq!(failure.error.message, format!("Scripted answered with http {status}: no, [key] is bad"));
        assert!(!failure.opened);
    }
}

#[tokio::test]
async fn b8_a_vendor_that_says_when_in_its_message() {
    let body =
        json!({"error": {"message": "Rate limit. Please try again in 1.5s.", "code": "rate_limit_exceeded"}});
    assert_eq!(fail_on(Reply::status(429).json(&body)).await.retry_after_ms, Some(1500));
    let body = json!({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}});
    let failure = fail_on(Reply::status(429).json(&body)).await;
    assert!(!failure.retryable, "waiting does not fill an account");
    assert!(failure.error.hint.unwrap().contains("billing"));
}

#[tokio::test]
async fn b41_a_refused_key_is_not_told_and_the_way_out_is() {
    let body = json!({"error": {"message": format!("Incorrect API key: {KEY}, also sk-sc***6789."), "code": "invalid_api_key"}});
    let server = ModelServer::start(vec![Reply::status(401).json(&body)]).await.unwrap();
    let provider = ProviderConfig { env_key: Some("SCRIPTED_KEY".to_owned()), ..server.provider() };
    let failure = fail(&provider).await;
    assert_eq!((failure.error.kind, failure.retryable), (ErrorKind::Unauthorized, false));
    assert_eq!(
        failure.error.message,
        "Scripted refused the key (http 401): Incorrect API key: [key], also [key]"
    );
    assert_eq!(
        failure.error.hint.as_deref(),
        Some("set the key of Scripted in settings, or in the environment variable SCRIPTED_KEY")
    );
}

#[tokio::test]
async fn b41_without_a_key_nothing_is_sent_to_a_vendor_that_wants_one() {
    let provider = ProviderConfig {
        base_url: "https://api.vendor.invalid/v1".to_owned(),
        env_key: Some("SCRIPTED_KEY".to_owned()),
        ..ModelServer::start(vec![]).await.unwrap().provider()
    };
    let heard = hear(&provider, Some("  ")).await;
    let [StreamEvent::Failed(failure)] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(failure.error.kind, ErrorKind::Unauthorized);
    assert_eq!(failure.error.message, "there is no key for Scripted");
}

#[tokio::test]
async fn b41_a_redirect_is_not_followed() {
    let elsewhere = ModelServer::start(vec![Reply::text("caught")]).await.unwrap();
    let location = format!("{}/responses?stolen=1", elsewhere.base_url());
    let failure = fail_on(Reply::status(307).header("location", &location)).await;
    assert!(!failure.retryable);
    assert!(
        failure.error.message.contains("redirects to 127.0.0.1 (http 307), which is not followed"),
        "{failure:?}"
    );
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn what_is_no_model_server_is_said_to_be_none() {
    let failure = fail_on(Reply::status(200).header("content-type", "text/html").bytes("<html>")).await;
    assert!(!failure.retryable);
    assert!(failure.error.message.contains("answered with text/html instead of a stream"), "{failure:?}");
    assert!(failure.error.hint.unwrap().contains("base_url"));
}

#[tokio::test]
async fn b39_a_local_server_that_is_not_running() {
    let server = ModelServer::start(vec![]).await.unwrap();
    let provider = server.provider();
    drop(server);
    let failure = fail(&provider).await;
    assert!(failure.retryable && !failure.opened);
    assert!(failure.error.message.starts_with("cannot reach Scripted at http://127.0.0.1:"), "{failure:?}");
    assert_eq!(failure.error.hint.as_deref(), Some("start Scripted, or choose another provider in settings"));
    assert!(list_models(&provider, None).await.is_err_and(|failed| !failed.is_running));
}

#[tokio::test]
async fn b39_models_are_listed_or_the_server_is_given_up_on() {
    let server = ModelServer::start(vec![
        Reply::models(&["qwen3:8b", "gpt-oss:20b"]),
        Reply::status(200).json(&json!({"models": []})).for_list(),
        Reply::status(401).for_list(),
        Reply::silence().for_list(),
    ])
    .await
    .unwrap();
    let provider = server.provider();
    let list = || list_models(&provider, Some(Secret::new(KEY)));
    assert_eq!(list().await.unwrap(), ["qwen3:8b", "gpt-oss:20b"]);
    let refused = async || {
        let failed = list().await.unwrap_err();
        assert!(failed.is_running, "{failed:?}");
        failed.error
    };
    assert!(refused().await.message.contains("does not list its models as expected"));
    assert_eq!(refused().await.kind, ErrorKind::Unauthorized);
    assert!(refused().await.message.contains("within 1500 ms"));
    assert!(server.requests().iter().all(|request| request.uri == "/v1/models"));
}

#[tokio::test]
async fn b40_the_practice_model_answers_without_a_server() {
    let mut provider = ModelServer::start(vec![]).await.unwrap().provider();
    provider.wire_api = config::WireApi::Practice;
    assert_eq!(list_models(&provider, None).await.unwrap(), ["practice"]);
    let heard = hear(&provider, None).await;
    assert!(matches!(heard.first(), Some(StreamEvent::TextDelta(_))));
    assert!(matches!(heard.last(), Some(StreamEvent::Event(ModelEvent::Completed { usage: None, .. }))));
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused_with_a_reason() {
    let provider = ModelServer::start(vec![]).await.unwrap().provider();
    let refuse = |change: &dyn Fn(&mut ProviderConfig)| {
        let mut provider = provider.clone();
        change(&mut provider);
        match connect(&provider, None) {
            Err(error) => error.message,
            Ok(_) => panic!("it should not be taken: {provider:?}"),
        }
    };
    assert!(
        refuse(&|provider| provider.base_url = "localhost:11434".to_owned()).contains("must begin with http")
    );
    assert!(
        refuse(&|provider| provider.base_url = String::new()).contains("base_url of the provider openai")
    );
    let header = |name: &'static str, value: &'static str| {
        move |provider: &mut ProviderConfig| {
            provider.http_headers.insert(name.to_owned(), value.to_owned());
        }
    };
    assert!(refuse(&header("two words", "x")).contains("is not the name of an http header"));
    assert!(refuse(&header("x", "a\nb")).contains("cannot be sent"));
}
