//! `cargo xtask screens`: pictures of every screen in each look, for the guide and for reading a change.

use std::fs;

use anyhow::{Context, Result};

use crate::checkout::{Checkout, execute};
use crate::chromium;
use crate::node::NodeRuntime;
use crate::prerequisites::{BROWSER, Prerequisites};

/// Writes docs/screens anew: the screens of the tests in the browser, as they pass there.
pub(crate) fn screens(checkout: &Checkout) -> Result<()> {
    Prerequisites::install(&[BROWSER])?.require(BROWSER)?;
    let node = NodeRuntime::find(checkout)?;
    node.build_pages(checkout)?;
    let dir = checkout.path("docs/screens");
    if dir.exists() {
        fs::remove_dir_all(&dir).with_context(|| format!("cannot remove {}", dir.display()))?;
    }
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let mut npm = node.npm(checkout, "ui", &["run", "--silent", "e2e", "--", "e2e/window/screens.test.ts"]);
    npm.env("COUNTERSIGN_SCREENS", &dir);
    if let Some(chromium) = chromium::find(checkout) {
        npm.env("CHROMIUM", chromium);
    }
    execute(&mut npm)?;
    println!("\nwritten to {}", dir.display());
    Ok(())
}
