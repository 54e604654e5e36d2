//! The program killed (SIGKILL) at any moment of work on an overlay and of what becomes of it: the folder has all of it or nothing, and
//! what waits is there whole, or gone.
//!
//! A kill comes with the n-th change of a file that the system tells of, for many n.

use crate::cli::{command, run};
use crate::overlay::with_overlays;
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, reviewing};
use countersign_tests::model_server::Reply;
use countersign_tests::terminal::Terminal;
use notify::{ErrorKind, RecursiveMode, Watcher as _};
use protocol::IsolatedCopy;
use std::io;
use std::path::Path;
use tokio::sync::mpsc;

/// Files that a session changes.
const FILES: usize = 60;

/// Kills of each kind, unless `OVERLAY_KILLS` says otherwise.
const KILLS: usize = 8;

fn kills() -> usize {
    std::env::var("OVERLAY_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS)
}

fn name(number: usize) -> String {
    format!("f{number:02}.txt")
}

/// Changes of files beneath a folder, as the system tells of them.
struct Changes {
    told: mpsc::UnboundedReceiver<()>,
    _watcher: notify::RecommendedWatcher,
}

impl Changes {
    fn of(folder: &Path) -> Result<Self> {
        let (tell, told) = mpsc::unbounded_channel();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = tell.send(());
            }
        })?;
        // what was killed may still leave helpers that clear up: a folder that goes while it is looked at is looked past
        while let Err(error) = watcher.watch(folder, RecursiveMode::Recursive) {
            let is_gone = matches!(&error.kind, ErrorKind::Io(error) if error.kind() == io::ErrorKind::NotFound)
                || matches!(error.kind, ErrorKind::PathNotFound);
            ensure!(is_gone && folder.is_dir(), error);
        }
        Ok(Self { told, _watcher: watcher })
    }

    async fn nth(&mut self, nth: usize) {
        for _change in 0..nth {
            self.told.recv().await;
        }
    }
}

fn script_patch(harness: &Harness) {
    harness.server.forget();
    let patch: Vec<_> =
        (0..FILES).map(|number| format!("*** Update File: {}\n@@\n-old\n+new", name(number))).collect();
    harness.server.then(Reply::new().apply_patch("c1", &patch.join("\n")).completed());
    harness.server.then(Reply::text("done"));
}

/// Whether all files of the folder are new; fails where some are and some are not, or anything is left behind.
fn all_new(harness: &Harness, kill: usize) -> Result<bool> {
    let texts = (0..FILES).map(|number| harness.read(&name(number))).collect::<Result<Vec<_>>>()?;
    let new = texts.iter().filter(|text| *text == "new\n").count();
    let old = texts.iter().filter(|text| *text == "old\n").count();
    ensure!(new + old == FILES && (new == 0 || old == 0), "kill {kill}: {new} files are new, {old} old");
    for entry in std::fs::read_dir(harness.project())? {
        let name = entry?.file_name();
        ensure!(
            !name.to_string_lossy().starts_with(".countersign"),
            "kill {kill}: {} is left",
            name.display()
        );
    }
    Ok(old == 0)
}

async fn newest_copy(harness: &Harness) -> Result<Option<IsolatedCopy>> {
    let listed = run(harness, &["isolated", "list", "--json"], "").await?;
    ensure!(listed.code == Some(0), "{}", listed.err);
    Ok(listed.out.lines().next().map(serde_json::from_str).transpose()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_a_copy_and_its_folder_are_whole() -> Result<()> {
    let names: Vec<String> = (0..FILES).map(name).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "old\n")).collect();
    let Some((harness, other)) = with_overlays(reviewing(), &files, "kills of isolated sessions").await?
    else {
        return Ok(());
    };
    other.shut_down().await?;
    let kills = kills();
    for kill in 0..kills {
        script_patch(&harness);
        let mut changes = Changes::of(harness.home())?;
        let mut child = command(&harness, &["exec", "--isolated", "--approval", "never", "go"])?.spawn()?;
        tokio::select! {
            () = changes.nth(1 + kill * 400 / kills) => child.kill().await?,
            _ = child.wait() => {}
        }
        ensure!(!all_new(&harness, kill)?, "nothing has reached the folder");
        let Some(copy) = newest_copy(&harness).await? else { continue };
        // all of the patch, nothing, or word that it is not known yet
        let shown = run(&harness, &["isolated", "bring-in", "--json", copy.id.as_str()], "").await?;
        let proposals = shown.out.lines().filter(|line| line.contains("\"type\":\"patch_proposed\""));
        for proposal in proposals {
            let event: serde_json::Value = serde_json::from_str(proposal)?;
            let count = event["msg"]["proposal"]["files"].as_array().map_or(0, Vec::len);
            ensure!(count == FILES, "kill {kill}: {count} of {FILES} files: {}", shown.out);
        }
        ensure!(!all_new(&harness, kill)?, "nobody was there to approve it");
        // what the session got to is gone on with
        let Some(session) = copy.sessions.first() else { continue };
        script_patch(&harness);
        let ran = run(&harness, &["resume", "--approval", "never", session.as_str(), "go on"], "").await?;
        ensure!(ran.code.is_some(), "kill {kill}: {} {}", ran.out, ran.err);
        ensure!(!all_new(&harness, kill)?, "nothing has reached the folder");
    }
    script_patch(&harness);
    let ran = run(&harness, &["exec", "--isolated", "--approval", "never", "go"], "").await?;
    ensure!(ran.code == Some(0), "{}", ran.err);
    let copy = newest_copy(&harness).await?.context("a copy")?;
    for kill in 0..kills {
        let mut changes = Changes::of(harness.project())?;
        let bring_in = ["isolated", "bring-in", copy.id.as_str()];
        let mut terminal = Terminal::start(command(&harness, &bring_in)?.env("NO_COLOR", "1"))?;
        terminal.wait_for("stop [q]? ")?;
        terminal.enter("a\n")?;
        terminal.kill_at(changes.nth(1 + kill * 6 * FILES / kills)).await?;
        // whoever comes next finishes it, or takes it back
        let next = "*** Begin Patch\n*** Add File: next.txt\n+next\n*** End Patch";
        let ran = run(&harness, &["apply-patch", next], "").await?;
        ensure!(ran.code == Some(0), "kill {kill}: {} {}", ran.out, ran.err);
        std::fs::remove_file(harness.project().join("next.txt"))?;
        if all_new(&harness, kill)? {
            make_old(&harness)?;
        }
    }
    Ok(())
}

/// Has the model run a command that changes every file.
fn script_command(harness: &Harness) {
    harness.server.forget();
    let script = "for file in f*.txt; do echo new > $file; done";
    harness.server.then(Reply::new().shell("c1", &["bash", "-c", script]).completed());
    for _later in 0..2 {
        harness.server.then(Reply::text("done"));
    }
}

fn on_terminal(harness: &Harness, args: &[&str]) -> Result<Terminal> {
    Terminal::start(command(harness, args)?.env("NO_COLOR", "1"))
}

/// Returns the folders in which changes of commands wait, of all sessions.
fn overlays(harness: &Harness) -> Vec<std::path::PathBuf> {
    let sessions = std::fs::read_dir(harness.home().join("overlays")).into_iter().flatten().flatten();
    sessions
        .flat_map(|session| std::fs::read_dir(session.path()).into_iter().flatten().flatten())
        .map(|call| call.path())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_a_command_on_an_overlay_left_the_folder_untouched_or_fully_changed()
-> Result<()> {
    const ON_EFFECT: [&str; 4] = ["exec", "--approval", "on-effect", "go"];
    let names: Vec<String> = (0..FILES).map(name).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "old\n")).collect();
    let Some((harness, other)) = with_overlays(reviewing(), &files, "kills of overlay runs").await? else {
        return Ok(());
    };
    other.shut_down().await?;
    let kills = kills();
    for kill in 0..kills {
        script_command(&harness);
        let mut changes = Changes::of(harness.home())?;
        // while it starts, runs and is read
        let terminal = on_terminal(&harness, &ON_EFFECT)?;
        terminal.kill_at(changes.nth(1 + kill * 300 / kills)).await?;
        ensure!(!all_new(&harness, kill)?, "kill {kill}: nobody approved it");
        let ran = run(&harness, &["resume", "--last", "go on"], "").await?;
        let none_yet = ran.err.contains("there is no session yet");
        ensure!(ran.code == Some(0) || none_yet, "kill {kill}: {} {}", ran.out, ran.err);
        ensure!(!all_new(&harness, kill)?, "kill {kill}: nobody approved it");
    }
    for kill in 0..kills {
        script_command(&harness);
        let mut terminal = on_terminal(&harness, &ON_EFFECT)?;
        terminal.wait_for("stop [q]? ")?;
        // while it waits: then it waits again, with all that the command changed
        terminal.kill_at(std::future::ready(())).await?;
        ensure!(!all_new(&harness, kill)?, "kill {kill}: nobody approved it");
        let mut terminal = on_terminal(&harness, &["resume", "--last"])?;
        terminal.wait_for("stop [q]? ")?;
        let mut changes = Changes::of(harness.project())?;
        terminal.enter("a\n")?;
        terminal.kill_at(changes.nth(1 + kill * 6 * FILES / kills)).await?;
        let ran = run(&harness, &["resume", "--last", "go on"], "").await?;
        ensure!(ran.code == Some(0), "kill {kill}: {} {}", ran.out, ran.err);
        if all_new(&harness, kill)? {
            make_old(&harness)?;
        }
    }
    // whoever tries overlays out next clears up after those who were killed at it
    let doctor = run(&harness, &["doctor"], "").await?;
    ensure!(doctor.code.is_some(), "{}", doctor.err);
    let left = overlays(&harness);
    ensure!(left.is_empty(), "what waits for nobody is gone: {left:?}");
    Ok(())
}

fn make_old(harness: &Harness) -> Result<()> {
    (0..FILES).try_for_each(|number| Ok(std::fs::write(harness.project().join(name(number)), "old\n")?))
}
