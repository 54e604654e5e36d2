//! Folders the system watches for changes.

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The folders that are watched, one by one, so that what is left out costs no watch. On macOS one watch on the root
/// takes in everything beneath it.
pub(super) struct WatchedDirs {
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    problem: Option<String>,
}

impl std::fmt::Debug for WatchedDirs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WatchedDirs").field("problem", &self.problem).finish_non_exhaustive()
    }
}

impl WatchedDirs {
    pub(super) fn new(watcher: notify::Result<RecommendedWatcher>) -> Self {
        match watcher {
            Ok(watcher) => Self { watcher: Some(watcher), watched: BTreeSet::new(), problem: None },
            Err(error) => Self {
                watcher: None,
                watched: BTreeSet::new(),
                problem: Some(problem(&error, Path::new("the project"))),
            },
        }
    }

    /// Watches a folder.
    pub(super) fn follow(&mut self, dir: &Path) {
        let Some(watcher) = self.watcher.as_mut().filter(|_| !self.watched.contains(dir)) else { return };
        let mode = if cfg!(target_os = "macos") {
            if !self.watched.is_empty() {
                return;
            }
            RecursiveMode::Recursive
        } else {
            RecursiveMode::NonRecursive
        };
        match watcher.watch(dir, mode) {
            Ok(()) => {
                self.watched.insert(dir.to_owned());
            }
            // gone again already; its parent tells of that
            Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => {}
            Err(error) => self.problem = Some(problem(&error, dir)),
        }
    }

    /// Forgets a folder and those beneath it.
    pub(super) fn forget(&mut self, dir: &Path) {
        if cfg!(target_os = "macos") {
            return;
        }
        let beneath = self.watched.range(dir.to_owned()..).take_while(|watched| watched.starts_with(dir));
        let gone: Vec<_> = beneath.cloned().collect();
        for dir in gone {
            self.watched.remove(&dir);
            if let Some(watcher) = &mut self.watcher {
                // fails where the system forgot it first
                let _ = watcher.unwatch(&dir);
            }
        }
    }

    /// Forgets the folders that are no longer there.
    pub(super) fn forget_missing(&mut self) {
        let missing: Vec<_> = self.watched.iter().filter(|dir| !dir.is_dir()).cloned().collect();
        for dir in missing {
            self.forget(&dir);
        }
    }

    /// Returns why not everything is watched, for people; `None` when it is.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}

fn problem(error: &notify::Error, dir: &Path) -> String {
    let why = match &error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "the system's limit is reached; raise fs.inotify.max_user_watches".to_owned()
        }
        _ => error.to_string(),
    };
    format!("{} cannot be watched ({why}): changes are looked for every few seconds instead", dir.display())
}
