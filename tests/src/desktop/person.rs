//! Acts and observations of a person outside the window: the system's folder dialog, its notifications, its
//! keyring.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::waiting::eventually;

/// Picks a folder in the native dialog with that title, by the keyboard.
pub async fn pick_in_dialog(title: &str, folder: &Path) -> Result<()> {
    let dialog =
        eventually(format!("the dialog \"{title}\""), || async { Ok(windows(title)?.into_iter().next()) })
            .await?;
    xdotool(&["windowactivate", "--sync", &dialog])?;
    let path = folder.to_str().context("the folder's path is not text")?;
    let rest = path.strip_prefix('/').context("the folder's path does not begin at the root")?;
    // A slash opens the dialog's field for a path. There is no event for its being ready: what was typed is compared
    // with nothing either, so the keys wait as long as GTK's own animation.
    xdotool(&["key", "slash"])?;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    // completion may have appended something behind the cursor
    xdotool(&["type", "--delay", "15", rest])?;
    xdotool(&["key", "Delete"])?;
    xdotool(&["key", "Return"])?;
    eventually("the dialog to close", || async { Ok(windows(title)?.is_empty().then_some(())) }).await
}

/// Ids of the visible windows with that title.
pub fn windows(title: &str) -> Result<Vec<String>> {
    let output = Command::new("xdotool")
        .args(["search", "--onlyvisible", "--name", &format!("^{title}$")])
        .output()
        .context("cannot start xdotool")?;
    // it fails when it finds none
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// Runs xdotool.
pub fn xdotool(args: &[&str]) -> Result<()> {
    let output = Command::new("xdotool").args(args).output().context("cannot start xdotool")?;
    ensure!(
        output.status.success(),
        "xdotool {} failed: {}",
        args.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Notifications the daemon was told to show since this was made.
pub struct Notifications {
    log: PathBuf,
    seen: usize,
}

impl Notifications {
    /// From here on.
    pub fn from_now() -> Result<Self> {
        let logs = std::env::var_os("DESKTOP_LOG").context("DESKTOP_LOG is not set")?;
        let log = Path::new(&logs).join("dunst");
        let seen = std::fs::read(&log).with_context(|| format!("cannot read {}", log.display()))?.len();
        Ok(Self { log, seen })
    }

    /// Everything the daemon printed about them.
    pub fn text(&self) -> Result<String> {
        let bytes = std::fs::read(&self.log)?;
        Ok(String::from_utf8_lossy(bytes.get(self.seen..).unwrap_or_default()).into_owned())
    }

    /// Waits until one says that.
    pub async fn wait_for(&self, text: &str) -> Result<()> {
        let waited = eventually(format!("a notification with {text:?}"), || async {
            Ok(self.text()?.contains(text).then_some(()))
        });
        waited.await.with_context(|| format!("the daemon showed:\n{}", self.text().unwrap_or_default()))
    }

    /// Clicks the one shown last.
    pub fn click(&self) -> Result<()> {
        let clicked =
            Command::new("dunstctl").args(["action", "0"]).status().context("cannot start dunstctl")?;
        ensure!(clicked.success(), "dunstctl ended with {clicked}");
        Ok(())
    }
}

/// The secret the keyring holds for a provider; `None` when it holds none.
pub fn keyring_secret(provider: &str) -> Result<Option<String>> {
    let output = Command::new("secret-tool")
        .args(["lookup", "service", "countersign", "username", provider])
        .output()
        .context("cannot start secret-tool")?;
    match output.status.code() {
        Some(0) => Ok(Some(String::from_utf8(output.stdout)?.trim_end_matches('\n').to_owned())),
        Some(1) if output.stderr.is_empty() => Ok(None),
        _ => bail!("secret-tool failed: {}", String::from_utf8_lossy(&output.stderr)),
    }
}
