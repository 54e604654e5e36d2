//! Folders as the tools see them: what is nobody's work, or hidden, is not looked into.

use super::access::{OpenedPath, PathError};
use super::found::ToolError;
use super::location::ToolLocation;
use std::ffi::OsString;
use std::fs::FileType;
use std::path::{Path, PathBuf};
use worktree::ignore::IgnoreRules;

/// One name in a folder.
#[derive(Debug)]
pub(super) struct WalkEntry {
    pub(super) name: OsString,
    pub(super) kind: FileType,
}

/// Content of a folder, in the order of the names.
#[derive(Debug, Default)]
pub(super) struct WalkFolder {
    pub(super) entries: Vec<WalkEntry>,
    /// Names that the project's ignore rules leave out.
    pub(super) ignored: Vec<OsString>,
}

/// Looks into folders beneath one folder.
pub(super) struct FolderWalk<'p> {
    location: &'p ToolLocation,
    rules: Option<IgnoreRules>,
    /// WalkFolder that the rules are relative to, links followed.
    base: PathBuf,
}

impl<'p> FolderWalk<'p> {
    /// Begins at `root` (links followed). Who asks for what is ignored by name sees it: then no rule holds.
    pub(super) fn begin(location: &'p ToolLocation, root: &Path) -> Self {
        let base = if root.starts_with(&location.real_cwd) { &location.real_cwd } else { root }.to_owned();
        let mut rules = IgnoreRules::new(&base);
        let inside = root.strip_prefix(&base).unwrap_or(Path::new("")).to_owned();
        let mut on_the_way: Vec<&Path> = inside.ancestors().skip(1).collect();
        on_the_way.reverse();
        for dir in on_the_way {
            rules.learn(dir);
        }
        let asked_by_name = !inside.as_os_str().is_empty() && rules.leave_out_way(&inside, true);
        Self { location, rules: (!asked_by_name).then_some(rules), base }
    }

    /// Opens a folder or file beneath the root; nothing but those, and none of what is hidden.
    pub(super) fn open(&self, path: &Path) -> Result<OpenedPath, PathError> {
        self.location.access.open_no_link(path)
    }

    /// Lists a folder that was opened.
    pub(super) fn scan_dir(&mut self, dir: &OpenedPath) -> Result<WalkFolder, ToolError> {
        self.location.check_cancelled()?;
        let inside = dir.path.strip_prefix(&self.base).ok().map(Path::to_owned);
        if let (Some(rules), Some(inside)) = (&mut self.rules, &inside) {
            rules.learn(inside);
        }
        let mut folder = WalkFolder::default();
        let entries = dir
            .entries()
            .map_err(|error| format!("'{}' cannot be listed: {error}", self.location.shown(&dir.path)))?;
        for entry in entries {
            // one that is gone by now, or cannot be told, is not there
            let Ok(entry) = entry else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            let left_out = match (&self.rules, &inside) {
                (Some(rules), Some(inside)) => rules.leave_out(&inside.join(&name), kind.is_dir()),
                _ => false,
            };
            if left_out {
                folder.ignored.push(name);
            } else {
                folder.entries.push(WalkEntry { name, kind });
            }
            self.location.check_cancelled()?;
        }
        folder.entries.sort_by(|a, b| a.name.cmp(&b.name));
        folder.ignored.sort();
        Ok(folder)
    }
}
