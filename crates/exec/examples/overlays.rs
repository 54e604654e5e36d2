//! Measures commands on copies of a project of so many files; `cargo xtask bench` runs it. Says one row a line, parted by tabs: how
//! many files, what was done, and each run in microseconds.

use engine::ExecRequest;
use exec::{ExecSetup, Executor, in_view};
use protocol::{EndedBy, SandboxPolicy};
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use worktree::{CommandOverlay, CopyBase, Roots, Store, TransactionLog, store_dir};

/// Files in each folder.
const IN_ONE_FOLDER: usize = 20;

/// Files that the large command changes.
const CHANGED: usize = 1000;

/// Runs of the small commands.
const RUNS: usize = 100;

type BenchError = Box<dyn Error>;

#[tokio::main]
async fn main() -> Result<(), BenchError> {
    let mut args = std::env::args().skip(1);
    let (Some(place), Some(files), Some(runs)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: overlays FOLDER FILES RUNS".into());
    };
    let place = PathBuf::from(place).canonicalize()?;
    let (files, runs): (usize, usize) = (files.parse()?, runs.parse()?);
    let bench = Bench::new(&place, files)?;
    // warm, and not every machine has them
    bench.contained("true").await?;
    bench.on_copy("true").await?;
    let (mut contained, mut on_copy, mut viewed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        contained.push(bench.contained("true").await?);
        on_copy.push(bench.on_copy("true").await?.0);
        viewed.push(bench.in_view().await?);
    }
    say("contained `true`", files, &contained)?;
    say("`true` on a copy, made, read and set aside", files, &on_copy)?;
    say("a program on an isolated copy, started", files, &viewed)?;
    let script = "for file in changed*/*; do echo changed >> $file; done";
    let mut effects = Vec::new();
    for _ in 0..runs {
        effects.push(bench.on_copy(script).await?.1);
    }
    say("effects of 1,000 changed files, from the command's end", files, &effects)?;
    say("changes of an isolated copy with 1,000 changed files", files, &bench.brought_in(runs)?)?;
    Ok(())
}

/// Paths of the files that the large command changes.
fn changed() -> impl Iterator<Item = PathBuf> {
    (0..CHANGED).map(|number| format!("changed{}/file{number}", number / IN_ONE_FOLDER).into())
}

struct Bench {
    project: PathBuf,
    app: PathBuf,
    executor: Executor,
    helper: PathBuf,
}

impl Bench {
    fn new(place: &Path, files: usize) -> Result<Self, BenchError> {
        let (project, app) = (place.join("project"), place.join("app"));
        fs::create_dir_all(&app)?;
        for number in 0..files {
            let folder =
                project.join(format!("part{}/module{}", number / 1000, number % 1000 / IN_ONE_FOLDER));
            if number % IN_ONE_FOLDER == 0 {
                fs::create_dir_all(&folder)?;
            }
            fs::write(folder.join(format!("file{number}.txt")), format!("line {number}\n"))?;
        }
        for path in changed() {
            let path = project.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&project))?;
            fs::write(path, "one\ntwo\n")?;
        }
        let helper = Executor::find_helper().ok_or("the sandbox's helper is not there")?;
        let setup = ExecSetup {
            helper: Some(helper.clone()),
            app_dirs: vec![app.clone()],
            overlays: Some(app.join("overlays")),
            ..ExecSetup::default()
        };
        Ok(Self { project, app, executor: Executor::new(setup), helper })
    }

    fn request(&self, script: &str) -> ExecRequest {
        ExecRequest {
            argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
            cwd: self.project.clone(),
            session_cwd: self.project.clone(),
            timeout_ms: 600_000,
            sandbox: SandboxPolicy::workspace_write(),
            background: false,
            overlay: false,
            known_by_name: None,
        }
    }

    async fn contained(&self, script: &str) -> Result<Duration, BenchError> {
        let started = Instant::now();
        let outcome = self.executor.run(&self.request(script), CancellationToken::new(), |_, _| {}).await;
        succeeded(&outcome.end.ended_by)?;
        Ok(started.elapsed())
    }

    /// Runs a script on a copy; returns the time of all of it, and that from its end until its changes are a patch.
    async fn on_copy(&self, script: &str) -> Result<(Duration, Duration), BenchError> {
        let request = self.request(script);
        let roots = Roots::of(&request.sandbox, &self.project);
        let log = TransactionLog::new(&store_dir(&self.app, &self.project), &self.project);
        let started = Instant::now();
        let overlay =
            CommandOverlay::create(&self.app.join("overlay"), std::slice::from_ref(&self.project), &roots)?;
        let running = self.executor.run_in_overlay(&request, &overlay, CancellationToken::new(), |_, _| {});
        succeeded(&running.await.end.ended_by)?;
        let ended = Instant::now();
        overlay.take_effects(&roots, &self.project, &log)?;
        let took = ended.elapsed();
        let gone = overlay.set_aside();
        let all = started.elapsed();
        CommandOverlay::remove_folder(&gone);
        Ok((all, took))
    }

    /// Has the helper start a program on an isolated copy.
    async fn in_view(&self) -> Result<Duration, BenchError> {
        let overlay =
            CommandOverlay::create_whole(&self.app.join("view"), std::slice::from_ref(&self.project))?;
        let started = Instant::now();
        let status = in_view(&self.helper, &overlay, None, "true".as_ref())?.status().await?;
        let took = started.elapsed();
        overlay.remove();
        if status.success() { Ok(took) } else { Err(format!("{status}").into()) }
    }

    fn brought_in(&self, runs: usize) -> Result<Vec<Duration>, BenchError> {
        let mut store = Store::open(&store_dir(&self.app, &self.project), &self.project)?;
        let (checkpoint, _) = store.snapshot(&[])?;
        let overlay =
            CommandOverlay::create_whole(&self.app.join("copy"), std::slice::from_ref(&self.project))?;
        for path in changed() {
            let path = overlay.roots[0].upper.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&self.project))?;
            fs::write(path, "one\ntwo\nthree\n")?;
        }
        let roots = Roots::of(&SandboxPolicy::workspace_write(), &self.project);
        (0..runs)
            .map(|_| {
                let started = Instant::now();
                let mut base = CopyBase { store: &mut store, checkpoint };
                overlay.take_copy(&mut base, &roots, &self.project, &self.app.join("staging"))?;
                Ok(started.elapsed())
            })
            .collect()
    }
}

fn succeeded(ended_by: &EndedBy) -> Result<(), BenchError> {
    if *ended_by == (EndedBy::Exited { code: 0 }) { Ok(()) } else { Err(format!("{ended_by:?}").into()) }
}

fn say(what: &str, files: usize, times: &[Duration]) -> Result<(), BenchError> {
    let times: Vec<_> = times.iter().map(|time| time.as_micros().to_string()).collect();
    Ok(writeln!(std::io::stdout(), "{files}\t{what}\t{}", times.join("\t"))?)
}
