//! Folders of an overlay.

use crate::overlay::rules::IgnoredNames;
use crate::roots::Roots;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Copy-on-write view of the folders that a command may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOverlay {
    /// Folder of the app's that holds the view's changes.
    folder: PathBuf,
    /// The folders, none within another.
    pub roots: Vec<OverlayRoot>,
}

/// One folder of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlayRoot {
    /// The folder, absolute, links followed. It is never written.
    pub root: PathBuf,
    /// Folder of the changes.
    pub upper: PathBuf,
    /// Folder of the kernel's, beside it.
    pub work: PathBuf,
    /// Ignored folders in it that are the real ones.
    pub through: Vec<PathBuf>,
}

impl CommandOverlay {
    /// Makes an empty view of `folders` in `folder`, which must not be there. `roots` says what is protected in them. Blocks.
    ///
    /// # Errors
    /// Fails when a folder cannot be made, or read.
    pub fn create(folder: &Path, folders: &[PathBuf], roots: &Roots) -> io::Result<Self> {
        let mut view = Self::create_whole(folder, folders)?;
        for made in &mut view.roots {
            made.through = IgnoredNames::new(&made.root, roots).folders();
        }
        Ok(view)
    }

    /// Like [`Self::create`], with ignored folders on the view like all else: nothing of them is written for real. Blocks.
    ///
    /// # Errors
    /// Fails when a folder cannot be made, or read.
    pub fn create_whole(folder: &Path, folders: &[PathBuf]) -> io::Result<Self> {
        let mut outermost: Vec<PathBuf> = Vec::new();
        let mut sorted =
            folders.iter().map(|folder| folder.canonicalize()).collect::<io::Result<Vec<_>>>()?;
        sorted.sort();
        for root in sorted {
            if !outermost.iter().any(|other| root.starts_with(other)) {
                outermost.push(root);
            }
        }
        remove(folder);
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        let folder = folder.canonicalize()?;
        let mut made = Vec::new();
        for (index, root) in outermost.into_iter().enumerate() {
            let place = folder.join(index.to_string());
            let [upper, work] = ["upper", "work"].map(|name| place.join(name));
            fs::create_dir(&place)?;
            fs::create_dir(&upper)?;
            fs::create_dir(&work)?;
            // the mode of the view's own folder is that of the upper one
            fs::set_permissions(&upper, root.metadata()?.permissions())?;
            made.push(OverlayRoot { root, upper, work, through: Vec::new() });
        }
        Ok(Self { folder, roots: made })
    }

    /// Removes the view with all that is in it. Blocks.
    pub fn remove(self) {
        remove(&self.folder);
    }

    /// Removes the folder of a view, or of several, with all that is in it. Blocks.
    pub fn remove_folder(folder: &Path) {
        remove(folder);
    }
}

/// Removes the folder of a view with all that is in it.
fn remove(folder: &Path) {
    open_up(folder);
    if let Err(error) = fs::remove_dir_all(folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(folder = %folder.display(), %error, "what a command left in its overlay could not be removed");
    }
}

/// Makes every folder one that can be emptied: the kernel closes its own, and a command may close some.
fn open_up(folder: &Path) {
    if let Ok(metadata) = folder.symlink_metadata()
        && metadata.permissions().mode() & 0o700 != 0o700
    {
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}
