//! Stories of looking at the changes of a stretch of work, and of taking a part of them back, through the real driver.

use crate::host_window::Window;
use crate::inbox::{decide, until_patches_wait};
use crate::mcp::has;
use crate::undo::{KEEP, preview, put_back, task, trusting};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session};
use countersign_tests::model_server::Reply;
use host::api::Exported;
use protocol::{
    ChangeScope, DiffFile, DiffStatus, EventMsg, FilePatchText, FileVersions, Op, RevertPart, Reverted,
    SandboxLevel, TaskId, UndoMode, Undone, WorkspaceDiff,
};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;
use view::{ChangesView, UndoView};

pub(crate) async fn compare(
    session: &mut Session,
    scope: ChangeScope,
) -> Result<(WorkspaceDiff, Vec<FilePatchText>)> {
    session.submit(Op::Compare { scope }).await?;
    let said = session
        .until("a comparison", |msg| matches!(msg, EventMsg::Compared { .. } | EventMsg::Error { .. }));
    match said.await? {
        EventMsg::Compared { diff, patches, .. } => Ok((diff, patches)),
        other => anyhow::bail!("{other:?}"),
    }
}

async fn file_in(session: &mut Session, scope: ChangeScope, path: &str) -> Result<DiffFile> {
    let (diff, _) = compare(session, scope).await?;
    diff.files.into_iter().find(|file| file.path == path).with_context(|| format!("no {path}"))
}

async fn revert(
    session: &mut Session,
    scope: ChangeScope,
    file: DiffFile,
    hunk: Option<u32>,
) -> Result<Undone> {
    put_back(session, Op::Revert { scope, part: Box::new(RevertPart { file, hunk }) }).await
}

fn git(folder: &Path, args: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(["-c", "user.name=Mira", "-c", "user.email=mira@example.org"])
        .args(args)
        .current_dir(folder)
        .output()?;
    ensure!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

fn lines(changed: &[(usize, &str)]) -> String {
    let line = |at: usize| {
        let text = changed.iter().find(|(line, _)| *line == at).map(|(_, text)| (*text).to_owned());
        text.unwrap_or_else(|| format!("line {at}")) + "\n"
    };
    (1..=30).map(line).collect()
}

/// Two tasks that change `a.txt` in two places each, add a file, remove one and rename one.
async fn two_tasks() -> Result<Harness> {
    let mut replies =
        task("sed -i 's/^line 3$/three/; s/^line 20$/twenty/' a.txt; echo new > sub/new.txt; rm gone.txt");
    replies.extend(task(
        "sed -i 's/^line 12$/ten/' a.txt; mv named.txt renamed.txt; sed -i 's/^line 2$/two/' renamed.txt",
    ));
    replies.push(Reply::text("I see."));
    let whole = lines(&[]);
    let files = [("a.txt", whole.as_str()), ("gone.txt", "gone\n"), ("named.txt", &whole), ("sub/kept", "")];
    Harness::new(trusting(), &files, replies).await
}

#[tokio::test]
async fn a_hunk_is_reverted_by_itself_and_brought_back_and_the_model_is_told() -> Result<()> {
    let harness = two_tasks().await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    session.ask_and_wait("go on").await?;
    let after = lines(&[(3, "three"), (12, "ten"), (20, "twenty")]);
    ensure!(harness.read("a.txt")? == after);

    let of_task = file_in(&mut session, ChangeScope::Task, "a.txt").await?;
    ensure!(of_task.hunks.len() == 1, "the last task alone: {of_task:?}");
    let of_session = file_in(&mut session, ChangeScope::Session, "a.txt").await?;
    ensure!(of_session.hunks.len() == 3, "{of_session:?}");

    let undone = revert(&mut session, ChangeScope::Session, of_session.clone(), Some(2)).await?;
    ensure!(undone.reverted == Some(Reverted::Hunk) && undone.paths == ["a.txt"], "{undone:?}");
    ensure!(harness.read("a.txt")? == lines(&[(3, "three"), (12, "ten")]));

    // the changes that were shown are not those there are now
    let stale =
        revert(&mut session, ChangeScope::Session, of_session, Some(0)).await.unwrap_err().to_string();
    ensure!(
        stale.contains("a.txt has changed since its changes were shown; nothing was reverted"),
        "{stale}"
    );
    ensure!(harness.read("a.txt")? == lines(&[(3, "three"), (12, "ten")]));

    // both tasks can still be undone; what was reverted is not the agent's any more
    let plan = preview(&mut session, Op::Undo { task_id: Some(TaskId(1)), mode: UndoMode::Preview }).await?;
    ensure!(plan.conflicts == ["a.txt"], "{plan:?}");
    let back = put_back(&mut session, Op::Redo { mode: KEEP }).await?;
    ensure!(back.redo && back.reverted == Some(Reverted::Hunk), "{back:?}");
    ensure!(harness.read("a.txt")? == after);
    let plan = preview(&mut session, Op::Undo { task_id: Some(TaskId(1)), mode: UndoMode::Preview }).await?;
    ensure!(plan.conflicts.is_empty(), "{plan:?}");

    session.ask_and_wait("what now?").await?;
    let request = harness.server.requests().pop().context("a request")?;
    let text = String::from_utf8_lossy(&request.bytes).into_owned();
    for part in
        ["The person reverted one hunk of the changes", "The person brought back changes they had reverted"]
    {
        ensure!(text.contains(part), "{part:?} is not in {text}");
    }
    session.shut_down().await
}

#[tokio::test]
async fn a_whole_file_is_reverted_whether_it_was_added_removed_or_moved() -> Result<()> {
    let harness = two_tasks().await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    session.ask_and_wait("go on").await?;
    for (path, status) in [
        ("gone.txt", DiffStatus::Deleted),
        ("renamed.txt", DiffStatus::Renamed),
        ("sub/new.txt", DiffStatus::Added),
    ] {
        let file = file_in(&mut session, ChangeScope::Session, path).await?;
        ensure!(file.status == status, "{file:?}");
        revert(&mut session, ChangeScope::Session, file, None).await?;
    }
    ensure!(harness.read("gone.txt")? == "gone\n" && harness.read("named.txt")? == lines(&[]));
    ensure!(
        !harness.project().join("renamed.txt").exists() && !harness.project().join("sub/new.txt").exists()
    );
    let (diff, _) = compare(&mut session, ChangeScope::Session).await?;
    let paths: Vec<_> = diff.files.iter().map(|file| file.path.as_str()).collect();
    ensure!(paths == ["a.txt"], "{paths:?}");
    // one after the other, each is brought back
    for path in ["sub/new.txt", "renamed.txt"] {
        put_back(&mut session, Op::Redo { mode: KEEP }).await?;
        ensure!(harness.project().join(path).exists(), "{path}");
    }
    ensure!(harness.read("gone.txt")? == "gone\n");
    session.shut_down().await
}

#[tokio::test]
async fn what_differs_from_the_last_commit_is_shown_reverted_and_handed_out_as_git_takes_it() -> Result<()> {
    let harness = two_tasks().await?;
    let level = harness.assemble().await?.executor.probe().await.level;
    if !has("git") || level == SandboxLevel::None {
        eprintln!("SKIPPED: the last commit needs git and a sandbox");
        return Ok(());
    }
    let project = harness.project();
    git(project, &["init", "-q"])?;
    git(project, &["add", "."])?;
    git(project, &["commit", "-qm", "first"])?;
    // no task has begun: the person's own changes alone
    fs::write(project.join("a.txt"), lines(&[(1, "one"), (30, "no end")]).trim_end())?;
    let mut session = harness.open(None).await?;
    let nothing = compare(&mut session, ChangeScope::Task).await.unwrap_err().to_string();
    ensure!(nothing.contains("no task of this session has begun yet"), "{nothing}");
    let (diff, patches) = compare(&mut session, ChangeScope::LastCommit).await?;
    ensure!(diff.files.len() == 1 && diff.files[0].hunks.len() == 2, "{diff:?}");

    let patch = project.join("../countersign-one-hunk.patch");
    let text = patches[0].text(Some(1)).context("the second hunk")?;
    ensure!(text.contains("\\ No newline at end of file"), "{text}");
    fs::write(&patch, &text)?;
    let applied = git(project, &["apply", "--check", "--reverse", &patch.to_string_lossy()]);
    fs::remove_file(&patch)?;
    applied?;

    revert(&mut session, ChangeScope::LastCommit, diff.files[0].clone(), Some(1)).await?;
    ensure!(harness.read("a.txt")? == lines(&[(1, "one")]));
    let file = file_in(&mut session, ChangeScope::LastCommit, "a.txt").await?;
    revert(&mut session, ChangeScope::LastCommit, file, None).await?;
    ensure!(git(project, &["status", "--porcelain"])?.is_empty());
    put_back(&mut session, Op::Redo { mode: KEEP }).await?;
    ensure!(harness.read("a.txt")? == lines(&[(1, "one")]));
    session.shut_down().await
}

#[tokio::test]
async fn line_endings_that_git_takes_off_are_no_changes_and_a_reverted_hunk_has_those_of_the_file()
-> Result<()> {
    let whole = lines(&[]);
    let files = [("a.txt", whole.as_str()), (".gitattributes", "a.txt text=auto\n")];
    let harness = Harness::new(trusting(), &files, Vec::new()).await?;
    let executor = harness.assemble().await?.executor;
    if !has("git") || executor.probe().await.level == SandboxLevel::None {
        eprintln!("SKIPPED: a comparison with the last commit needs git and a sandbox");
        return Ok(());
    }
    let project = harness.project();
    git(project, &["init", "--quiet"])?;
    git(project, &["add", "."])?;
    git(project, &["commit", "--quiet", "-m", "first"])?;
    let on_disk = |changed: &[(usize, &str)]| lines(changed).replace('\n', "\r\n");
    fs::write(project.join("a.txt"), on_disk(&[(3, "three"), (20, "twenty")]))?;
    let mut session = harness.open(None).await?;
    let file = file_in(&mut session, ChangeScope::LastCommit, "a.txt").await?;
    ensure!(file.hunks.len() == 2 && (file.added, file.removed) == (2, 2), "{file:?}");
    revert(&mut session, ChangeScope::LastCommit, file, Some(0)).await?;
    ensure!(harness.read("a.txt")? == on_disk(&[(20, "twenty")]));

    // where git leaves them, each line differs
    fs::write(project.join(".gitattributes"), "a.txt -text\n")?;
    let file = file_in(&mut session, ChangeScope::LastCommit, "a.txt").await?;
    ensure!(file.hunks.len() == 1 && (file.added, file.removed) == (30, 30), "{file:?}");
    session.shut_down().await
}

#[tokio::test]
async fn a_revert_is_in_the_transcript_and_can_be_taken_back_after_a_restart() -> Result<()> {
    let harness = two_tasks().await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    let file = file_in(&mut session, ChangeScope::Task, "a.txt").await?;
    revert(&mut session, ChangeScope::Task, file, None).await?;
    ensure!(harness.read("a.txt")? == lines(&[]));
    let path = session.transcript()?;
    session.shut_down().await?;

    let mut session = harness.open(Some(path)).await?;
    put_back(&mut session, Op::Redo { mode: KEEP }).await?;
    ensure!(harness.read("a.txt")? == lines(&[(3, "three"), (20, "twenty")]));
    session.shut_down().await
}

#[tokio::test]
async fn both_versions_of_a_picture_are_shown_with_their_sizes_and_anything_else_by_its_size() -> Result<()> {
    /// One red pixel.
    const PIXEL: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
    let replies = task(&format!("echo {PIXEL} | base64 -d > dot.png; printf '\\0\\1\\2' > data"));
    let harness = Harness::new(trusting(), &[("data", "\0\u{1}")], replies).await?;
    let mut session = harness.open(None).await?;
    session.ask_and_wait("go").await?;
    for (path, old, new) in [("dot.png", None, 70), ("data", Some(2), 3)] {
        let op = Op::ReadVersions { scope: ChangeScope::Task, path: path.to_owned() };
        let versions = versions(&mut session, op).await?;
        ensure!(versions.old.as_ref().map(|old| old.bytes) == old, "{versions:?}");
        let now = versions.new.context("a version")?;
        let is_picture = path == "dot.png";
        ensure!(now.bytes == new && now.picture.is_some() == is_picture, "{now:?}");
        ensure!(!is_picture || now.about.as_deref() == Some("PNG image, 1 x 1 pixels"), "{now:?}");
    }

    // an undo goes the other way, and what takes it back goes there again
    let of = |path: &str| UndoMode::Read { path: path.to_owned(), old_path: None };
    let read = versions(&mut session, Op::Undo { task_id: None, mode: of("dot.png") }).await?;
    ensure!(read.new.is_none() && read.old.is_some_and(|now| now.picture.is_some() && now.bytes == 70));
    let read = versions(&mut session, Op::Undo { task_id: None, mode: of("data") }).await?;
    ensure!([read.old, read.new].map(|version| version.map(|one| one.bytes)) == [Some(3), Some(2)]);
    ensure!(harness.project().join("dot.png").exists(), "it was only read");
    put_back(&mut session, Op::Undo { task_id: None, mode: KEEP }).await?;
    let read = versions(&mut session, Op::Redo { mode: of("dot.png") }).await?;
    ensure!(read.old.is_none() && read.new.is_some_and(|then| then.picture.is_some()));
    session.shut_down().await
}

async fn versions(session: &mut Session, op: Op) -> Result<FileVersions> {
    session.submit(op).await?;
    let said = session
        .until("the versions", |msg| matches!(msg, EventMsg::VersionsRead { .. } | EventMsg::Error { .. }));
    match said.await? {
        EventMsg::VersionsRead { versions } => Ok(*versions),
        other => anyhow::bail!("{other:?}"),
    }
}

#[tokio::test]
async fn the_window_is_shown_both_versions_of_a_file_of_the_undo_that_it_looked_at() -> Result<()> {
    let mut window = Window::open(&["one"]).await?;
    window.pick_folder().await?;
    let id = window.start("rename tidy to clean").await?;
    let app = until_patches_wait(&mut window, &[&id]).await?;
    decide(&mut window, app.inbox.first().context("a patch")?, "approved").await?;
    window.until_session(&id, |shown| shown.session.undoable.is_some()).await?;
    let read = json!({ "session": id, "of": { "type": "undo" }, "path": "notes.txt" });
    let early = window.call::<FileVersions>("file_versions", read.clone()).await.unwrap_err().to_string();
    ensure!(early.contains("notes.txt has changed since its changes were shown"), "{early}");

    let before = "TODO: tidy up\n".len() as u64;
    for (redo, wanted) in [(false, [before + 1, before]), (true, [before, before + 1])] {
        let undo = json!({ "session": id, "task_id": null, "redo": redo });
        let _: UndoView = window.call("preview_undo", undo).await?;
        let FileVersions { old, new } = window.call("file_versions", read.clone()).await?;
        let bytes = [old, new].map(|version| version.map(|one| one.bytes));
        ensure!(bytes == wanted.map(Some), "{bytes:?}");
        let apply = json!({ "session": id, "task_id": null, "redo": redo, "overwrite": false });
        let () = window.call("apply_undo", apply).await?;
    }
    window.web_host.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_window_is_shown_reverts_and_gets_as_a_patch_one_and_the_same_change() -> Result<()> {
    let mut window = Window::open(&["one", "out"]).await?;
    window.pick_folder().await?;
    let id = window.ask("hello").await?;
    let notes = window.dir.path().join("one/notes.txt");
    let before = fs::read_to_string(&notes)?;
    fs::write(&notes, format!("{before}more\n"))?;
    let shown: ChangesView =
        window.call("compare_changes", json!({ "session": id, "scope": "session" })).await?;
    let hunk = shown.files.first().and_then(|file| file.hunks.first()).context("a hunk")?;

    let of = json!({ "type": "compared", "scope": "session" });
    let args = json!({ "session": id, "of": of, "path": "notes.txt", "hunk": hunk.id });
    let patch: String = window.call("patch_text", args.clone()).await?;
    ensure!(
        patch.starts_with("diff --git a/notes.txt b/notes.txt\n") && patch.ends_with("+more\n"),
        "{patch}"
    );
    let exported: Exported = window.call("export_patch", args).await?;
    ensure!(exported.path.ends_with("notes.txt.patch"), "{exported:?}");
    ensure!(fs::read_to_string(window.dir.path().join("out/notes.txt.patch"))? == patch);

    let revert = |digest: &str| json!({ "session": id, "scope": "session", "path": "notes.txt", "hunk": hunk.id, "digest": digest });
    let other = window.call::<()>("revert_changes", revert("another")).await.unwrap_err().to_string();
    ensure!(other.contains("notes.txt has changed since its changes were shown"), "{other}");
    let () = window.call("revert_changes", revert(&hunk.digest)).await?;
    ensure!(fs::read_to_string(&notes)? == before);
    Ok(())
}
