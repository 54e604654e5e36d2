//! Sessions of another agent, imported and gone on with (B29).

use crate::cli::{Ran, run};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, reviewing};
use countersign_tests::model_server::Reply;
use protocol::{EventMsg, ToolEndedBy};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Lines of a rollout, one second apart.
fn rollout(lines: &[(&str, Value)]) -> String {
    let mut text = String::new();
    for (at, (kind, payload)) in lines.iter().enumerate() {
        let line =
            json!({"timestamp": format!("2026-03-04T05:06:{at:02}.500Z"), "type": kind, "payload": payload});
        // writing to a string cannot fail
        let _ = writeln!(text, "{line}");
    }
    text
}

fn said(role: &str, kind: &str, text: &str) -> Value {
    json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]})
}

/// Two tasks as Codex writes them, in this folder: the second is stopped during a command.
fn two_tasks(cwd: &str) -> String {
    let meta = json!({"id": "0199f00d", "timestamp": "2026-03-04T05:06:00Z", "cwd": cwd, "originator": "codex_cli_rs",
        "cli_version": "0.98.0", "git": {"commit_hash": "abc123", "branch": "trunk"}});
    let user = |text: &str| said("user", "input_text", text);
    let shell = |id: &str, command: &str| {
        let arguments = json!({"command": ["bash", "-lc", command], "workdir": "/p"}).to_string();
        json!({"type": "function_call", "name": "shell", "arguments": arguments, "call_id": id})
    };
    rollout(&[
        ("session_meta", meta),
        (
            "response_item",
            said("developer", "input_text", "<permissions instructions>\nno\n</permissions instructions>"),
        ),
        ("response_item", user("<environment_context>\n  <cwd>/p</cwd>\n</environment_context>")),
        ("response_item", user("find the bug")),
        ("event_msg", json!({"type": "user_message", "message": "find the bug", "kind": "plain"})),
        ("turn_context", json!({"cwd": cwd, "model": "gpt-5-codex"})),
        ("response_item", json!({"type": "reasoning", "summary": [], "encrypted_content": "sealed"})),
        ("response_item", shell("call_1", "cat src/lib.rs")),
        (
            "response_item",
            json!({"type": "function_call_output", "call_id": "call_1", "output": "fn add() {}\n"}),
        ),
        (
            "response_item",
            json!({"type": "custom_tool_call", "call_id": "call_2", "name": "apply_patch", "input": "*** Begin Patch"}),
        ),
        (
            "response_item",
            json!({"type": "custom_tool_call_output", "call_id": "call_2", "output": {"content": "it does not apply", "success": false}}),
        ),
        ("response_item", said("assistant", "output_text", "The bug is in `add`.")),
        ("event_msg", json!({"type": "agent_message", "message": "The bug is in `add`."})),
        ("event_msg", json!({"type": "task_complete", "last_agent_message": "The bug is in `add`."})),
        ("response_item", user("mend it")),
        ("response_item", shell("call_3", "sleep 100")),
        ("event_msg", json!({"type": "turn_aborted", "reason": "interrupted"})),
    ])
}

async fn import(harness: &Harness, text: &str, args: &[&str]) -> Result<Ran> {
    let path = harness.home().join("rollout.jsonl");
    std::fs::write(&path, text)?;
    let path = path.to_str().context("a path")?.to_owned();
    run(harness, &[&["import", "--json", &path], args].concat(), "").await
}

#[tokio::test]
async fn b29_a_session_of_codex_is_imported_shown_searched_and_gone_on_with() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![Reply::text("mended")]).await?;
    let text = two_tasks(harness.project().to_str().context("a path")?);
    let ran = import(&harness, &text, &[]).await?;
    ensure!(ran.code == Some(0) && ran.err.is_empty(), "{}", ran.err);
    let imported: Value = serde_json::from_str(&ran.out)?;
    ensure!(imported["tasks"] == 2 && imported["cwd"] == json!(harness.project()), "{imported}");
    ensure!(
        std::fs::read_to_string(harness.home().join("rollout.jsonl"))? == text,
        "the rollout stays as it is"
    );

    // what another agent did was approved by nobody here
    let id = imported["id"].as_str().context("an id")?;
    let receipt = run(&harness, &["receipt", id, "--unsigned", "--json"], "").await?;
    ensure!(receipt.out.contains("\"imported_from\":\"codex\""), "{} {}", receipt.out, receipt.err);
    ensure!(!receipt.out.contains("\"tool\"") && !receipt.out.contains("find the bug"), "{}", receipt.out);

    let found = run(&harness, &["sessions", "--json", "--search", "bug"], "").await?;
    let found: Value = serde_json::from_str(&found.out)?;
    ensure!(found["id"] == imported["id"] && found["title"] == "find the bug", "{found}");

    let path = PathBuf::from(imported["path"].as_str().context("a path")?);
    let mut session = harness.open(Some(path)).await?;
    let shown: Vec<String> = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::UserMessage { content } => Some(format!("{content:?}")),
            EventMsg::AgentMessage { text, .. } => Some(text.clone()),
            EventMsg::McpToolCallBegin { invocation } => Some(invocation.title.clone()),
            EventMsg::McpToolCallEnd { result, .. } => {
                Some(format!("{} {}", result.output.trim(), result.ended_by == ToolEndedBy::Succeeded))
            }
            EventMsg::TurnAborted { .. } => Some("aborted".to_owned()),
            _ => None,
        })
        .collect();
    ensure!(
        shown
            == [
                "[Text { text: \"find the bug\" }]",
                "ran cat src/lib.rs",
                "fn add() {} true",
                "apply_patch",
                "it does not apply false",
                "The bug is in `add`.",
                "[Text { text: \"mend it\" }]",
                "aborted",
            ],
        "{shown:#?}"
    );
    session.ask_and_wait("go on").await?;
    session.shut_down().await?;
    let requests = harness.server.requests();
    let request = requests.first().context("a request")?;
    let text = String::from_utf8_lossy(&request.bytes);
    for there in
        ["find the bug", "fn add() {}", "it does not apply", "The bug is in `add`.", "mend it", "go on"]
    {
        ensure!(text.contains(there), "{there:?} is missing in {text}");
    }
    for not_there in ["sealed", "permissions instructions", "<cwd>/p</cwd>"] {
        ensure!(!text.contains(not_there), "{not_there:?} is in {text}");
    }
    // every call is answered, the one that was stopped too
    for call in ["call_1", "call_2", "call_3"] {
        ensure!(request.output_of(call).is_some(), "{call}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn b29_what_of_a_session_of_codex_cannot_be_imported_is_named() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let whole = two_tasks("/no/such/folder");
    let torn = format!("{whole}{{\"timestamp\":\n[]\n{{\"type\":");
    let ran = import(&harness, &torn, &[]).await?;
    ensure!(
        ran.code == Some(0) && ran.err.contains("3 lines could not be read and are left out"),
        "{}",
        ran.err
    );
    ensure!(
        ran.err.contains("its folder /no/such/folder is not there; import it with --cd DIR"),
        "{}",
        ran.err
    );
    let project = harness.project().to_str().context("a path")?.to_owned();
    let ran = import(&harness, &whole, &["--cd", &project]).await?;
    let imported: Value = serde_json::from_str(&ran.out)?;
    ensure!(ran.err.is_empty() && imported["cwd"] == json!(harness.project()), "{}", ran.err);

    let sessions = run(&harness, &["sessions", "--json"], "").await?.out.lines().count();
    let meta = rollout(&[("session_meta", json!({"id": "1", "timestamp": "2026-03-04T05:06:00Z"}))]);
    for (text, why) in [
        ("", "it is empty"),
        ("{}\n", "its first line does not describe a session of Codex"),
        (meta.as_str(), "it names no folder; name one with --cd"),
    ] {
        let ran = import(&harness, text, &[]).await?;
        ensure!(ran.code == Some(1) && ran.err.contains(why), "{why}: {}", ran.err);
    }
    let ran = import(&harness, &meta, &["--cd", &project]).await?;
    ensure!(ran.code == Some(1) && ran.err.contains("nobody says anything in it"), "{}", ran.err);
    let pipe = harness.home().join("pipe");
    ensure!(std::process::Command::new("mkfifo").arg(&pipe).status()?.success());
    for path in ["/dev/zero", pipe.to_str().context("a path")?] {
        let ran = run(&harness, &["import", path], "").await?;
        ensure!(ran.code == Some(1) && ran.err.contains("it is no regular file"), "{}", ran.err);
    }
    let left = run(&harness, &["sessions", "--json"], "").await?.out.lines().count();
    ensure!(left == sessions, "a session that could not be imported is listed");
    // what a rollout says is drawn so that it steers no terminal
    let steering = two_tasks("/x\u{1b}]0;owned\u{7}");
    let ran = import(&harness, &steering, &[]).await?;
    ensure!(ran.code == Some(0) && ran.err.contains("/x\\u{1b}]0;owned\\u{7}"), "{}", ran.err);
    Ok(())
}
