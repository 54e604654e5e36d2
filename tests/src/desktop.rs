//! The real window on a headless desktop: started by WebKit's own WebDriver, seen as a person sees it.
//!
//! Only for tests that run under `tests/desktop/with-desktop.sh`; `cargo xtask test window` does that.

mod bus_call;
mod ibus;
pub mod person;
pub mod processes;
pub mod screen_reader;
mod setup;
pub mod tray;
mod waiting;
pub mod window;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use ibus::Ibus;
pub use person::{Notifications, keyring_secret, pick_in_dialog};
pub use setup::{executable, require_desktop};
pub use waiting::eventually;
pub use window::Window;

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
