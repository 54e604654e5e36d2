//! `cargo xtask package`: builds the .deb of the window, the command line and the sandbox.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::binaries::build_app;
use crate::checkout::{Checkout, execute};
use crate::node::NodeRuntime;
use crate::prerequisites::{BUILD, NODE, Prerequisites, WINDOW};

/// npm package of the bundler.
const BUNDLER: &str = "@tauri-apps/cli@2.12.5";

pub(crate) fn package(checkout: &Checkout) -> Result<()> {
    if cfg!(not(target_os = "linux")) {
        bail!("only the .deb is packaged so far, and only on Linux");
    }
    let prerequisites = Prerequisites::install(&[BUILD, WINDOW, NODE])?;
    prerequisites.require(BUILD)?;
    prerequisites.require(WINDOW)?;
    let node = NodeRuntime::find(checkout)?;
    node.build_pages(checkout)?;
    build_app(checkout, true, true)?;

    let tools = checkout.target().join("bundler");
    fs::create_dir_all(&tools).with_context(|| format!("cannot create {}", tools.display()))?;
    let mut npm = node.npm(checkout, "ui", &["install", "--no-audit", "--no-fund", "--no-save", "--prefix"]);
    execute(npm.arg(&tools).arg(BUNDLER))?;
    let mut bundle = node.npm(checkout, "ui", &["exec", "--offline", "--prefix"]);
    bundle.arg(&tools).args(["--", "tauri", "bundle", "--bundles", "deb"]);
    execute(bundle.current_dir(checkout.path("src-tauri")))?;

    let made = checkout.target().join("release/bundle/deb");
    let mut packages = fs::read_dir(&made).with_context(|| format!("no package in {}", made.display()))?;
    let package = packages.find_map(|entry| {
        entry.ok().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "deb"))
    });
    let package = package.with_context(|| format!("no .deb in {}", made.display()))?;
    println!("\n{}", package.display());
    Ok(())
}
