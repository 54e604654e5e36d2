//! Repositories that a command makes itself: `git init sub`, `git clone`, `cargo new`.
//!
//! They are its own until it ends, and protected from then on as every other is. One is begun in a folder that the command has made, or
//! that is empty, never in a writable root itself, and only by a program that makes repositories. What such a program can be made to
//! write there is another matter: the supervisor looks the repository through when the command has ended ([`crate::repositories`]), and
//! nothing is begun that it was not told of.

use crate::report::{MadeRepository, RunLog, RunLogEntry};
use crate::seccomp_notify::file_id::FileId;
use crate::seccomp_notify::location::{Caller, Location};
use crate::seccomp_notify::protected_paths::ProtectedPaths;
use rustix::fs::{Mode, OFlags};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Mutex;

/// Name of a repository in its folder, in this letter case.
const NAME: &str = ".git";

/// Programs that make repositories.
const PROGRAMS: &[&str] = &["git", "cargo", "jj"];

/// Maximum number of folders that are remembered.
const MAX_FOLDERS: usize = 100_000;

/// Folders and repositories that a command has made.
#[derive(Debug, Default)]
pub(crate) struct Repositories {
    folders: HashSet<FileId>,
    own: HashSet<FileId>,
}

impl Repositories {
    /// Reports whether the protected `place` lies in a repository that the command has made. `itself` counts the repository's folder.
    pub(super) fn contain(&self, place: &Location, rules: &ProtectedPaths, itself: bool) -> bool {
        if self.own.is_empty() {
            return false;
        }
        let Some(repository) = rules.only_protected(&place.path) else { return false };
        if repository.file_name() != Some(OsStr::new(NAME)) {
            return false;
        }
        if place.path == repository {
            return itself && open(&place.folder, place.name.as_c_str()).is_some_and(|own| self.is_own(&own));
        }
        // From the open folder upwards, not from its path down: what is in a protected folder is not moved out of it, so that the way
        // leads to the folder that was meant, whatever has become of the path.
        let inside = place.path.parent().and_then(|folder| folder.strip_prefix(repository).ok());
        let Some(inside) = inside else { return false };
        let up = vec![".."; inside.components().count()].join("/");
        let up = if up.is_empty() { ".".to_owned() } else { up };
        open(&place.folder, up.as_str()).is_some_and(|own| self.is_own(&own))
    }

    /// Reports whether the caller may begin a repository at the protected `place`, and tells the supervisor of it if so.
    pub(super) fn may_begin(&self, caller: Caller, place: &Location, rules: &ProtectedPaths) -> bool {
        let bare = place.name.to_bytes().strip_suffix(b"/").unwrap_or(place.name.to_bytes());
        let Some(folder) = place.path.parent() else { return false };
        bare == NAME.as_bytes()
            && rules.only_protected(&place.path) == Some(&place.path)
            && !rules.is_root(folder)
            && (is_known(&self.folders, &place.folder) || is_empty(&place.folder))
            && caller.program().is_ok_and(|program| {
                let name = program.file_name().and_then(OsStr::to_str);
                name.is_some_and(|name| PROGRAMS.contains(&name)) && !rules.is_writable(&program)
            })
    }

    /// Remembers the folder that was made at `place`.
    pub(super) fn made_folder(&mut self, place: &Location) {
        if self.folders.len() < MAX_FOLDERS
            && let Some(id) = open(&place.folder, place.name.as_c_str()).and_then(|made| id(&made))
        {
            self.folders.insert(id);
        }
    }

    /// Remembers the repository that was begun at `place`. Without a supervisor that knows, it stays protected.
    pub(super) fn begun(&mut self, place: &Location, journal: &Mutex<RunLog>) {
        let Some(id) = open(&place.folder, place.name.as_c_str()).and_then(|made| id(&made)) else { return };
        let made = MadeRepository { path: place.path.clone(), device: id.device, inode: id.inode };
        if journal.lock().is_ok_and(|mut journal| journal.add(RunLogEntry::Repository(made))) {
            self.own.insert(id);
        }
    }

    fn is_own(&self, folder: &OwnedFd) -> bool {
        is_known(&self.own, folder)
    }
}

fn is_known(known: &HashSet<FileId>, folder: &OwnedFd) -> bool {
    id(folder).is_some_and(|id| known.contains(&id))
}

fn id(file: &OwnedFd) -> Option<FileId> {
    Some(FileId::from(&rustix::fs::fstat(file).ok()?))
}

fn open(folder: impl AsFd, path: impl rustix::path::Arg) -> Option<OwnedFd> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::openat(folder, path, flags, Mode::empty()).ok()
}

fn is_empty(folder: &OwnedFd) -> bool {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(opened) = rustix::fs::openat(folder, ".", flags, Mode::empty()) else { return false };
    rustix::fs::Dir::new(opened).is_ok_and(|mut entries| {
        entries.all(|entry| entry.is_ok_and(|entry| matches!(entry.file_name().to_bytes(), b"." | b"..")))
    })
}

impl ProtectedPaths {
    /// Returns the protected path on the way to `path`, when there is just one.
    fn only_protected<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        let mut protected = path.ancestors().filter(|ancestor| self.ends_protected(ancestor));
        let only = protected.next()?;
        protected.next().is_none().then_some(only)
    }
}
