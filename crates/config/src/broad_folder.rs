//! Folders that hold more than a project, so that the person must confirm that the agent works in them.

use crate::home::Home;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Reason that a folder holds more than a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BroadFolder {
    /// It is the root of the file system.
    Root,
    /// It is the person's home folder.
    HomeFolder,
    /// The person's home folder lies in it.
    HoldsHomeFolder,
    /// The app's own files lie in it, or it lies in theirs.
    AppFiles,
}

impl BroadFolder {
    /// Reports whether `folder` (absolute, links followed) holds more than a project, and why.
    pub fn find(home: &Home, folder: &Path) -> Option<Self> {
        Self::find_for(home, std::env::home_dir().as_deref(), folder)
    }

    fn find_for(home: &Home, home_folder: Option<&Path>, folder: &Path) -> Option<Self> {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let home_folder = home_folder.filter(|home| home.is_absolute()).map(real);
        let app_files: Vec<PathBuf> = home.dirs().into_iter().map(real).collect();
        if folder.parent().is_none() {
            Some(Self::Root)
        } else if home_folder.as_deref() == Some(folder) {
            Some(Self::HomeFolder)
        } else if home_folder.is_some_and(|home| home.starts_with(folder)) {
            Some(Self::HoldsHomeFolder)
        } else if app_files.iter().any(|files| files.starts_with(folder) || folder.starts_with(files)) {
            Some(Self::AppFiles)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b12_folders_that_hold_more_than_a_project_are_known() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (person, other) = (root.join("homes/me"), root.join("elsewhere/app"));
        for folder in [&person.join("src"), &other] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::os::unix::fs::symlink(&person, root.join("link")).unwrap();
        let home = Home::at(&other);
        // the home folder may be named by a link
        let found = |folder: &Path| BroadFolder::find_for(&home, Some(&root.join("link")), folder);
        assert_eq!(found(Path::new("/")), Some(BroadFolder::Root));
        assert_eq!(found(&person), Some(BroadFolder::HomeFolder));
        assert_eq!(found(&root.join("homes")), Some(BroadFolder::HoldsHomeFolder));
        assert_eq!(found(&root.join("elsewhere")), Some(BroadFolder::AppFiles));
        assert_eq!(found(&other.join("sessions")), Some(BroadFolder::AppFiles));
        assert_eq!(found(&person.join("src")), None);
    }
}
