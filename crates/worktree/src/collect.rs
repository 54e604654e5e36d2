//! Removes what nobody needs any more.

use crate::error::Error;
use crate::node::{CheckpointId, Node, ObjectHash};
use crate::stat_cache::StatCache;
use crate::store::{IGNORED_SET, Store};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// Result of a collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Checkpoints that are no more.
    pub checkpoints: usize,
    /// Bytes freed.
    pub bytes: u64,
}

impl Store {
    /// Keeps checkpoints for as long as `owner` lives: a session, by a name that can be a file's.
    pub fn pin(&mut self, owner: &str, ids: &[CheckpointId]) -> Result<(), Error> {
        let _lock = self.lock()?;
        let dir = self.owners_dir();
        fs::create_dir_all(&dir).map_err(Error::io("cannot be created", &dir))?;
        let path = dir.join(owner);
        if path.file_name() != Some(OsStr::new(owner)) {
            let named = std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a name");
            return Err(Error::io("cannot be written", path)(named));
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        let ids: Vec<_> = ids.iter().map(CheckpointId::to_string).collect();
        let mut lines = String::new();
        for id in ids.iter().filter(|id| !kept.lines().any(|kept| kept == id.as_str())) {
            lines.push_str(id);
            lines.push('\n');
        }
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
        let kept = file.and_then(|mut file| file.write_all(lines.as_bytes()));
        kept.map_err(Error::io("cannot be written", path))
    }

    /// Returns the owners checkpoints are kept for.
    pub fn owners(&self) -> Vec<String> {
        let entries = fs::read_dir(self.owners_dir()).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// Removes what is kept for nobody who lives. Kept are also the checkpoints taken within `grace`, since whoever took one
    /// may not have written it down yet, and the last one.
    pub fn collect(&mut self, lives: impl Fn(&str) -> bool, grace: Duration) -> Result<Collected, Error> {
        let _lock = self.lock()?;
        let index = StatCache::load(&self.index_file(), &self.objects.names());
        let mut keep: HashSet<CheckpointId> = index.last.into_iter().collect();
        let mut over = Vec::new();
        for owner in self.owners() {
            let path = self.owners_dir().join(&owner);
            if lives(&owner) {
                let ids = fs::read_to_string(&path).map_err(Error::io("cannot be read", path))?;
                keep.extend(ids.lines().filter_map(|id| id.parse::<CheckpointId>().ok()));
            } else {
                over.push(path);
            }
        }
        self.transactions().forget_all(|id| !lives(&id.session))?;
        let mut collected = Collected::default();
        let mut forgotten = Vec::new();
        for entry in fs::read_dir(self.taken_dir()).into_iter().flatten().flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let age = entry
                .metadata()
                .and_then(|meta| meta.modified())
                .map_or(Duration::ZERO, |taken| SystemTime::now().duration_since(taken).unwrap_or_default());
            if age < grace {
                keep.insert(id);
            } else if !keep.contains(&id) {
                forgotten.push(entry.path());
                collected.checkpoints += 1;
            }
        }
        forgotten.extend(self.unused_ignored(&keep));
        let mut reached = HashSet::new();
        for id in keep {
            // one that is not there keeps nothing
            if let Ok(root) = self.objects.root(&id) {
                reached.insert(id.0);
                self.reach(root.tree, &mut reached)?;
            }
        }
        collected.bytes = self.objects.retain(|hash| reached.contains(hash))?;
        for path in forgotten.into_iter().chain(over) {
            fs::remove_file(&path).map_err(Error::io("cannot be removed", path))?;
        }
        // what it says is still stored, though elsewhere
        self.index = StatCache { segments: self.objects.names(), ..index };
        self.index.save(&self.index_file());
        Ok(collected)
    }

    /// Returns the notes on ignored files that are of no checkpoint to keep.
    fn unused_ignored(&self, keep: &HashSet<CheckpointId>) -> Vec<PathBuf> {
        let files = fs::read_dir(self.ignored_dir()).into_iter().flatten().flatten();
        let (sets, notes): (Vec<PathBuf>, Vec<PathBuf>) =
            files.map(|file| file.path()).partition(|path| path.extension() == Some(OsStr::new(IGNORED_SET)));
        let is_kept = |path: &PathBuf| {
            let id = path.file_name().and_then(OsStr::to_str).and_then(|name| name.parse().ok());
            id.is_some_and(|id| keep.contains(&id))
        };
        let (kept, mut unused): (Vec<PathBuf>, Vec<PathBuf>) = notes.into_iter().partition(is_kept);
        let used: HashSet<String> = kept.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
        let is_used =
            |path: &PathBuf| path.file_stem().and_then(OsStr::to_str).is_some_and(|set| used.contains(set));
        unused.extend(sets.into_iter().filter(|path| !is_used(path)));
        unused
    }

    fn owners_dir(&self) -> PathBuf {
        self.dir.join("owners")
    }

    fn reach(&self, tree: ObjectHash, reached: &mut HashSet<ObjectHash>) -> Result<(), Error> {
        let mut trees = vec![tree];
        while let Some(tree) = trees.pop() {
            if !reached.insert(tree) {
                continue;
            }
            let tree = self.objects.tree(&tree)?;
            reached.extend(tree.attribute_hashes());
            for entry in &tree.entries {
                match &entry.node {
                    Node::Dir { tree, .. } => trees.push(*tree),
                    Node::File { content, .. } => {
                        reached.insert(*content);
                    }
                    Node::Link { .. } | Node::Unkept { .. } => {}
                }
            }
        }
        Ok(())
    }
}
