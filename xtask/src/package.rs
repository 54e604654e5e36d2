//! `cargo xtask package`: the .deb, with the window, the command line and the sandbox side by side.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::binaries::build_app;
use crate::node::Node;
use crate::prerequisites::{BUILD, NODE, Prerequisites, WINDOW};
use crate::tree::{Tree, show};

/// The bundler, as npm carries it.
const BUNDLER: &str = "@tauri-apps/cli@2.12.5";

pub(crate) fn package(tree: &Tree) -> Result<()> {
    if cfg!(not(target_os = "linux")) {
        bail!("only the .deb is packaged so far, and only on Linux");
    }
    let prerequisites = Prerequisites::install(&[BUILD, WINDOW, NODE])?;
    prerequisites.require(BUILD)?;
    prerequisites.require(WINDOW)?;
    let node = Node::find(tree)?;
    node.build_pages(tree)?;
    build_app(tree, true, true)?;

    let tools = tree.target().join("bundler");
    fs::create_dir_all(&tools).with_context(|| format!("cannot create {}", tools.display()))?;
    let mut npm = node.npm(tree, "ui", &["install", "--no-audit", "--no-fund", "--no-save", "--prefix"]);
    show(npm.arg(&tools).arg(BUNDLER))?;
    let mut bundle = node.npm(tree, "ui", &["exec", "--offline", "--prefix"]);
    bundle.arg(&tools).args(["--", "tauri", "bundle", "--bundles", "deb"]);
    show(bundle.current_dir(tree.path("src-tauri")))?;

    let made = tree.target().join("release/bundle/deb");
    let mut packages = fs::read_dir(&made).with_context(|| format!("no package in {}", made.display()))?;
    let package = packages.find_map(|entry| {
        entry.ok().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "deb"))
    });
    let package = package.with_context(|| format!("no .deb in {}", made.display()))?;
    println!("\n{}", package.display());
    Ok(())
}
