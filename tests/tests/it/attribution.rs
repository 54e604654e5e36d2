//! Stories of whose work is taken back: only what the transcript says a task changed, whatever happened since.

use crate::cli::run;
use crate::undo::{KEEP, preview, put_back, task, trusting, undo};
use anyhow::{Result, ensure};
use countersign_tests::harness::Harness;
use countersign_tests::model_server::Reply;
use protocol::{ApprovalPolicy, EventMsg, Fact, Op, Policies, Record, ReviewDecision, UndoMode};
use std::fs;
use std::path::{Path, PathBuf};

/// Reports whether a transcript says so far that a task changed a path.
fn records_change_of(transcript: &Path, path: &str) -> Result<bool> {
    let text = fs::read_to_string(transcript)?;
    let records = text.lines().skip(1).filter_map(|line| serde_json::from_str::<Record>(line).ok());
    Ok(records.into_iter().any(|record| match record.fact {
        Fact::FilesChanged { paths, .. } => paths.iter().any(|changed| changed.path == Path::new(path)),
        _ => false,
    }))
}

/// A session that died while a command ran that had written `a`, and a person who then went on with the other files.
async fn dead_in_a_command() -> Result<(Harness, PathBuf)> {
    let command = "echo agent > a; mkdir made; echo agent > made/x; while :; do echo on; sleep 0.1; done";
    let call = Reply::new()
        .function_call(
            "c1",
            "shell",
            &serde_json::json!({"command": ["bash", "-c", command], "timeout_ms": 60_000}),
        )
        .completed();
    let harness = Harness::new(trusting(), &[("b", "0\n"), ("c", "0\n")], vec![call]).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let transcript = session.transcript()?;
    while !records_change_of(&transcript, "made/x")? || !records_change_of(&transcript, "a")? {
        session
            .until("the command to go on", |msg| matches!(msg, EventMsg::ExecCommandOutputDelta { .. }))
            .await?;
    }
    session.kill().await?;
    fs::write(harness.project().join("b"), "person\n")?;
    fs::write(harness.project().join("mine"), "person\n")?;
    fs::remove_file(harness.project().join("c"))?;
    Ok((harness, transcript))
}

fn check_person_kept_theirs(harness: &Harness) -> Result<()> {
    let project = harness.project();
    ensure!(!project.join("a").exists() && !project.join("made").exists(), "the agent's work is gone");
    ensure!(
        harness.read("b")? == "person\n"
            && harness.read("mine")? == "person\n"
            && !project.join("c").exists()
    );
    Ok(())
}

#[tokio::test]
async fn b36_after_a_crash_only_what_the_agent_did_is_undone_and_the_rest_is_named() -> Result<()> {
    let (harness, transcript) = dead_in_a_command().await?;
    let mut session = harness.open(Some(transcript)).await?;
    let plan = preview(&mut session, Op::Undo { task_id: None, mode: UndoMode::Preview }).await?;
    ensure!(plan.conflicts == ["b", "c", "mine"], "{:?}", plan.conflicts);
    let undone = undo(&mut session, KEEP).await?;
    ensure!(undone.paths == ["a", "made", "made/x"], "{undone:?}");
    ensure!(undone.left_alone == ["b", "c", "mine"], "{undone:?}");
    check_person_kept_theirs(&harness)?;
    put_back(&mut session, Op::Redo { mode: KEEP }).await?;
    ensure!(harness.read("a")? == "agent\n" && harness.read("b")? == "person\n");
    session.shut_down().await
}

#[tokio::test]
async fn b36_after_a_crash_the_command_line_undoes_what_the_agent_did_and_names_the_rest() -> Result<()> {
    let (harness, _) = dead_in_a_command().await?;
    let done = run(&harness, &["undo", "--yes"], "").await?;
    ensure!(done.code == Some(0), "{}{}", done.out, done.err);
    for path in ["b", "c", "mine"] {
        ensure!(done.out.contains(&format!("{path} was changed by somebody else since")), "{}", done.out);
    }
    ensure!(done.out.contains("3 paths put back, 3 left alone: b, c, mine"), "{}", done.out);
    check_person_kept_theirs(&harness)
}

/// A session of one task that has ended, in which a person wrote `mine` between a command and a patch.
async fn edited_in_between() -> Result<(Harness, PathBuf)> {
    let policies = Policies { approval: ApprovalPolicy::OnRequest, review_patches: true, ..trusting() };
    let patch = "*** Update File: b\n@@\n-0\n+1\n";
    let replies = vec![
        Reply::new().shell("c1", &["bash", "-c", "echo 1 > a"]).completed(),
        Reply::new().apply_patch("c2", patch).completed(),
        Reply::new().shell("c3", &["bash", "-c", "echo 2 > a"]).completed(),
        Reply::text("done"),
    ];
    let harness = Harness::new(policies, &[("a", "0\n"), ("b", "0\n"), ("mine", "0\n")], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    fs::write(harness.project().join("mine"), "person\n")?;
    session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    let transcript = session.transcript()?;
    session.shut_down().await?;
    Ok((harness, transcript))
}

#[tokio::test]
async fn b36_after_a_restart_an_edit_made_during_the_task_stays_and_is_named() -> Result<()> {
    let (harness, transcript) = edited_in_between().await?;
    let mut session = harness.open(Some(transcript)).await?;
    let undone = undo(&mut session, KEEP).await?;
    ensure!(undone.paths == ["a", "b"] && undone.left_alone == ["mine"], "{undone:?}");
    ensure!((harness.read("a")?, harness.read("b")?) == ("0\n".to_owned(), "0\n".to_owned()));
    ensure!(harness.read("mine")? == "person\n");
    session.shut_down().await
}

#[tokio::test]
async fn b36_on_the_command_line_an_edit_made_during_the_task_stays_and_is_named() -> Result<()> {
    let (harness, _) = edited_in_between().await?;
    let done = run(&harness, &["undo", "--yes"], "").await?;
    ensure!(
        done.code == Some(0) && done.out.contains("undone: 2 paths put back, 1 left alone: mine"),
        "{}{}",
        done.out,
        done.err
    );
    ensure!(harness.read("mine")? == "person\n" && harness.read("a")? == "0\n");
    Ok(())
}

#[tokio::test]
async fn b36_undo_of_one_session_leaves_the_work_of_another_in_the_same_project() -> Result<()> {
    let policies = Policies { approval: ApprovalPolicy::OnRequest, review_patches: true, ..trusting() };
    let first_patch = "*** Add File: first\n+1\n";
    let mut replies = vec![Reply::new().apply_patch("c1", first_patch).completed()];
    replies.extend(task("echo 1 > second; echo 1 > both"));
    replies.push(Reply::new().shell("c2", &["bash", "-c", "echo 2 > first-too; echo 2 > both"]).completed());
    replies.push(Reply::text("done"));
    let harness = Harness::new(policies, &[("both", "0\n")], replies).await?;
    let mut first = harness.open(None).await?;
    let mut second = harness.open(None).await?;
    first.ask("go").await?;
    let asked = first.until_asked().await?;
    // the other one does its whole task while the first is in the middle of its own
    second.ask_and_wait("go").await?;
    first.decide(&asked, ReviewDecision::Approved, None, None).await?;
    first.until_done().await?;
    let undone = undo(&mut second, KEEP).await?;
    ensure!(undone.paths == ["second"], "{undone:?}");
    ensure!(undone.left_alone == ["both", "first", "first-too"], "{undone:?}");
    let undone = undo(&mut first, KEEP).await?;
    ensure!(undone.paths == ["first", "first-too"], "{undone:?}");
    ensure!(harness.read("both")? == "2\n", "both wrote it: it is nobody's alone");
    first.shut_down().await?;
    second.shut_down().await
}

#[tokio::test]
async fn b36_of_a_task_approved_after_a_restart_only_its_own_work_is_undone() -> Result<()> {
    let policies = Policies { approval: ApprovalPolicy::OnRequest, review_patches: true, ..trusting() };
    let patch = "*** Update File: b\n@@\n-0\n+1\n";
    let replies = vec![
        Reply::new().shell("c1", &["bash", "-c", "echo 1 > a"]).completed(),
        Reply::new().apply_patch("c2", patch).completed(),
        Reply::new().shell("c3", &["bash", "-c", "echo 2 > a; echo 2 > mine"]).completed(),
        Reply::text("done"),
    ];
    let files = [("a", "0\n"), ("b", "0\n"), ("mine", "0\n"), ("mine-too", "0\n")];
    let harness = Harness::new(policies, &files, replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    let asked = session.until_asked().await?;
    let transcript = session.transcript()?;
    session.kill().await?;
    // one of the two is written over by the task, and is the person's all the same
    fs::write(harness.project().join("mine"), "person\n")?;
    fs::write(harness.project().join("mine-too"), "person\n")?;
    let mut session = harness.open(Some(transcript)).await?;
    session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    let undone = undo(&mut session, KEEP).await?;
    ensure!(undone.paths == ["a", "b"] && undone.left_alone == ["mine", "mine-too"], "{undone:?}");
    ensure!((harness.read("a")?, harness.read("b")?) == ("0\n".to_owned(), "0\n".to_owned()));
    ensure!(harness.read("mine")? == "2\n" && harness.read("mine-too")? == "person\n");
    session.shut_down().await
}
