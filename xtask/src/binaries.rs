//! Building the app's executables, so that every task shares the same artefacts.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::tree::{Tree, show};

/// Embeds the built pages in the window's executable.
pub(crate) const PAGES_INSIDE: &str = "countersign-desktop/custom-protocol";

/// An executable that was built.
pub(crate) fn built(tree: &Tree, release: bool, name: &str) -> PathBuf {
    let profile = if release { "release" } else { "debug" };
    tree.target().join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Builds what a person runs: the command line and the sandbox, and the window where one can open.
pub(crate) fn build_app(tree: &Tree, release: bool, window: bool) -> Result<()> {
    let mut cargo = tree.cargo(["build", "--locked", "-p", "countersign-cli"]);
    if window {
        cargo.args(["-p", "countersign-desktop", "--features", PAGES_INSIDE]);
    }
    if release {
        cargo.arg("--release");
    }
    show(&mut cargo)?;
    build_sandbox(tree, release).map(drop)
}

/// Builds the sandbox's helper as it is shipped: on Linux with the C library inside, for it is started twice for each command and
/// looking for libraries would be half of that. Returns where it is.
pub(crate) fn build_sandbox(tree: &Tree, release: bool) -> Result<PathBuf> {
    const NAME: &str = "countersign-sandbox";
    let mut cargo = tree.cargo(["rustc", "--locked", "-p", "countersign-sandbox-linux", "--bin", NAME]);
    if release {
        cargo.arg("--release");
    }
    if cfg!(target_os = "linux") {
        cargo.args(["--", "-C", "target-feature=+crt-static"]);
    }
    show(&mut cargo)?;
    Ok(built(tree, release, NAME))
}

/// A cargo command over the whole workspace, with one set of features, so that nothing is built twice. Without WebKitGTK
/// the window is left out.
pub(crate) fn whole_workspace(tree: &Tree, command: &str, window: bool) -> Command {
    let mut cargo = tree.cargo([command, "--workspace", "--locked"]);
    if window {
        cargo.args(["--features", PAGES_INSIDE]);
    } else {
        cargo.args(["--exclude", "countersign-desktop"]);
    }
    cargo
}

/// Writes the window's TypeScript, or checks that it is as it would be written.
pub(crate) fn bindings(tree: &Tree, check: bool) -> Result<()> {
    let mut cargo =
        tree.cargo(["run", "--locked", "--quiet", "-p", "countersign-tests", "--bin", "bindings"]);
    if check {
        cargo.args(["--", "--check"]);
    }
    show(&mut cargo)
}
