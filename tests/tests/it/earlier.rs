//! Transcripts written by earlier versions of the app: they are resumed, shown and undone as they were then (B29, B30).
//!
//! `tests/fixtures/transcripts/VERSION/NAME.jsonl` is a transcript as that version wrote it, `NAME.shown.txt` the rows a person saw
//! of it, and `NAME.sent.json` the conversation the model was sent when the session went on. A version that writes transcripts in
//! another form adds a folder with `write_the_fixtures`; the folders that are there are never changed.

mod shown;
mod stories;

use crate::mcp::{has, scripted};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, reviewing};
use countersign_tests::model_server::{Received, Reply};
use protocol::{EventMsg, HunkEdit, HunkSelection, Op, ReviewDecision, UndoMode};
use serde_json::Value;
use std::path::{Path, PathBuf};
use view::Timeline;

/// Folder that stands for the project in the fixtures.
const PROJECT: &str = "/home/person/project";

/// Folder that stands for the app's in the fixtures.
const HOME: &str = "/home/person/.countersign";

/// Folder outside the project that a command wrote to.
const OUTSIDE: &str = "/home/person/outside";

/// The transcripts of version 0.1.0 that wait for nobody.
const SETTLED: [&str; 5] = ["commands", "sandbox", "background", "patches", "tools"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/transcripts/0.1.0")
}

/// A fixture's file, with the folders of this run in place of those it names.
fn fixture(harness: &Harness, file: &str) -> Result<String> {
    let path = folder().join(file);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(text.replace(PROJECT, &harness.project().display().to_string()))
}

/// A text of this run, with the folders of the fixtures in place of those it names.
fn neutral(harness: &Harness, text: &str) -> String {
    text.replace(&harness.project().display().to_string(), PROJECT)
}

/// A session that goes on with the transcript of this name.
async fn resumed(harness: &Harness, name: &str) -> Result<Session> {
    let transcript = harness.home().join(format!("{name}.jsonl"));
    std::fs::write(&transcript, fixture(harness, &format!("{name}.jsonl"))?)?;
    harness.open(Some(transcript)).await
}

/// The rows of what a session said of its past, and the state around them, one a line.
fn shown_of(session: &Session) -> String {
    let mut timeline = Timeline::default();
    for event in session.events().iter().filter(|event| is_of_the_past(&event.msg)) {
        timeline.take_in(event);
    }
    shown::text(&timeline)
}

/// Whether an event tells of a record; how the files and the machine are now differs from run to run.
fn is_of_the_past(msg: &EventMsg) -> bool {
    !matches!(
        msg,
        EventMsg::WorkspaceDiff { .. }
            | EventMsg::TurnDiff { .. }
            | EventMsg::BackgroundEvent { .. }
            | EventMsg::SandboxReady { .. }
    )
}

/// The conversation of a request, without the environment, which names the date.
fn sent_of(harness: &Harness, request: &Received) -> Result<String> {
    let mut items: Vec<Value> = request
        .input()
        .iter()
        .filter(|item| !item.to_string().contains("<environment_context>"))
        .cloned()
        .collect();
    // later versions say of an answer what some servers know it by
    for item in items.iter_mut().filter(|item| item["role"] == "assistant") {
        ensure!(item["status"] == "completed", "{item}");
        item.as_object_mut()
            .into_iter()
            .for_each(|fields| fields.retain(|name, _| name != "id" && name != "status"));
        item["content"][0]
            .as_object_mut()
            .into_iter()
            .for_each(|fields| fields.retain(|name, _| name != "annotations"));
    }
    Ok(neutral(harness, &serde_json::to_string_pretty(&items)?) + "\n")
}

#[track_caller]
fn same(found: &str, expected: &str, what: &str) -> Result<()> {
    let difference = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    ensure!(found == expected, "{what} differ: {difference:#?}\nfound:\n{found}");
    Ok(())
}

#[tokio::test]
async fn b29_transcripts_of_0_1_0_are_shown_and_sent_as_they_were() -> Result<()> {
    for name in SETTLED {
        let harness = Harness::new(reviewing(), &[], vec![Reply::text("Yes.")]).await?;
        let mut session = resumed(&harness, name).await.context(name)?;
        let shown = neutral(&harness, &shown_of(&session));
        same(&shown, &std::fs::read_to_string(folder().join(format!("{name}.shown.txt")))?, name)?;
        session.ask_and_wait("Are you still there?").await?;
        let requests = harness.server.requests();
        let sent = sent_of(&harness, requests.last().context("a request")?)?;
        same(&sent, &std::fs::read_to_string(folder().join(format!("{name}.sent.json")))?, name)?;
        session.shut_down().await?;
    }
    Ok(())
}

#[tokio::test]
async fn b29_a_command_that_waited_in_0_1_0_is_still_asked_about_and_runs_once_approved() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![Reply::text("Done.")]).await?;
    let mut session = resumed(&harness, "pending-command").await?;
    same(
        &neutral(&harness, &shown_of(&session)),
        &std::fs::read_to_string(folder().join("pending-command.shown.txt"))?,
        "rows",
    )?;
    stories::decide(&session, "c1", ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("made.txt")? == "made\n");
    let requests = harness.server.requests();
    let output = requests.last().context("a request")?.output_of("c1").context("an answer")?;
    ensure!(output.contains("\"exit_code\":0"), "{output}");
    session.shut_down().await
}

#[tokio::test]
async fn b29_a_patch_that_waited_in_0_1_0_is_still_asked_about_and_written_as_it_is_edited() -> Result<()> {
    let harness = Harness::new(reviewing(), &[("a.txt", stories::A)], vec![Reply::text("Done.")]).await?;
    let mut session = resumed(&harness, "pending-patch").await?;
    same(
        &neutral(&harness, &shown_of(&session)),
        &std::fs::read_to_string(folder().join("pending-patch.shown.txt"))?,
        "rows",
    )?;
    let edit = HunkEdit { id: "0.1".into(), new_text: "SIX, by me".to_owned() };
    let hunks =
        HunkSelection { accepted: vec!["0.1".into()], edited: vec![edit], ..HunkSelection::default() };
    stories::decide(&session, "c1", ReviewDecision::Approved, Some(hunks), Some("only the second")).await?;
    session.until_done().await?;
    ensure!(harness.read("a.txt")? == stories::A.replace("six\n", "SIX, by me\n"));
    let requests = harness.server.requests();
    let output = requests.last().context("a request")?.output_of("c1").context("an answer")?;
    ensure!(output.contains("1 declined, 1 edited") && output.contains("only the second"), "{output}");
    session.shut_down().await
}

#[tokio::test]
async fn b29_a_tool_that_waited_in_0_1_0_is_still_asked_about_and_called_once_approved() -> Result<()> {
    if !has("python3") {
        return Ok(());
    }
    let mut harness = Harness::new(reviewing(), &[], vec![Reply::text("Done.")]).await?;
    harness.more_config = scripted("s", "plain", "");
    let mut session = resumed(&harness, "pending-tool").await?;
    same(
        &neutral(&harness, &shown_of(&session)),
        &std::fs::read_to_string(folder().join("pending-tool.shown.txt"))?,
        "rows",
    )?;
    session
        .until(
            "the server",
            |msg| matches!(msg, EventMsg::BackgroundEvent { message, .. } if message.contains("is ready")),
        )
        .await?;
    stories::decide(&session, "c1", ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("out.txt")? == "written\n");
    session.shut_down().await
}

#[tokio::test]
async fn b36_a_task_on_top_of_a_transcript_of_0_1_0_is_undone_and_no_earlier_one_with_it() -> Result<()> {
    let replies = vec![
        Reply::new().apply_patch("n1", "*** Add File: new.txt\n+new\n").completed(),
        Reply::text("Done."),
    ];
    let harness = Harness::new(reviewing(), &[("a.txt", stories::A)], replies).await?;
    let mut session = resumed(&harness, "patches").await?;
    let rows = shown_of(&session).lines().filter(|line| line.starts_with("task_end")).count();
    session.ask("One more").await?;
    let asked = session.until("a question", stories::is_question).await?;
    let (call_id, _) = stories::asked(&asked).context("a question")?;
    stories::decide(&session, call_id.as_str(), ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    ensure!(harness.read("new.txt")? == "new\n");
    session.submit(Op::Undo { task_id: None, mode: UndoMode::Apply { overwrite: false } }).await?;
    session.until("the undo", |msg| matches!(msg, EventMsg::UndoApplied { .. })).await?;
    ensure!(harness.read("new.txt").is_err() && harness.read("a.txt")? == stories::A);
    let shown = shown_of(&session);
    let ends: Vec<&str> = shown.lines().filter(|line| line.starts_with("task_end")).collect();
    ensure!(ends.len() == rows + 1 && ends[rows].contains("Undone"), "{ends:?}");
    session.shut_down().await
}

/// Writes the fixtures of the version at hand: to be run once for a version, by hand, into a folder of its own.
#[tokio::test]
#[ignore = "writes files into the project"]
async fn write_the_fixtures() -> Result<()> {
    std::fs::create_dir_all(folder())?;
    stories::write().await?;
    for name in SETTLED.iter().copied().chain(["pending-command", "pending-patch", "pending-tool"]) {
        let harness = Harness::new(reviewing(), &[], vec![Reply::text("Yes.")]).await?;
        let mut session = resumed(&harness, name).await?;
        std::fs::write(folder().join(format!("{name}.shown.txt")), neutral(&harness, &shown_of(&session)))?;
        if SETTLED.contains(&name) {
            session.ask_and_wait("Are you still there?").await?;
            let requests = harness.server.requests();
            let sent = sent_of(&harness, requests.last().context("a request")?)?;
            std::fs::write(folder().join(format!("{name}.sent.json")), sent)?;
        }
        session.shut_down().await?;
    }
    Ok(())
}
