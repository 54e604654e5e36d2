//! Stat cache of the files since the last snapshot: unchanged files are not read again.
//!
//! Nothing but a short cut: without it everything is read. It says that an object is stored, so it counts
//! only as long as the segments are there that it was written with.

use crate::node::{CheckpointId, ObjectHash};
use rustix::fs::Stat;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteBuf, Bytes};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file changed within so long before it was read may change again without its date changing: clocks of file systems are
/// that coarse.
const CLOCK_GRAIN: Duration = Duration::from_millis(50);

/// Like [`CLOCK_GRAIN`], for file systems whose dates are whole seconds.
const COARSE_GRAIN: Duration = Duration::from_secs(3);

/// Metadata that tells whether a file has changed, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct StatStamp {
    pub(crate) size: u64,
    pub(crate) modified_ns: i64,
    pub(crate) changed_ns: i64,
    inode: u64,
    /// Number of its names (hard links).
    pub(crate) names: u64,
    /// The whole mode, what it is included.
    pub(crate) mode: u32,
}

impl StatStamp {
    /// Reports whether both are of one file, whatever was written to it or its name.
    pub(crate) fn is_of_same_file(&self, other: &Self) -> bool {
        self.inode == other.inode
    }

    // what the fields of `stat` are differs between systems
    #[allow(clippy::unnecessary_cast, clippy::cast_lossless, clippy::useless_conversion)]
    pub(crate) fn of(stat: &Stat) -> Self {
        let ns = |seconds: i64, ns: i64| seconds.saturating_mul(1_000_000_000).saturating_add(ns);
        let fraction = |ns: u64| i64::try_from(ns).unwrap_or(0);
        Self {
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified_ns: ns(stat.st_mtime as i64, fraction(stat.st_mtime_nsec as u64)),
            changed_ns: ns(stat.st_ctime as i64, fraction(stat.st_ctime_nsec as u64)),
            inode: stat.st_ino as u64,
            names: stat.st_nlink as u64,
            mode: u32::from(stat.st_mode),
        }
    }

    /// Returns the stamp of what is at a path, of a link itself and not of where it leads.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        rustix::fs::lstat(path).ok().map(|stat| Self::of(&stat))
    }

    /// Reports whether any change of the file after `now` changes the stamp.
    pub(crate) fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |now| i64::try_from(now.as_nanos()).unwrap_or(0));
        let last = self.changed_ns.max(self.modified_ns);
        let grain = if last % 1_000_000_000 == 0 { COARSE_GRAIN } else { CLOCK_GRAIN };
        now.saturating_sub(last) > i64::try_from(grain.as_nanos()).unwrap_or(i64::MAX)
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownFile {
    #[serde(with = "serde_bytes")]
    name: Vec<u8>,
    stamp: StatStamp,
    content: ObjectHash,
    /// Its attributes, if it has any.
    attributes: Option<ObjectHash>,
    /// True when the next change of the file shows in the stamp.
    settled: bool,
}

impl KnownFile {
    pub(crate) fn new(
        name: &OsStr,
        stamp: StatStamp,
        (content, attributes): (ObjectHash, Option<ObjectHash>),
        settled: bool,
    ) -> Self {
        Self { name: name.as_bytes().to_vec(), stamp, content, attributes, settled }
    }
}

/// A folder that was looked into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownDir {
    pub(crate) tree: ObjectHash,
    /// Number of entries of the tree: there are more than files where it has folders, links, or what is not kept.
    entries: usize,
    files: Vec<KnownFile>,
}

impl KnownDir {
    pub(crate) fn new(tree: ObjectHash, entries: usize, mut files: Vec<KnownFile>) -> Self {
        files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Self { tree, entries, files }
    }

    /// Reports whether a folder in which so many files are what they were, and nothing else, has the tree that it had.
    pub(crate) fn is_all_of(&self, unchanged: usize) -> bool {
        self.entries == unchanged && self.files.len() == unchanged
    }

    /// The content of a file, as long as it is certainly what it was.
    pub(crate) fn content(&self, name: &OsStr, stamp: &StatStamp) -> Option<ObjectHash> {
        self.find(name).filter(|file| file.settled && file.stamp == *stamp).map(|file| file.content)
    }

    /// Returns the attributes a file had.
    pub(crate) fn attributes(&self, name: &OsStr) -> Option<ObjectHash> {
        self.find(name)?.attributes
    }

    /// Returns what a file looked like.
    pub(crate) fn stamp(&self, name: &OsStr) -> Option<StatStamp> {
        self.find(name).map(|file| file.stamp)
    }

    fn find(&self, name: &OsStr) -> Option<&KnownFile> {
        let at = self.files.binary_search_by(|file| file.name.as_slice().cmp(name.as_bytes())).ok()?;
        self.files.get(at)
    }
}

/// Everything that was looked at for the last checkpoint. Folders by their path relative to the project.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct StatCache {
    /// The last checkpoint; keeps alive what the rest speaks of.
    pub(crate) last: Option<CheckpointId>,
    pub(crate) dirs: HashMap<OsString, Arc<KnownDir>>,
    /// The segments there were.
    pub(crate) segments: Vec<OsString>,
}

/// On-disk form of a [`StatCache`]: names and folders owned where it is read, borrowed where it is written.
#[derive(Serialize, Deserialize)]
struct OnDisk<Name, Dir> {
    version: u32,
    last: Option<ObjectHash>,
    dirs: Vec<(Name, Dir)>,
    segments: Vec<Name>,
}

const VERSION: u32 = 4;

impl StatCache {
    /// Returns the content of a file, as long as it is certainly what it was.
    pub(crate) fn content(&self, path: &Path, stamp: &StatStamp) -> Option<ObjectHash> {
        self.dirs.get(path.parent()?.as_os_str())?.content(path.file_name()?, stamp)
    }

    /// Returns what a file looked like when it was last read.
    pub(crate) fn stamp(&self, path: &Path) -> Option<StatStamp> {
        self.dirs.get(path.parent()?.as_os_str())?.stamp(path.file_name()?)
    }

    /// The index in a file; an empty one when there is none, or none that counts.
    pub(crate) fn load(path: &Path, segments: &[OsString]) -> Self {
        let read = || {
            let bytes = fs::read(path).ok()?;
            let (hash, body) = bytes.split_at_checked(32)?;
            // no part of it was synced: a power cut may have left anything
            if Sha256::digest(body).as_slice() != hash {
                return None;
            }
            let OnDisk::<ByteBuf, KnownDir> { version, last, dirs, segments } =
                postcard::from_bytes(body).ok()?;
            let named = |name: ByteBuf| OsString::from_vec(name.into_vec());
            let index = Self {
                last: last.map(CheckpointId),
                dirs: dirs.into_iter().map(|(path, dir)| (named(path), Arc::new(dir))).collect(),
                segments: segments.into_iter().map(named).collect(),
            };
            (version == VERSION).then_some(index)
        };
        read().filter(|index| index.counts(segments)).unwrap_or_default()
    }

    /// Reports whether every object it refers to is stored, given the segments there are.
    pub(crate) fn counts(&self, segments: &[OsString]) -> bool {
        self.segments.iter().all(|segment| segments.binary_search(segment).is_ok())
    }

    /// Writes it down. That it cannot be costs time at the next checkpoint, and nothing else.
    pub(crate) fn save(&self, path: &Path) {
        let on_disk = OnDisk {
            version: VERSION,
            last: self.last.map(|last| last.0),
            dirs: self.dirs.iter().map(|(path, dir)| (Bytes::new(path.as_bytes()), dir.as_ref())).collect(),
            segments: self.segments.iter().map(|name| Bytes::new(name.as_bytes())).collect(),
        };
        let body = postcard::to_stdvec(&on_disk).unwrap_or_default();
        let mut bytes = Sha256::digest(&body).to_vec();
        bytes.extend_from_slice(&body);
        let unfinished = path.with_extension("unfinished");
        let saved = fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
        if let Err(error) = saved {
            tracing::warn!(path = %path.display(), %error, "what is known of the files could not be kept");
        }
    }
}
