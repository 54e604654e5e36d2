//! Reads files into the store, from several threads.

use crate::attributes::Attributes;
use crate::error::Error;
use crate::node::{ObjectHash, Unkept};
use crate::objects::{Packed, SegmentWriter};
use crate::stat_cache::StatStamp;
use crate::walk::{in_parallel, open_folder};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Attempts to read a file that changes while it is read.
const TRIES: usize = 3;

/// Files to read, all in one folder.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Relative to the project.
    pub(crate) folder: PathBuf,
    pub(crate) names: Vec<OsString>,
}

/// Outcome of reading one file.
#[derive(Clone, Debug)]
pub(crate) enum ReadOutcome {
    /// Its content is stored.
    Stored {
        /// Stamp when it was read.
        stamp: StatStamp,
        content: ObjectHash,
        /// Its attributes, if it has any.
        attributes: Option<ObjectHash>,
        /// True when the next change shows in the stamp.
        settled: bool,
    },
    Unkept(Unkept, StatStamp),
    /// It is not there any more, or no file.
    Gone,
}

/// Reads every file of every batch, and stores what is not stored. The outcomes are in the order of the names.
pub(crate) fn read_all(
    root: &Path,
    batches: &[Batch],
    max_bytes: u64,
    writer: &Mutex<SegmentWriter<'_>>,
) -> Result<Vec<Vec<ReadOutcome>>, Error> {
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let folder = rustix::fs::open(root, crate::walk::FOLDER, Mode::empty());
    let folder = folder.map_err(Error::io("cannot be opened", root))?;
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let reader = FileReader { root: folder.as_fd(), max_bytes, writer: Some(writer) };
    let work = || {
        let mut done = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(batch) = batches.get(at) else { break };
            match reader.batch(batch) {
                Ok(outcomes) => done.push((at, outcomes)),
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(done)
    };
    let done = if batches.len() > 1 { in_parallel(work) } else { vec![work()] };
    let done = done.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut done: Vec<_> = done.into_iter().flatten().collect();
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, outcomes)| outcomes).collect())
}

/// Reads one file for its hash; nothing is stored. The path is relative to `root`, or absolute.
pub(crate) fn hash_file(root: &Path, path: &Path, max_bytes: u64) -> Result<ReadOutcome, Error> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(ReadOutcome::Gone) };
    let folder = if path.is_absolute() {
        rustix::fs::open(parent, crate::walk::FOLDER, Mode::empty())
    } else {
        rustix::fs::open(root, crate::walk::FOLDER, Mode::empty()).and_then(|root| open_folder(root, parent))
    };
    let Ok(folder) = folder else { return Ok(ReadOutcome::Gone) };
    let reader = FileReader { root: folder.as_fd(), max_bytes, writer: None };
    reader.file(folder.as_fd(), parent, name)
}

struct FileReader<'a, 'w> {
    root: BorrowedFd<'a>,
    max_bytes: u64,
    /// Writer contents are stored with; none are stored when absent.
    writer: Option<&'a Mutex<SegmentWriter<'w>>>,
}

impl FileReader<'_, '_> {
    fn batch(&self, batch: &Batch) -> Result<Vec<ReadOutcome>, Error> {
        let Ok(folder) = open_folder(self.root, &batch.folder) else {
            // it was there a moment ago, and so were these
            return Ok(vec![ReadOutcome::Gone; batch.names.len()]);
        };
        batch.names.iter().map(|name| self.file(folder.as_fd(), &batch.folder, name)).collect()
    }

    fn file(&self, folder: BorrowedFd<'_>, path: &Path, name: &OsStr) -> Result<ReadOutcome, Error> {
        // what was a file may be a pipe by now: never wait for its other end
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut last = None;
        for _ in 0..TRIES {
            let file = match rustix::fs::openat(folder, name, flags, Mode::empty()) {
                Ok(file) => File::from(file),
                Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(ReadOutcome::Gone),
                Err(Errno::ACCESS | Errno::PERM) => return Ok(unreadable(folder, name)),
                Err(error) => return Err(Error::io("cannot be opened", path.join(name))(error)),
            };
            let now = SystemTime::now();
            match self.content(&file) {
                Ok(ReadAttempt::Steady(stamp, bytes)) => {
                    let content = self.store(bytes)?;
                    let attributes = Attributes::read(&file);
                    let attributes =
                        if attributes.is_empty() { None } else { Some(self.store(attributes.to_bytes())?) };
                    let settled = stamp.is_settled(now);
                    return Ok(ReadOutcome::Stored { stamp, content, attributes, settled });
                }
                Ok(ReadAttempt::Unsteady(stamp)) => last = Some(stamp),
                Ok(ReadAttempt::TooLarge(stamp)) => return Ok(ReadOutcome::Unkept(Unkept::TooLarge, stamp)),
                Ok(ReadAttempt::NotAFile) => return Ok(ReadOutcome::Gone),
                // bad sectors, a server that went away: the others can still be kept
                Err(_) => return Ok(unreadable(folder, name)),
            }
        }
        Ok(last.map_or(ReadOutcome::Gone, |stamp| ReadOutcome::Unkept(Unkept::Unsteady, stamp)))
    }

    fn content(&self, file: &File) -> io::Result<ReadAttempt> {
        let stat = rustix::fs::fstat(file)?;
        let before = StatStamp::of(&stat);
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(ReadAttempt::NotAFile);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(before.size.min(self.max_bytes)).unwrap_or(0) + 1);
        file.take(self.max_bytes + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > self.max_bytes {
            return Ok(ReadAttempt::TooLarge(before));
        }
        let after = StatStamp::of(&rustix::fs::fstat(file)?);
        let steady = after == before && after.size == bytes.len() as u64;
        Ok(if steady { ReadAttempt::Steady(after, bytes) } else { ReadAttempt::Unsteady(after) })
    }

    fn store(&self, bytes: Vec<u8>) -> Result<ObjectHash, Error> {
        let hash = ObjectHash::of_content(&bytes);
        let Some(writer) = self.writer else { return Ok(hash) };
        let writer = || writer.lock().unwrap_or_else(PoisonError::into_inner);
        if !writer().has(&hash) {
            // compressed while the others may write
            let packed = Packed::new(bytes);
            writer().put_packed(&hash, &packed)?;
        }
        Ok(hash)
    }
}

enum ReadAttempt {
    Steady(StatStamp, Vec<u8>),
    Unsteady(StatStamp),
    TooLarge(StatStamp),
    NotAFile,
}

fn unreadable(folder: BorrowedFd<'_>, name: &OsStr) -> ReadOutcome {
    match rustix::fs::statat(folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => ReadOutcome::Unkept(Unkept::Unreadable, StatStamp::of(&stat)),
        Err(_) => ReadOutcome::Gone,
    }
}
