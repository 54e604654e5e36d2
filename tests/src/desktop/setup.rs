//! Preconditions of tests on the desktop.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

/// A file that `cargo build` made, in the target folder this test runs from.
pub fn executable(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find the test's own executable")?;
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    // beside this one, or above it: a test is target/debug/deps/window-HASH
    let mut folders = own.ancestors().skip(1).take(2);
    let file = folders.find_map(|folder| Some(folder.join(&name)).filter(|file| file.is_file()));
    file.with_context(|| {
        format!("{name} is not beside {}; build it with `cargo xtask test build`", own.display())
    })
}

/// Fails unless this runs on the private desktop: on a person's own, the tests would press keys in their windows and put
/// secrets into their keyring.
pub fn require_desktop() -> Result<()> {
    ensure!(
        std::env::var_os("COUNTERSIGN_DESKTOP").is_some(),
        "these tests need the headless desktop; run them with `cargo xtask test window`"
    );
    Ok(())
}
