//! Looks again at paths that may have changed, without a snapshot: nothing is stored.

use super::task::{Changes, Observed, StampChange, WatchedTask};
use super::watched_dirs::WatchedDirs;
use crate::changes::node_at;
use crate::error::Error;
use crate::frozen::FrozenRules;
use crate::node::{MODE_BITS, Node, ObjectHash, Unkept};
use crate::read::{ReadOutcome, hash_file};
use crate::stat_cache::StatStamp;
use crate::store::Store;
use crate::walk::{FolderEntry, FolderListing, ProjectWalk};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Bytes a file may have to be read each time it may have changed; a larger one is read for the next snapshot.
const MAX_HASHED_BYTES: u64 = 8 * 1024 * 1024;

/// One pass over some paths.
pub(super) struct Refresh<'a> {
    pub(super) store: &'a Store,
    pub(super) dirs: &'a Mutex<WatchedDirs>,
    pub(super) task: &'a mut WatchedTask,
    pub(super) seen: HashSet<PathBuf>,
    pub(super) changed: Changes,
}

impl Refresh<'_> {
    /// Looks at these paths and all beneath them. Returns what is not as it was.
    pub(super) fn run(mut self, paths: &[PathBuf]) -> Result<Changes, Error> {
        if paths.is_empty() {
            return Ok(self.changed);
        }
        let store = self.store;
        let frozen =
            FrozenRules::new(&store.objects, &store.root, store.outside_rules(), self.task.base.root.clone());
        let is_dir = |path: &Path| store.root.join(path).symlink_metadata().map(|meta| meta.is_dir());
        // what is gone first: a folder that was moved is watched anew under its new name only then
        let (there, gone): (Vec<_>, Vec<_>) = paths.iter().partition(|path| is_dir(path).is_ok());
        for path in gone {
            self.forget_dir(path);
            self.remove_beneath(path);
        }
        for path in there {
            let is_dir = is_dir(path).unwrap_or(false);
            if self.task.named.contains(path) && !is_dir {
                self.refresh_file(path);
                continue;
            }
            if path.as_os_str().is_empty() || frozen.leave_out_now(path, is_dir)? {
                continue;
            }
            if is_dir {
                self.forget_dir(path);
                self.refresh_dir(path, &frozen)?;
                self.remove_beneath(path);
            } else {
                self.seen.insert(path.clone());
                self.remove_beneath(path);
                self.refresh_file(path);
            }
        }
        Ok(self.changed)
    }

    fn refresh_dir(&mut self, dir: &Path, frozen: &FrozenRules<'_>) -> Result<(), Error> {
        let listings = {
            let named = &self.task.named;
            let is_tracked = |path: &Path| {
                named.range(path.to_owned()..).next().is_some_and(|named| named.starts_with(path))
            };
            let on_dir = |dir: &Path| follow(self.dirs, &self.store.root, dir);
            let walk = ProjectWalk {
                root: &self.store.root,
                except: &self.store.except,
                index: &self.store.index,
                is_tracked: &is_tracked,
                max_files: self.store.limits.files,
                outside: self.store.outside_rules(),
                frozen: Some(frozen),
                on_dir: &on_dir,
            };
            walk.run_beneath(dir)?
        };
        for listing in listings.into_values() {
            self.refresh_listing(listing);
        }
        Ok(())
    }

    fn refresh_listing(&mut self, listing: FolderListing) {
        let FolderListing { path: dir, mode, entries, closed, .. } = listing;
        if let Some(stamp) = closed {
            // nothing is known of what is in it that was not before
            self.seen.extend(self.known_beneath(&dir));
            return self.found(&dir, Some(unkept(Unkept::Unreadable, &stamp)), None, false);
        }
        let folder = Node::Dir { mode: mode & MODE_BITS, tree: ObjectHash::of_content(&[]) };
        self.found(&dir, Some(folder), None, false);
        for (name, found) in entries {
            let path = dir.join(name);
            match found {
                FolderEntry::Dir => {}
                FolderEntry::File(stamp, Some(content)) => {
                    self.found(&path, Some(file(&stamp, content)), Some(stamp), true);
                }
                FolderEntry::File(stamp, None) => self.refresh_content(&path, stamp),
                FolderEntry::Link(target) => self.found(&path, Some(Node::Link { target }), None, false),
                FolderEntry::Special(stamp) => {
                    self.found(&path, Some(unkept(Unkept::Special, &stamp)), Some(stamp), false);
                }
            }
        }
    }

    /// Looks at a path that is no folder.
    pub(super) fn refresh_file(&mut self, path: &Path) {
        let absolute = self.store.root.join(path);
        let Some(stamp) = StatStamp::at(&absolute) else { return self.found(path, None, None, false) };
        match std::fs::read_link(&absolute) {
            Ok(target) => {
                let target = target.into_os_string().into_encoded_bytes();
                self.found(path, Some(Node::Link { target }), Some(stamp), false);
            }
            Err(_) => self.refresh_content(path, stamp),
        }
    }

    fn refresh_content(&mut self, path: &Path, stamp: StatStamp) {
        if let Some(Some(known)) = self.task.since.get(path)
            && known.settled
            && known.stamp == Some(stamp)
        {
            self.seen.insert(path.to_owned());
            return;
        }
        let known = self.store.index.content(path, &stamp);
        if let Some(content) = known {
            return self.found(path, Some(file(&stamp, content)), Some(stamp), true);
        }
        if stamp.size > MAX_HASHED_BYTES {
            return self.found(path, Some(unkept(Unkept::TooLarge, &stamp)), Some(stamp), false);
        }
        match hash_file(&self.store.root, path, MAX_HASHED_BYTES) {
            Ok(ReadOutcome::Stored { stamp, content, settled, .. }) => {
                self.found(path, Some(file(&stamp, content)), Some(stamp), settled);
            }
            Ok(ReadOutcome::Unkept(why, stamp)) => {
                self.found(path, Some(unkept(why, &stamp)), Some(stamp), false);
            }
            Ok(ReadOutcome::Gone) => self.found(path, None, None, false),
            // it is there, and cannot be read: nothing is known that was not before
            Err(_) => drop(self.seen.insert(path.to_owned())),
        }
    }

    /// Takes in what is at a path.
    fn found(&mut self, path: &Path, node: Option<Node>, stamp: Option<StatStamp>, settled: bool) {
        if node.is_some() {
            self.seen.insert(path.to_owned());
        }
        let before = self.task.now(&self.store.objects, path);
        let is_same = match (&before, &node) {
            (Some(before), Some(node)) => before.is_same(node),
            (before, node) => before.is_none() && node.is_none(),
        };
        if !is_same {
            let was = self.task.stamp(&self.store.index, path);
            let is_folder = [&before, &node].into_iter().flatten().all(Node::is_dir);
            let change = StampChange { before: was, after: stamp, is_folder, was_there: before.is_some() };
            self.changed.entry(path.to_owned()).or_insert(change).after = stamp;
        }
        let observed = node.map(|node| Observed { node, stamp, settled });
        self.task.since.insert(path.to_owned(), observed);
    }

    /// Removes a path and what was beneath it, but for what this pass has seen.
    fn remove_beneath(&mut self, path: &Path) {
        for gone in self.known_beneath(path) {
            if !self.seen.contains(&gone) {
                self.found(&gone, None, None, false);
            }
        }
    }

    /// Returns a path and what is beneath it, of what is known to be there.
    fn known_beneath(&self, path: &Path) -> Vec<PathBuf> {
        let objects = &self.store.objects;
        let mut known = Vec::new();
        let mut left = vec![(path.to_owned(), node_at(objects, &self.task.last.root, path).ok().flatten())];
        while let Some((path, node)) = left.pop() {
            if let Some(Node::Dir { tree, .. }) = &node
                && let Ok(tree) = objects.tree(tree)
            {
                let inside = tree.entries.iter();
                left.extend(inside.map(|entry| (path.join(entry.name()), Some(entry.node.clone()))));
            }
            if node.is_some() && !self.task.since.contains_key(&path) {
                known.push(path);
            }
        }
        let since = self.task.since.range(path.to_owned()..).take_while(|(inner, _)| inner.starts_with(path));
        known.extend(since.filter(|(_, observed)| observed.is_some()).map(|(inner, _)| inner.clone()));
        known
    }

    fn forget_dir(&self, dir: &Path) {
        let mut dirs = self.dirs.lock().unwrap_or_else(PoisonError::into_inner);
        dirs.forget(&self.store.root.join(dir));
    }
}

/// Watches a folder that is about to be looked into, so that nothing falls between.
pub(super) fn follow(dirs: &Mutex<WatchedDirs>, root: &Path, dir: &Path) {
    dirs.lock().unwrap_or_else(PoisonError::into_inner).follow(&root.join(dir));
}

fn file(stamp: &StatStamp, content: ObjectHash) -> Node {
    Node::File { mode: stamp.mode & MODE_BITS, size: stamp.size, content }
}

fn unkept(why: Unkept, stamp: &StatStamp) -> Node {
    Node::Unkept { why, size: stamp.size, modified_ns: stamp.modified_ns }
}
