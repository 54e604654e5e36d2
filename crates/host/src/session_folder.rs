//! Files of a session, where they lie on the disk: in its folder, or among the changes of an isolated copy of it.

use crate::open_file;
use std::path::{Path, PathBuf};
use worktree::OverlayRoot;

/// Folder of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionFolder {
    /// The folder.
    pub(crate) project: PathBuf,
    /// The isolated copy of it that the session works on.
    pub(crate) copy: Option<OverlayRoot>,
}

impl SessionFolder {
    /// Returns where the file at a path of the session lies: the path itself, for one that the session has not.
    pub(crate) fn place_of(&self, path: &Path) -> PathBuf {
        let in_copy = self.copy.as_ref().and_then(|copy| {
            let relative =
                path.strip_prefix(&copy.root).or_else(|_| path.strip_prefix(&self.project)).ok()?;
            // what was removed in the copy is nowhere
            Some(copy.place_of(relative).unwrap_or_else(|| copy.upper.join(relative)))
        });
        in_copy.unwrap_or_else(|| path.to_owned())
    }

    /// Returns the file that a path of the session resolves to, or the reason why it is none of its folder.
    pub(crate) fn file_at(&self, path: &Path) -> Result<PathBuf, String> {
        let place = self.place_of(path);
        open_file::in_project(&place, self.root_of(&place))
    }

    /// Like [`Self::file_at`], of a file that the desktop may open.
    pub(crate) fn openable(&self, path: &Path) -> Result<PathBuf, String> {
        let place = self.place_of(path);
        open_file::openable(&place, self.root_of(&place))
    }

    /// Returns the folder that a place must not lead out of.
    fn root_of(&self, place: &Path) -> &Path {
        let upper = self.copy.as_ref().map(|copy| copy.upper.as_path());
        upper.filter(|upper| place.starts_with(upper)).unwrap_or(&self.project)
    }
}
