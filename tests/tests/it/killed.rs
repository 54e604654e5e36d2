//! The program killed (SIGKILL) while it changes files: all or nothing, nothing left behind, told and recorded as it is.
//!
//! Nothing in the program helps to aim: the kill comes as soon as the system tells of the n-th change of a kind.

use crate::cli::{Ran, command, run};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, reviewing, unasked};
use countersign_tests::model_server::Reply;
use notify::event::{EventKind, ModifyKind};
use notify::{RecursiveMode, Watcher as _};
use protocol::{Fact, HunkOutcome, PatchEndedBy};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use tokio::sync::mpsc;

const FILES: usize = 400;
const STAGED: &str = ".countersign-staged-";

/// A change of the project's files.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// New content is staged.
    Staged,
    /// A file gets another content.
    Placed,
    /// A staged or replaced file is removed.
    Cleaned,
}

const MOMENTS: [(Change, usize); 10] = [
    (Change::Staged, 1),
    (Change::Staged, FILES / 2),
    (Change::Staged, FILES),
    (Change::Placed, 1),
    (Change::Placed, 2),
    (Change::Placed, FILES / 3),
    (Change::Placed, FILES),
    (Change::Placed, 2 * FILES - 1),
    (Change::Cleaned, 1),
    (Change::Cleaned, FILES),
];

fn name(number: usize) -> String {
    format!("f{number:03}.txt")
}

async fn harness(replies: Vec<Reply>, policies: protocol::Policies) -> Result<Harness> {
    let names: Vec<String> = (0..FILES).map(name).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "old\n")).collect();
    let harness = Harness::new(policies, &files, replies).await?;
    harness.write_config()?;
    Ok(harness)
}

fn patch_body() -> String {
    (0..FILES).fold(String::new(), |mut patch, number| {
        let _ = writeln!(patch, "*** Update File: {}\n-old\n+new", name(number));
        patch
    })
}

/// Whether all files are new; fails where some are and some are not, or anything is left behind.
fn all_new(harness: &Harness, moment: impl std::fmt::Debug) -> Result<bool> {
    let mut new = 0;
    for number in 0..FILES {
        match harness.read(&name(number))?.as_str() {
            "new\n" => new += 1,
            "old\n" => {}
            other => anyhow::bail!("{moment:?}: {other:?}"),
        }
    }
    ensure!(new == 0 || new == FILES, "{moment:?}: {new} of {FILES} files are new");
    for entry in std::fs::read_dir(harness.project())? {
        let name = entry?.file_name();
        ensure!(!name.to_string_lossy().starts_with(STAGED), "{moment:?}: {} is left", name.display());
    }
    Ok(new == FILES)
}

fn kind_of(event: &notify::Event) -> Option<Change> {
    let name = event.paths.first()?.file_name()?.to_str()?;
    match event.kind {
        EventKind::Create(_) if name.starts_with(STAGED) => Some(Change::Staged),
        EventKind::Modify(ModifyKind::Name(_)) if name.starts_with('f') => Some(Change::Placed),
        EventKind::Remove(_) if name.starts_with(STAGED) => Some(Change::Cleaned),
        _ => None,
    }
}

/// Runs the program, and kills it at a moment. What it said is given; its code is that of a kill unless it was faster.
async fn killed(harness: &Harness, args: &[&str], (change, nth): (Change, usize)) -> Result<Ran> {
    let (seen, mut changes) = mpsc::unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if let Some(kind) = event.ok().as_ref().and_then(kind_of) {
            let _ = seen.send(kind);
        }
    })?;
    watcher.watch(harness.project(), RecursiveMode::NonRecursive)?;
    // nobody reads what it prints before it ends
    let mut child = command(harness, args)?.stdout(Stdio::null()).spawn()?;
    let pid =
        rustix::process::Pid::from_raw(i32::try_from(child.id().context("it runs")?)?).context("a pid")?;
    let mut count = 0;
    loop {
        tokio::select! {
            seen = changes.recv() => {
                count += usize::from(seen.context("the watcher goes on")? == change);
                if count == nth {
                    // that it has ended meanwhile is fine
                    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                    break;
                }
            }
            _ = child.wait() => break,
        }
    }
    let output = child.wait_with_output().await?;
    Ok(Ran {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn check_told(told: &str, was_killed: bool, all: bool) -> Result<()> {
    let (complete, undone) = (told.contains("it is complete now"), told.contains("as they were before it"));
    ensure!(!(complete && undone), "{told}");
    ensure!(!complete || all, "told as complete: {told}");
    ensure!(!undone || !all, "told as taken back: {told}");
    ensure!(was_killed || !(complete || undone), "nothing was cut off: {told}");
    Ok(())
}

#[tokio::test]
async fn b22_apply_patch_killed_at_any_moment_is_all_or_nothing() -> Result<()> {
    let patch = format!("*** Begin Patch\n{}*** End Patch\n", patch_body());
    let next = "*** Begin Patch\n*** Add File: next.txt\n+next\n*** End Patch\n";
    let mut cut_off = 0;
    for moment in MOMENTS {
        let harness = harness(Vec::new(), reviewing()).await?;
        let first = killed(&harness, &["apply-patch", &patch], moment).await?;
        let ran = run(&harness, &["apply-patch", next], "").await?;
        ensure!(ran.code == Some(0), "{moment:?}: {}", ran.err);
        let all = all_new(&harness, moment)?;
        check_told(&ran.err, first.code.is_none(), all)?;
        cut_off += usize::from(!ran.err.is_empty());
        let again = run(
            &harness,
            &["apply-patch", "*** Begin Patch\n*** Delete File: next.txt\n*** End Patch\n"],
            "",
        );
        ensure!(again.await?.err.is_empty(), "it is told once");
    }
    ensure!(cut_off >= 4, "only {cut_off} of {} were cut off", MOMENTS.len());
    Ok(())
}

#[tokio::test]
async fn b29_a_session_killed_while_it_writes_a_patch_records_what_became_of_it() -> Result<()> {
    for moment in [(Change::Staged, 3), (Change::Placed, FILES / 2), (Change::Cleaned, 5)] {
        let replies = vec![Reply::new().apply_patch("c1", &patch_body()).completed(), Reply::text("done")];
        let harness = harness(replies, unasked()).await?;
        let flags = ["--approval", "never", "--sandbox", "danger-full-access"];
        let first = killed(&harness, &[&["exec", "go"], &flags[..]].concat(), moment).await?;
        let ran = run(&harness, &["resume", "--last", "go on"], "").await?;
        ensure!(ran.code == Some(0), "{moment:?}: {}", ran.err);
        let all = all_new(&harness, moment)?;
        check_told(&ran.err, first.code.is_none(), all)?;
        let path = transcript::newest(&config::Home::at(harness.home())).context("a transcript")?;
        let records = facts(&path)?;
        let ends: Vec<_> = records
            .iter()
            .filter_map(|fact| match fact {
                Fact::PatchEnded { ended_by, outcomes, .. } => Some((ended_by, outcomes)),
                _ => None,
            })
            .collect();
        let [(ended_by, outcomes)] = ends.as_slice() else { anyhow::bail!("{moment:?}: {ends:?}") };
        let is_written = **ended_by == PatchEndedBy::Written;
        ensure!(is_written == all, "{moment:?}: recorded as {ended_by:?}, and all is {all}");
        let written = |outcome: &HunkOutcome| matches!(outcome, HunkOutcome::Written { .. });
        ensure!(outcomes.iter().all(written) == all, "{moment:?}");
    }
    Ok(())
}

fn facts(path: &Path) -> Result<Vec<Fact>> {
    let text = std::fs::read_to_string(path)?;
    text.lines().skip(1).map(|line| Ok(serde_json::from_str::<protocol::Record>(line)?.fact)).collect()
}

#[tokio::test]
async fn b36_an_undo_killed_at_any_moment_keeps_the_way_back() -> Result<()> {
    for moment in [
        (Change::Staged, 3),
        (Change::Placed, FILES / 2),
        (Change::Placed, 2 * FILES),
        (Change::Cleaned, 1),
        (Change::Cleaned, FILES),
    ] {
        let replies = vec![Reply::new().apply_patch("c1", &patch_body()).completed(), Reply::text("done")];
        let harness = harness(replies, unasked()).await?;
        let flags = ["--approval", "never", "--sandbox", "danger-full-access"];
        let ran = run(&harness, &[&["exec", "go"], &flags[..]].concat(), "").await?;
        ensure!(ran.code == Some(0) && all_new(&harness, moment)?, "{}", ran.err);
        killed(&harness, &["undo", "--last", "--yes"], moment).await?;
        // whichever it came to, both ways lead on
        let ran = run(&harness, &["redo", "--last", "--yes"], "").await?;
        ensure!(all_new(&harness, moment)?, "{moment:?}: {} {}", ran.out, ran.err);
        let ran = run(&harness, &["undo", "--last", "--yes"], "").await?;
        ensure!(ran.code == Some(0) && !all_new(&harness, moment)?, "{moment:?}: {} {}", ran.out, ran.err);
    }
    Ok(())
}

#[tokio::test]
async fn b36_a_patch_found_written_after_a_kill_is_taken_back_by_undo() -> Result<()> {
    let mut found_written = 0;
    for moment in [(Change::Cleaned, 1), (Change::Cleaned, FILES / 4), (Change::Cleaned, FILES / 2)] {
        let patch = format!("{}*** Add File: new/made.txt\n+made\n", patch_body());
        let replies = vec![Reply::new().apply_patch("c1", &patch).completed(), Reply::text("done")];
        let harness = harness(replies, unasked()).await?;
        let flags = ["--approval", "never", "--sandbox", "danger-full-access"];
        let first = killed(&harness, &[&["exec", "go"], &flags[..]].concat(), moment).await?;
        std::fs::write(harness.project().join("mine.txt"), "mine\n")?;
        let ran = run(&harness, &["undo", "--last", "--yes"], "").await?;
        ensure!(ran.code == Some(0), "{moment:?}: {} {}", ran.out, ran.err);
        ensure!(!all_new(&harness, moment)?, "{moment:?}: {} {}", ran.out, ran.err);
        ensure!(!harness.project().join("new").exists(), "{moment:?}: {} {}", ran.out, ran.err);
        ensure!(harness.read("mine.txt")? == "mine\n", "{moment:?}");
        found_written += usize::from(first.code.is_none() && ran.err.contains("it is complete now"));
    }
    ensure!(found_written > 0, "no patch was cut off after its last file");
    Ok(())
}

/// Kills the program once its transcript has so many lines. Reports whether it came to that.
async fn killed_after_lines(harness: &Harness, args: &[&str], lines: usize) -> Result<bool> {
    let (written, mut changes) = mpsc::unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let paths = event.map(|event| event.paths).unwrap_or_default();
        let transcripts =
            paths.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"));
        transcripts.for_each(|path| drop(written.send(path)));
    })?;
    watcher.watch(harness.home(), RecursiveMode::Recursive)?;
    let mut child = command(harness, args)?.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    loop {
        tokio::select! {
            path = changes.recv() => {
                let path = path.context("the watcher goes on")?;
                let count = std::fs::read_to_string(path).unwrap_or_default().lines().count();
                if count >= lines {
                    child.kill().await?;
                    return Ok(true);
                }
            }
            ended = child.wait() => {
                ensure!(ended?.success(), "the first run failed");
                return Ok(false);
            }
        }
    }
}

#[tokio::test]
async fn b18_a_background_command_that_died_with_the_app_is_told_whenever_that_was() -> Result<()> {
    let flags = ["--approval", "never", "--sandbox", "danger-full-access"];
    let mut told = 0;
    for lines in 4.. {
        let background = json!({"command": ["sleep", "600"], "background": true});
        let replies = vec![
            Reply::new().function_call("c1", "shell", &background).completed(),
            Reply::new().shell("c2", &["true"]).completed(),
            Reply::text("done"),
        ];
        let harness = Harness::new(unasked(), &[], replies).await?;
        harness.write_config()?;
        let was_killed = killed_after_lines(&harness, &[&["exec", "go"], &flags[..]].concat(), lines).await?;
        let home = config::Home::at(harness.home());
        let Some(path) = transcript::newest(&home) else { continue };
        let is_begun = |fact: &Fact| matches!(fact, Fact::ExecStarted { background: true, .. });
        let was_begun = facts(&path)?.iter().any(is_begun);
        harness.server.then(Reply::text("gone on"));
        let ran = run(&harness, &[&["resume", "--last", "go on"], &flags[..]].concat(), "").await?;
        ensure!(ran.code == Some(0), "after {lines} lines: {}", ran.err);
        let requests = harness.server.requests();
        let last = requests.last().context("a request")?;
        let is_told = last.input().iter().any(|item| {
            let text = item.to_string();
            text.contains("<background_command>") && text.contains("sleep 600") && text.contains("has ended")
        });
        ensure!(
            is_told == was_begun,
            "after {lines} lines: begun {was_begun}, told {is_told}: {:#?}",
            last.input()
        );
        told += usize::from(is_told);
        if !was_killed {
            break;
        }
    }
    ensure!(told >= 3, "it was begun only {told} times");
    Ok(())
}
