//! Shared memory where there are no namespaces: `/dev/shm` is the whole system's there.
//!
//! Landlock lets the command make, write and remove files in it, and the guard only those that the command has made itself.

use crate::seccomp_notify::file_id::FileId;
use crate::seccomp_notify::location::Location;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::path::Path;

/// Folder of shared memory.
pub(crate) const SHARED_MEMORY: &str = "/dev/shm";

/// Files of shared memory that a command has made.
#[derive(Debug, Default)]
pub(crate) struct SharedMemory {
    made: HashSet<FileId>,
}

impl SharedMemory {
    /// Reports whether a place is one of shared memory's.
    pub(super) fn holds(place: &Location) -> bool {
        place.path.starts_with(SHARED_MEMORY)
    }

    /// Reports whether somebody else's file is at a place of shared memory's.
    pub(super) fn is_foreign(&self, place: &Location) -> bool {
        place.path.parent() != Some(Path::new(SHARED_MEMORY))
            || rustix::fs::statat(&place.folder, &place.name, AtFlags::SYMLINK_NOFOLLOW)
                .is_ok_and(|stat| !self.made.contains(&FileId::from(&stat)))
    }

    /// Reports whether an open file is of shared memory's, and somebody else's.
    pub(super) fn is_foreign_file(&self, path: &Path, file: &OwnedFd) -> bool {
        path.starts_with(SHARED_MEMORY)
            && rustix::fs::fstat(file).map_or(true, |stat| !self.made.contains(&FileId::from(&stat)))
    }

    /// Opens a file of the command's, or makes one. Nothing of it is changed before it is known to be the command's.
    pub(super) fn open(
        &mut self,
        place: &Location,
        flags: OFlags,
        mode: Mode,
        refused: Errno,
    ) -> Result<OwnedFd, Errno> {
        let plain = flags.difference(OFlags::CREATE | OFlags::EXCL | OFlags::TRUNC);
        if !flags.contains(OFlags::CREATE | OFlags::EXCL) {
            match rustix::fs::openat(&place.folder, &place.name, plain, Mode::empty()) {
                Ok(file) => {
                    if !self.made.contains(&FileId::from(&rustix::fs::fstat(&file)?)) {
                        return Err(refused);
                    }
                    if flags.contains(OFlags::TRUNC) {
                        rustix::fs::ftruncate(&file, 0)?;
                    }
                    return Ok(file);
                }
                Err(Errno::NOENT) if flags.contains(OFlags::CREATE) => {}
                Err(error) => return Err(error),
            }
        }
        let new = plain | OFlags::CREATE | OFlags::EXCL;
        let file = rustix::fs::openat(&place.folder, &place.name, new, mode)?;
        self.made.insert(FileId::from(&rustix::fs::fstat(&file)?));
        Ok(file)
    }
}
