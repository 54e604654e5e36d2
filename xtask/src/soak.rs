//! `cargo xtask soak`: the program killed at every system call and at random moments, and undo of random tasks.

use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::binaries::{built, whole_workspace};
use crate::checkout::{Checkout, execute};
use crate::prerequisites::{BUILD, Prerequisites, SANDBOX, STRACE};

/// Heading of the section in the report, which goes to its end.
const HEADING: &str = "\n## Soak\n";

/// Parts of the program `soak`, and a line on each.
const PARTS: [(&str, &str); 3] = [
    (
        "system-calls",
        "killed (SIGKILL) at a system call of `apply-patch`, `undo` or `redo`; then: all or nothing, nothing left behind, both ways lead on",
    ),
    (
        "moments",
        "killed at a random moment of a task of three patches and three commands, and resumed; then: no patch half written, no command run twice, no request with an unpaired call, undo leads back or names what it leaves",
    ),
    (
        "undo",
        "tasks whose command does random things to files, undone and redone: exactly as before, exactly as after",
    ),
];

/// Soaks the built program; the whole of it writes its section of docs/bench.md.
pub(crate) fn soak(checkout: &Checkout, short: bool) -> Result<()> {
    let prerequisites = Prerequisites::install(&[BUILD, SANDBOX, STRACE])?;
    prerequisites.require(BUILD)?;
    prerequisites.require(STRACE)?;
    let programs = ["--bin", "soak", "--bin", "countersign", "--bin", "countersign-sandbox"];
    execute(whole_workspace(checkout, "build", true).args(programs))?;
    let section = run_parts(checkout, short)?;
    print!("{section}");
    if !short {
        let file = checkout.path("docs/bench.md");
        let report = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let kept = report.find(HEADING).map_or(report.as_str(), |at| &report[..at]);
        fs::write(&file, format!("{kept}{section}"))
            .with_context(|| format!("cannot write {}", file.display()))?;
        println!("\nwritten to {}", file.display());
    }
    Ok(())
}

/// Returns the section of the last run that a report holds, heading included; empty where there is none.
pub(crate) fn section_of(report: &str) -> &str {
    report.find(HEADING).map_or("", |at| &report[at..])
}

/// Runs every part with the programs that are built, and returns the section.
pub(crate) fn run_parts(checkout: &Checkout, short: bool) -> Result<String> {
    let mut text =
        format!("{HEADING}\nWritten by `cargo xtask soak`.\n\n| what | runs | faults |\n|---|---|---|\n");
    for (part, about) in PARTS {
        let mut soak = checkout.command(built(checkout, false, "soak"));
        soak.arg(part).stderr(Stdio::inherit());
        if short {
            // a sample is to be the same each time
            soak.args(["--short", "--seed", "1"]);
        }
        let output = soak.output().with_context(|| format!("soak {part}"))?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = |name: &str| {
            told.lines().find_map(|line| line.strip_prefix(name)).map_or("?", str::trim).to_owned()
        };
        writeln!(text, "| {about} | {} | {} |", number("runs"), number("faults"))?;
        if !output.status.success() {
            print!("{text}");
            bail!("`soak {part}` found faults, listed above");
        }
    }
    Ok(text)
}
