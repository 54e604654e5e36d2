//! A folder held by a handle. Everything in it is reached name by name, and no link is followed.

use super::metadata;
use crate::error::Error;
use crate::node::{MODE_BITS, Node, ObjectHash};
use crate::stat_cache::StatStamp;
use crate::walk::FOLDER;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

/// More than so many files are synced with all others of their file system at once.
#[cfg(target_os = "linux")]
const SYNCED_ONE_BY_ONE: usize = 64;

/// Flags to open a folder that is only passed through.
#[cfg(target_os = "linux")]
const PASSAGE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const PASSAGE: OFlags = FOLDER;

/// Where a staged file's metadata come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Metadata<'a> {
    /// The kernel: umask, or the folder's default access control list.
    New,
    /// The file at this path.
    CopyOf(&'a Path),
    /// A checkpoint, which knows the mode; all else from the file at this path, if there is one.
    Restored(&'a Path),
}

/// The folder a transaction works in.
#[derive(Debug)]
pub(super) struct ProjectDir {
    root: OwnedFd,
}

/// Node found at a path.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Dir(u32),
    File(u32, ObjectHash),
    Link(Vec<u8>),
    Other,
}

impl ProjectDir {
    /// Opens `root`, an absolute path without links: one on the way is an error.
    pub(super) fn open(root: &Path) -> Result<Self, Error> {
        let open = || {
            let mut folder = rustix::fs::openat(CWD, "/", PASSAGE, Mode::empty())?;
            for component in root.components() {
                if let Component::Normal(name) = component {
                    folder = rustix::fs::openat(&folder, name, PASSAGE, Mode::empty())?;
                }
            }
            Ok::<_, Errno>(folder)
        };
        Ok(Self { root: open().map_err(Error::io("cannot be opened", root))? })
    }

    /// Whether exactly this is at a path, mode included; `None` for nothing at all.
    pub(super) fn is(&self, path: &Path, node: Option<&Node>) -> bool {
        let Ok(seen) = self.look(path) else { return false };
        match (seen, node) {
            (None, None) => true,
            (Some(Seen::Dir(mode)), Some(Node::Dir { mode: wanted, .. })) => mode == *wanted,
            (Some(Seen::File(mode, hash)), Some(Node::File { mode: wanted, content, .. })) => {
                mode == *wanted && hash == *content
            }
            (seen, node) => same_content(seen.as_ref(), node),
        }
    }

    /// Like `has`, whatever the mode is.
    pub(super) fn has_content(&self, path: &Path, node: &Node) -> bool {
        self.look(path).is_ok_and(|seen| same_content(seen.as_ref(), Some(node)))
    }

    /// Whether there is anything at a path.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.at(path, |folder, name| Ok(rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?)).is_ok()
    }

    /// Returns the mode of a regular file or folder, links not followed.
    pub(super) fn mode(&self, path: &Path) -> Option<u32> {
        match self.look(path).ok()?? {
            Seen::File(mode, _) | Seen::Dir(mode) => Some(mode),
            _ => None,
        }
    }

    pub(super) fn has_folder(&self, path: &Path) -> bool {
        self.folder_mode(path).is_some()
    }

    pub(super) fn folder_mode(&self, path: &Path) -> Option<u32> {
        let folder = self.open_folder(path).ok()?;
        Some(StatStamp::of(&rustix::fs::fstat(folder).ok()?).mode & MODE_BITS)
    }

    pub(super) fn set_folder_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        let folder = self.open_folder(path)?;
        if StatStamp::of(&rustix::fs::fstat(&folder)?).mode & MODE_BITS == mode {
            return Ok(());
        }
        Ok(rustix::fs::fchmod(folder, metadata::raw_mode(mode))?)
    }

    /// Makes a folder, where it is there, one that can be worked in.
    pub(super) fn open_up(&self, path: &Path, is_to_change: bool) -> io::Result<()> {
        let Ok(handle) = self.open_folder(path) else { return Ok(()) };
        let mode = StatStamp::of(&rustix::fs::fstat(&handle)?).mode & MODE_BITS;
        // one that is to change is set as it is, to find out now whether it may be
        if mode & 0o700 != 0o700 || is_to_change {
            rustix::fs::fchmod(handle, metadata::raw_mode(mode | 0o700))?;
        }
        Ok(())
    }

    pub(super) fn holds_anything(&self, path: &Path) -> bool {
        let listed = self.open_folder(path).and_then(rustix::fs::Dir::read_from);
        listed.is_ok_and(|listed| {
            listed.flatten().any(|entry| !matches!(entry.file_name().to_bytes(), b"." | b".."))
        })
    }

    /// Writes new content under a name of its own, with the metadata it is to have.
    pub(super) fn stage(
        &self,
        stage: &Path,
        node: &Node,
        bytes: &[u8],
        metadata: &Metadata<'_>,
    ) -> io::Result<()> {
        self.at(stage, |folder, name| {
            if let Node::Link { target } = node {
                return Ok(rustix::fs::symlinkat(target.as_slice(), folder, name)?);
            }
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            // nobody may read it before it has the mode of the file it is to be; a new one's is the kernel's to choose
            let mode = if matches!(metadata, Metadata::New) { 0o666 } else { 0o600 };
            let mut file = File::from(rustix::fs::openat(folder, name, flags, metadata::raw_mode(mode))?);
            file.write_all(bytes)?;
            match metadata {
                Metadata::New => Ok(()),
                Metadata::CopyOf(path) => {
                    let from = self.at(path, |folder, name| Ok(open_file(folder, name)?))?;
                    let mode = StatStamp::of(&rustix::fs::fstat(&from)?).mode;
                    metadata::copy(&from, &file, mode)
                }
                Metadata::Restored(path) => self.restore_metadata(&file, folder, path, node),
            }
        })
    }

    /// Gives a staged file the mode a checkpoint says, and what else the file has that it replaces. One that replaces none
    /// belongs, when we are root, to its folder's owner.
    fn restore_metadata(&self, file: &File, folder: &OwnedFd, path: &Path, node: &Node) -> io::Result<()> {
        let mode = node.mode().unwrap_or(0o644);
        let replaced = self.at(path, |folder, name| Ok(open_file(folder, name)?));
        if let Ok(replaced) = replaced
            && FileType::from_raw_mode(rustix::fs::fstat(&replaced)?.st_mode) == FileType::RegularFile
        {
            return metadata::copy(&replaced, file, mode);
        }
        let like =
            self.at(path, |folder, name| Ok(rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?));
        match like {
            Ok(like) => metadata::give(file, &like)?,
            Err(_) if rustix::process::geteuid().is_root() => {
                metadata::give(file, &rustix::fs::fstat(folder)?)?;
            }
            Err(_) => {}
        }
        Ok(rustix::fs::fchmod(file, metadata::raw_mode(mode))?)
    }

    /// Renames, replacing nothing.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.place(from, to)
    }

    /// Gives what is at `stage` the name `path`, which nothing must have.
    pub(super) fn place(&self, stage: &Path, path: &Path) -> io::Result<()> {
        self.at(stage, |from, stage| {
            self.at(path, |to, name| {
                match rustix::fs::renameat_with(from, stage, to, name, RenameFlags::NOREPLACE) {
                    Err(error) if unsupported(error) => {
                        rustix::fs::linkat(from, stage, to, name, AtFlags::empty())?;
                        Ok(rustix::fs::unlinkat(from, stage, AtFlags::empty())?)
                    }
                    other => Ok(other?),
                }
            })
        })
    }

    /// Swaps two names, so that at no moment there is no file. `false` where the file system cannot do that.
    pub(super) fn exchange(&self, stage: &Path, path: &Path) -> io::Result<bool> {
        self.at(stage, |from, stage| {
            self.at(path, |to, name| {
                match rustix::fs::renameat_with(from, stage, to, name, RenameFlags::EXCHANGE) {
                    Err(error) if unsupported(error) => Ok(false),
                    other => Ok(other.map(|()| true)?),
                }
            })
        })
    }

    /// Removes a file or link; that there is none is fine.
    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        match self.at(path, |folder, name| Ok(rustix::fs::unlinkat(folder, name, AtFlags::empty())?)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    pub(super) fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.at(path, |folder, name| Ok(rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR)?))
    }

    /// Makes a folder nobody else may look into yet.
    pub(super) fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.at(path, |folder, name| {
            rustix::fs::mkdirat(folder, name, metadata::raw_mode(0o700))?;
            if rustix::process::geteuid().is_root() {
                let made = rustix::fs::openat(folder, name, FOLDER, Mode::empty())?;
                metadata::give(made, &rustix::fs::fstat(folder)?)?;
            }
            Ok(())
        })
    }

    /// Makes a folder as the kernel makes one. That it is there already is fine.
    pub(super) fn make_new_folder(&self, path: &Path) -> io::Result<()> {
        self.at(path, |folder, name| match rustix::fs::mkdirat(folder, name, metadata::raw_mode(0o777)) {
            Err(Errno::EXIST) => {
                // somebody else was faster, and theirs stays; something else than a folder is an error
                rustix::fs::openat(folder, name, PASSAGE, Mode::empty())?;
                Ok(())
            }
            other => Ok(other?),
        })
    }

    /// Changes a file's mode, if it has the one it is thought to have.
    pub(super) fn change_mode(&self, path: &Path, before: u32, after: u32) -> io::Result<bool> {
        self.at(path, |folder, name| {
            let file = open_file(folder, name)?;
            let stat = rustix::fs::fstat(&file)?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile
                || StatStamp::of(&stat).mode & MODE_BITS != before
            {
                return Ok(false);
            }
            rustix::fs::fchmod(file, metadata::raw_mode(after))?;
            Ok(true)
        })
    }

    /// Makes these files and folders survive a power cut.
    pub(super) fn sync<'p>(&self, paths: impl Iterator<Item = &'p Path>) -> io::Result<()> {
        let paths: BTreeSet<_> = paths.collect();
        #[cfg(target_os = "linux")]
        if paths.len() > SYNCED_ONE_BY_ONE {
            return self.sync_file_systems(&paths);
        }
        for path in paths {
            let opened = match path.file_name() {
                Some(_) => self.at(path, |folder, name| Ok(open_file(folder, name)?)),
                None => self.open_folder(path).map_err(io::Error::from),
            };
            match opened {
                Ok(file) => rustix::fs::fsync(file)?,
                // a link, or what one's mode hides from oneself: their names are synced with their folders
                Err(error) => tracing::debug!(path = %path.display(), %error, "not synced"),
            }
        }
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn sync_file_systems(&self, paths: &BTreeSet<&Path>) -> io::Result<()> {
        let mut synced = BTreeSet::new();
        for folder in paths.iter().filter_map(|path| path.parent()).collect::<BTreeSet<_>>() {
            let folder = self.open_folder(folder)?;
            if synced.insert(rustix::fs::fstat(&folder)?.st_dev) {
                rustix::fs::syncfs(&folder)?;
            }
        }
        Ok(())
    }

    fn look(&self, path: &Path) -> io::Result<Option<Seen>> {
        if path.as_os_str().is_empty() {
            return Ok(self.folder_mode(path).map(Seen::Dir));
        }
        let looked = self.at(path, |folder, name| {
            let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            let mode = StatStamp::of(&stat).mode & MODE_BITS;
            Ok(match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => Seen::Dir(mode),
                FileType::Symlink => {
                    Seen::Link(rustix::fs::readlinkat(folder, name, Vec::new())?.into_bytes())
                }
                FileType::RegularFile => {
                    let mut bytes = Vec::new();
                    File::from(open_file(folder, name)?).read_to_end(&mut bytes)?;
                    Seen::File(mode, ObjectHash::of_content(&bytes))
                }
                _ => Seen::Other,
            })
        });
        match looked {
            Ok(seen) => Ok(Some(seen)),
            // nothing is there either where something else than a folder is on the way
            Err(error) => match Errno::from_io_error(&error) {
                Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// A folder, to read or sync it.
    fn open_folder(&self, path: &Path) -> Result<OwnedFd, Errno> {
        match (path.parent(), path.file_name()) {
            (Some(above), Some(name)) => {
                rustix::fs::openat(self.passage(above)?, name, FOLDER, Mode::empty())
            }
            _ => rustix::fs::openat(&self.root, ".", FOLDER, Mode::empty()),
        }
    }

    /// A folder, to reach what is in it: that needs no right to list it.
    fn passage(&self, path: &Path) -> Result<OwnedFd, Errno> {
        let mut folder = rustix::fs::openat(&self.root, ".", PASSAGE, Mode::empty())?;
        for name in path {
            folder = rustix::fs::openat(&folder, name, PASSAGE, Mode::empty())?;
        }
        Ok(folder)
    }

    /// Does something with a name in its folder.
    fn at<T>(&self, path: &Path, with: impl FnOnce(&OwnedFd, &OsStr) -> io::Result<T>) -> io::Result<T> {
        let folder = self.passage(path.parent().unwrap_or(Path::new("")))?;
        with(&folder, path.file_name().unwrap_or(OsStr::new(".")))
    }
}

fn same_content(seen: Option<&Seen>, node: Option<&Node>) -> bool {
    match (seen, node) {
        (Some(Seen::Dir(_)), Some(Node::Dir { .. })) => true,
        (Some(Seen::File(_, hash)), Some(Node::File { content, .. })) => hash == content,
        (Some(Seen::Link(to)), Some(Node::Link { target })) => to == target,
        _ => false,
    }
}

/// Opens a file, never waiting for a pipe's other end.
fn open_file(folder: &OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::openat(folder, name, flags, Mode::empty())
}

/// Whether a file system does not know the kind of rename, network ones most of all.
fn unsupported(error: Errno) -> bool {
    error == Errno::INVAL || error == Errno::NOSYS || error == Errno::NOTSUP || error == Errno::OPNOTSUPP
}
