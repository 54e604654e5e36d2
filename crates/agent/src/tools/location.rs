//! The folder a tool works in.

use super::access::{OpenedPath, PathAccess, explain};
use super::found::ToolError;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// The session's folder, what may be opened from there, and for how long.
pub(crate) struct ToolLocation {
    pub(super) access: PathAccess,
    /// The folder as it is called, and links followed.
    pub(super) session_cwd: PathBuf,
    pub(super) real_cwd: PathBuf,
    /// Cancelled when nobody waits any more.
    pub(super) cancel: CancellationToken,
}

impl ToolLocation {
    /// Makes the location of a session in this folder.
    pub(crate) fn new(access: PathAccess, session_cwd: PathBuf, cancel: CancellationToken) -> Self {
        let real_cwd = session_cwd.canonicalize().unwrap_or_else(|_| session_cwd.clone());
        Self { access, session_cwd, real_cwd, cancel }
    }

    /// Fails as soon as nobody waits any more.
    pub(super) fn check_cancelled(&self) -> Result<(), ToolError> {
        if self.cancel.is_cancelled() { Err(ToolError::Cancelled) } else { Ok(()) }
    }

    /// Opens what the model named, links followed; the error says what is near to it.
    pub(super) fn open(&self, path: &Path) -> Result<OpenedPath, ToolError> {
        let opened = self.access.open(path);
        opened.map_err(|error| explain(&self.access, path, &self.shown(path), &error).into())
    }

    /// Returns a path as the model best names it: relative to the session's folder where it is inside.
    pub(super) fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.session_cwd).or_else(|_| path.strip_prefix(&self.real_cwd)) {
            Ok(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
            Ok(inside) => inside.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }
}
