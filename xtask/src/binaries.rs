//! Building the app's executables, with the same features in every task, so that they share artefacts.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::checkout::{Checkout, execute};

/// Feature that embeds the built pages in the window's executable.
pub(crate) const PAGES_INSIDE: &str = "countersign-desktop/custom-protocol";

/// Returns the path of a built executable.
pub(crate) fn built(checkout: &Checkout, release: bool, name: &str) -> PathBuf {
    let profile = if release { "release" } else { "debug" };
    checkout.target().join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Builds the command line and the sandbox; with `window` also the desktop app.
pub(crate) fn build_app(checkout: &Checkout, release: bool, window: bool) -> Result<()> {
    let mut cargo = checkout.cargo(["build", "--locked", "-p", "countersign-cli"]);
    if window {
        cargo.args(["-p", "countersign-desktop", "--features", PAGES_INSIDE]);
    }
    if release {
        cargo.arg("--release");
    }
    execute(&mut cargo)?;
    build_sandbox(checkout, release).map(drop)
}

/// Builds the sandbox's helper as it is shipped, and returns its path. On Linux the C library is linked in: the helper starts
/// twice for each command, and loading libraries would be half of that time.
pub(crate) fn build_sandbox(checkout: &Checkout, release: bool) -> Result<PathBuf> {
    const NAME: &str = "countersign-sandbox";
    let mut cargo = checkout.cargo(["rustc", "--locked", "-p", "countersign-sandbox-linux", "--bin", NAME]);
    if release {
        cargo.arg("--release");
    }
    if cfg!(target_os = "linux") {
        cargo.args(["--", "-C", "target-feature=+crt-static"]);
    }
    execute(&mut cargo)?;
    Ok(built(checkout, release, NAME))
}

/// Returns a cargo command over the whole workspace with one set of features, so that nothing is built twice. Without
/// `window`, the desktop app is left out.
pub(crate) fn whole_workspace(checkout: &Checkout, command: &str, window: bool) -> Command {
    let mut cargo = checkout.cargo([command, "--workspace", "--locked"]);
    if window {
        cargo.args(["--features", PAGES_INSIDE]);
    } else {
        cargo.args(["--exclude", "countersign-desktop"]);
    }
    cargo
}

/// Writes the window's TypeScript; with `check`, fails if it differs and writes nothing.
pub(crate) fn bindings(checkout: &Checkout, check: bool) -> Result<()> {
    const NAME: &str = "bindings";
    execute(whole_workspace(checkout, "build", true).args(["--bin", NAME]))?;
    let mut bindings = checkout.command(built(checkout, false, NAME));
    if check {
        bindings.arg("--check");
    }
    execute(&mut bindings)
}
