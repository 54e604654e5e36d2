//! Finding a Chromium that starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::{Checkout, find_program, succeeds};

/// Names of Chromium's program on `PATH`.
const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Returns the first that starts: `CHROMIUM`, one on `PATH`, or a downloaded one. Ubuntu has a program of that name that
/// only tells people to install a snap.
pub(crate) fn find(checkout: &Checkout) -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").filter(|path| !path.is_empty()).map(PathBuf::from);
    let on_path = PROGRAMS.iter().filter_map(|name| find_program(name));
    named.into_iter().chain(on_path).chain(downloaded(checkout)).find(|program| starts(program))
}

/// Returns Playwright's build in the target folder, which may lack libraries of the system.
pub(crate) fn downloaded(checkout: &Checkout) -> Option<PathBuf> {
    let entries = |dir: PathBuf, prefix: &'static str| {
        let found = fs::read_dir(dir).into_iter().flatten().flatten();
        found.filter(move |entry| entry.file_name().to_string_lossy().starts_with(prefix))
    };
    entries(download_dir(checkout), "chromium-")
        .flat_map(|build| entries(build.path(), "chrome-"))
        .map(|system| system.path().join("chrome"))
        .find(|program| program.is_file())
}

/// Folder that Playwright downloads into.
pub(crate) fn download_dir(checkout: &Checkout) -> PathBuf {
    checkout.target().join("browsers")
}

pub(crate) fn starts(program: &Path) -> bool {
    succeeds(Command::new(program).arg("--version"))
}
