//! Opening files and folders, but for those that are hidden.
//!
//! A path says where something was a moment ago; a handle says what it is. So everything is opened first, without reading a byte
//! or waking whatever may be behind it, and then the system is asked what was opened and where that lies. A link that is put in
//! the way in between changes nothing.

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fmt::Write as _;
use std::fs::{File, FileType, Metadata};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::{fs, io};
use worktree::Hidden;

/// Names of a folder that are compared with one that is not there.
const NAMES_COMPARED: usize = 10_000;

/// Opens paths, but for those that are hidden.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathAccess {
    hidden: Hidden,
    /// Folder that nothing outside of is opened; everything when absent.
    within: Option<PathBuf>,
}

/// A file or folder that is there, and may be looked at.
#[derive(Debug)]
pub(super) struct OpenedPath {
    /// Its path, links followed.
    pub(super) path: PathBuf,
    pub(super) metadata: Metadata,
    handle: File,
}

/// Reason that a path cannot be opened. The message goes on from its name.
#[derive(Debug, thiserror::Error)]
pub(super) enum PathError {
    #[error("does not exist")]
    Missing,
    #[error("{0}")]
    Hidden(String),
    #[error(
        "tells of running programs, the app itself among them; look at it with a command, which sees its own only"
    )]
    Processes,
    #[error("lies outside of {0}, and nothing else may be read")]
    Outside(String),
    #[error("is a link")]
    Link,
    #[error("is {0}, which cannot be looked at")]
    Special(&'static str),
    #[error("cannot be opened: {0}")]
    Io(io::Error),
}

impl PathAccess {
    /// All but this.
    pub(crate) fn all_but(hidden: Hidden) -> Self {
        Self { hidden, within: None }
    }

    /// All that is in this folder, links followed, but for what is hidden.
    pub(crate) fn within(folder: &Path, hidden: Hidden) -> Self {
        Self { hidden, within: Some(folder.canonicalize().unwrap_or_else(|_| folder.to_owned())) }
    }

    /// Reports whether a walk does not go into the folder at `path`.
    pub(super) fn is_passed_by(&self, path: &Path) -> bool {
        self.hidden.is_passed_by(path)
    }

    /// Opens a file or folder, links followed.
    pub(super) fn open(&self, path: &Path) -> Result<OpenedPath, PathError> {
        self.open_with(path, OFlags::empty())
    }

    /// Opens a file or folder that is no link itself.
    pub(super) fn open_no_link(&self, path: &Path) -> Result<OpenedPath, PathError> {
        self.open_with(path, OFlags::NOFOLLOW)
    }

    fn open_with(&self, path: &Path, flags: OFlags) -> Result<OpenedPath, PathError> {
        let handle = peek(path, flags)?;
        let path = location(&handle)?;
        if let Some(folder) = self.within.as_deref().filter(|folder| !path.starts_with(folder)) {
            return Err(PathError::Outside(folder.display().to_string()));
        }
        if let Some(why) = self.hidden.why(&path) {
            return Err(PathError::Hidden(why));
        }
        if tells_of_processes(&handle) {
            return Err(PathError::Processes);
        }
        let handle = File::from(handle);
        let metadata = handle.metadata().map_err(PathError::Io)?;
        let kind = metadata.file_type();
        if kind.is_symlink() {
            return Err(PathError::Link);
        }
        if let Some(special) = special(kind) {
            return Err(PathError::Special(special));
        }
        Ok(OpenedPath { path, metadata, handle })
    }
}

impl OpenedPath {
    pub(super) fn is_dir(&self) -> bool {
        self.metadata.is_dir()
    }

    /// The file, to be read.
    pub(super) fn read(&self) -> io::Result<File> {
        if cfg!(target_os = "linux") { File::open(self.by_handle()) } else { self.handle.try_clone() }
    }

    /// Returns the handle, to list a folder by.
    pub(super) fn handle(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }

    /// Lists the folder.
    pub(super) fn entries(&self) -> io::Result<fs::ReadDir> {
        fs::read_dir(self.by_handle())
    }

    /// A path that leads to what was opened, whatever became of its name.
    fn by_handle(&self) -> PathBuf {
        if cfg!(target_os = "linux") {
            PathBuf::from(format!("/proc/self/fd/{}", self.handle.as_raw_fd()))
        } else {
            self.path.clone()
        }
    }
}

/// Names a kind of file that cannot be read like one.
pub(super) fn special(kind: FileType) -> Option<&'static str> {
    if kind.is_fifo() {
        Some("a named pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else if kind.is_block_device() || kind.is_char_device() {
        Some("a device")
    } else {
        None
    }
}

/// A handle on what is at a path, which cannot be read from.
#[cfg(target_os = "linux")]
fn peek(path: &Path, flags: OFlags) -> Result<OwnedFd, PathError> {
    rustix::fs::open(path, flags | OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).map_err(path_error)
}

/// A handle on what is at a path. Nothing but files and folders is ever opened, and nothing waits for anybody.
#[cfg(not(target_os = "linux"))]
fn peek(path: &Path, flags: OFlags) -> Result<OwnedFd, PathError> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => PathError::Missing,
        _ => PathError::Io(error),
    })?;
    if let Some(special) = special(metadata.file_type()) {
        return Err(PathError::Special(special));
    }
    let flags = flags | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).map_err(path_error)
}

fn path_error(error: Errno) -> PathError {
    match error {
        Errno::NOENT | Errno::NOTDIR => PathError::Missing,
        Errno::LOOP => PathError::Link,
        error => PathError::Io(error.into()),
    }
}

/// Returns the path of something that is open.
#[cfg(target_os = "linux")]
fn location(handle: &OwnedFd) -> Result<PathBuf, PathError> {
    fs::read_link(format!("/proc/self/fd/{}", handle.as_raw_fd())).map_err(PathError::Io)
}

/// Returns the path of something that is open.
#[cfg(not(target_os = "linux"))]
fn location(handle: &OwnedFd) -> Result<PathBuf, PathError> {
    let path = rustix::fs::getpath(handle).map_err(|error| PathError::Io(error.into()))?;
    Ok(PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(path.to_bytes())))
}

/// Reports whether this is the system's own word on what runs: the app's environment stands there, keys and all.
#[cfg(target_os = "linux")]
fn tells_of_processes(handle: &OwnedFd) -> bool {
    rustix::fs::fstatfs(handle).is_ok_and(|system| system.f_type == rustix::fs::PROC_SUPER_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn tells_of_processes(_: &OwnedFd) -> bool {
    false
}

/// Explains that `path`, called `shown`, cannot be opened; of one that is not there, names what is nearest to it.
pub(super) fn explain(access: &PathAccess, path: &Path, shown: &str, error: &PathError) -> String {
    let mut text = format!("'{shown}' {error}");
    if !matches!(error, PathError::Missing) {
        return text;
    }
    let there = path.ancestors().skip(1).find_map(|dir| access.open(dir).ok().map(|opened| (dir, opened)));
    let Some((dir, opened)) = there else { return text };
    if Some(dir) != path.parent() {
        // writing to a string cannot fail
        let _ = write!(text, "; the nearest folder that is there is {}", dir.display());
    } else if !opened.is_dir() {
        let _ = write!(text, ": {} is not a folder", dir.display());
    }
    // the name that went wrong is the one right below what is there
    let Some(wrong) = path.strip_prefix(dir).ok().and_then(|rest| rest.iter().next()) else { return text };
    let near = nearest(&opened, &wrong.to_string_lossy());
    if !near.is_empty() {
        let _ = write!(text, "; nearest names there: {}", near.join(", "));
    }
    text
}

/// The names in a folder that resemble `wanted`, the nearest first.
fn nearest(dir: &OpenedPath, wanted: &str) -> Vec<String> {
    let Ok(entries) = dir.entries() else { return Vec::new() };
    let lower = wanted.to_lowercase();
    let mut near: Vec<(f64, String)> = entries
        .take(NAMES_COMPARED)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .map(|name| (likeness(&lower, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= 0.65)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Rates how much two names resemble each other: by letters that were swapped, and by how they begin.
fn likeness(a: &str, b: &str) -> f64 {
    // names that only begin alike resemble each other far less
    let beginning = strsim::jaro_winkler(a, b) - 0.1;
    strsim::normalized_damerau_levenshtein(a, b).max(beginning)
}
