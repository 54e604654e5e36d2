//! The sessions that the fixtures are transcripts of, told through the real driver.

use super::{HOME, OUTSIDE, PROJECT, folder};
use crate::mcp::{call, scripted};
use crate::undo::KEEP;
use anyhow::{Context, Result};
use countersign_tests::harness::{Harness, Session, reviewing};
use countersign_tests::model_server::Reply;
use protocol::{
    ApprovalPolicy, CallId, EventMsg, HunkEdit, HunkSelection, Op, Policies, ReviewDecision, SandboxPolicy,
};
use serde_json::{Value, json};

/// The file that the patches of the stories change.
pub(super) const A: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

const APPROVED: ReviewDecision = ReviewDecision::Approved;
const DENIED: ReviewDecision = ReviewDecision::Denied;
const SESSION: ReviewDecision = ReviewDecision::ApprovedForSession;

/// Whether an event asks a person to decide.
pub(super) fn is_question(msg: &EventMsg) -> bool {
    asked(msg).is_some()
}

/// The call that an event asks about, and the binding of the question.
pub(super) fn asked(msg: &EventMsg) -> Option<(CallId, String)> {
    match msg {
        EventMsg::ApprovalRequested { approval } => {
            Some((approval.call_id.clone(), approval.binding.clone()))
        }
        _ => None,
    }
}

/// Decides about a call as the last question about it was asked.
pub(super) async fn decide(
    session: &Session,
    call: &str,
    decision: ReviewDecision,
    hunks: Option<HunkSelection>,
    note: Option<&str>,
) -> Result<()> {
    let question = session.said().filter(|msg| asked(msg).is_some_and(|(id, _)| id.as_str() == call)).last();
    let question = question.with_context(|| format!("nobody was asked about {call}"))?;
    let (call_id, binding) = asked(question).context("a question")?;
    let note = note.map(str::to_owned);
    session
        .submit(Op::Decide {
            call_id,
            binding,
            decision,
            hunks,
            note,
            comments: Vec::new(),
            viewed: None,
            unattended: false,
        })
        .await?;
    Ok(())
}

/// Waits for the question about a call, and answers it.
async fn answer(
    session: &mut Session,
    call: &str,
    decision: ReviewDecision,
    note: Option<&str>,
) -> Result<()> {
    let about = |msg: &EventMsg| asked(msg).is_some_and(|(id, _)| id.as_str() == call);
    session.until(call, about).await?;
    decide(session, call, decision, None, note).await
}

/// Writes the transcripts of all stories.
pub(super) async fn write() -> Result<()> {
    commands().await?;
    sandbox().await?;
    background().await?;
    patches().await?;
    tools().await?;
    pending("pending-command", Reply::new().shell("c1", &["bash", "-c", "echo made > made.txt"])).await?;
    let patch = "*** Update File: a.txt\n@@\n-one\n+ONE\n@@\n-six\n+SIX\n";
    pending("pending-patch", Reply::new().apply_patch("c1", patch)).await?;
    pending("pending-tool", Reply::new().function_call("c1", "s__write", &json!({"path": "out.txt"}))).await
}

/// Puts away the transcript of a session that is over, with the folders of this run replaced.
fn keep(harness: &Harness, name: &str, transcript: &std::path::Path, outside: Option<&str>) -> Result<()> {
    let text = std::fs::read_to_string(transcript)?;
    let mut text = text.replace(&harness.project().display().to_string(), PROJECT);
    text = text.replace(&harness.home().display().to_string(), HOME);
    if let Some(outside) = outside {
        text = text.replace(outside, OUTSIDE);
    }
    std::fs::write(folder().join(format!("{name}.jsonl")), text)?;
    Ok(())
}

fn script(call: &str, script: &str) -> Reply {
    Reply::new().shell(call, &["bash", "-c", script]).completed()
}

fn shell(call: &str, arguments: &Value) -> Reply {
    Reply::new().function_call(call, "shell", arguments).completed()
}

fn uncontained() -> Policies {
    Policies {
        approval: ApprovalPolicy::Untrusted,
        sandbox: SandboxPolicy::DangerFullAccess,
        review_patches: true,
    }
}

/// Every way a command ends, and every decision about one.
async fn commands() -> Result<()> {
    let harness = Harness::new(
        uncontained(),
        &[("a.txt", A)],
        vec![
            script("c1", "echo out; echo err >&2; exit 0"),
            script("c2", "rm -rf everything"),
            script("c3", "echo three; exit 3"),
            script("c3b", "echo three; exit 3"),
            shell("c4", &json!({"command": ["bash", "-c", "echo begun; sleep 60"], "timeout_ms": 400})),
            shell("c5", &json!({"command": ["no-such-program", "x"]})),
            script("c6", "echo dying; kill -9 $$"),
            script("c7", "for n in $(seq 1 9000); do echo \"line number $n\"; done"),
            shell("c8", &json!({"command": ["ls"]})),
            script("c9", "touch by-rule"),
            Reply::text("That was all."),
        ],
    )
    .await?;
    let mut session = harness.open(None).await?;
    session.ask("Run this and that").await?;
    answer(&mut session, "c1", APPROVED, None).await?;
    answer(&mut session, "c2", DENIED, Some("never that")).await?;
    answer(&mut session, "c3", SESSION, None).await?;
    for call in ["c4", "c5", "c6", "c7"] {
        answer(&mut session, call, APPROVED, None).await?;
    }
    answer(&mut session, "c9", ReviewDecision::ApprovedWithRule, None).await?;
    session.until_done().await?;

    harness.server.then(script("c10", "echo begun; sleep 60"));
    session.ask("Something slow").await?;
    answer(&mut session, "c10", APPROVED, None).await?;
    session.until("output", |msg| matches!(msg, EventMsg::ExecCommandOutputDelta { .. })).await?;
    session.submit(Op::Interrupt).await?;
    session.until_done().await?;

    harness.server.then(script("c11", "touch no"));
    session.ask("Something else").await?;
    answer(&mut session, "c11", ReviewDecision::Abort, Some("stop here")).await?;
    session.until_done().await?;

    let nobody = Policies {
        approval: ApprovalPolicy::Never,
        sandbox: SandboxPolicy::workspace_write(),
        ..uncontained()
    };
    session.submit(Op::SetPolicy { policies: nobody }).await?;
    harness.server.then(shell("c12", &json!({"command": ["make"], "with_escalated_permissions": true})));
    harness.server.then(Reply::new().function_call("c13", "no_such_tool", &json!({})).completed());
    harness.server.then(Reply::new().function_call_text("c14", "shell", "{").completed());
    harness.server.then(Reply::text("Refused."));
    session.ask_and_wait("And without anybody").await?;

    session.submit(Op::SetPolicy { policies: uncontained() }).await?;
    harness.server.then(script("c15", "touch waits"));
    session.ask("One more").await?;
    session.until("a question", is_question).await?;
    session.submit(Op::Interrupt).await?;
    session.until_done().await?;

    // the app goes away while a command runs
    harness.server.then(script("c16", "echo begun; sleep 60"));
    session.ask("And the end").await?;
    answer(&mut session, "c16", APPROVED, None).await?;
    session.until("output", |msg| matches!(msg, EventMsg::ExecCommandOutputDelta { .. })).await?;
    let transcript = session.transcript()?;
    session.kill().await?;
    let session = harness.open(Some(transcript.clone())).await?;
    session.shut_down().await?;
    keep(&harness, "commands", &transcript, None)
}

/// Accesses that the sandbox refuses, and decisions about them.
async fn sandbox() -> Result<()> {
    let outside = tempfile::Builder::new().prefix("countersign-outside").tempdir_in("/var/tmp")?;
    let at = outside.path().display().to_string();
    let write = |call: &str, file: &str| script(call, &format!("echo {file} > {at}/{file}"));
    let policies = Policies { approval: ApprovalPolicy::OnFailure, ..reviewing() };
    let harness = Harness::new(
        policies.clone(),
        &[],
        vec![
            write("c1", "one"),
            write("c2", "two"),
            script("c3", "cat < /dev/tcp/192.0.2.1/80"),
            write("c4", "four"),
            Reply::text("Done."),
        ],
    )
    .await?;
    let mut session = harness.open(None).await?;
    session.ask("Write outside").await?;
    answer(&mut session, "c1", DENIED, Some("stay inside")).await?;
    answer(&mut session, "c2", ReviewDecision::ApprovedWithGrant, None).await?;
    answer(&mut session, "c3", DENIED, None).await?;
    session.until_done().await?;

    let missing = SandboxPolicy::WorkspaceWrite {
        writable_roots: vec!["/no/such/root".into()],
        network: protocol::NetworkAccess::None,
        granted: protocol::Granted::default(),
    };
    session.submit(Op::SetPolicy { policies: Policies { sandbox: missing, ..policies } }).await?;
    harness.server.then(script("c5", "echo never"));
    harness.server.then(Reply::text("It could not."));
    session.ask_and_wait("And with a folder that is not there").await?;
    let transcript = session.transcript()?;
    session.shut_down().await?;
    keep(&harness, "sandbox", &transcript, Some(&at))
}

/// Commands that are left running.
async fn background() -> Result<()> {
    let policies = Policies { approval: ApprovalPolicy::Never, ..uncontained() };
    let start = |call: &str, script: &str| {
        shell(call, &json!({"command": ["bash", "-c", script], "background": true}))
    };
    let wait = json!({"id": "c1", "wait_ms": 20_000});
    let harness = Harness::new(
        policies,
        &[],
        vec![
            start("c1", "echo started; sleep 0.3; exit 3"),
            Reply::new().function_call("c2", "command_output", &wait).completed(),
            Reply::text("It runs."),
        ],
    )
    .await?;
    let mut session = harness.open(None).await?;
    session.ask("Start it").await?;
    session.until("its end", |msg| matches!(msg, EventMsg::ExecCommandEnd { .. })).await?;
    if !session.said().any(|msg| matches!(msg, EventMsg::TaskComplete { .. })) {
        session.until_done().await?;
    }
    harness.server.then(start("c3", "echo serving; sleep 600"));
    harness.server.then(Reply::new().function_call("c4", "stop_command", &json!({"id": "c3"})).completed());
    harness
        .server
        .then(Reply::new().function_call("c5", "command_output", &json!({"id": "none"})).completed());
    harness.server.then(start("c6", "echo serving on; sleep 600"));
    harness.server.then(Reply::text("It is stopped."));
    session.ask_and_wait("Start and stop another").await?;
    session.submit(Op::StopCommand { call_id: CallId::from("c6") }).await?;
    session
        .until(
            "its end",
            |msg| matches!(msg, EventMsg::ExecCommandEnd { call_id, .. } if call_id.as_str() == "c6"),
        )
        .await?;
    harness.server.then(start("c7", "echo serving for ever; sleep 600"));
    harness.server.then(Reply::text("It is left."));
    session.ask_and_wait("Leave one running").await?;
    let transcript = session.transcript()?;
    session.kill().await?;
    let session = harness.open(Some(transcript.clone())).await?;
    session.shut_down().await?;
    keep(&harness, "background", &transcript, None)
}

/// Every decision about a patch, an undo and a redo.
async fn patches() -> Result<()> {
    let two = "*** Update File: a.txt\n@@\n-one\n+ONE\n@@\n-six\n+SIX\n";
    let harness = Harness::new(
        reviewing(),
        &[("a.txt", A), ("b.txt", "left\n")],
        vec![
            Reply::new().apply_patch("p1", two).completed(),
            Reply::new().apply_patch("p2", "*** Add File: c.txt\n+new\n").completed(),
            Reply::new().apply_patch("p3", "*** Update File: b.txt\n@@\n-left\n+right\n").completed(),
            Reply::new().apply_patch("p4", "*** Update File: b.txt\n@@\n-right\n+wrong\n").completed(),
            Reply::new().apply_patch("p5", "*** Update File: none.txt\n@@\n-x\n+y\n").completed(),
            Reply::new().apply_patch("p6", "*** Update File: a.txt\n@@\n-two\n+TWO\n").completed(),
            Reply::text("Written."),
        ],
    )
    .await?;
    let mut session = harness.open(None).await?;
    session.ask("Change them").await?;
    session.until("p1", is_question).await?;
    let edit = HunkEdit { id: "0.1".into(), new_text: "SIX, by me\nand more".to_owned() };
    let hunks =
        HunkSelection { accepted: vec!["0.1".into()], edited: vec![edit], ..HunkSelection::default() };
    decide(&session, "p1", APPROVED, Some(hunks), Some("only the second")).await?;
    answer(&mut session, "p2", DENIED, Some("no new files")).await?;
    answer(&mut session, "p3", SESSION, None).await?;
    session.until("p6", is_question).await?;
    // it changes after it was shown: what was approved is asked about once more
    std::fs::write(
        harness.project().join("a.txt"),
        harness.read("a.txt")?.replace("seven", "seven and a half"),
    )?;
    decide(&session, "p6", APPROVED, None, None).await?;
    answer(&mut session, "p6", APPROVED, None).await?;
    session.until_done().await?;

    harness.server.then(Reply::new().apply_patch("p7", "*** Add File: d.txt\n+d\n").completed());
    session.ask("And another").await?;
    answer(&mut session, "p7", ReviewDecision::Abort, None).await?;
    session.until_done().await?;
    harness.server.then(Reply::new().apply_patch("p8", "*** Add File: e.txt\n+e\n").completed());
    harness.server.then(Reply::text("Written."));
    session.ask("A last one").await?;
    answer(&mut session, "p8", APPROVED, None).await?;
    session.until_done().await?;
    for op in [
        Op::Undo { task_id: None, mode: KEEP },
        Op::Redo { mode: KEEP },
        Op::Undo { task_id: None, mode: KEEP },
    ] {
        session.submit(op).await?;
        session.until("an undo", |msg| matches!(msg, EventMsg::UndoApplied { .. })).await?;
    }
    let transcript = session.transcript()?;
    session.shut_down().await?;
    keep(&harness, "patches", &transcript, None)
}

/// Tools that only read, and those of a server.
async fn tools() -> Result<()> {
    let mut harness = Harness::new(
        reviewing(),
        &[("a.txt", A)],
        vec![
            Reply::new()
                .function_call("t1", "read_file", &json!({"path": "a.txt"}))
                .function_call("t2", "read_file", &json!({"path": "none.txt"}))
                .function_call("t3", "grep_files", &json!({"pattern": "s.x"}))
                .completed(),
            Reply::new()
                .function_call(
                    "t4",
                    "update_plan",
                    &json!({"plan": [{"step": "one", "status": "completed"}]}),
                )
                .completed(),
            call("t5", "s__look", &json!({})),
            call("t6", "s__write", &json!({"path": "out.txt"})),
            call("t7", "s__write", &json!({"path": "out.txt"})),
            call("t8", "s__write", &json!({"path": "out.txt"})),
            call("t9", "s__fail", &json!({})),
            call("t10", "s__hang", &json!({})),
            call("t11", "s__flood", &json!({})),
            call("t12", "s__picture", &json!({})),
            Reply::text("Done."),
        ],
    )
    .await?;
    harness.more_config = scripted("s", "plain", "tool_timeout_sec = 1");
    let mut session = harness.open(None).await?;
    session
        .until(
            "the server",
            |msg| matches!(msg, EventMsg::BackgroundEvent { message, .. } if message.contains("is ready")),
        )
        .await?;
    session.ask("Look and call").await?;
    answer(&mut session, "t6", DENIED, Some("not there")).await?;
    answer(&mut session, "t7", SESSION, None).await?;
    answer_if_asked(&mut session).await?;
    harness.server.then(call("t13", "s__crash", &json!({})));
    harness.server.then(Reply::text("It broke."));
    session.ask("Break it").await?;
    answer_if_asked(&mut session).await?;
    let transcript = session.transcript()?;
    session.shut_down().await?;

    // one that hangs until it is stopped, and one until the app is gone
    harness.more_config = scripted("s", "plain", "trust = true");
    for stop in [true, false] {
        harness.server.then(call(if stop { "t14" } else { "t15" }, "s__hang", &json!({})));
        let mut session = harness.open(Some(transcript.clone())).await?;
        session
            .until("the server", |msg| matches!(msg, EventMsg::BackgroundEvent { message, .. } if message.contains("is ready")))
            .await?;
        session.ask("Hang").await?;
        session
            .until("the call", |msg| {
                matches!(msg, EventMsg::McpToolCallBegin { invocation } if ["t14", "t15"].contains(&invocation.call_id.as_str()))
            })
            .await?;
        if stop {
            session.submit(Op::Interrupt).await?;
            session.until_done().await?;
            session.shut_down().await?;
        } else {
            session.kill().await?;
        }
    }
    let session = harness.open(Some(transcript.clone())).await?;
    session.shut_down().await?;
    keep(&harness, "tools", &transcript, None)
}

/// Approves whatever else is asked, to the end of the task.
async fn answer_if_asked(session: &mut Session) -> Result<()> {
    loop {
        let next = session
            .until("a question or the end", |msg| {
                is_question(msg) || matches!(msg, EventMsg::TaskComplete { .. })
            })
            .await?;
        let Some((call_id, _)) = asked(&next) else { return Ok(()) };
        decide(session, call_id.as_str(), APPROVED, None, None).await?;
    }
}

/// A question that nobody answered.
async fn pending(name: &str, reply: Reply) -> Result<()> {
    let policies = Policies { sandbox: SandboxPolicy::DangerFullAccess, ..uncontained() };
    let mut harness = Harness::new(policies, &[("a.txt", A)], vec![reply.completed()]).await?;
    harness.more_config = scripted("s", "plain", "");
    let mut session = harness.open(None).await?;
    session
        .until(
            "the server",
            |msg| matches!(msg, EventMsg::BackgroundEvent { message, .. } if message.contains("is ready")),
        )
        .await?;
    session.ask("Ask me").await?;
    session.until("a question", is_question).await?;
    let transcript = session.transcript()?;
    session.kill().await?;
    keep(&harness, name, &transcript, None)
}
