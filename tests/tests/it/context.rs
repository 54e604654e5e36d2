//! Conversations that outgrow a model whose context nobody knows, and summaries that cannot be made (B32).

use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, unasked};
use countersign_tests::model_server::{ModelServer, Received, Reply};
use protocol::{EventMsg, TokenUsage};
use serde_json::json;

const SUMMARY_REQUEST: &str = "Summarise the conversation so far";

fn is_summary(request: &Received) -> bool {
    // the question for it is the last thing in the request
    let text = String::from_utf8_lossy(&request.bytes);
    text.rfind(SUMMARY_REQUEST).is_some_and(|at| !text[at..].contains("I will"))
}

/// A server whose model takes so many bytes, and refuses more in these words.
async fn small_model(limit: usize, refusal: &'static str) -> Result<ModelServer> {
    let server = ModelServer::with_policy(move |request| {
        if request.bytes.len() > limit {
            let error = json!({"error": {"message": refusal, "type": "invalid_request_error"}});
            return Reply::status(400).json(&error);
        }
        let said = if is_summary(request) { "They sent notes." } else { "I will keep it." };
        let input_tokens = request.bytes.len() as u64 / 4;
        Reply::new().message(said).completed_with(TokenUsage { input_tokens, ..TokenUsage::default() })
    });
    Ok(server.await?)
}

/// Notes of so many bytes.
fn notes(number: usize, bytes: usize) -> String {
    format!("note {number}: ").chars().chain("lorem ipsum ".chars().cycle()).take(bytes).collect()
}

#[tokio::test]
async fn b32_a_window_nobody_knows_is_learned_from_any_vendors_refusal_and_the_session_goes_on() -> Result<()>
{
    for wire in ["responses", "chat", "messages"] {
        for refusal in [
            "This model's maximum context length is 10000 tokens. However, your messages resulted in 12345 tokens.",
            "prompt is too long: 12345 tokens > 10000 maximum",
            "the request exceeds the available context size, try increasing it",
            "Prompt exceeds max length",
            "Range of input length should be [1, 10000]",
        ] {
            let mut harness = Harness::new(unasked(), &[], vec![]).await?;
            harness.server = small_model(40_000, refusal).await?;
            harness.more_of_provider = format!("wire_api = \"{wire}\"");
            let mut session = harness.open(None).await?;
            for number in 0..10 {
                let end = session.ask_and_wait(&notes(number, 6_000)).await?;
                ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{wire}, {refusal}, {number}: {end:?}");
            }
            let requests = harness.server.requests();
            // the request for a summary is smaller than the one that was refused before it
            for pair in requests.windows(2) {
                if pair[0].bytes.len() > 40_000 {
                    let (refused, next) = (pair[0].bytes.len(), pair[1].bytes.len());
                    ensure!(next < refused, "{wire}, {refusal}: {next} after {refused}");
                }
            }
            ensure!(requests.len() < 30, "{wire}, {refusal}: {} requests", requests.len());
            session.shut_down().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn b32_one_prompt_or_output_that_is_larger_than_the_model_does_not_end_the_session() -> Result<()> {
    let mut harness = Harness::new(unasked(), &[], vec![]).await?;
    harness.server = small_model(40_000, "too many tokens").await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("remember this").await?;
    // it is cut, since there is nothing else to leave out
    let end = session.ask_and_wait(&notes(0, 200_000)).await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    let end = session.ask_and_wait("and now?").await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    session.shut_down().await
}

#[tokio::test]
async fn b32_what_was_learned_of_the_window_is_known_after_a_restart() -> Result<()> {
    let mut harness = Harness::new(unasked(), &[], vec![]).await?;
    harness.server = small_model(40_000, "maximum context length is 10000 tokens").await?;
    let mut session = harness.open(None).await?;
    for number in 0..6 {
        session.ask_and_wait(&notes(number, 6_000)).await?;
    }
    let refused =
        |harness: &Harness| harness.server.requests().iter().filter(|one| one.bytes.len() > 40_000).count();
    let before = refused(&harness);
    ensure!(before > 0, "nothing was refused");
    let transcript = session.transcript()?;
    session.shut_down().await?;
    let mut session = harness.open(Some(transcript)).await?;
    for number in 6..16 {
        let end = session.ask_and_wait(&notes(number, 6_000)).await?;
        ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    }
    ensure!(refused(&harness) == before, "it is summarised before it is refused");
    session.shut_down().await
}

const NEARLY_FULL: TokenUsage = TokenUsage {
    input_tokens: 5_000,
    output_tokens: 100,
    cached_input_tokens: 0,
    reasoning_output_tokens: 0,
};

/// A session whose first task is to be summarised after its first answer. The answers after are these.
async fn summarising(after: Vec<Reply>) -> Result<(Harness, Session)> {
    let first =
        Reply::new().shell("c1", &["bash", "-c", "printf 'x%.0s' {1..8000}"]).completed_with(NEARLY_FULL);
    let replies = std::iter::once(first).chain(after).collect();
    let mut harness = Harness::new(unasked(), &[], replies).await?;
    "model_auto_compact_token_limit = 4000\n".clone_into(&mut harness.more_config);
    let session = harness.open(None).await?;
    Ok((harness, session))
}

#[tokio::test]
async fn b32_a_summary_that_cannot_be_made_ends_neither_the_task_nor_the_session() -> Result<()> {
    let busy = || Reply::status(500).retry_after("0").json(&json!({"error": {"message": "oops"}}));
    let too_long = || {
        Reply::status(400)
            .json(&json!({"error": {"message": "Your input exceeds the context window of this model."}}))
    };
    let bad = || Reply::status(400).json(&json!({"error": {"message": "tool_choice none is not supported"}}));
    let cut = || {
        let end = json!({"type": "response.incomplete", "response": {"incomplete_details": {"reason": "max_output_tokens"}}});
        Reply::new().message("It echoed, and th").event(&end)
    };
    let call = || Reply::new().shell("c9", &["rm", "-r", "."]).completed();
    let cases: Vec<(&str, Vec<Reply>)> = vec![
        ("empty", vec![Reply::new().completed(), Reply::new().completed()]),
        ("a call", vec![call(), call()]),
        ("thoughts alone", vec![Reply::new().reasoning("hm", "s").completed(), call()]),
        ("cut", vec![cut()]),
        ("failing", vec![busy(), busy(), busy()]),
        ("refused", vec![bad()]),
        ("too long", vec![too_long(), Reply::text("It echoed.")]),
        ("endless", vec![Reply::text(&"and so on ".repeat(4_000))]),
    ];
    for (what, replies) in cases {
        let (harness, mut session) = summarising(Vec::new()).await?;
        for reply in replies {
            harness.server.then(reply);
        }
        harness.server.then(Reply::text("all done"));
        harness.server.then(Reply::text("here I am"));
        let end = session.ask_and_wait("go").await?;
        ensure!(
            matches!(&end, EventMsg::TaskComplete { last_agent_message: Some(text), .. } if text == "all done"),
            "{what}: {end:?}"
        );
        let end = session.ask_and_wait("still there?").await?;
        ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{what}: {end:?}");
        let last = harness.server.requests().pop().context("no request")?;
        ensure!(last.bytes.len() < 60_000, "{what}: {} bytes", last.bytes.len());
        ensure!(String::from_utf8_lossy(&last.bytes).contains("<summary>"), "{what}");
        session.shut_down().await?;
    }
    Ok(())
}

#[tokio::test]
async fn b32_a_model_that_takes_no_request_for_a_summary_goes_on_without() -> Result<()> {
    let mut harness = Harness::new(unasked(), &[], vec![]).await?;
    harness.server = ModelServer::with_policy(|request| {
        if is_summary(request) {
            Reply::status(400).json(&json!({"error": {"message": "Prompt exceeds max length"}}))
        } else {
            Reply::new().message("I will keep it.").completed_with(NEARLY_FULL)
        }
    })
    .await?;
    harness.more_config = "model_auto_compact_token_limit = 4000\n".to_owned();
    let mut session = harness.open(None).await?;
    for number in 0..4 {
        let end = session.ask_and_wait(&notes(number, 9_000)).await?;
        ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    }
    let told = "the model could make no summary";
    ensure!(
        session
            .said()
            .any(|msg| matches!(msg, EventMsg::BackgroundEvent { message, .. } if message.starts_with(told)))
    );
    session.shut_down().await
}

#[tokio::test]
async fn b32_usage_that_stays_high_does_not_summarise_before_every_request() -> Result<()> {
    let mut harness = Harness::new(unasked(), &[], vec![]).await?;
    harness.server = ModelServer::with_policy(|request| {
        if is_summary(request) {
            Reply::text("They said little.")
        } else {
            Reply::new().message("I will.").completed_with(NEARLY_FULL)
        }
    })
    .await?;
    harness.more_config = "model_auto_compact_token_limit = 4000\n".to_owned();
    let mut session = harness.open(None).await?;
    for _ in 0..8 {
        let end = session.ask_and_wait("go on").await?;
        ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    }
    let summaries = harness.server.requests().iter().filter(|request| is_summary(request)).count();
    ensure!(summaries == 1, "{summaries} summaries");
    session.shut_down().await
}

#[tokio::test]
async fn b32_the_window_is_read_from_the_servers_list_of_models() -> Result<()> {
    let list = json!({"object": "list", "data": [
        {"id": "other", "max_model_len": 1000}, {"id": "m", "meta": {"n_ctx": 4096, "n_ctx_train": 131_072}}]});
    let usage = TokenUsage { input_tokens: 3_600, ..NEARLY_FULL };
    let replies = vec![
        Reply::status(200).json(&list).for_list(),
        Reply::text("hello"),
        Reply::new().message("so far").completed_with(usage),
        Reply::text("It was said hello."),
        Reply::text("going on"),
    ];
    let harness = Harness::new(unasked(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    harness.server.arrived(1).await;
    for prompt in ["hello", "and?", "go on"] {
        session.ask_and_wait(prompt).await?;
    }
    ensure!(session.said().any(|msg| matches!(msg, EventMsg::TokenCount { context_window: Some(4096), .. })));
    ensure!(session.said().any(|msg| matches!(msg, EventMsg::ContextCompacted { auto: true, .. })));
    ensure!(harness.server.left() == 0);
    session.shut_down().await
}
