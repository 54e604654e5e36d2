//! Folders of an overlay.

use crate::overlay::rules::IgnoredNames;
use crate::overlay_content::{is_opaque, is_whiteout};
use crate::roots::Roots;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use uuid::Uuid;

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
            let root = OverlayRoot::beneath(&folder, index, root);
            for folder in [&root.upper, &root.work] {
                fs::create_dir_all(folder)?;
            }
            // the mode of the view's own folder is that of the upper one
            fs::set_permissions(&root.upper, root.root.metadata()?.permissions())?;
            made.push(root);
        }
        Ok(Self { folder, roots: made })
    }

    /// Opens a view of one folder that [`Self::create_whole`] made, with the changes in it.
    ///
    /// # Errors
    /// Fails when a folder of it is not there.
    pub fn reopen(folder: &Path, root: &Path) -> io::Result<Self> {
        let folder = folder.canonicalize()?;
        let root = OverlayRoot::beneath(&folder, 0, root.canonicalize()?);
        for folder in [&root.upper, &root.work] {
            folder.read_dir()?;
        }
        Ok(Self { folder, roots: vec![root] })
    }

    /// Removes the view with all that is in it. Blocks.
    pub fn remove(self) {
        remove(&self.folder);
    }

    /// Puts the view out of the way, so that another one may be made in its folder at once, and returns the folder that is left to be
    /// removed with [`Self::remove_folder`]. Blocks.
    pub fn set_aside(self) -> PathBuf {
        let mut name = self.folder.file_name().unwrap_or_default().to_owned();
        name.push(format!(".gone.{}", Uuid::now_v7()));
        let aside = self.folder.with_file_name(name);
        if fs::rename(&self.folder, &aside).is_err() {
            remove(&self.folder);
        }
        aside
    }

    /// Removes the folder of a view, or of several, with all that is in it. Blocks.
    pub fn remove_folder(folder: &Path) {
        remove(folder);
    }
}

impl OverlayRoot {
    fn beneath(folder: &Path, index: usize, root: PathBuf) -> Self {
        let place = folder.join(index.to_string());
        Self { root, upper: place.join("upper"), work: place.join("work"), through: Vec::new() }
    }

    /// Returns where the view's file at `path` (relative to the root) lies, links followed within the view: among the changes, or in the
    /// folder itself. `None` for one that the view has not, and for one that a link leads to outside of the root.
    pub fn place_of(&self, path: &Path) -> Option<PathBuf> {
        /// Links on the way, as the kernel counts them.
        const MAX_LINKS: usize = 40;
        let mut path = without_dots(path)?;
        for _ in 0..MAX_LINKS {
            match self.look_up(&path)? {
                LookedUp::Place(place) => return Some(place),
                LookedUp::Link(instead) => path = instead,
            }
        }
        None
    }

    /// Looks a path up, to its end or to the first link on the way.
    fn look_up(&self, path: &Path) -> Option<LookedUp> {
        let (mut upper, mut is_merged, mut at) = (self.upper.clone(), true, PathBuf::new());
        for name in path {
            is_merged = is_merged && !is_opaque(&upper);
            upper.push(name);
            at.push(name);
            let own = self.root.join(&at);
            let place = match upper.symlink_metadata() {
                Ok(metadata) if is_whiteout(&metadata) => return None,
                Ok(metadata) => {
                    // what is no folder hides one of the folder's own
                    is_merged = is_merged && metadata.is_dir();
                    &upper
                }
                Err(_) if is_merged => &own,
                Err(_) => return None,
            };
            if place.symlink_metadata().ok()?.is_symlink() {
                let target = fs::read_link(place).ok()?;
                let target = match target.strip_prefix(&self.root) {
                    Ok(within) => within.to_owned(),
                    Err(_) if target.is_absolute() => return None,
                    Err(_) => at.parent()?.join(target),
                };
                return Some(LookedUp::Link(without_dots(&target.join(path.strip_prefix(&at).ok()?))?));
            }
        }
        if upper.symlink_metadata().is_ok() {
            return Some(LookedUp::Place(upper));
        }
        let own = self.root.join(path);
        own.symlink_metadata().is_ok().then_some(LookedUp::Place(own))
    }
}

/// A path that was looked up in a view.
enum LookedUp {
    Place(PathBuf),
    /// A link is on the way: the path, relative to the root, that it makes of this one.
    Link(PathBuf),
}

/// Resolves `.` and `..` of a relative path by its text; `None` where it leads out.
fn without_dots(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            _ => return None,
        }
    }
    Some(plain)
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
