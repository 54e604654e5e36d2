//! State of the files since a task began: the snapshot before it, the last one, and the changes found since.

use super::content::{DiffEntry, Loader};
use super::tracker::Sources;
use crate::changes::node_at;
use crate::error::Error;
use crate::ignored::IgnoredFiles;
use crate::node::{CheckpointId, Node, Root};
use crate::objects::Objects;
use crate::path_state::path_state;
use crate::stat_cache::{StatCache, StatStamp};
use protocol::{ChangeSource, ChangedPath, DiffFile, LostFiles, PathState, TaskId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Node found at a path since the last snapshot.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    pub(super) node: Node,
    pub(super) stamp: Option<StatStamp>,
    /// True when the next change shows in the stamp.
    pub(super) settled: bool,
}

/// Stamps of a path before and after it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StampChange {
    pub(super) before: Option<StatStamp>,
    pub(super) after: Option<StatStamp>,
    /// True when nothing but a folder is or was there.
    pub(super) is_folder: bool,
    /// True when something was there before, whether or not its stamp is known.
    pub(super) was_there: bool,
}

/// Changes by path.
pub(super) type Changes = BTreeMap<PathBuf, StampChange>;

/// A path that changed since the task began.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) sources: Sources,
    /// State that was handed out last to be recorded.
    recorded: Option<PathState>,
}

/// A diff worked out before, with the sides it is of.
#[derive(Debug)]
pub(super) struct KnownDiff {
    pub(super) old: Option<(PathBuf, Node)>,
    pub(super) new: Option<Node>,
    pub(super) diff: DiffFile,
}

/// A snapshot, its outermost object at hand.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) id: CheckpointId,
    pub(super) root: Root,
}

/// Changes a task is known to have made, to be recorded as facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributedChanges {
    /// Task that made them.
    pub task_id: TaskId,
    /// Kind of work that made them.
    pub source: ChangeSource,
    /// The paths, sorted.
    pub paths: Vec<ChangedPath>,
}

/// State since a task began. Paths are relative to the project, or absolute where a patch wrote outside of it.
#[derive(Debug)]
pub(super) struct WatchedTask {
    pub(super) id: TaskId,
    /// Before the task.
    pub(super) base: Snapshot,
    /// First snapshot of this process, from which on the task's changes are known. Later than `base` in a task of an earlier
    /// process.
    start: Snapshot,
    pub(super) last: Snapshot,
    /// Nodes found since the last snapshot; `None` where something went.
    pub(super) since: BTreeMap<PathBuf, Option<Observed>>,
    /// Paths followed although the rules leave them out: a patch wrote them.
    pub(super) named: BTreeSet<PathBuf>,
    /// Nodes at such paths before.
    pub(super) found: BTreeMap<PathBuf, Node>,
    pub(super) touched: BTreeMap<PathBuf, Touched>,
    pub(super) known: BTreeMap<PathBuf, KnownDiff>,
    /// Paths whose change is not recorded yet.
    unrecorded: BTreeSet<PathBuf>,
    /// Ignored files that were there before the task, and are.
    ignored: IgnoredFiles,
    /// Ignored files that were there before the task, and that it removed.
    lost: IgnoredFiles,
}

impl WatchedTask {
    pub(super) fn new(id: TaskId, base: Snapshot, last: Snapshot, ignored: IgnoredFiles) -> Self {
        Self {
            id,
            base,
            start: last.clone(),
            last,
            since: BTreeMap::new(),
            named: BTreeSet::new(),
            found: BTreeMap::new(),
            touched: BTreeMap::new(),
            known: BTreeMap::new(),
            unrecorded: BTreeSet::new(),
            ignored,
            lost: IgnoredFiles::default(),
        }
    }

    /// Returns what is at a path, as far as it was looked at.
    pub(super) fn now(&self, objects: &Objects, path: &Path) -> Option<Node> {
        match self.since.get(path) {
            Some(observed) => observed.as_ref().map(|observed| observed.node.clone()),
            None => node_at(objects, &self.last.root, path).ok().flatten(),
        }
    }

    /// Returns what was at a path before the task.
    pub(super) fn before(&self, objects: &Objects, path: &Path) -> Option<Node> {
        let base = node_at(objects, &self.base.root, path).ok().flatten();
        base.or_else(|| self.found.get(path).cloned())
    }

    /// Returns what was at a path when this process began to look.
    fn at_start(&self, objects: &Objects, path: &Path) -> Option<Node> {
        let start = node_at(objects, &self.start.root, path).ok().flatten();
        start.or_else(|| self.found.get(path).cloned())
    }

    /// Returns what the file at a path looked like when it was looked at.
    pub(super) fn stamp(&self, index: &StatCache, path: &Path) -> Option<StatStamp> {
        match self.since.get(path) {
            Some(observed) => observed.as_ref().and_then(|observed| observed.stamp),
            // another snapshot than this task's says nothing of what this task found
            None if index.last == Some(self.last.id) => index.stamp(path),
            None => None,
        }
    }

    /// Adds a change, and who made it. A folder that somebody else made or removed is of no interest.
    pub(super) fn touch(&mut self, path: &Path, change: &StampChange, sources: Sources) -> bool {
        if change.is_folder && !sources.has_agent() {
            return false;
        }
        let touched = self.touched.entry(path.to_owned()).or_default();
        // a file that looks as before was only understood better
        if change.before.is_none() || change.before != change.after || touched.sources.is_empty() {
            touched.sources = touched.sources.and(sources);
        }
        self.unrecorded.insert(path.to_owned());
        true
    }

    /// Corrects who changed a path that is known to have changed; reports whether that is news.
    pub(super) fn correct(&mut self, path: &Path, better: impl FnOnce(Sources) -> Sources) -> bool {
        let Some(touched) = self.touched.get_mut(path) else { return false };
        let before = touched.sources;
        touched.sources = better(before);
        let is_news = before != touched.sources;
        if is_news {
            self.unrecorded.insert(path.to_owned());
        }
        is_news
    }

    /// Looks for the ignored files again. What is gone by now the task removed, if it was at work.
    pub(super) fn refresh_ignored(&mut self, root: &Path, was_at_work: bool) -> Result<(), Error> {
        if self.ignored.is_empty() && self.lost.is_empty() {
            return Ok(());
        }
        let now = self.ignored.find_again(root, &self.lost)?;
        let missing = self.ignored.take_missing(&now);
        if was_at_work {
            self.lost.extend(missing);
        }
        self.ignored.extend(self.lost.take_present(&now));
        Ok(())
    }

    /// Returns how many ignored files the task removed, by the file or folder that the ignore rules name.
    pub(super) fn lost(&self) -> Vec<LostFiles> {
        let lost = self.lost.counts().map(|(path, count)| LostFiles {
            path: path.to_string_lossy().into_owned(),
            count: u32::try_from(count).unwrap_or(u32::MAX),
        });
        lost.collect()
    }

    /// Returns the changes of the task's own that were not returned before.
    pub(super) fn take_attributed(&mut self, objects: &Objects) -> Vec<AttributedChanges> {
        let mut by_source: BTreeMap<bool, Vec<ChangedPath>> = BTreeMap::new();
        for path in std::mem::take(&mut self.unrecorded) {
            let (was, now) = (self.at_start(objects, &path), self.now(objects, &path));
            let Some(touched) = self.touched.get_mut(&path).filter(|_| path.is_relative()) else { continue };
            if touched.sources.has(ChangeSource::Other) || touched.sources.is_empty() {
                continue;
            }
            let was = touched.recorded.clone().unwrap_or_else(|| path_state(was.as_ref()));
            let now = path_state(now.as_ref());
            if now == PathState::Unknown {
                // it is read with the next snapshot
                self.unrecorded.insert(path);
            } else if !was.is_same(&now) {
                touched.recorded = Some(now.clone());
                let by_command = touched.sources.has(ChangeSource::Command);
                by_source.entry(by_command).or_default().push(ChangedPath { path, was, now });
            }
        }
        let task_id = self.id;
        let changes = by_source.into_iter().map(|(by_command, paths)| {
            let source = if by_command { ChangeSource::Command } else { ChangeSource::Patch };
            AttributedChanges { task_id, source, paths }
        });
        changes.collect()
    }

    /// Returns both sides of every path that changed.
    pub(super) fn sides<'a>(
        &self,
        objects: &Objects,
        loader: &'a Loader<'a>,
    ) -> (super::compare::DiffEntries<'a>, super::compare::DiffEntries<'a>) {
        let entry = |path: &Path, node: Option<Node>| {
            let entry = node.and_then(|node| DiffEntry::new(path, &node, loader))?;
            Some((path.to_owned(), std::rc::Rc::new(entry)))
        };
        let old = self.touched.keys().filter_map(|path| entry(path, self.before(objects, path))).collect();
        let new = self.touched.keys().filter_map(|path| entry(path, self.now(objects, path))).collect();
        (old, new)
    }
}
