//! Removes what nobody needs any more.

use crate::error::Error;
use crate::index::Index;
use crate::node::{CheckpointId, Node, ObjectHash};
use crate::store::Store;
use std::collections::HashSet;
use std::fs;
use std::time::{Duration, SystemTime};

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Checkpoints that are no more.
    pub checkpoints: usize,
    /// Bytes freed.
    pub bytes: u64,
}

impl Store {
    /// Removes every checkpoint but those that are `live`, those taken within `grace` (whoever took one may not have written
    /// it down yet), and the last one.
    pub fn collect(&mut self, live: &[CheckpointId], grace: Duration) -> Result<Collected, Error> {
        let _lock = self.lock()?;
        let index = Index::load(&self.index_file(), &self.objects.names()?);
        let mut keep: HashSet<CheckpointId> = live.iter().copied().chain(index.last).collect();
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
            }
        }
        let mut reached = HashSet::new();
        for id in keep {
            // one that is not there keeps nothing
            if let Ok(root) = self.objects.root(&id) {
                reached.insert(id.0);
                self.reach(root.tree, &mut reached)?;
            }
        }
        collected.bytes = self.objects.retain(|hash| reached.contains(hash))?;
        for path in forgotten {
            fs::remove_file(&path).map_err(Error::io("cannot be removed", path))?;
            collected.checkpoints += 1;
        }
        // what it says is still stored, though elsewhere
        self.index = Index { segments: self.objects.names()?, ..index };
        self.index.save(&self.index_file());
        Ok(collected)
    }

    fn reach(&self, tree: ObjectHash, reached: &mut HashSet<ObjectHash>) -> Result<(), Error> {
        let mut trees = vec![tree];
        while let Some(tree) = trees.pop() {
            if !reached.insert(tree) {
                continue;
            }
            for entry in &self.objects.tree(&tree)?.entries {
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
