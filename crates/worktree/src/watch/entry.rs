//! One file as it was when it was looked at.

use sha2::{Digest, Sha256};
use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Bytes a file may have for its text to be held.
pub(super) const MAX_TEXT_BYTES: u64 = 1024 * 1024;

/// Bytes a file may have to be told from another by its hash, and not by its date alone.
const MAX_HASHED_BYTES: u64 = 8 * 1024 * 1024;

/// A file changed within so long before it was looked at may change again without its date changing: clocks of file
/// systems are that coarse.
const CLOCK_GRAIN: Duration = Duration::from_millis(50);

/// What tells that a file is as it was, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    modified_ns: i128,
    changed_ns: i128,
    inode: u64,
    mode: u32,
}

impl Stamp {
    pub(super) fn of(meta: &Metadata) -> Self {
        let ns = |seconds: i64, ns: i64| i128::from(seconds) * 1_000_000_000 + i128::from(ns);
        Self {
            size: meta.size(),
            modified_ns: ns(meta.mtime(), meta.mtime_nsec()),
            changed_ns: ns(meta.ctime(), meta.ctime_nsec()),
            inode: meta.ino(),
            mode: meta.mode(),
        }
    }

    /// A stamp of something that is nowhere.
    pub(super) fn imagined(size: u64, mode: u32) -> Self {
        Self { size, modified_ns: 0, changed_ns: 0, inode: 0, mode }
    }

    /// The stamp of what is at a path, a link itself and not where it leads.
    pub(super) fn at(path: &Path) -> Option<Self> {
        path.symlink_metadata().ok().map(|meta| Self::of(&meta))
    }

    /// Whether anything that happens to the file from now on changes the stamp.
    fn is_settled(&self, now: SystemTime) -> bool {
        let now_ns = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| i128::try_from(now.as_nanos()).unwrap_or(i128::MAX));
        let grain_ns = i128::try_from(CLOCK_GRAIN.as_nanos()).unwrap_or(0);
        now_ns - self.changed_ns.max(self.modified_ns) > grain_ns
    }
}

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// UTF-8 text.
    Text(String),
    /// Anything else, by its hash.
    Binary([u8; 32]),
    /// A link, by where it leads.
    Link(PathBuf),
    /// More than is held, by its hash where that was cheap.
    Unheld(Option<[u8; 32]>),
}

impl Content {
    /// Text where it is some, and a hash where not.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        if bytes.contains(&0) {
            return Self::Binary(Sha256::digest(&bytes).into());
        }
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Binary(Sha256::digest(error.as_bytes()).into()),
        }
    }
}

/// One file as it was.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) stamp: Stamp,
    pub(super) content: Content,
    settled: bool,
}

/// How many bytes may still be held, and how many may still be read for nothing but their hash.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) hold: u64,
    pub(super) hash: u64,
}

impl Entry {
    /// What a file elsewhere would be here.
    pub(super) fn imagined(stamp: Stamp, content: Content) -> Self {
        Self { stamp, content, settled: false }
    }

    /// Reads the file or link at `path`; `None` for anything else.
    pub(super) fn read(path: &Path, meta: &Metadata, room: &mut Room) -> io::Result<Option<Self>> {
        let now = SystemTime::now();
        if meta.is_symlink() {
            let stamp = Stamp::of(meta);
            let content = Content::Link(std::fs::read_link(path)?);
            return Ok(Some(Self { stamp, content, settled: stamp.is_settled(now) }));
        }
        if !meta.is_file() {
            return Ok(None);
        }
        // what is there may be another thing by now: never follow a link, never wait for a pipe's other end
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or(0);
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Ok(None);
        }
        let stamp = Stamp::of(&meta);
        let content = read_content(file, meta.len(), room)?;
        Ok(Some(Self { stamp, content, settled: stamp.is_settled(now) }))
    }

    /// Whether the file is certainly as it was, judging by its stamp.
    pub(super) fn is_still(&self, stamp: &Stamp) -> bool {
        self.settled && self.stamp == *stamp
    }

    /// Whether nothing a person would call a change lies between the two.
    pub(super) fn same(&self, other: &Self) -> bool {
        let contents = match (&self.content, &other.content) {
            (Content::Unheld(None), Content::Unheld(_)) | (Content::Unheld(_), Content::Unheld(None)) => {
                (self.stamp.size, self.stamp.modified_ns, self.stamp.inode)
                    == (other.stamp.size, other.stamp.modified_ns, other.stamp.inode)
            }
            (one, other) => one == other,
        };
        contents && self.git_mode() == other.git_mode()
    }

    /// The mode as git writes it.
    pub(super) fn git_mode(&self) -> &'static str {
        match &self.content {
            Content::Link(_) => "120000",
            _ if self.stamp.mode & 0o111 != 0 => "100755",
            _ => "100644",
        }
    }

    /// Whether its text would be held if there were room for it.
    pub(super) fn lacks_room(&self) -> bool {
        matches!(self.content, Content::Unheld(_)) && !self.is_large()
    }

    /// Bytes held.
    pub(super) fn held_bytes(&self) -> u64 {
        match &self.content {
            Content::Text(text) => text.len() as u64,
            _ => 0,
        }
    }

    /// Whether the file is larger than what is held of one.
    pub(super) fn is_large(&self) -> bool {
        self.stamp.size > MAX_TEXT_BYTES
    }
}

fn read_content(file: impl Read, size: u64, room: &mut Room) -> io::Result<Content> {
    let holds = size <= MAX_TEXT_BYTES && size <= room.hold;
    if size > MAX_HASHED_BYTES || (!holds && size > room.hash) {
        return Ok(Content::Unheld(None));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    // it may be growing while it is read
    file.take(MAX_HASHED_BYTES).read_to_end(&mut bytes)?;
    let read = bytes.len() as u64;
    if read > MAX_TEXT_BYTES || read > room.hold {
        room.hash = room.hash.saturating_sub(read);
        return Ok(Content::Unheld(Some(Sha256::digest(&bytes).into())));
    }
    Ok(Content::of(bytes))
}
