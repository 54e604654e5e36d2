//! The input method framework of most Linux desktops, with an engine for Korean.

use crate::desktop::waiting::eventually;
use anyhow::{Context as _, Result, ensure};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// Engine that composes a syllable of up to three letters.
const ENGINE: &str = "hangul";

/// Time that an answer of the daemon may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The daemon on this desktop, ended with this value.
pub struct Ibus {
    _daemon: Child,
}

impl Ibus {
    /// Starts the daemon with its engine. Windows that are opened from here on, with [`Self::variables`], are typed into through it.
    pub async fn start() -> Result<Self> {
        let mut daemon = Command::new("ibus-daemon");
        daemon.args(["--replace", "--panel=disable", "--emoji-extension=disable"]).kill_on_drop(true);
        let daemon = daemon.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let daemon = Self { _daemon: daemon.context("cannot start ibus-daemon")? };
        // nobody answers at first
        eventually("ibus", || async {
            Ok((!ask(&["list-engine", "--name-only"]).await?.is_empty()).then_some(()))
        })
        .await?;
        let engines = ask(&["list-engine", "--name-only"]).await?;
        ensure!(engines.lines().any(|name| name == ENGINE), "ibus has no engine {ENGINE}: {engines}");
        eventually("the engine of ibus", || async {
            ask(&["engine", ENGINE]).await?;
            Ok((ask(&["engine"]).await?.trim() == ENGINE).then_some(()))
        })
        .await?;
        Ok(daemon)
    }

    /// Returns the variables that a window needs to be typed into through it.
    pub fn variables() -> [(&'static str, &'static str); 2] {
        [("GTK_IM_MODULE", "ibus"), ("XMODIFIERS", "@im=ibus")]
    }
}

/// Returns what the daemon answers; nothing where it does not.
async fn ask(args: &[&str]) -> Result<String> {
    let mut ibus = Command::new("ibus");
    let answer = tokio::time::timeout(PATIENCE, ibus.args(args).kill_on_drop(true).output()).await;
    Ok(match answer {
        Ok(output) => String::from_utf8_lossy(&output.context("cannot run ibus")?.stdout).into_owned(),
        Err(_) => String::new(),
    })
}
