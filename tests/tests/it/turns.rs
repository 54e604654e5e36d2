//! Stories about ops, tasks and the model's stream (B2 to B11).

use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, reviewing, unasked};
use countersign_tests::model_server::{Gate, Reply};
use protocol::{
    AbortReason, ApprovalPolicy, ErrorKind, EventMsg, InputItem, Op, Policies, ReviewDecision, SandboxPolicy,
    SessionConfig,
};
use serde_json::{Value, json};
use std::time::Instant;

fn untrusted() -> Policies {
    Policies { approval: ApprovalPolicy::Untrusted, ..reviewing() }
}

/// Commands run without a sandbox, so that they run on every machine.
fn uncontained() -> Policies {
    Policies { sandbox: SandboxPolicy::DangerFullAccess, ..reviewing() }
}

fn configure(config: SessionConfig) -> Op {
    Op::ConfigureSession { config: Box::new(config) }
}

/// The next error, and what it says.
async fn error(session: &mut Session) -> Result<(ErrorKind, String)> {
    match session.until("an error", |msg| matches!(msg, EventMsg::Error { .. })).await? {
        EventMsg::Error { error } => Ok((error.kind, error.message)),
        other => anyhow::bail!("{other:?}"),
    }
}

#[tokio::test]
async fn b2_the_first_op_configures_and_nothing_else_is_taken_before_it() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![Reply::text("hello")]).await?;
    let mut session = harness.start().await?;
    session.ask("too early").await?;
    let (kind, message) = error(&mut session).await?;
    ensure!(kind == ErrorKind::BadRequest && message.contains("configure_session"), "{message}");
    let relative = SessionConfig { cwd: "some/folder".into(), ..harness.session_config(None) };
    session.submit(configure(relative)).await?;
    let (kind, message) = error(&mut session).await?;
    ensure!(kind == ErrorKind::BadRequest && message.contains("some/folder"), "{message}");
    ensure!(!session.said().any(|msg| matches!(msg, EventMsg::SessionConfigured { .. })));

    session.submit(configure(harness.session_config(None))).await?;
    let said = session.until("the session", |msg| matches!(msg, EventMsg::SessionConfigured { .. })).await?;
    let EventMsg::SessionConfigured { model, cwd, history_entry_count, rollout_path, .. } = said else {
        anyhow::bail!("{said:?}")
    };
    ensure!(model == "m" && cwd == harness.project() && history_entry_count == 0 && rollout_path.is_file());
    session.ask_and_wait("now").await?;
    ensure!(!String::from_utf8_lossy(&harness.server.requests()[0].bytes).contains("too early"));
    session.shut_down().await
}

#[tokio::test]
async fn b2_configuring_again_aborts_what_runs_and_keeps_approvals_and_history() -> Result<()> {
    let remove = |id: &str| Reply::new().shell(id, &["rm", "-f", "nothing"]).completed();
    let gate = Gate::new();
    let replies = vec![
        remove("c1"),
        Reply::text("removed"),
        Reply::new().text_delta("I am in the mid").gate(&gate),
        remove("c2"),
        Reply::text("again"),
    ];
    let harness = Harness::new(untrusted(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("first").await?;
    let asked = session.until_asked().await?;
    session.decide(&asked, ReviewDecision::ApprovedForSession, None, None).await?;
    session.until_done().await?;

    session.ask("second").await?;
    harness.server.arrived(3).await;
    let other = SessionConfig { model: "other".to_owned(), ..harness.session_config(None) };
    session.submit(configure(other)).await?;
    let end = session.until_done().await?;
    ensure!(matches!(end, EventMsg::TurnAborted { reason: AbortReason::Replaced, .. }), "{end:?}");
    harness.server.hung_up(1).await;

    let before = session.events().len();
    let end = session.ask_and_wait("third").await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    let asked_again =
        session.said().skip(before).any(|msg| matches!(msg, EventMsg::ApprovalRequested { .. }));
    ensure!(!asked_again, "what was approved for the session still is");
    let request = &harness.server.requests()[3];
    ensure!(request.body["model"] == "other");
    let text = String::from_utf8_lossy(&request.bytes);
    for said in ["first", "removed", "second", "third"] {
        ensure!(text.matches(&format!("\"{said}\"")).count() == 1, "{said}: {text}");
    }
    session.shut_down().await
}

#[tokio::test]
async fn b3_a_server_that_never_answers_delays_neither_the_session_nor_a_prompt() -> Result<()> {
    let mut harness = Harness::new(reviewing(), &[], vec![Reply::text("at once")]).await?;
    harness.more_config = "[mcp_servers.slow]\ncommand = \"sleep\"\nargs = [\"600\"]\n".to_owned();
    let mut session = harness.start().await?;
    session.submit(configure(harness.session_config(None))).await?;
    session.ask("go").await?;
    let end = session.until_done().await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    let first = session.said().next().context("something was said")?;
    ensure!(matches!(first, EventMsg::SessionConfigured { .. }), "{first:?}");
    session.shut_down().await
}

#[tokio::test]
async fn b4_everything_is_on_disk_when_the_session_has_ended() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![Reply::text("the last word")]).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    let transcript = session.transcript()?;
    session.shut_down().await?;
    let text = std::fs::read_to_string(transcript)?;
    ensure!(text.ends_with('\n') && text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    ensure!(text.contains("the last word") && text.contains("task_completed"), "{text}");
    Ok(())
}

#[tokio::test]
async fn b4_a_transcript_that_cannot_be_put_on_disk_is_an_error_before_the_end() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let mut session = harness.open(None).await?;
    // a new file's name is in its folder, which can then not be put on disk
    std::fs::rename(harness.home().join("sessions"), harness.home().join("moved"))?;
    session.submit(Op::Shutdown).await?;
    let (kind, message) = error(&mut session).await?;
    ensure!(kind == ErrorKind::Storage && message.contains("sessions"), "{message}");
    session.until("the end", |msg| matches!(msg, EventMsg::ShutdownComplete)).await?;
    Ok(())
}

#[tokio::test]
async fn b5_what_is_said_while_a_command_runs_reaches_the_model_once_with_its_output() -> Result<()> {
    let wait = "until [ -e go ]; do sleep 0.01; done; echo went";
    let replies = vec![
        Reply::new()
            .function_call("c1", "shell", &json!({"command": ["bash", "-c", wait], "timeout_ms": 60_000}))
            .completed(),
        Reply::text("seen"),
        Reply::text("done"),
    ];
    let harness = Harness::new(uncontained(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("first").await?;
    session.until("the command", |msg| matches!(msg, EventMsg::ExecCommandBegin { .. })).await?;
    let picture = InputItem::Image { image_url: "data:image/png;base64,AAAA".to_owned() };
    session.submit(Op::UserInput { items: vec![InputItem::text("meanwhile"), picture] }).await?;
    session
        .until(
            "it to be taken in",
            |msg| matches!(msg, EventMsg::UserMessage { content } if content.len() == 2),
        )
        .await?;
    std::fs::write(harness.project().join("go"), "")?;
    session.until_done().await?;
    session.ask_and_wait("last").await?;
    let tasks = session.said().filter(|msg| matches!(msg, EventMsg::TaskStarted { .. })).count();
    ensure!(tasks == 2, "at most one task runs: {tasks}");
    for request in &harness.server.requests()[1..] {
        let text = String::from_utf8_lossy(&request.bytes);
        ensure!(
            text.matches("\"meanwhile\"").count() == 1 && text.matches("base64,AAAA").count() == 1,
            "{text}"
        );
    }
    ensure!(harness.server.requests()[1].output_of("c1").context("an output")?.contains("went"));
    session.shut_down().await
}

#[tokio::test]
async fn b6_a_request_tells_where_it_works_and_what_it_may_do() -> Result<()> {
    let harness = Harness::new(untrusted(), &[], vec![Reply::text("ok")]).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    let request = &harness.server.requests()[0];
    let text = String::from_utf8_lossy(&request.bytes);
    for told in [
        &harness.project().display().to_string(),
        "untrusted",
        "workspace-write",
        "network",
        "shell: bash",
        "date: 20",
    ] {
        ensure!(text.contains(told), "{told} is missing in {text}");
    }
    ensure!(request.body["instructions"].as_str().is_some_and(|text| text.len() > 200));
    let tools: Vec<&str> = request.body["tools"]
        .as_array()
        .context("tools")?
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    for tool in ["shell", "apply_patch", "update_plan"] {
        ensure!(tools.contains(&tool), "{tool} is not among {tools:?}");
    }
    session.shut_down().await
}

#[tokio::test]
async fn b7_an_abort_stops_the_task_and_a_late_answer_is_an_error() -> Result<()> {
    let patch = "*** Update File: a.txt\n@@\n-one\n+ONE\n";
    let replies = vec![
        Reply::new().shell("c1", &["ls"]).apply_patch("c2", patch).shell("c3", &["ls"]).completed(),
        Reply::text("on we go"),
    ];
    let harness = Harness::new(uncontained(), &[("a.txt", "one\n")], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    session.ask("pending").await?;
    session.decide(&asked, ReviewDecision::Abort, None, None).await?;
    let end = session.until_done().await?;
    ensure!(matches!(end, EventMsg::TurnAborted { reason: AbortReason::Interrupted, .. }), "{end:?}");
    let late = session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    session.until("an error", |msg| matches!(msg, EventMsg::Error { .. })).await?;
    ensure!(session.events().last().is_some_and(|event| event.id == late));
    ensure!(harness.read("a.txt")? == "one\n");

    session.ask_and_wait("go on").await?;
    let request = &harness.server.requests()[1];
    let calls: Vec<&str> = request.input().iter().filter_map(|item| item["call_id"].as_str()).collect();
    ensure!(calls == ["c1", "c1", "c2", "c2", "c3", "c3"], "{calls:?}");
    ensure!(request.output_of("c1").context("an output")?.contains("a.txt"), "what ran is not forgotten");
    ensure!(request.output_of("c3").context("an output")?.contains("aborted"));
    session.shut_down().await
}

#[tokio::test]
async fn b8_a_stream_that_stalls_is_given_up_and_tried_again() -> Result<()> {
    let replies = vec![Reply::new().text_delta("half").stall(), Reply::text("whole")];
    let mut harness = Harness::new(reviewing(), &[], replies).await?;
    harness.more_of_provider = "stream_idle_timeout_ms = 100".to_owned();
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("go").await?;
    ensure!(
        matches!(&end, EventMsg::TaskComplete { last_agent_message: Some(text), .. } if text == "whole"),
        "{end:?}"
    );
    harness.server.hung_up(1).await;
    let told = session.said().find_map(|msg| match msg {
        EventMsg::StreamError { message, attempt, max_attempts, .. } => {
            Some((message, *attempt, *max_attempts))
        }
        _ => None,
    });
    let (message, attempt, most) = told.context("the retry is told")?;
    ensure!(message.contains("said nothing for 100 ms") && (attempt, most) == (1, 2), "{message}");
    session.shut_down().await
}

#[tokio::test]
async fn b8_a_retry_waits_as_long_as_the_vendor_asks_and_no_longer_than_its_budget() -> Result<()> {
    let busy = || Reply::status(429).json(&json!({"error": {"message": "slow down"}}));
    let replies =
        vec![busy().retry_after("1"), Reply::text("fine"), busy(), busy(), busy(), Reply::text("back")];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    let started = Instant::now();
    session.ask_and_wait("go").await?;
    ensure!(started.elapsed().as_millis() >= 1000, "{:?}", started.elapsed());
    let waits = |session: &Session| -> Vec<u64> {
        let retries = session.said().filter_map(|msg| match msg {
            EventMsg::StreamError { retry_in_ms, .. } => Some(*retry_in_ms),
            _ => None,
        });
        retries.collect()
    };
    ensure!(waits(&session) == [1000], "{:?}", waits(&session));

    let end = session.ask_and_wait("again").await?;
    ensure!(matches!(end, EventMsg::TurnAborted { reason: AbortReason::Failed, .. }), "{end:?}");
    let waited = waits(&session);
    let grown = waited.len() == 3 && (180..=220).contains(&waited[1]) && (360..=440).contains(&waited[2]);
    ensure!(grown, "200 ms doubled, give or take a tenth: {waited:?}");
    let end = session.ask_and_wait("once more").await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "the session takes the next prompt: {end:?}");
    session.shut_down().await
}

#[tokio::test]
async fn b9_unknown_events_are_ignored_and_malformed_ones_are_named_by_line() -> Result<()> {
    let unknown = Reply::new()
        .event(&json!({"type": "response.from_tomorrow", "delta": {"deep": [1]}}))
        .message("I understood.")
        .completed();
    let replies = vec![unknown, Reply::new().garbage(), Reply::new().garbage(), Reply::new().garbage()];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("go").await?;
    ensure!(
        matches!(&end, EventMsg::TaskComplete { last_agent_message: Some(text), .. } if text == "I understood.")
    );
    let end = session.ask_and_wait("again").await?;
    ensure!(matches!(end, EventMsg::TurnAborted { reason: AbortReason::Failed, .. }), "{end:?}");
    let failed = session.said().find_map(|msg| match msg {
        EventMsg::Error { error } => Some(error),
        _ => None,
    });
    let message = &failed.context("an error")?.message;
    ensure!(message.contains("line 5") && message.contains("makes no sense"), "{message}");
    session.shut_down().await
}

#[tokio::test]
async fn b9_raw_reasoning_is_shown_only_where_it_is_to_be() -> Result<()> {
    let thinking = || {
        let delta = json!({"type": "response.reasoning_text.delta", "delta": "hush"});
        let item = json!({"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}],
            "content": [{"type": "reasoning_text", "text": "hush"}]});
        Reply::new().event(&delta).item("rs", item).message("Said.").completed()
    };
    for shown in [false, true] {
        let harness = Harness::new(reviewing(), &[], vec![thinking()]).await?;
        let config = SessionConfig { show_raw_agent_reasoning: shown, ..harness.session_config(None) };
        let mut session = harness.open_with(config).await?;
        session.ask_and_wait("go").await?;
        let raw = session
            .said()
            .any(|msg| matches!(msg, EventMsg::AgentReasoningRawContentDelta { delta } if delta == "hush"));
        ensure!(raw == shown, "{raw}");
        ensure!(session.said().any(|msg| matches!(msg, EventMsg::AgentReasoning { text } if text == "Hm.")));
        session.shut_down().await?;
    }
    Ok(())
}

#[tokio::test]
async fn b10_calls_that_cannot_be_done_are_answered_and_what_is_unknown_is_let_be() -> Result<()> {
    let local = |ids: Value| {
        let mut item = json!({"type": "local_shell_call", "status": "completed",
            "action": {"type": "exec", "command": ["ls"], "timeout_ms": 5000}});
        item.as_object_mut()
            .into_iter()
            .for_each(|item| item.extend(ids.as_object().cloned().unwrap_or_default()));
        item
    };
    let first = Reply::new()
        .function_call("c1", "fly", &json!({}))
        .function_call_text("c2", "shell", "{\"command\": \"ls")
        .function_call("c3", "shell", &json!({"command": "ls"}))
        .custom_tool_call("c4", "sing", "la")
        .item("lsh", local(json!({"call_id": "c5"})))
        .item("ws", json!({"type": "web_search_call", "status": "completed"}))
        .completed();
    let harness =
        Harness::new(uncontained(), &[("here.txt", "")], vec![first, Reply::text("I see.")]).await?;
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("go").await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    let request = &harness.server.requests()[1];
    let told = |call: &str| request.output_of(call).with_context(|| format!("{call} is answered"));
    ensure!(told("c1")? == "unsupported call: fly" && told("c4")? == "unsupported call: sing");
    for call in ["c2", "c3"] {
        ensure!(told(call)?.starts_with("failed to parse the call's arguments: "), "{}", told(call)?);
    }
    ensure!(told("c5")?.contains("here.txt"), "{}", told("c5")?);
    session.shut_down().await
}

#[tokio::test]
async fn b11_nothing_is_stored_when_storage_is_off_and_only_what_reasons_seals() -> Result<()> {
    for (model, off) in [("gpt-5", true), ("gpt-4.1", true), ("gpt-5", false)] {
        let harness = Harness::new(unasked(), &[], vec![Reply::text("one"), Reply::text("two")]).await?;
        let config = SessionConfig {
            disable_response_storage: off,
            model: model.to_owned(),
            ..harness.session_config(None)
        };
        let mut session = harness.open_with(config).await?;
        session.ask_and_wait("first").await?;
        session.ask_and_wait("second").await?;
        for request in harness.server.requests() {
            ensure!(request.body["store"] == !off, "{}", request.body["store"]);
            ensure!(request.body.get("previous_response_id").is_none());
            let sealed = request.body["include"]
                .as_array()
                .is_some_and(|include| include.contains(&json!("reasoning.encrypted_content")));
            ensure!(sealed == (off && model == "gpt-5"), "{model}: {}", request.body["include"]);
        }
        let whole = harness.server.requests()[1].input().to_vec();
        ensure!(
            whole.iter().any(|item| item.to_string().contains("first")),
            "the whole input goes each time: {whole:?}"
        );
        session.shut_down().await?;
    }
    Ok(())
}
