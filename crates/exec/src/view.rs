//! Programs that see copy-on-write views of folders for as long as they run.

use crate::policy;
use sandbox_linux::Failure;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use tokio::process::Command;
use worktree::CommandOverlay;

/// First argument of the helper, and what it repeats where it says that it failed.
const VIEW: &str = "--view";

/// Returns a command that runs `program` where the views of `overlay` are mounted. It is confined in nothing else. The file `lock` is
/// locked from before they are mounted until the program has ended; where it is locked already, nothing is run.
///
/// # Errors
/// Fails when the helper can't be told of them: a path of a view is not UTF-8.
pub fn in_view(
    helper: &Path,
    overlay: &CommandOverlay,
    lock: Option<&Path>,
    program: &OsStr,
) -> io::Result<Command> {
    let views = serde_json::to_string(&policy::overlays(overlay))?;
    let mut command = Command::new(helper);
    command.args([VIEW, &views]);
    if let Some(lock) = lock {
        command.arg("--lock").arg(lock);
    }
    command.arg("--").arg(program);
    Ok(command)
}

/// Returns the reason that a program of [`in_view`] did not start, as the helper said it on its stderr.
pub fn view_failure(stderr: &str) -> Option<String> {
    Failure::find(stderr, VIEW).map(|failure| failure.to_string())
}
