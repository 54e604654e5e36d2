//! Stories through the real driver: the scripted server says what the model says, everything else is real.

use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, proposal_of, reviewing, unasked};
use countersign_tests::model_server::{Gate, Reply};
use protocol::{
    AbortReason, ChangeSource, DiffStatus, EventMsg, HunkEdit, HunkId, HunkSelection, Op, ReviewDecision,
    SandboxLevel,
};
use serde_json::json;

const PATCH: &str =
    "*** Update File: a.txt\n@@\n-one\n+ONE\n two\n three\n four\n five\n six\n-seven\n+SEVEN\n";
const A: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

fn patch_then(text: &str) -> Vec<Reply> {
    vec![Reply::new().message("A patch.").apply_patch("c1", PATCH).completed(), Reply::text(text)]
}

/// Reports whether commands can be contained here; prints a skip when not.
pub(crate) fn contained(session: &Session) -> bool {
    let full = session
        .said()
        .any(|msg| matches!(msg, EventMsg::SandboxReady { report } if report.level == SandboxLevel::Full));
    if !full {
        eprintln!(
            "SKIPPED: this machine's sandbox is not at its full level, or `countersign-sandbox` is not built"
        );
    }
    full
}

#[tokio::test]
async fn b1_b6_a_prompt_is_answered_and_events_come_in_order_without_gaps() -> Result<()> {
    let reply = Reply::new().reasoning("Thinking about it.", "sealed").message("Hello there.").completed();
    let harness = Harness::new(reviewing(), &[], vec![reply, Reply::text("Again.")]).await?;
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("hi").await?;
    ensure!(
        matches!(&end, EventMsg::TaskComplete { last_agent_message: Some(text), .. } if text == "Hello there.")
    );
    ensure!(session.events().iter().map(|event| event.seq).eq(1..=session.events().len() as u64));
    let streamed: String = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::AgentMessageDelta { delta } => Some(delta.as_str()),
            _ => None,
        })
        .collect();
    ensure!(streamed == "Hello there.");
    session.ask_and_wait("more").await?;
    let requests = harness.server.requests();
    let first = requests[0].input();
    ensure!(requests[1].input()[..first.len()] == *first, "the beginning of a request never changes");
    ensure!(
        requests[1].input().iter().any(|item| item["encrypted_content"] == "sealed"),
        "reasoning is sent back"
    );
    ensure!(requests[0].bytes.len() <= 12 * 1024, "{} bytes", requests[0].bytes.len());
    session.shut_down().await
}

#[tokio::test]
async fn b1_an_agent_that_is_gone_gives_an_error_and_never_hangs() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let mut session = harness.open(None).await?;
    session.submit(Op::Shutdown).await?;
    session.until("the end", |msg| matches!(msg, EventMsg::ShutdownComplete)).await?;
    ensure!(session.until("anything more", |_| true).await.is_err());
    ensure!(session.ask("anyone?").await.is_err());
    Ok(())
}

#[tokio::test]
async fn b12_b17_commands_run_contained_and_stream_what_they_print() -> Result<()> {
    let script = "printf 'out\\n'; printf 'err\\n' >&2; pwd; echo made > made.txt; echo no > /etc/countersign-was-here; exit 3";
    let replies = vec![Reply::new().shell("c1", &["bash", "-lc", script]).completed(), Reply::text("ok")];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    session.ask_and_wait("go").await?;
    let output = harness.server.requests()[1].output_of("c1").context("an output")?.to_owned();
    let answer: serde_json::Value = serde_json::from_str(&output)?;
    ensure!(answer["metadata"]["exit_code"] == 3, "{output}");
    let printed = answer["output"].as_str().unwrap_or_default();
    ensure!(printed.contains("out\n") && printed.contains("err\n"), "{output}");
    ensure!(printed.contains(&harness.project().display().to_string()), "{output}");
    ensure!(harness.read("made.txt")? == "made\n");
    ensure!(!std::path::Path::new("/etc/countersign-was-here").exists());
    let streamed: String = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::ExecCommandOutputDelta { chunk, .. } => Some(chunk.as_str()),
            _ => None,
        })
        .collect();
    ensure!(streamed.contains("out\n") && streamed.contains("err\n"));
    session.shut_down().await
}

#[tokio::test]
async fn b25_exactly_the_accepted_hunks_are_written_and_the_model_is_told() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", A)], patch_then("fine")).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    ensure!(proposal_of(&asked).hunks().count() == 2);
    ensure!(harness.read("a.txt")? == A, "nothing is written before it is decided");
    let selection = HunkSelection { accepted: vec![HunkId::new(0, 1)], ..HunkSelection::default() };
    session.decide(&asked, ReviewDecision::Approved, Some(selection), Some("keep one")).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == A.replace("seven", "SEVEN"));
    let told = harness.server.requests()[1].output_of("c1").context("an answer")?.to_owned();
    ensure!(
        told.contains("1 of 2 hunks were written") && told.contains("note from the person: keep one"),
        "{told}"
    );
    let changes = session.said().filter_map(|msg| match msg {
        EventMsg::WorkspaceDiff { diff } => Some(diff),
        _ => None,
    });
    let last = changes.last().context("the changes are shown")?;
    ensure!(last.files.len() == 1 && last.files[0].path == "a.txt");
    ensure!(
        last.files[0].status == DiffStatus::Modified && last.files[0].sources == [ChangeSource::Patch],
        "{last:?}"
    );
    ensure!(
        session
            .said()
            .any(|msg| matches!(msg, EventMsg::TurnDiff { unified_diff } if unified_diff.contains("+SEVEN")))
    );
    session.shut_down().await
}

#[tokio::test]
async fn b25_an_edited_hunk_is_written_as_the_person_wrote_it() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", A)], patch_then("fine")).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    let edit = HunkEdit { id: HunkId::new(0, 0), new_text: "uno\nun".to_owned() };
    let selection = HunkSelection {
        accepted: vec![HunkId::new(0, 0), HunkId::new(0, 1)],
        edited: vec![edit],
        ..HunkSelection::default()
    };
    session.decide(&asked, ReviewDecision::Approved, Some(selection), None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == "uno\nun\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n");
    let told = harness.server.requests()[1].output_of("c1").context("an answer")?.to_owned();
    ensure!(told.contains("uno\nun"), "{told}");
    session.shut_down().await
}

#[tokio::test]
async fn b25_a_denied_patch_is_not_written_and_the_model_is_told() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", A)], patch_then("fine")).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    session.decide(&asked, ReviewDecision::Denied, None, Some("not now")).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == A);
    let told = harness.server.requests()[1].output_of("c1").context("an answer")?.to_owned();
    ensure!(told.contains("rejected by user") && told.contains("not now"), "{told}");
    session.shut_down().await
}

#[tokio::test]
async fn b37_a_file_changed_after_it_was_shown_is_asked_about_again_and_never_overwritten() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", A)], patch_then("fine")).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    std::fs::write(harness.project().join("a.txt"), format!("{A}eight\n"))?;
    session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    let again = session.until_asked().await?;
    ensure!(again.attempt == 2 && matches!(again.reason, protocol::AskReason::Changed { .. }));
    session.decide(&again, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == "ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN\neight\n");
    session.shut_down().await
}

#[tokio::test]
async fn b21_b22_what_does_not_apply_is_told_and_nothing_is_written() -> Result<()> {
    let lines = "*** Update File: a.txt\n@@\n-one\n+ONE\n*** Add File: b.txt\n+b\n*** Update File: c.txt\n@@\n-none\n+x\n";
    let replies = vec![Reply::new().apply_patch("c1", lines).completed(), Reply::text("oh")];
    let harness = Harness::new(unasked(), &[("a.txt", A), ("c.txt", "see\n")], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    ensure!(
        harness.read("a.txt")? == A && harness.read("c.txt")? == "see\n" && harness.read("b.txt").is_err()
    );
    let told = harness.server.requests()[1].output_of("c1").context("an answer")?.to_owned();
    ensure!(told.contains("c.txt") && told.contains("nothing was written"), "{told}");
    session.shut_down().await
}

#[tokio::test]
async fn b20_a_patch_in_a_shell_command_is_the_same_patch() -> Result<()> {
    let script = format!("cd sub && apply_patch <<'EOF'\n*** Begin Patch\n{PATCH}*** End Patch\nEOF");
    let replies = vec![Reply::new().shell("c1", &["bash", "-lc", &script]).completed(), Reply::text("ok")];
    let harness = Harness::new(reviewing(), &[("sub/a.txt", A)], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("sub/a.txt")? == A.replace("one", "ONE").replace("seven", "SEVEN"));
    session.shut_down().await
}

#[tokio::test]
async fn b27_a_plan_is_shown_and_answered() -> Result<()> {
    let plan = json!({"explanation": "first", "plan": [{"step": "look", "status": "in_progress"}]});
    let replies = vec![Reply::new().function_call("c1", "update_plan", &plan).completed(), Reply::text("ok")];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    ensure!(
        session
            .said()
            .any(|msg| matches!(msg, EventMsg::PlanUpdate { plan, .. } if plan.plan[0].step == "look"))
    );
    ensure!(harness.server.requests()[1].output_of("c1") == Some("Plan updated"));
    session.shut_down().await
}

#[tokio::test]
async fn b8_a_stream_cut_in_the_middle_is_retried_and_what_ran_is_not_run_again() -> Result<()> {
    let replies = vec![
        Reply::new().shell("c1", &["bash", "-lc", "echo ran >> log.txt"]).cut(),
        Reply::status(503).retry_after("0"),
        Reply::text("done"),
    ];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    let end = session.ask_and_wait("go").await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    let retries: Vec<_> = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::StreamError { attempt, max_attempts, .. } => Some((*attempt, *max_attempts)),
            _ => None,
        })
        .collect();
    ensure!(retries == [(1, 2), (2, 2)], "{retries:?}");
    ensure!(harness.read("log.txt")? == "ran\n");
    ensure!(harness.server.requests()[2].output_of("c1").is_some());
    session.shut_down().await
}

#[tokio::test]
async fn b8_what_is_refused_for_good_fails_the_task_and_the_next_prompt_works() -> Result<()> {
    let refused = Reply::status(400).json(&json!({"error": {"message": "no such model"}}));
    let harness = Harness::new(reviewing(), &[], vec![refused, Reply::text("back")]).await?;
    let mut session = harness.open(None).await?;
    let end = session.ask_and_wait("go").await?;
    ensure!(matches!(end, EventMsg::TurnAborted { reason: AbortReason::Failed, .. }), "{end:?}");
    ensure!(
        session
            .said()
            .any(|msg| matches!(msg, EventMsg::Error { error } if error.message.contains("no such model")))
    );
    let end = session.ask_and_wait("again").await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    session.shut_down().await
}

#[tokio::test]
async fn b7_an_interrupt_ends_the_stream_and_the_commands_and_leaves_a_valid_history() -> Result<()> {
    let gate = Gate::new();
    let replies = vec![
        Reply::new()
            .text_delta("I am in the middle")
            .shell("c1", &["sleep", "600"])
            .shell("c2", &["ls"])
            .gate(&gate),
        Reply::text("on we go"),
    ];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    session.ask("go").await?;
    session.until("the command to begin", |msg| matches!(msg, EventMsg::ExecCommandBegin { .. })).await?;
    session.submit(Op::Interrupt).await?;
    let end = session.until_done().await?;
    ensure!(matches!(end, EventMsg::TurnAborted { reason: AbortReason::Interrupted, .. }));
    harness.server.hung_up(1).await;
    session.ask_and_wait("go on").await?;
    let request = &harness.server.requests()[1];
    for call in ["c1", "c2"] {
        ensure!(request.output_of(call).context("an output")?.contains("aborted"), "{call}");
    }
    let calls: Vec<_> = request.input().iter().filter_map(|item| item["call_id"].as_str()).collect();
    ensure!(calls == ["c1", "c1", "c2", "c2"], "each output stands right after its call: {calls:?}");
    session.shut_down().await
}

#[tokio::test]
async fn b5_a_prompt_while_a_task_runs_reaches_the_model_once() -> Result<()> {
    let gate = Gate::new();
    let replies =
        vec![Reply::new().message("one").gate(&gate).completed(), Reply::text("two"), Reply::text("three")];
    let harness = Harness::new(reviewing(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("first").await?;
    harness.server.arrived(1).await;
    session.ask("second").await?;
    session
        .until("the second prompt", |msg| {
            matches!(msg, EventMsg::UserMessage { content } if format!("{content:?}").contains("second"))
        })
        .await?;
    gate.open();
    session.until_done().await?;
    session.ask_and_wait("third").await?;
    let last = &harness.server.requests()[2];
    let said = String::from_utf8_lossy(&last.bytes);
    ensure!(said.matches("\"second\"").count() == 1 && said.matches("\"first\"").count() == 1, "{said}");
    session.shut_down().await
}

#[tokio::test]
async fn b29_a_pending_approval_survives_the_agents_death_and_works_after() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", A)], patch_then("fine")).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    let transcript = session.transcript()?;
    session.kill().await?;

    let mut session = harness.open(Some(transcript)).await?;
    let pending: Vec<_> = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::ApprovalRequested { approval } => Some(approval.clone()),
            _ => None,
        })
        .collect();
    ensure!(pending == [asked.clone()], "the same approval is asked again");
    ensure!(harness.read("a.txt")? == A);
    session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == A.replace("one", "ONE").replace("seven", "SEVEN"));
    ensure!(harness.server.requests().len() == 2);
    session.shut_down().await
}

#[tokio::test]
async fn b29_a_second_agent_on_one_session_is_told_that_it_is_in_use() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let session = harness.open(None).await?;
    let transcript = session.transcript()?;
    let second = Session::open(harness.open_request(Some(transcript))?).await;
    let refusal = second.err().context("a second agent is refused")?.to_string();
    ensure!(refusal.contains("in use"), "{refusal}");
    session.shut_down().await
}

#[tokio::test]
async fn b2_a_session_is_open_when_its_past_is_replayed() -> Result<()> {
    let harness = Harness::new(unasked(), &[], vec![Reply::text("first"), Reply::text("second")]).await?;
    let replayed = |session: &Session| {
        let events = session.events().iter();
        let ends = events.clone().filter(|event| matches!(event.msg, EventMsg::ReplayComplete)).count();
        let is_last =
            matches!(events.clone().next_back().map(|event| &event.msg), Some(EventMsg::ReplayComplete));
        (ends, is_last, events.filter(|event| event.replay).count())
    };
    let mut session = Session::open(harness.open_request(None)?).await?;
    ensure!(replayed(&session) == (1, true, 0), "{:?}", session.events());
    session.ask_and_wait("go").await?;
    let transcript = session.transcript()?;
    session.shut_down().await?;

    let mut session = Session::open(harness.open_request(Some(transcript))?).await?;
    let (ends, is_last, past) = replayed(&session);
    ensure!((ends, is_last) == (1, true) && past > 0, "{:?}", session.events());
    let said_before =
        session.said().any(|msg| matches!(msg, EventMsg::AgentMessage { text, .. } if text == "first"));
    ensure!(said_before, "the past is replayed before the session is open");
    session.ask_and_wait("go on").await?;
    session.shut_down().await
}

#[tokio::test]
async fn b26_b37_what_a_command_does_is_seen_and_told_apart() -> Result<()> {
    let script = "sed -i s/one/1/ a.txt && rm b.txt && mkdir d && mv c.txt d/c.txt";
    let replies = vec![Reply::new().shell("c1", &["bash", "-lc", script]).completed(), Reply::text("ok")];
    let files = [("a.txt", A), ("b.txt", "b\n"), ("c.txt", "see\nsaw\nseen\n")];
    let harness = Harness::new(reviewing(), &files, replies).await?;
    let mut session = harness.open(None).await?;
    if !contained(&session) {
        return Ok(());
    }
    session.ask_and_wait("go").await?;
    let diff = session.said().filter_map(|msg| match msg {
        EventMsg::WorkspaceDiff { diff } => Some(diff),
        _ => None,
    });
    let diff = diff.last().context("the changes are shown")?;
    let shown: Vec<_> = diff.files.iter().map(|file| (file.path.as_str(), file.status)).collect();
    ensure!(
        shown
            == [
                ("a.txt", DiffStatus::Modified),
                ("b.txt", DiffStatus::Deleted),
                ("d/c.txt", DiffStatus::Renamed)
            ],
        "{shown:?}"
    );
    ensure!(diff.files.iter().all(|file| file.sources == [ChangeSource::Command]), "{diff:?}");
    let unified = session.said().filter_map(|msg| match msg {
        EventMsg::TurnDiff { unified_diff } => Some(unified_diff),
        _ => None,
    });
    let unified = unified.last().context("a unified diff")?;
    ensure!(unified.contains("rename from c.txt") && unified.contains("deleted file"), "{unified}");
    session.shut_down().await
}

#[tokio::test]
async fn b34_the_notifier_is_told_what_was_said() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![Reply::text("All done.")]).await?;
    let told = harness.home().join("told");
    std::process::Command::new("mkfifo").arg(&told).status()?;
    let config = protocol::SessionConfig {
        notify: vec![
            "sh".to_owned(),
            "-c".to_owned(),
            format!("printf %s \"$1\" > {}", told.display()),
            "sh".to_owned(),
        ],
        ..harness.session_config(None)
    };
    let mut session = harness.open(None).await?;
    session.submit(Op::ConfigureSession { config: Box::new(config) }).await?;
    session.ask_and_wait("hello").await?;
    let text = tokio::task::spawn_blocking(move || std::fs::read_to_string(told)).await??;
    let payload: serde_json::Value = serde_json::from_str(&text)?;
    ensure!(
        payload["type"] == "agent-turn-complete" && payload["last-assistant-message"] == "All done.",
        "{text}"
    );
    ensure!(payload["input-messages"] == json!(["hello"]), "{text}");
    session.shut_down().await
}

#[tokio::test]
async fn b31_prompts_are_remembered_and_looked_up() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let mut session = harness.open(None).await?;
    session.submit(Op::AddToHistory { text: "what was it".to_owned() }).await?;
    let log_id = session
        .said()
        .find_map(|msg| match msg {
            EventMsg::SessionConfigured { history_log_id, .. } => Some(*history_log_id),
            _ => None,
        })
        .context("configured")?;
    session.submit(Op::GetHistoryEntryRequest { log_id, offset: 0 }).await?;
    let answer =
        session.until("the entry", |msg| matches!(msg, EventMsg::GetHistoryEntryResponse { .. })).await?;
    ensure!(
        matches!(&answer, EventMsg::GetHistoryEntryResponse { text: Some(text), .. } if text == "what was it"),
        "{answer:?}"
    );
    session.shut_down().await
}
