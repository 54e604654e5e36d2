//! `cargo xtask run`: builds the app from a fresh clone and opens it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::binaries::{build_app, built};
use crate::checkout::{Checkout, execute};
use crate::node::NodeRuntime;
use crate::prerequisites::{BUILD, NODE, Prerequisites, SANDBOX, WINDOW};
use crate::terminal::has_display;

pub(crate) fn run(checkout: &Checkout, dir: Option<&Path>, release: bool, practice: bool) -> Result<()> {
    if has_display() {
        open_window(checkout, dir, release, practice)
    } else {
        run_practice(checkout, release)
    }
}

fn open_window(checkout: &Checkout, dir: Option<&Path>, release: bool, practice: bool) -> Result<()> {
    // relative to where the person stands, not to the checkout
    let dir = dir.map(|dir| dir.canonicalize().with_context(|| format!("cannot open {}", dir.display())));
    let dir = dir.transpose()?;
    let prerequisites = Prerequisites::install(&[BUILD, WINDOW, SANDBOX, NODE])?;
    prerequisites.require(BUILD)?;
    prerequisites.require(WINDOW)?;
    warn_about_sandbox(&prerequisites);
    NodeRuntime::find(checkout)?.build_pages(checkout)?;
    build_app(checkout, release, true)?;
    let mut app = checkout.command(built(checkout, release, "countersign-desktop"));
    if practice {
        app.arg("--practice");
    }
    execute(app.args(dir))
}

/// Runs the practice conversation on the terminal, on a fresh copy of the sample project that it changes.
fn run_practice(checkout: &Checkout, release: bool) -> Result<()> {
    println!("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.");
    println!(
        "The practice conversation runs on this terminal instead, on a fresh copy of the sample project.\n"
    );
    let prerequisites = Prerequisites::install(&[BUILD, SANDBOX])?;
    prerequisites.require(BUILD)?;
    warn_about_sandbox(&prerequisites);
    build_app(checkout, release, false)?;

    let countersign = built(checkout, release, "countersign");
    // outside the checkout, whose git folder and instructions are none of the sample's
    let work = std::env::temp_dir().join(format!("countersign-practice-{}", std::process::id()));
    fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    let (before, after) = (work.join("before"), work.join("after"));
    for copy in [&before, &after] {
        execute(checkout.command(&countersign).arg("practice-sample").arg(copy))?;
    }
    println!();
    let mut exec = checkout.command(&countersign);
    exec.args(["exec", "--provider", "practice", "--approval", "never", "--cd"]).arg(&after);
    execute(exec.arg("Fix the failing test"))?;

    println!("\nWhat changed in {}:\n", after.display());
    let mut diff = checkout.command("git");
    diff.current_dir(&work).args(["--no-pager", "diff", "--no-index", "before", "after"]);
    // git says 1 when there is a difference
    match diff.status().context("cannot start git")?.code() {
        Some(1) => Ok(()),
        Some(0) => bail!("the practice conversation ended without changing anything in {}", after.display()),
        _ => bail!("git could not compare {} with {}", before.display(), after.display()),
    }
}

fn warn_about_sandbox(prerequisites: &Prerequisites) {
    if let Some(names) = prerequisites.missing_of(&[SANDBOX]) {
        println!("{names} is missing: two of the sandbox's three layers contain the agent's commands.");
    }
}
