//! The difference between two versions of files that come from elsewhere: what an undo would do.

use super::compare::{Pair, diff_file, pairs};
use super::entry::{Content, Entry, Stamp};
use super::tree::Files;
use super::unified::unified;
use protocol::{ChangeSource, DiffFile};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of text a version may have to be shown line by line.
pub const MAX_SHOWN_BYTES: u64 = super::entry::MAX_TEXT_BYTES;

/// A file or link as it is, or is to be.
#[derive(Clone, Debug)]
pub enum Version {
    /// A file with its mode and its bytes, or their hash where they are more than is shown.
    File(u32, Result<Vec<u8>, [u8; 32]>),
    /// A link, and where it leads.
    Link(PathBuf),
}

/// What becomes of a path.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Path beneath the project.
    pub path: PathBuf,
    /// Version on disk.
    pub now: Option<Version>,
    /// Version it gets.
    pub then: Option<Version>,
}

/// The files that differ, and the same as git prints it. A change git knows nothing of, such as of a folder, is in neither.
pub fn difference(planned: Vec<Planned>, source: Option<ChangeSource>) -> (Vec<DiffFile>, String) {
    let (mut now, mut then) = (Files::new(), Files::new());
    let mut touched = BTreeSet::new();
    for Planned { path, now: before, then: after } in planned {
        now.extend(before.map(|version| (path.clone(), Arc::new(entry(version)))));
        then.extend(after.map(|version| (path.clone(), Arc::new(entry(version)))));
        touched.insert(path);
    }
    let pairs: Vec<Pair> = pairs(&touched, &now, &then);
    let sources: Vec<_> = source.into_iter().collect();
    let files = pairs.iter().map(|pair| DiffFile { sources: sources.clone(), ..diff_file(pair) });
    (files.collect(), unified(&pairs))
}

fn entry(version: Version) -> Entry {
    match version {
        Version::Link(aim) => Entry::imagined(Stamp::imagined(0, 0o777), Content::Link(aim)),
        Version::File(mode, Ok(bytes)) => {
            Entry::imagined(Stamp::imagined(bytes.len() as u64, mode), Content::of(bytes))
        }
        Version::File(mode, Err(hash)) => {
            Entry::imagined(Stamp::imagined(0, mode), Content::Unheld(Some(hash)))
        }
    }
}
