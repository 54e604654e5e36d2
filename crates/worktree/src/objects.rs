//! The objects of a store: file contents, trees and checkpoints, each under the hash of what it says.
//!
//! What one checkpoint adds is one file, a segment: written under another name, synced once and then renamed, so that it is
//! there whole or not at all.

mod segment;

use crate::error::Error;
use crate::node::{CheckpointId, ObjectHash, Root, Tree};
pub(crate) use segment::{Packed, SegmentWriter};
use segment::{Segment, Segments};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Trees held in memory once they were read.
const MAX_TREES_HELD: usize = 20_000;

/// Objects stored, as of the last [`Objects::refresh`].
#[derive(Debug)]
pub(crate) struct Objects {
    /// Folder of the store, for messages.
    store: PathBuf,
    dir: PathBuf,
    segments: Segments,
    trees: Mutex<HashMap<ObjectHash, Arc<Tree>>>,
    /// Root that was read last, and its hash: one is asked for again and again.
    last_root: Mutex<Option<(ObjectHash, Root)>>,
}

impl Objects {
    pub(crate) fn open(store: &Path) -> Result<Self, Error> {
        let dir = store.join("segments");
        fs::create_dir_all(&dir).map_err(Error::io("cannot be created", &dir))?;
        Ok(Self {
            store: store.to_owned(),
            dir,
            segments: Segments::new(),
            trees: Mutex::default(),
            last_root: Mutex::default(),
        })
    }

    /// Takes in what other processes added and removed. Nobody else may be writing: what a process that was killed left half written is
    /// removed.
    pub(crate) fn refresh(&mut self) -> Result<(), Error> {
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(&self.dir).map_err(Error::io("cannot be read", &self.dir))?.flatten() {
            let name = entry.file_name();
            if segment::is_finished(&name) {
                names.insert(name);
            } else if segment::is_unfinished(&name) {
                let path = entry.path();
                fs::remove_file(&path).map_err(Error::io("cannot be removed", path))?;
            }
        }
        self.segments.retain(|name, _| names.contains(name));
        for name in names {
            if !self.segments.contains_key(&name) {
                let segment = Segment::open(&self.dir.join(&name)).map_err(|error| self.damaged(error))?;
                self.segments.insert(name, segment);
            }
        }
        Ok(())
    }

    /// Returns the names of the segments, sorted.
    pub(crate) fn names(&self) -> Vec<OsString> {
        self.segments.keys().cloned().collect()
    }

    pub(crate) fn has(&self, hash: &ObjectHash) -> bool {
        segment::have(&self.segments, hash)
    }

    /// Begins to add objects.
    pub(crate) fn writer(&self) -> SegmentWriter<'_> {
        SegmentWriter::new(&self.segments, &self.dir)
    }

    /// An object's bytes, checked against its hash where that is plain (file contents).
    pub(crate) fn content(&self, hash: &ObjectHash) -> Result<Vec<u8>, Error> {
        let bytes = self.raw(hash)?;
        if ObjectHash::of_content(&bytes) != *hash {
            return Err(self.damaged(format!("object {hash} is not what was stored")));
        }
        Ok(bytes)
    }

    pub(crate) fn tree(&self, hash: &ObjectHash) -> Result<Arc<Tree>, Error> {
        let held = || self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = held().get(hash) {
            return Ok(Arc::clone(tree));
        }
        let tree = self.checked(Tree::KIND, hash)?;
        let tree = Arc::new(Tree::decode(&tree).map_err(|error| self.not_understood(hash, error))?);
        let mut trees = held();
        if trees.len() >= MAX_TREES_HELD {
            trees.clear();
        }
        trees.insert(*hash, Arc::clone(&tree));
        Ok(tree)
    }

    pub(crate) fn root(&self, id: &CheckpointId) -> Result<Root, Error> {
        let last = || self.last_root.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((hash, root)) = &*last()
            && *hash == id.0
            && self.has(hash)
        {
            return Ok(root.clone());
        }
        let root: Root = self.decoded(Root::KIND, &id.0)?;
        if root.version != Root::VERSION {
            return Err(self.damaged(format!("checkpoint {id} was written by another version of the app")));
        }
        *last() = Some((id.0, root.clone()));
        Ok(root)
    }

    /// Keeps of each segment what `is_live` says; returns bytes freed. Nobody else may be reading or writing.
    pub(crate) fn retain(&mut self, is_live: impl Fn(&ObjectHash) -> bool) -> Result<u64, Error> {
        let before: u64 = self.segments.values().map(Segment::bytes).sum();
        let mut writer = SegmentWriter::new_apart(&self.dir);
        let mut emptied = Vec::new();
        for (name, segment) in &self.segments {
            let (live, all) = segment.live_bytes(&is_live);
            // what is mostly alive is not worth moving, but many small ones are worth being one
            if live * 4 >= all * 3 && (all >= segment::SMALL || self.segments.len() < segment::MANY) {
                continue;
            }
            for hash in segment.hashes().filter(|hash| is_live(hash)) {
                let bytes = segment.read(&hash).map_err(|error| self.damaged(error))?;
                writer.put(&hash, || bytes.unwrap_or_default())?;
            }
            emptied.push(name.clone());
        }
        writer.finish()?;
        // only now that what lives is safe elsewhere
        for name in emptied {
            let path = self.dir.join(&name);
            fs::remove_file(&path).map_err(Error::io("cannot be removed", path))?;
        }
        self.trees.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.refresh()?;
        Ok(before.saturating_sub(self.segments.values().map(Segment::bytes).sum()))
    }

    fn decoded<T: DeserializeOwned>(&self, kind: &str, hash: &ObjectHash) -> Result<T, Error> {
        let bytes = self.checked(kind, hash)?;
        postcard::from_bytes(&bytes).map_err(|error| self.not_understood(hash, error))
    }

    fn checked(&self, kind: &str, hash: &ObjectHash) -> Result<Vec<u8>, Error> {
        let bytes = self.raw(hash)?;
        if ObjectHash::of_kind(kind, &bytes) != *hash {
            return Err(self.damaged(format!("object {hash} is not what was stored, or no {kind}")));
        }
        Ok(bytes)
    }

    fn not_understood(&self, hash: &ObjectHash, error: postcard::Error) -> Error {
        self.damaged(format!("object {hash} cannot be understood: {error}"))
    }

    fn raw(&self, hash: &ObjectHash) -> Result<Vec<u8>, Error> {
        for segment in self.segments.values() {
            if let Some(bytes) = segment.read(hash).map_err(|error| self.damaged(error))? {
                return Ok(bytes);
            }
        }
        Err(Error::Unknown { path: self.store.clone(), id: hash.to_string() })
    }

    fn damaged(&self, what: impl ToString) -> Error {
        Error::Damaged { path: self.store.clone(), what: what.to_string() }
    }
}

/// An object as bytes, with its hash.
pub(crate) fn encoded<T: Serialize>(kind: &str, object: &T) -> (ObjectHash, Vec<u8>) {
    // cannot fail: the objects hold nothing postcard does not know, and memory is all it needs
    let bytes = postcard::to_stdvec(object).unwrap_or_default();
    (ObjectHash::of_kind(kind, &bytes), bytes)
}
