//! Folders as the tools see them: ignored and hidden ones are not looked into.

use super::access::{OpenedPath, PathError};
use super::found::ToolError;
use super::location::ToolLocation;
use std::path::Path;
use worktree::{FolderNames, FolderWalk};

/// Looks into folders beneath one folder.
pub(super) struct ToolWalk<'p> {
    location: &'p ToolLocation,
    walk: FolderWalk,
}

impl<'p> ToolWalk<'p> {
    /// Begins at `root` (links followed). Who asks for an ignored folder by name sees it: then no rule holds.
    pub(super) fn begin(location: &'p ToolLocation, root: &Path) -> Self {
        let base = if root.starts_with(&location.real_cwd) { &location.real_cwd } else { root };
        Self { location, walk: FolderWalk::begin(base, root) }
    }

    /// Opens a folder or file beneath the root; nothing but those, and none of what is hidden.
    pub(super) fn open(&self, path: &Path) -> Result<OpenedPath, PathError> {
        self.location.access.open_no_link(path)
    }

    /// Lists a folder that was opened.
    pub(super) fn scan_dir(&mut self, dir: &OpenedPath) -> Result<FolderNames, ToolError> {
        self.location.check_cancelled()?;
        if self.location.access.is_passed_by(&dir.path) {
            return Ok(FolderNames::default());
        }
        let names = self.walk.list(&dir.path, dir.handle());
        let shown = || self.location.shown(&dir.path);
        Ok(names.map_err(|error| format!("'{}' cannot be listed: {error}", shown()))?)
    }
}
