//! The difference between two versions of files that come from elsewhere: what an undo would do.

use super::compare::{DiffEntries, Pair, diff_file, pairs};
use super::content::{Content, DiffEntry};
use super::unified::patch_text;
use crate::node::{Node, ObjectHash};
use protocol::{ChangeSource, DiffFile, FilePatchText};
use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::rc::Rc;

/// Bytes of text a version may have to be shown line by line.
pub const MAX_SHOWN_BYTES: u64 = super::content::MAX_TEXT_BYTES;

/// A file or link as it is, or is to be.
#[derive(Clone, Debug)]
pub enum Version {
    /// A file with its mode and its bytes, or their hash where they are more than is shown.
    File(u32, Result<Vec<u8>, ObjectHash>),
    /// A link, and where it leads.
    Link(PathBuf),
}

/// Planned change of a path.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Path beneath the project.
    pub path: PathBuf,
    /// Version on disk.
    pub now: Option<Version>,
    /// Version it gets.
    pub then: Option<Version>,
}

/// Returns the files that differ. A change git knows nothing of, such as of a folder, is not among them.
pub fn difference(planned: Vec<Planned>, source: Option<ChangeSource>) -> Vec<DiffFile> {
    let sources: Vec<_> = source.into_iter().collect();
    with_pairs(planned, |pairs| {
        pairs.iter().map(|pair| DiffFile { sources: sources.clone(), ..diff_file(pair) }).collect()
    })
}

/// The files that differ, and the text of each, in the same order.
pub fn patches(planned: Vec<Planned>) -> (Vec<DiffFile>, Vec<FilePatchText>) {
    with_pairs(planned, |pairs| pairs.iter().map(|pair| (diff_file(pair), patch_text(pair))).unzip())
}

fn with_pairs<T>(planned: Vec<Planned>, work: impl FnOnce(&[Pair<'_>]) -> T) -> T {
    let (mut now, mut then) = (DiffEntries::new(), DiffEntries::new());
    let mut touched = BTreeSet::new();
    for Planned { path, now: before, then: after } in planned {
        now.extend(before.map(|version| (path.clone(), Rc::new(entry(version)))));
        then.extend(after.map(|version| (path.clone(), Rc::new(entry(version)))));
        touched.insert(path);
    }
    work(&pairs(&touched, &now, &then))
}

fn entry(version: Version) -> DiffEntry<'static> {
    let (mode, content, hash) = match version {
        Version::Link(target) => {
            let node = Node::Link { target: target.as_os_str().as_bytes().to_vec() };
            return DiffEntry::with_content(node, Content::Link(target));
        }
        Version::File(mode, Ok(bytes)) => {
            let hash = ObjectHash::of_content(&bytes);
            (mode, Content::from_bytes(bytes), hash)
        }
        Version::File(mode, Err(hash)) => (mode, Content::TooLarge, hash),
    };
    DiffEntry::with_content(Node::File { mode, size: 0, content: hash }, content)
}
