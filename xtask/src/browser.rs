//! Chromium where the system has no package of it (Ubuntu has a snap in its place): Playwright's own build.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::ground::agreed;
use crate::node::Node;
use crate::tree::{Tree, show, succeeds};

/// What was fetched before, whether it starts or not.
pub(crate) fn fetched(tree: &Tree) -> Option<PathBuf> {
    let entries = |dir: PathBuf, prefix: &'static str| {
        let found = fs::read_dir(dir).into_iter().flatten().flatten();
        found.filter(move |entry| entry.file_name().to_string_lossy().starts_with(prefix))
    };
    entries(home(tree), "chromium-")
        .flat_map(|build| entries(build.path(), "chrome-"))
        .map(|system| system.path().join("chrome"))
        .find(|program| program.is_file())
}

/// Fetches it, and the libraries it needs, with Playwright, which the tests in the browser use anyway.
pub(crate) fn fetch(tree: &Tree, node: &Node) -> Result<()> {
    println!(
        "There is no Chromium here, and none to install with the package manager. Playwright fetches its own build, about 170 MB, \
         into {}.",
        home(tree).display()
    );
    if !agreed()? {
        println!("Not fetched.");
        return Ok(());
    }
    node.install_packages(tree, "ui")?;
    playwright(tree, node, &["install", "--no-shell", "chromium"])?;
    let program = fetched(tree).with_context(|| format!("no Chromium in {}", home(tree).display()))?;
    let starts = || succeeds(Command::new(&program).arg("--version"));
    if !starts() {
        println!("It lacks libraries of the system; Playwright installs them with the package manager.");
        playwright(tree, node, &["install-deps", "chromium"])?;
    }
    ensure!(starts(), "{} does not start", program.display());
    Ok(())
}

fn playwright(tree: &Tree, node: &Node, args: &[&str]) -> Result<()> {
    let mut npm = node.npm(tree, "ui", &["exec", "--offline", "--", "playwright-core"]);
    show(npm.args(args).env("PLAYWRIGHT_BROWSERS_PATH", home(tree)))
}

fn home(tree: &Tree) -> PathBuf {
    tree.target().join("browsers")
}
