//! `cargo xtask bench`: what has a budget, against a baseline measured in the same run, so that a busy machine slows both.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::binaries::{build_app, built};
use crate::ground::{BUILD, Ground, SANDBOX};
use crate::tree::{Tree, stdout, succeeds};

/// Runs of each command. They take turns, so that both see the same machine.
const RUNS: usize = 200;

/// A command that is measured, against the first of the list.
struct Measured {
    what: &'static str,
    budget: &'static str,
    command: Command,
    times: Vec<Duration>,
}

pub(crate) fn bench(tree: &Tree) -> Result<()> {
    let ground = Ground::prepare(&[BUILD, SANDBOX])?;
    ground.require(BUILD)?;
    build_app(tree, true, false)?;
    let countersign = built(tree, true, "countersign");
    let place = std::env::temp_dir().join(format!("countersign-bench-{}", std::process::id()));
    fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;

    let mut bare = Command::new("/bin/true");
    bare.current_dir(&place);
    let mut version = Command::new(&countersign);
    version.arg("--version").current_dir(&place);
    let mut contained = Command::new(&countersign);
    contained.args(["sandbox", "--sandbox", "workspace-write", "--", "/bin/true"]).current_dir(&place);
    let mut measured = [
        Measured { what: "`/bin/true`", budget: "", command: bare, times: Vec::new() },
        Measured { what: "`countersign --version`", budget: "", command: version, times: Vec::new() },
        Measured {
            what: "`countersign sandbox -- /bin/true`",
            budget: "10 ms more than bare",
            command: contained,
            times: Vec::new(),
        },
    ];
    for one in &mut measured {
        // warm, and proof that it works at all: the time of a failure says nothing
        anyhow::ensure!(succeeds(&mut one.command), "{} fails, so it cannot be measured", one.what);
    }
    for _ in 0..RUNS {
        for one in &mut measured {
            let started = Instant::now();
            succeeds(&mut one.command);
            one.times.push(started.elapsed());
        }
    }
    fs::remove_dir_all(&place).with_context(|| format!("cannot remove {}", place.display()))?;

    let doctor = stdout(Command::new(&countersign).arg("doctor")).unwrap_or_default();
    let sandbox = doctor.lines().find(|line| line.to_lowercase().contains("sandbox")).unwrap_or_default();
    let report = report(&mut measured, sandbox.trim())?;
    print!("\n{report}");
    let file = tree.path("docs/bench.md");
    fs::write(&file, report).with_context(|| format!("cannot write {}", file.display()))?;
    println!("\nwritten to {}", file.display());
    Ok(())
}

fn report(measured: &mut [Measured], sandbox: &str) -> Result<String> {
    let mut text = format!(
        "# Measurements\n\nWritten by `cargo xtask bench`: release build, medians of {RUNS} runs that take turns, so that the ratios hold on a\n\
         busy machine too. {} processors.{}{sandbox}\n\n",
        std::thread::available_parallelism()?,
        if sandbox.is_empty() { "" } else { " " },
    );
    text.push_str("| what | median | 90 % within | against bare | budget |\n|---|---|---|---|---|\n");
    let mut baseline = None;
    for one in measured {
        one.times.sort_unstable();
        let median = one.times[one.times.len() / 2];
        let most = one.times[one.times.len() * 9 / 10];
        let baseline = *baseline.get_or_insert(median);
        writeln!(
            text,
            "| {} | {} | {} | {:.1} x, {} more | {} |",
            one.what,
            milliseconds(median),
            milliseconds(most),
            median.as_secs_f64() / baseline.as_secs_f64(),
            milliseconds(median.saturating_sub(baseline)),
            one.budget,
        )?;
    }
    Ok(text)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
