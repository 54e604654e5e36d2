//! The whole conversation in a few words, so that it can go on (B32), and calls that overlap (B6).

use anyhow::{Result, ensure};
use countersign_tests::harness::{Harness, reviewing, unasked};
use countersign_tests::model_server::Reply;
use protocol::{ApprovalPolicy, EventMsg, Op, Policies, ReviewDecision, TokenUsage};

#[tokio::test]
async fn b32_a_conversation_is_summarised_and_goes_on() -> Result<()> {
    let replies = vec![
        Reply::new().shell("c1", &["bash", "-lc", "echo once >> ran.txt"]).completed(),
        Reply::text("done"),
        Reply::new().shell("c2", &["rm", "-r", "."]).message("The file is made.").completed(),
        Reply::text("going on"),
    ];
    let harness = Harness::new(unasked(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("make it").await?;
    session.submit(Op::Compact).await?;
    session.until("the summary", |msg| matches!(msg, EventMsg::ContextCompacted { auto: false, .. })).await?;
    session.until_done().await?;
    let shown = session.said().filter(|msg| {
        matches!(msg, EventMsg::AgentMessage { text, .. } | EventMsg::AgentMessageDelta { delta: text } if text.contains("file"))
    });
    ensure!(shown.count() == 0, "a summary is for the model, and no message to the person");
    session.ask_and_wait("go on").await?;
    let requests = harness.server.requests();
    ensure!(requests[2].body["tools"] == requests[1].body["tools"], "the vendor's cache goes on to hit");
    let last = &requests[3];
    let text = serde_json::to_string(last.input())?;
    ensure!(text.contains("The file is made.") && text.contains("make it") && text.contains("go on"));
    ensure!(last.output_of("c1").is_none(), "what was summarised is not sent again");
    ensure!(harness.read("ran.txt")? == "once\n", "no command runs again because of it");
    let transcript = session.transcript()?;
    session.shut_down().await?;

    harness.server.then(Reply::text("still here"));
    let mut session = harness.open(Some(transcript)).await?;
    session.ask_and_wait("and after a restart?").await?;
    let requests = harness.server.requests();
    ensure!(serde_json::to_string(requests[4].input())?.contains("The file is made."));
    session.shut_down().await
}

#[tokio::test]
async fn b32_a_full_context_is_summarised_unasked_within_the_task() -> Result<()> {
    let usage = TokenUsage { input_tokens: 5_000, output_tokens: 100, ..TokenUsage::default() };
    let replies = vec![
        Reply::new().shell("c1", &["echo", "one"]).completed_with(usage),
        Reply::text("It echoed."),
        Reply::text("all done"),
    ];
    let mut harness = Harness::new(unasked(), &[], replies).await?;
    harness.more_config = "model_auto_compact_token_limit = 4000\n".to_owned();
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("go").await?;
    ensure!(
        matches!(&end, EventMsg::TaskComplete { last_agent_message: Some(text), .. } if text == "all done"),
        "{end:?}"
    );
    ensure!(session.said().any(|msg| matches!(msg, EventMsg::ContextCompacted { auto: true, .. })));
    session.shut_down().await
}

#[tokio::test]
async fn b32_a_request_that_is_too_long_is_summarised_and_asked_again() -> Result<()> {
    let too_long = serde_json::json!({"error": {
        "message": "Your input exceeds the context window of this model.", "type": "invalid_request_error",
        "code": "context_length_exceeded", "param": "input"
    }});
    let replies = vec![
        Reply::new().shell("c1", &["echo", "one"]).completed(),
        Reply::status(400).json(&too_long),
        Reply::text("It echoed."),
        Reply::text("all done"),
    ];
    let harness = Harness::new(unasked(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("go").await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    ensure!(harness.server.left() == 0);
    session.shut_down().await
}

#[tokio::test]
async fn b6_calls_that_only_read_overlap_and_their_outputs_stand_in_order() -> Result<()> {
    let replies = vec![
        Reply::new()
            .shell("c1", &["cat", "first"])
            .shell("c2", &["cat", "second"])
            .function_call("c3", "read_file", &serde_json::json!({"path": "a.txt"}))
            .completed(),
        Reply::text("read"),
    ];
    let harness = Harness::new(reviewing(), &[("a.txt", "alpha\n")], replies).await?;
    for pipe in ["first", "second"] {
        let made = std::process::Command::new("mkfifo").arg(harness.project().join(pipe)).status()?;
        ensure!(made.success());
    }
    let mut session = harness.open(None).await?;
    session.ask("read").await?;
    // neither ends before we write into its pipe: both run at once, or the second would never begin
    for _ in 0..2 {
        session.until("a command", |msg| matches!(msg, EventMsg::ExecCommandBegin { .. })).await?;
    }
    for (pipe, text) in [("second", "2"), ("first", "1")] {
        // opening a pipe waits for its reader
        tokio::fs::write(harness.project().join(pipe), text).await?;
    }
    session.until_done().await?;
    let request = &harness.server.requests()[1];
    let order: Vec<&str> = request
        .input()
        .iter()
        .filter(|item| item["type"] == "function_call_output")
        .filter_map(|item| item["call_id"].as_str())
        .collect();
    ensure!(order == ["c1", "c2", "c3"], "{order:?}");
    ensure!(request.output_of("c1").is_some_and(|text| text.contains("\"output\":\"1\"")));
    ensure!(
        request.output_of("c3").is_some_and(|text| text.contains("alpha")),
        "{:?}",
        request.output_of("c3")
    );
    session.shut_down().await
}

#[tokio::test]
async fn a_question_on_the_side_reads_the_conversation_and_leaves_no_trace() -> Result<()> {
    let replies = vec![
        Reply::new().shell("c1", &["bash", "-lc", "echo ran >> ran.txt"]).completed(),
        Reply::text("The file is made."),
        Reply::text("It holds one line."),
        Reply::text("going on"),
    ];
    let harness = Harness::new(unasked(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("make it").await?;
    session.submit(Op::AskAside { text: "What is in it?".to_owned(), about: None }).await?;
    let answer = session.until("the answer", |msg| matches!(msg, EventMsg::SideAnswer { .. })).await?;
    ensure!(
        matches!(&answer, EventMsg::SideAnswer { text, .. } if text == "It holds one line."),
        "{answer:?}"
    );
    session.ask_and_wait("go on").await?;
    let requests = harness.server.requests();
    let aside = serde_json::to_string(requests[2].input())?;
    ensure!(aside.contains("What is in it?") && aside.contains("The file is made.") && aside.contains("c1"));
    ensure!(requests[2].body["tools"] == requests[1].body["tools"], "the vendor's cache goes on to hit");
    ensure!(requests[2].body["tool_choice"] == "none");
    let after = serde_json::to_string(requests[3].input())?;
    ensure!(!after.contains("What is in it?") && !after.contains("It holds one line."));
    let said = session.said().filter(|msg| {
        matches!(msg, EventMsg::AgentMessage { text, .. } | EventMsg::AgentMessageDelta { delta: text } if text.contains("one line"))
    });
    ensure!(said.count() == 0, "the answer is no message of the task");
    let recorded = std::fs::read_to_string(session.transcript()?)?;
    ensure!(recorded.contains("The file is made."), "{recorded}");
    ensure!(!recorded.contains("What is in it?") && !recorded.contains("It holds one line."), "{recorded}");
    session.submit(Op::AskAside { text: "  ".to_owned(), about: None }).await?;
    let refused = session.until("a refusal", |msg| matches!(msg, EventMsg::Error { .. })).await?;
    ensure!(
        matches!(&refused, EventMsg::Error { error } if error.message == "the question is empty"),
        "{refused:?}"
    );
    session.shut_down().await
}

#[tokio::test]
async fn a_question_on_the_side_is_answered_while_a_command_waits_for_the_person() -> Result<()> {
    let replies = vec![
        Reply::new().shell("c1", &["rm", "-r", "none"]).completed(),
        Reply::text("It would remove a folder."),
        Reply::text("all right"),
    ];
    let untrusting = Policies { approval: ApprovalPolicy::Untrusted, ..unasked() };
    let harness = Harness::new(untrusting, &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("clean up").await?;
    let approval = session.until_asked().await?;
    session.submit(Op::AskAside { text: "What would that do?".to_owned(), about: None }).await?;
    session.until("the answer", |msg| matches!(msg, EventMsg::SideAnswer { .. })).await?;
    session.decide(&approval, ReviewDecision::Denied, None, None).await?;
    session.until_done().await?;
    let requests = harness.server.requests();
    ensure!(requests[2].output_of("c1").is_some_and(|output| output.contains("rejected by user")));
    session.shut_down().await
}
