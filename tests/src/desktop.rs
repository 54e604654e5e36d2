//! The real window on a headless desktop: started by WebKit's own WebDriver, seen as a person sees it.
//!
//! Only for tests that run under `tests/desktop/with-desktop.sh`; `cargo xtask test window` does that.

pub mod person;
pub mod processes;
pub mod window;

use std::fmt::Display;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

pub use person::{Notifications, keyring_secret, pick_in_dialog};
pub use window::Window;

/// Timeout of everything a test waits for. Long, because the machine may be busy; events are polled many
/// times a second.
const PATIENCE: Duration = Duration::from_mins(1);

const GLANCE: Duration = Duration::from_millis(40);

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

/// Looks again and again until there is something, and says what was waited for when it never comes.
pub async fn eventually<T, Seen>(what: impl Display, mut look: impl FnMut() -> Seen) -> Result<T>
where
    Seen: Future<Output = Result<Option<T>>>,
{
    let mut glances = tokio::time::interval(GLANCE);
    let mut last = None;
    let waiting = async {
        loop {
            glances.tick().await;
            match look().await {
                Ok(Some(seen)) => return seen,
                Ok(None) => last = None,
                // a page in motion: an element that is replaced between finding and reading it
                Err(error) => last = Some(error),
            }
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(seen) => Ok(seen),
        Err(_) => match last {
            Some(error) => Err(error.context(format!("waited for {what} in vain"))),
            None => bail!("waited for {what} in vain"),
        },
    }
}

/// Every file beneath the folder whose bytes contain the text.
pub fn files_with(folder: &Path, text: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?
        {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let bytes = std::fs::read(entry.path())?;
                if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                    found.push(entry.path());
                }
            }
        }
    }
    Ok(found)
}
