//! Stories of taking back what a task did, through the real driver.

use crate::cli::run;
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, unasked};
use countersign_tests::model_server::Reply;
use protocol::{
    ApprovalPolicy, EventMsg, FileMode, ModeChange, Op, Policies, ReviewDecision, SandboxPolicy, TaskId,
    UndoMode, UndoPlan, Undone,
};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Everything a task may do to files but patch them.
const COMMANDS: &str = "sed -i s/left/right/ edited.txt && mkdir -p new/deep && printf new > new/deep/file && rm deleted.txt \
    && mv named.txt renamed.txt && chmod 755 script.sh && chmod 644 secret && printf '\\000\\377\\001' > binary && rm link \
    && ln -s elsewhere link && rmdir empty && rm -r folder && printf file > folder && rm was-file && mkdir was-file";

const PATCH: &str = "*** Update File: patched.txt\n@@\n-one\n+ONE\n*** Add File: added.txt\n+added\n";

pub(crate) const KEEP: UndoMode = UndoMode::Apply { overwrite: false };
const OVERWRITE: UndoMode = UndoMode::Apply { overwrite: true };

/// The policies of somebody who trusts whatever is run: the story needs no sandbox.
pub(crate) fn trusting() -> Policies {
    Policies {
        approval: ApprovalPolicy::Never,
        sandbox: SandboxPolicy::DangerFullAccess,
        review_patches: false,
    }
}

pub(crate) fn task(command: &str) -> Vec<Reply> {
    vec![Reply::new().shell("c1", &["bash", "-c", command]).completed(), Reply::text("done")]
}

/// Returns mode, and bytes or link target, of each path.
fn things(root: &Path) -> Result<BTreeMap<PathBuf, (u32, Vec<u8>)>> {
    let mut all = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(path) = left.pop() {
        let meta = path.symlink_metadata()?;
        let content = if meta.is_dir() {
            for entry in fs::read_dir(&path)? {
                left.push(entry?.path());
            }
            Vec::new()
        } else if meta.is_symlink() {
            fs::read_link(&path)?.into_os_string().into_encoded_bytes()
        } else {
            fs::read(&path)?
        };
        all.insert(path, (meta.mode(), content));
    }
    Ok(all)
}

fn git(project: &Path, args: &[&str]) -> Result<String> {
    let out = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(args)
        .current_dir(project)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        // a look must not freshen the index: its bytes are compared
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()?;
    ensure!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    Ok(String::from_utf8(out.stdout)?)
}

pub(crate) async fn put_back(session: &mut Session, op: Op) -> Result<Undone> {
    session.submit(op).await?;
    let said =
        session.until("an undo", |msg| matches!(msg, EventMsg::UndoApplied { .. } | EventMsg::Error { .. }));
    match said.await? {
        EventMsg::UndoApplied { undone } => Ok(undone),
        other => anyhow::bail!("{other:?}"),
    }
}

/// Waits until the files are kept as the agent left them: an undo is looked at only then.
async fn settled(session: &mut Session) -> Result<()> {
    preview(session, Op::Undo { task_id: None, mode: UndoMode::Preview }).await?;
    Ok(())
}

pub(crate) async fn undo(session: &mut Session, mode: UndoMode) -> Result<Undone> {
    put_back(session, Op::Undo { task_id: None, mode }).await
}

pub(crate) async fn preview(session: &mut Session, op: Op) -> Result<UndoPlan> {
    let id = session.submit(op).await?;
    session.until("a preview", |msg| matches!(msg, EventMsg::UndoPreview { .. })).await?;
    let event = session.events().last().context("the preview")?;
    ensure!(event.id == id, "it answers the op that asked");
    match &event.msg {
        EventMsg::UndoPreview { plan } => Ok(plan.as_ref().clone()),
        other => anyhow::bail!("{other:?}"),
    }
}

/// A project with a bit of everything, and a task that turns all of it over.
async fn turned_over() -> Result<Harness> {
    let files = [
        ("patched.txt", "one\r\ntwo"),
        ("edited.txt", "left\n"),
        ("deleted.txt", "gone\n"),
        ("named.txt", "same\n"),
        ("script.sh", "#!/bin/sh\n"),
        ("secret", "s"),
        ("binary", "\0\u{1}"),
        ("folder/inner", "i"),
        ("was-file", "f"),
    ];
    let mut replies = vec![Reply::new().apply_patch("p1", PATCH).completed()];
    replies.extend(task(COMMANDS));
    let harness = Harness::new(trusting(), &files, replies).await?;
    let project = harness.project();
    fs::set_permissions(project.join("secret"), Permissions::from_mode(0o600))?;
    fs::create_dir(project.join("empty"))?;
    std::os::unix::fs::symlink("binary", project.join("link"))?;
    Ok(harness)
}

async fn there_and_back(harness: &Harness) -> Result<()> {
    let before = things(harness.project())?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    let after = things(harness.project())?;
    ensure!(harness.read("patched.txt")? == "ONE\r\ntwo" && harness.read("folder")? == "file", "{after:#?}");

    let plan = preview(&mut session, Op::Undo { task_id: None, mode: UndoMode::Preview }).await?;
    ensure!(plan.task_id == TaskId(1) && !plan.redo && plan.conflicts.is_empty(), "{plan:?}");
    let file = |path: &str| {
        plan.diff.files.iter().find(|file| file.path == path).with_context(|| format!("{path}: {plan:?}"))
    };
    ensure!(file("patched.txt")?.hunks[0].lines[..2] == ["-ONE", "+one"], "{plan:?}");
    ensure!(file("named.txt")?.old_path.as_deref() == Some("renamed.txt"), "{plan:?}");
    ensure!(file("binary")?.binary, "{plan:?}");
    ensure!(
        file("script.sh")?.modes
            == Some(ModeChange { old: Some(FileMode::File(0o755)), new: Some(FileMode::File(0o644)) }),
        "{plan:?}"
    );
    let notes = &plan.diff.notes;
    ensure!(notes.iter().any(|note| note == "secret: mode 644 becomes 600"), "{notes:?}");
    ensure!(notes.iter().any(|note| note.starts_with("empty: ")), "{notes:?}");
    ensure!(things(harness.project())? == after, "a preview changes nothing");

    undo(&mut session, KEEP).await?;
    ensure!(things(harness.project())? == before, "{:#?}", things(harness.project())?);
    put_back(&mut session, Op::Redo { mode: KEEP }).await?;
    ensure!(things(harness.project())? == after);
    undo(&mut session, KEEP).await?;
    ensure!(things(harness.project())? == before);
    session.shut_down().await
}

#[tokio::test]
async fn b36_a_task_that_turns_everything_over_is_undone_and_redone() -> Result<()> {
    there_and_back(&turned_over().await?).await
}

#[tokio::test]
async fn b36_under_git_what_is_staged_stays_as_it_is() -> Result<()> {
    let harness = turned_over().await?;
    let project = harness.project();
    git(project, &["init", "-q"])?;
    git(project, &["add", "edited.txt"])?;
    git(project, &["commit", "-qm", "first"])?;
    fs::write(project.join("edited.txt"), "left staged\n")?;
    git(project, &["add", "edited.txt"])?;
    fs::write(project.join("edited.txt"), "left not staged\n")?;
    let (staged, repository) = (git(project, &["diff", "--cached"])?, things(&project.join(".git"))?);
    there_and_back(&harness).await?;
    ensure!(git(project, &["diff", "--cached"])? == staged);
    ensure!(things(&project.join(".git"))? == repository);
    Ok(())
}

#[tokio::test]
async fn b36_tasks_are_undone_one_by_one_or_together_and_the_model_is_told() -> Result<()> {
    let mut replies = task("echo 1 > a");
    replies.extend(task("echo 2 > a; echo 2 > b"));
    replies.extend(task("echo 3 > b"));
    replies.push(Reply::text("I see."));
    let harness = Harness::new(trusting(), &[("a", "0\n"), ("b", "0\n")], replies).await?;
    let mut session = harness.open(None).await?;
    for _ in 0..3 {
        session.ask_and_wait("go").await?;
    }
    ensure!(undo(&mut session, KEEP).await?.task_id == TaskId(3));
    ensure!((harness.read("a")?, harness.read("b")?) == ("2\n".to_owned(), "2\n".to_owned()));
    let undone = put_back(&mut session, Op::Undo { task_id: Some(TaskId(1)), mode: KEEP }).await?;
    ensure!(undone.paths == ["a", "b"], "{undone:?}");
    ensure!((harness.read("a")?, harness.read("b")?) == ("0\n".to_owned(), "0\n".to_owned()));
    put_back(&mut session, Op::Redo { mode: KEEP }).await?;
    put_back(&mut session, Op::Redo { mode: KEEP }).await?;
    ensure!((harness.read("a")?, harness.read("b")?) == ("2\n".to_owned(), "3\n".to_owned()));
    undo(&mut session, KEEP).await?;
    session.ask_and_wait("what now?").await?;
    let request = harness.server.requests().pop().context("a request")?;
    let text = String::from_utf8_lossy(&request.bytes).into_owned();
    ensure!(text.contains("undid your work from task 3 on") && text.contains("\\nb\\n"), "{text}");
    session.shut_down().await
}

#[tokio::test]
async fn b36_what_a_person_changed_since_is_left_alone_unless_told_otherwise() -> Result<()> {
    let harness =
        Harness::new(trusting(), &[("a", "0\n"), ("b", "0\n")], task("echo 1 > a; echo 1 > b; echo 1 > c"))
            .await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    settled(&mut session).await?;
    fs::write(harness.project().join("a"), "person\n")?;
    fs::write(harness.project().join("mine"), "person\n")?;
    let plan = preview(&mut session, Op::Undo { task_id: None, mode: UndoMode::Preview }).await?;
    ensure!(plan.conflicts == ["a", "mine"], "{:?}", plan.conflicts);
    let undone = undo(&mut session, KEEP).await?;
    ensure!(undone.paths == ["b", "c"] && undone.left_alone == ["a", "mine"], "{undone:?}");
    ensure!((harness.read("a")?, harness.read("b")?) == ("person\n".to_owned(), "0\n".to_owned()));
    ensure!(harness.read("mine")? == "person\n" && harness.read("c").is_err());
    put_back(&mut session, Op::Redo { mode: KEEP }).await?;
    ensure!((harness.read("a")?, harness.read("b")?) == ("person\n".to_owned(), "1\n".to_owned()));
    undo(&mut session, OVERWRITE).await?;
    ensure!(harness.read("a")? == "0\n" && harness.read("mine").is_err());
    // what was overwritten is kept, and can be had back
    put_back(&mut session, Op::Redo { mode: KEEP }).await?;
    ensure!(harness.read("a")? == "person\n" && harness.read("mine")? == "person\n");
    session.shut_down().await
}

#[tokio::test]
async fn b36_what_a_person_changed_between_two_tasks_survives_an_undo_of_both() -> Result<()> {
    let mut replies = task("echo 1 > a");
    replies.extend(task("echo 2 > a"));
    let harness = Harness::new(trusting(), &[("a", "0\n"), ("mine", "0\n")], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    settled(&mut session).await?;
    fs::write(harness.project().join("mine"), "person\n")?;
    session.ask_and_wait("on").await?;
    let undone = put_back(&mut session, Op::Undo { task_id: Some(TaskId(1)), mode: KEEP }).await?;
    ensure!(undone.paths == ["a"] && undone.left_alone == ["mine"], "{undone:?}");
    ensure!((harness.read("a")?, harness.read("mine")?) == ("0\n".to_owned(), "person\n".to_owned()));
    session.shut_down().await
}

#[tokio::test]
async fn b36_b37_what_a_person_changed_while_the_agent_worked_survives_an_undo() -> Result<()> {
    let patch = |old, new| format!("*** Update File: a\n@@\n-{old}\n+{new}\n");
    let replies = vec![
        Reply::new().apply_patch("c1", &patch(0, 1)).completed(),
        Reply::new().apply_patch("c2", &patch(1, 2)).completed(),
        Reply::text("done"),
    ];
    let policies = countersign_tests::harness::reviewing();
    let harness = Harness::new(policies, &[("a", "0\n"), ("mine", "0\n")], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask("go").await?;
    // the first one is written once the checkpoint is there: what follows is a change during the task
    let asked = session.until_asked().await?;
    session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    let asked = session.until_asked().await?;
    fs::write(harness.project().join("mine"), "person\n")?;
    let seen = session.until("the change to be seen", |msg| {
        matches!(msg, EventMsg::WorkspaceDiff { diff } if diff.files.iter().any(|file| file.path == "mine"))
    });
    seen.await?;
    session.decide(&asked, ReviewDecision::Approved, None, None).await?;
    session.until_done().await?;
    let undone = undo(&mut session, KEEP).await?;
    ensure!(undone.paths == ["a"] && undone.left_alone == ["mine"], "{undone:?}");
    ensure!((harness.read("a")?, harness.read("mine")?) == ("0\n".to_owned(), "person\n".to_owned()));
    session.shut_down().await
}

#[tokio::test]
async fn b36_a_task_is_undone_after_a_restart() -> Result<()> {
    let harness = Harness::new(trusting(), &[("a", "0\n")], task("echo 1 > a")).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    let transcript = session.transcript()?;
    session.shut_down().await?;
    let mut session = harness.open(Some(transcript)).await?;
    undo(&mut session, KEEP).await?;
    ensure!(harness.read("a")? == "0\n");
    put_back(&mut session, Op::Redo { mode: KEEP }).await?;
    ensure!(harness.read("a")? == "1\n");
    session.shut_down().await
}

#[tokio::test]
async fn b36_what_is_not_kept_is_said_aloud_and_left_alone() -> Result<()> {
    let command = "echo agent > a; rm large; echo agent > ignored/x";
    let harness = Harness::new(
        trusting(),
        &[("a", "0\n"), (".gitignore", "ignored/\n"), ("ignored/x", "0\n")],
        task(command),
    )
    .await?;
    // sparse: it costs nothing, and is over what is kept of one file
    fs::File::create(harness.project().join("large"))?.set_len((50 << 20) + 1)?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    let undone = undo(&mut session, KEEP).await?;
    let notes: Vec<_> = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::BackgroundEvent { message, .. } => Some(message.as_str()),
            _ => None,
        })
        .collect();
    ensure!(notes.contains(&"an undo would leave these alone: large (too large)"), "{notes:?}");
    ensure!(undone.paths == ["a"] && undone.left_alone == ["large"], "{undone:?}");
    ensure!(harness.read("a")? == "0\n" && harness.read("ignored/x")? == "agent\n");
    session.shut_down().await
}

#[tokio::test]
async fn b36_without_anything_to_undo_that_is_said() -> Result<()> {
    let harness = Harness::new(unasked(), &[("a", "0\n")], vec![Reply::text("hi")]).await?;
    let mut session = harness.open(None).await?;
    let error = undo(&mut session, KEEP).await.err().context("there is nothing to undo")?;
    ensure!(error.to_string().contains("there is nothing to undo"), "{error}");
    session.ask_and_wait("hi").await?;
    let undone = undo(&mut session, KEEP).await?;
    ensure!(undone.paths.is_empty() && undone.left_alone.is_empty(), "{undone:?}");
    session.shut_down().await
}

#[tokio::test]
async fn b36_on_the_command_line_the_difference_comes_first() -> Result<()> {
    let harness =
        Harness::new(trusting(), &[("a", "0\n"), ("b", "0\n")], task("echo 1 > a; echo 1 > b")).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    session.shut_down().await?;
    fs::write(harness.project().join("b"), "person\n")?;
    let shown = run(&harness, &["undo"], "").await?;
    ensure!(shown.code == Some(1) && shown.err.contains("--yes"), "{}{}", shown.out, shown.err);
    for part in [
        "   - | 1\n   + | 0\n",
        "   - | person\n   + | 0\n",
        "b was changed by somebody else since, and is left alone",
    ] {
        ensure!(shown.out.contains(part), "{part:?} is not in {}", shown.out);
    }
    ensure!(harness.read("a")? == "1\n", "nothing was changed");
    let done = run(&harness, &["undo", "--yes"], "").await?;
    ensure!(
        done.code == Some(0) && done.out.contains("undone: 1 path put back, 1 left alone: b"),
        "{}",
        done.out
    );
    ensure!(harness.read("a")? == "0\n" && harness.read("b")? == "person\n");
    let nothing = run(&harness, &["undo", "--yes"], "").await?;
    ensure!(nothing.code == Some(1) && nothing.err.contains("there is nothing to undo"), "{}", nothing.err);
    let redone = run(&harness, &["redo", "--yes"], "").await?;
    ensure!(redone.code == Some(0) && harness.read("a")? == "1\n", "{}{}", redone.out, redone.err);
    let all = run(&harness, &["undo", "1", "--yes", "--overwrite"], "").await?;
    ensure!(all.code == Some(0) && harness.read("b")? == "0\n", "{}{}", all.out, all.err);
    Ok(())
}

#[tokio::test]
async fn b36_an_undo_finds_a_session_that_is_set_up_at_length() -> Result<()> {
    let mut harness = Harness::new(unasked(), &[("a.txt", "one\n")], task("echo two > a.txt")).await?;
    harness.more_config = format!("notify = [\"true\", \"{}\"]\n", "long ".repeat(20_000));
    harness.write_config()?;
    let flags = ["--approval", "never", "--sandbox", "danger-full-access"];
    let ran = run(&harness, &[&["exec", "go"], &flags[..]].concat(), "").await?;
    ensure!(ran.code == Some(0) && harness.read("a.txt")? == "two\n", "{} {}", ran.out, ran.err);
    let ran = run(&harness, &["undo", "--last", "--yes"], "").await?;
    ensure!(ran.code == Some(0) && harness.read("a.txt")? == "one\n", "{} {}", ran.out, ran.err);
    Ok(())
}

const LOST: &str = "1,001 ignored files are gone and can't be restored: data (1,000), .env";

/// A project with files that git ignores, and a task that runs a command on it.
async fn with_ignored_files(command: &str) -> Result<Harness> {
    let ignored = "/data/\n.env\n*.log\nbuild/\n";
    let files = [(".gitignore", ignored), (".env", "KEY=1\n"), ("kept.log", "k\n"), ("a.txt", "one\n")];
    let harness = Harness::new(trusting(), &files, task(command)).await?;
    for number in 0..1_000 {
        let folder = harness.project().join(format!("data/part{}", number % 10));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(number.to_string()), "x")?;
    }
    Ok(harness)
}

#[tokio::test]
async fn b36_ignored_files_that_a_task_removed_are_counted_at_its_end_and_before_undo() -> Result<()> {
    // what it made itself, and what it brought back, is no loss
    let command = "rm -rf data .env; mkdir -p build; touch build/x; rm -r build; cp kept.log c; rm kept.log; mv c kept.log; \
                   echo two > a.txt";
    let harness = with_ignored_files(command).await?;
    harness.write_config()?;
    let flags = ["--approval", "never", "--sandbox", "danger-full-access"];
    let ran = run(&harness, &[&["exec", "go"], &flags[..]].concat(), "").await?;
    ensure!(ran.code == Some(0) && ran.err.contains(LOST), "{} {}", ran.out, ran.err);
    let ran = run(&harness, &["undo", "--last", "--yes"], "").await?;
    ensure!(ran.code == Some(0) && ran.out.contains(LOST), "{} {}", ran.out, ran.err);
    ensure!(harness.read("a.txt")? == "one\n" && !harness.project().join("data").exists());
    let ran = run(&harness, &["redo", "--last", "--yes"], "").await?;
    ensure!(ran.code == Some(0) && !ran.out.contains("ignored files"), "{} {}", ran.out, ran.err);
    // somebody brings one part of it back
    fs::create_dir_all(harness.project().join("data/part1"))?;
    fs::write(harness.project().join("data/part1/1"), "x")?;
    let ran = run(&harness, &["undo", "--last", "--yes"], "").await?;
    ensure!(
        ran.out.contains("1,000 ignored files are gone") && ran.out.contains("data (999), .env"),
        "{}",
        ran.out
    );
    Ok(())
}

#[tokio::test]
async fn b36_ignored_files_that_others_removed_are_not_counted() -> Result<()> {
    let harness = with_ignored_files("echo two > a.txt").await?;
    harness.write_config()?;
    let flags = ["--approval", "never", "--sandbox", "danger-full-access"];
    let ran = run(&harness, &[&["exec", "go"], &flags[..]].concat(), "").await?;
    ensure!(ran.code == Some(0) && !ran.err.contains("ignored files"), "{} {}", ran.out, ran.err);
    fs::remove_dir_all(harness.project().join("data"))?;
    harness.server.then(Reply::new().shell("c2", &["bash", "-c", "echo three > a.txt"]).completed());
    harness.server.then(Reply::text("done"));
    let ran = run(&harness, &[&["resume", "--last", "and now"], &flags[..]].concat(), "").await?;
    ensure!(ran.code == Some(0) && !ran.err.contains("ignored files"), "{} {}", ran.out, ran.err);
    let ran = run(&harness, &["undo", "--last", "--yes"], "").await?;
    ensure!(ran.code == Some(0) && !ran.out.contains("ignored files"), "{} {}", ran.out, ran.err);
    Ok(())
}
