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
    let mut cargo =
        tree.cargo(["build", "--locked", "-p", "countersign-sandbox-linux", "-p", "countersign-cli"]);
    if window {
        cargo.args(["-p", "countersign-desktop", "--features", PAGES_INSIDE]);
    }
    if release {
        cargo.arg("--release");
    }
    show(&mut cargo)
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
