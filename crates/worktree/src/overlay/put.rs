//! Puts a patch into a view before a command runs in it: the files as they would be, in the folder of the changes.

use crate::changes::NodeChange;
use crate::node::Node;
use crate::overlay::layers::{CommandOverlay, OverlayRoot};
use crate::overlay_content::is_whiteout;
use crate::writer::{self, PatchEdits, WriteError};
use protocol::{HunkSelection, PatchProposal};
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::Path;

/// Mode of a file that is new: the kernel takes off what the umask says.
const NEW_FILE: u32 = 0o666;

/// Reason a patch could not be put into a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutError {
    /// Its hunks do not go together.
    Unfit(String),
    /// Something that is so for any of its hunks.
    Other(String),
}

impl CommandOverlay {
    /// Puts what is accepted of a verified patch into this view, whose commands find it there. The project is not written. Blocks.
    ///
    /// # Errors
    /// Fails when the hunks do not go together, a file is no longer the one that was shown, or one lies outside of the view. The view is
    /// of no use then.
    pub fn put(
        &self,
        proposal: &PatchProposal,
        hunks: Option<&HunkSelection>,
        project: &Path,
    ) -> Result<(), PutError> {
        let (edits, _) = writer::edits(proposal, hunks, project).map_err(|error| match error {
            WriteError::Changed(paths) => {
                PutError::Other(format!("changed since the patch was made: {}", paths.join(", ")))
            }
            WriteError::Failed(why) => PutError::Unfit(why),
        })?;
        self.put_edits(&edits, proposal.is_effects()).map_err(PutError::Other)
    }

    /// Makes the edits here. Those of a command are made `exactly`, modes included; in a patch a new path has the mode that the kernel
    /// gives it.
    fn put_edits(&self, edits: &PatchEdits, exactly: bool) -> Result<(), String> {
        let content = |node: &Node| match node {
            Node::File { content, .. } => edits.contents.get(content).cloned().unwrap_or_default(),
            _ => Vec::new(),
        };
        // the innermost of what goes first, the outermost of what comes
        for change in edits.changes.values().rev().filter(|change| change.after.is_none()) {
            let (root, path) = self.place_of(&edits.root.join(&change.path))?;
            remove(root, &path, change).map_err(|error| cannot(&change.path, &error))?;
        }
        for change in edits.changes.values() {
            let Some(after) = &change.after else { continue };
            let (root, path) = self.place_of(&edits.root.join(&change.path))?;
            make(root, &path, change, &content(after), exactly)
                .map_err(|error| cannot(&change.path, &error))?;
        }
        // last, and the innermost first: one that is closed could not be filled
        for change in edits.changes.values().rev().filter(|_| exactly) {
            let Some(Node::Dir { mode, .. }) = &change.after else { continue };
            let (root, path) = self.place_of(&edits.root.join(&change.path))?;
            fs::set_permissions(root.upper.join(&path), Permissions::from_mode(*mode))
                .map_err(|error| cannot(&change.path, &error))?;
        }
        Ok(())
    }

    /// Returns the root that a path lies in, and the path within it.
    fn place_of(&self, path: &Path) -> Result<(&OverlayRoot, std::path::PathBuf), String> {
        let inside = |root: &&OverlayRoot| path.starts_with(&root.root);
        let root = self
            .roots
            .iter()
            .find(inside)
            .ok_or_else(|| format!("{} lies outside of the folders that are copied", path.display()))?;
        let relative = path.strip_prefix(&root.root).unwrap_or(path).to_owned();
        Ok((root, relative))
    }
}

fn cannot(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be put into the copy: {error}", path.display())
}

fn remove(root: &OverlayRoot, path: &Path, change: &NodeChange) -> io::Result<()> {
    make_parents(root, path)?;
    let at = root.upper.join(path);
    clear(&at)?;
    if change.before.is_some() { whiteout(&at) } else { Ok(()) }
}

fn make(
    root: &OverlayRoot,
    path: &Path,
    change: &NodeChange,
    content: &[u8],
    exactly: bool,
) -> io::Result<()> {
    make_parents(root, path)?;
    let at = root.upper.join(path);
    match &change.after {
        Some(Node::File { mode, .. }) => {
            clear(&at)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(NEW_FILE).open(&at)?;
            file.write_all(content)?;
            if exactly || *mode != NEW_FILE || change.before.is_some() {
                file.set_permissions(Permissions::from_mode(*mode))?;
            }
        }
        Some(Node::Link { target }) => {
            clear(&at)?;
            symlink(std::ffi::OsString::from_vec(target.clone()), &at)?;
        }
        Some(Node::Dir { .. }) => make_folder(root, path)?,
        // no patch makes one
        Some(Node::Unkept { .. }) | None => {}
    }
    Ok(())
}

/// Makes the folders above a path, each as it is in the project.
fn make_parents(root: &OverlayRoot, path: &Path) -> io::Result<()> {
    let mut above: Vec<&Path> =
        path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()).collect();
    above.reverse();
    above.into_iter().try_for_each(|folder| make_folder(root, folder))
}

fn make_folder(root: &OverlayRoot, path: &Path) -> io::Result<()> {
    let at = root.upper.join(path);
    let was_removed = match at.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(metadata) => {
            fs::remove_file(&at)?;
            is_whiteout(&metadata)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error),
    };
    fs::create_dir(&at)?;
    match root.root.join(path).symlink_metadata() {
        // what was in the one that was removed does not come back with it
        Ok(metadata) if metadata.is_dir() && was_removed => make_opaque(&at),
        Ok(metadata) if metadata.is_dir() => fs::set_permissions(&at, metadata.permissions()),
        _ => Ok(()),
    }
}

fn clear(at: &Path) -> io::Result<()> {
    match at.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(at),
        Ok(_) => fs::remove_file(at),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Marks a path as removed, in the kernel's way.
#[cfg(target_os = "linux")]
fn whiteout(at: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
    Ok(mknodat(CWD, at, FileType::CharacterDevice, Mode::empty(), makedev(0, 0))?)
}

/// Makes a folder stand in the place of the project's, in the kernel's way.
#[cfg(target_os = "linux")]
fn make_opaque(at: &Path) -> io::Result<()> {
    Ok(rustix::fs::lsetxattr(at, "user.overlay.opaque", b"y", rustix::fs::XattrFlags::empty())?)
}

#[cfg(not(target_os = "linux"))]
fn whiteout(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn make_opaque(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
