//! The input method framework of most Linux desktops, with an engine for Korean.

use crate::desktop::eventually;
use anyhow::{Context as _, Result, ensure};
use std::process::{Child, Command, Stdio};

/// Engine that composes a syllable of up to three keys.
const ENGINE: &str = "hangul";

/// The daemon on this desktop, ended with this value.
pub struct Ibus {
    daemon: Child,
}

impl Drop for Ibus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

impl Ibus {
    /// Starts the daemon with its engine. Windows that are opened from here on, with [`Self::variables`], are typed into through it.
    pub async fn start() -> Result<Self> {
        let mut daemon = Command::new("ibus-daemon");
        // no panel, and no settings but the engine's own
        daemon.args(["--replace", "--panel=disable", "--config=disable", "--emoji-extension=disable"]);
        let daemon = daemon.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let daemon = Self { daemon: daemon.context("cannot start ibus-daemon")? };
        eventually("the engine of ibus", || async { Ok(choose_engine()?.then_some(())) }).await?;
        Ok(daemon)
    }

    /// Returns the variables that a window needs to be typed into through it.
    pub fn variables() -> [(&'static str, &'static str); 2] {
        [("GTK_IM_MODULE", "ibus"), ("XMODIFIERS", "@im=ibus")]
    }
}

/// Chooses the engine for all windows; false while the daemon is still starting.
fn choose_engine() -> Result<bool> {
    let run = |args: &[&str]| Command::new("ibus").args(args).output().context("cannot run ibus");
    run(&["engine", ENGINE])?;
    let chosen = run(&["engine"])?;
    let known = run(&["list-engine", "--name-only"])?;
    let known = String::from_utf8_lossy(&known.stdout).into_owned();
    ensure!(
        known.is_empty() || known.lines().any(|name| name == ENGINE),
        "ibus has no engine {ENGINE}: {known}"
    );
    Ok(String::from_utf8_lossy(&chosen.stdout).trim() == ENGINE)
}
