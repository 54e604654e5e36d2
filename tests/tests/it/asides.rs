//! Questions on the side that stream and stop, are about a change, or draft the message of a commit.

use crate::host_window::Window;
use crate::mcp::has;
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, unasked};
use countersign_tests::model_server::{Gate, Reply};
use host::api::{DraftedMessage, PromptCommandsView, SideAnswerView};
use protocol::{AsideSubject, EventMsg, Op, SandboxLevel};
use serde_json::json;
use std::path::Path;
use std::process::Command;

fn git(folder: &Path, args: &[&str]) -> Result<()> {
    let done = Command::new("git").arg("-C").arg(folder).args(args).output()?;
    ensure!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}

#[tokio::test]
async fn an_answer_streams_and_ends_where_the_person_stops_it() -> Result<()> {
    let gate = Gate::new();
    let replies = vec![
        Reply::text("hello"),
        Reply::new().text_delta("It holds ").text_delta("one").gate(&gate).text_delta(" line.").completed(),
        Reply::text("again"),
    ];
    let harness = Harness::new(unasked(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("hello").await?;
    let asked = session.submit(Op::AskAside { text: "What is in it?".to_owned(), about: None }).await?;
    for delta in ["It holds ", "one"] {
        let said = session.until("a part", |msg| matches!(msg, EventMsg::SideAnswerDelta { .. })).await?;
        ensure!(said == EventMsg::SideAnswerDelta { delta: delta.to_owned() }, "{said:?}");
    }
    session.submit(Op::StopAside { asked }).await?;
    let answer = session.until("the answer", |msg| matches!(msg, EventMsg::SideAnswer { .. })).await?;
    let so_far = EventMsg::SideAnswer { text: "It holds one".to_owned(), stopped: true, usage: None };
    ensure!(answer == so_far, "{answer:?}");
    // the connection is closed: nothing more is paid for
    harness.server.hung_up(1).await;
    session.ask_and_wait("go on").await?;
    session.shut_down().await
}

#[tokio::test]
async fn a_question_about_a_change_quotes_it_and_a_draft_asks_for_a_message() -> Result<()> {
    let replies = vec![Reply::text("It is safe."), Reply::text("Add it")];
    let harness = Harness::new(unasked(), &[], replies).await?;
    let mut session = harness.open(None).await?;
    let patch = "--- a/a.md\n+++ b/a.md\n@@ -1 +1 @@\n-a\n+```sh\n".to_owned();
    let about = Some(AsideSubject::Change { path: "a.md".to_owned(), patch: patch.clone() });
    session.submit(Op::AskAside { text: "Is it safe?".to_owned(), about }).await?;
    session.until("the answer", |msg| matches!(msg, EventMsg::SideAnswer { .. })).await?;
    let about = Some(AsideSubject::Commit { patch });
    session.submit(Op::AskAside { text: String::new(), about }).await?;
    session.until("the answer", |msg| matches!(msg, EventMsg::SideAnswer { .. })).await?;
    let requests = harness.server.requests();
    let texts = requests
        .iter()
        .map(|request| serde_json::to_string(request.input()))
        .collect::<Result<Vec<_>, _>>()?;
    ensure!(texts[0].contains("Is it safe?") && texts[0].contains("change of a.md"), "{}", texts[0]);
    // longer than the fence that stands in the change
    ensure!(texts[0].contains(r"````diff\n--- a/a.md"), "{}", texts[0]);
    ensure!(texts[1].contains("message of a git commit") && texts[1].contains("+++ b/a.md"), "{}", texts[1]);
    ensure!(!texts[1].contains("The person has typed"));
    session.shut_down().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_of_a_commit_is_drafted_from_the_picked_files_without_secrets() -> Result<()> {
    let mut window = Window::open(&["one"]).await?;
    let folder = window.dir.path().join("one");
    if !has("git") {
        eprintln!("SKIPPED: commits need git");
        return Ok(());
    }
    for args in [
        &["init", "--quiet"][..],
        &["config", "user.name", "Mira"],
        &["config", "user.email", "mira@example.org"],
    ] {
        git(&folder, args)?;
    }
    git(&folder, &["add", "."])?;
    git(&folder, &["commit", "--quiet", "-m", "first"])?;
    window.pick_folder().await?;
    let app = window.until(|app| app.sandbox.is_some()).await?;
    if app.sandbox.is_some_and(|report| report.level == SandboxLevel::None) {
        eprintln!("SKIPPED: commits need a sandbox");
        return Ok(());
    }
    let id = window.ask("hello").await?;
    std::fs::write(folder.join("notes.txt"), "TODO: tidy up\npassword=hunter2hunter2\n")?;
    std::fs::write(folder.join("other.txt"), "new\n")?;
    let draft = |paths: &[&str]| json!({ "session": id, "paths": paths, "typed": "", "name": "draft-1" });
    let drafted: DraftedMessage = window.call("draft_commit_message", draft(&["notes.txt"])).await?;
    // the practice model names the files of the changes it was shown
    ensure!(drafted.text.starts_with("Change notes.txt\n\n") && !drafted.stopped, "{drafted:?}");
    let drafted: DraftedMessage =
        window.call("draft_commit_message", draft(&["notes.txt", "other.txt"])).await?;
    ensure!(
        drafted.text.starts_with("Change 2 files\n\n") && drafted.text.ends_with("- other.txt"),
        "{drafted:?}"
    );
    let refused = window.call::<DraftedMessage>("draft_commit_message", draft(&["none.txt"])).await;
    ensure!(refused.is_err_and(|error| error.to_string().contains("none of the picked files differs")));
    let unnamed = json!({ "session": id, "text": "why?", "name": "no name" });
    let refused = window.call::<SideAnswerView>("ask_aside", unnamed).await;
    ensure!(refused.is_err_and(|error| error.to_string().contains("letters, digits and hyphens")));
    window.web_host.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_opened_for_a_session_that_is_open_and_knows_its_folder() -> Result<()> {
    let mut window = Window::open(&["one", "two"]).await?;
    window.pick_folder().await?;
    let id = window.ask("hello").await?;
    std::fs::write(window.dir.path().join("one/only-here.txt"), "x")?;
    window.pick_folder().await?;
    let () = window.call("open_window", json!({ "session": id })).await?;
    let opened = window.web_host.desktop().opened();
    ensure!(opened == [format!("window {id}")], "{opened:?}");
    // the other folder is open, and the window of the session asks about its own
    let found: Vec<String> = window.call("find_files", json!({ "query": "only", "session": id })).await?;
    ensure!(found == ["only-here.txt"], "{found:?}");
    let found: Vec<String> = window.call("find_files", json!({ "query": "only" })).await?;
    ensure!(found.is_empty(), "{found:?}");
    let _: PromptCommandsView = window.call("prompt_commands", json!({ "session": id })).await?;
    let refused = window.call::<()>("open_window", json!({ "session": "none" })).await;
    refused.err().context("there is no such session")?;
    window.web_host.stop().await;
    Ok(())
}
