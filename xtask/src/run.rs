//! `cargo xtask run`: from a fresh clone to an open window.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::binaries::{build_app, built};
use crate::node::Node;
use crate::prerequisites::{BUILD, NODE, Prerequisites, SANDBOX, WINDOW};
use crate::terminal::has_display;
use crate::tree::{Tree, show};

pub(crate) fn run(tree: &Tree, dir: Option<&Path>, release: bool, practice: bool) -> Result<()> {
    if has_display() { open_window(tree, dir, release, practice) } else { practise_here(tree, release) }
}

fn open_window(tree: &Tree, dir: Option<&Path>, release: bool, practice: bool) -> Result<()> {
    // relative to where the person stands, not to the checkout
    let dir = dir.map(|dir| dir.canonicalize().with_context(|| format!("cannot open {}", dir.display())));
    let dir = dir.transpose()?;
    let prerequisites = Prerequisites::install(&[BUILD, WINDOW, SANDBOX, NODE])?;
    prerequisites.require(BUILD)?;
    prerequisites.require(WINDOW)?;
    warn_about_sandbox(&prerequisites);
    Node::find(tree)?.build_pages(tree)?;
    build_app(tree, release, true)?;
    let mut app = tree.command(built(tree, release, "countersign-desktop"));
    if practice {
        app.arg("--practice");
    }
    show(app.args(dir))
}

/// The practice conversation on the terminal, on a fresh copy of the sample project, really changed.
fn practise_here(tree: &Tree, release: bool) -> Result<()> {
    println!("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.");
    println!(
        "The practice conversation runs on this terminal instead, on a fresh copy of the sample project.\n"
    );
    let prerequisites = Prerequisites::install(&[BUILD, SANDBOX])?;
    prerequisites.require(BUILD)?;
    warn_about_sandbox(&prerequisites);
    build_app(tree, release, false)?;

    let countersign = built(tree, release, "countersign");
    // outside the checkout, whose git folder and instructions are none of the sample's
    let work = std::env::temp_dir().join(format!("countersign-practice-{}", std::process::id()));
    fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    let (before, after) = (work.join("before"), work.join("after"));
    for copy in [&before, &after] {
        show(tree.command(&countersign).arg("practice-sample").arg(copy))?;
    }
    println!();
    let mut exec = tree.command(&countersign);
    exec.args(["exec", "--provider", "practice", "--approval", "never", "--cd"]).arg(&after);
    show(exec.arg("Fix the failing test"))?;

    println!("\nWhat changed in {}:\n", after.display());
    let mut diff = tree.command("git");
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
        println!("Without {names} the agent's commands are contained by two layers of three.");
    }
}
