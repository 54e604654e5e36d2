//! Playwright's build of Chromium, for systems that package none (Ubuntu has a snap in its place).

use anyhow::{Context, Result, ensure};

use crate::checkout::{Checkout, execute};
use crate::chromium;
use crate::node::NodeRuntime;
use crate::terminal::confirm;

/// Downloads Chromium with Playwright, which the tests in the browser use anyway, and installs the libraries it needs.
pub(crate) fn download_chromium(checkout: &Checkout, node: &NodeRuntime) -> Result<()> {
    let dir = chromium::download_dir(checkout);
    println!(
        "No Chromium was found, and the package manager has none. Playwright downloads its own build, about 170 MB, into {}.",
        dir.display()
    );
    if !confirm()? {
        println!("Not downloaded.");
        return Ok(());
    }
    node.install_packages(checkout, "ui")?;
    playwright(checkout, node, &["install", "--no-shell", "chromium"])?;
    let program =
        chromium::downloaded(checkout).with_context(|| format!("no Chromium in {}", dir.display()))?;
    if !chromium::starts(&program) {
        println!("It lacks libraries of the system; Playwright installs them with the package manager.");
        playwright(checkout, node, &["install-deps", "chromium"])?;
    }
    ensure!(chromium::starts(&program), "{} does not start", program.display());
    Ok(())
}

fn playwright(checkout: &Checkout, node: &NodeRuntime, args: &[&str]) -> Result<()> {
    let mut npm = node.npm(checkout, "ui", &["exec", "--offline", "--", "playwright-core"]);
    execute(npm.args(args).env("PLAYWRIGHT_BROWSERS_PATH", chromium::download_dir(checkout)))
}
