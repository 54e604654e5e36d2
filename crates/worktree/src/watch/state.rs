//! The two states that are compared: when the task began, and now.

use super::compare::{Pair, diff_file, pairs};
use super::content::Loader;
use super::refresh::{Refresh, follow};
use super::task::{AttributedChanges, Changes, KnownDiff, Snapshot, StampChange, WatchedTask};
use super::tracker::{DirtyPaths, PendingEvent, Sources};
use super::unified::unified;
use super::watched_dirs::WatchedDirs;
use crate::changes::{between, node_at};
use crate::error::Error;
use crate::ignored::IgnoredFiles;
use crate::node::{CheckpointId, Node};
use crate::snapshot::{Report, SnapshotRequest};
use crate::store::Store;
use protocol::{ChangeSource, DiffFile, LostFiles, TaskId, WorkspaceDiff};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The project's files when the task began and now, by their hashes: texts are in the store, or on disk.
#[derive(Debug)]
pub(super) struct WatchState {
    root: PathBuf,
    store_dir: PathBuf,
    /// Folders in the project that are none of it.
    except: Vec<PathBuf>,
    store: Option<Store>,
    dirs: Mutex<WatchedDirs>,
    task: Option<WatchedTask>,
    /// Counts up with every change that shows.
    generation: u64,
    /// Reason the worker does not run.
    problem: Option<String>,
    /// Error of the last scan.
    failed: Option<String>,
    /// Report of the last walk.
    walked: Report,
    /// Files and folders that the ignore rules left out of it.
    ignored: Vec<PathBuf>,
}

impl WatchState {
    pub(super) fn new(
        store_dir: PathBuf,
        root: &Path,
        except: Vec<PathBuf>,
        watcher: notify::Result<notify::RecommendedWatcher>,
    ) -> Self {
        Self {
            root: root.to_owned(),
            store_dir,
            except,
            store: None,
            dirs: Mutex::new(WatchedDirs::new(watcher)),
            task: None,
            generation: 0,
            problem: None,
            failed: None,
            walked: Report::default(),
            ignored: Vec::new(),
        }
    }

    /// Returns the project's store, opened where it is not yet.
    pub(super) fn store(&mut self) -> Result<&mut Store, Error> {
        opened(&mut self.store, (&self.store_dir, &self.except), &self.root)
    }

    /// Nobody looks by themselves: what changed is only found when it is asked for.
    pub(super) fn cannot_watch(&mut self, error: &std::io::Error) {
        self.problem =
            Some(format!("changes are looked for only at the end of commands and patches ({error})"));
    }

    /// Reports whether changes may go unheard.
    pub(super) fn has_problem(&self) -> bool {
        self.dirs().problem().is_some() || self.problem.is_some()
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Takes the snapshot a task's changes are told by.
    pub(super) fn begin_task(&mut self, id: TaskId) -> Result<(CheckpointId, Report), Error> {
        let had_changes = self.task.take().is_some_and(|task| !task.touched.is_empty());
        self.generation += u64::from(had_changes);
        let scanned = self.scan(None);
        self.failed =
            scanned.as_ref().err().map(|error| format!("changes of this task are not shown: {error}"));
        let (snapshot, report) = scanned?;
        let taken = snapshot.id;
        let ignored = self.find_ignored(taken)?;
        self.task = Some(WatchedTask::new(id, snapshot.clone(), snapshot, ignored));
        Ok((taken, report))
    }

    /// Like [`WatchState::begin_task`] from the last snapshot and what changed since, which the system told of. `None` where that
    /// does not do.
    pub(super) fn begin_told_task(&mut self, id: TaskId) -> Result<Option<(CheckpointId, Report)>, Error> {
        if self.task.as_ref().is_none_or(WatchedTask::has_touched_rules) {
            return Ok(None);
        }
        let Some((taken, report)) = self.snapshot_told()? else { return Ok(None) };
        let ignored = self.find_ignored(taken)?;
        let Some(task) = self.task.take() else { return Ok(None) };
        self.generation += u64::from(!task.touched.is_empty());
        self.failed = None;
        self.task = Some(task.next(id, ignored));
        Ok(Some((taken, report)))
    }

    /// Takes a snapshot from the last one and what changed since, which the system told of. `None` where that does not do.
    pub(super) fn snapshot_told(&mut self) -> Result<Option<(CheckpointId, Report)>, Error> {
        let (Some(store), Some(task)) = (&mut self.store, &mut self.task) else { return Ok(None) };
        let changed = task.changed_since();
        let Some(id) = store.snapshot_of(&task.last.root, &changed)? else { return Ok(None) };
        task.set_told(Snapshot { id, root: store.objects.root(&id)? });
        Ok(Some((id, Report { read: changed.len(), stored_bytes: 0, ..self.walked.clone() })))
    }

    /// Reports whether the project is so large that it is walked once only.
    pub(super) fn is_large(&self) -> bool {
        let store = self.store.as_ref().filter(|_| self.task.is_some());
        store.is_some_and(|store| self.walked.files >= store.limits.walked)
    }

    /// Watches a folder that is none of the project's.
    pub(super) fn follow(&self, dir: &Path) {
        self.dirs().follow(dir);
    }

    fn find_ignored(&mut self, taken: CheckpointId) -> Result<IgnoredFiles, Error> {
        let ignored = IgnoredFiles::find(&self.root, self.ignored.iter().map(PathBuf::as_path))?;
        if let Err(error) = self.store()?.note_ignored(taken, &ignored) {
            tracing::warn!(%error, "the files that are ignored could not be noted");
        }
        Ok(ignored)
    }

    /// Goes on with a task of an earlier process, whose snapshot is `base`.
    pub(super) fn resume_task(&mut self, id: TaskId, base: CheckpointId) -> Result<(), Error> {
        self.task = None;
        let (root, ignored) = {
            let store = self.store()?;
            let _lock = store.lock()?;
            (store.objects.root(&base)?, store.ignored_at(base))
        };
        let (last, _) = self.scan(Some(base))?;
        let mut task = WatchedTask::new(id, Snapshot { id: base, root }, last, ignored);
        // nobody looked while the process before this one was ended: what went then is most likely its command's
        task.refresh_ignored(&self.root, true)?;
        self.task = Some(task);
        Ok(())
    }

    fn scan(&mut self, earlier: Option<CheckpointId>) -> Result<(Snapshot, Report), Error> {
        self.dirs().forget_missing();
        let store = opened(&mut self.store, (&self.store_dir, &self.except), &self.root)?;
        let request =
            SnapshotRequest { earlier: earlier.as_slice(), rules_of: earlier, ..SnapshotRequest::default() };
        let taken = store.scan(request, &|dir| follow(&self.dirs, &self.root, dir))?;
        let root = store.objects.root(&taken.id)?;
        (self.walked, self.ignored) = (taken.report.clone(), taken.ignored);
        Ok((Snapshot { id: taken.id, root }, taken.report))
    }

    /// Follows these paths from here on, whatever the rules say. Of those that are in no snapshot and did not change since the
    /// task began, the content is stored.
    pub(super) fn will_write(&mut self, paths: &[PathBuf]) -> Result<(), Error> {
        let (Some(store), Some(task)) = (&mut self.store, &mut self.task) else { return Ok(()) };
        for path in paths {
            if !task.named.insert(path.clone()) || task.touched.contains_key(path) {
                continue;
            }
            if task.now(&store.objects, path).is_none() {
                refresh_paths(store, &self.dirs, task, std::slice::from_ref(path))?;
                if let Some(node) = task.now(&store.objects, path) {
                    store.keep_content(path, &node)?;
                    task.found.insert(path.clone(), node);
                }
            }
        }
        Ok(())
    }

    /// Looks at what is due. `attribute` tells who made the rest of a change that what was heard does not account for, given
    /// who did if nothing more is known; `is_contested` whether another session was at work as well. Returns the snapshot if one was taken.
    pub(super) fn refresh(
        &mut self,
        due: DirtyPaths,
        mut attribute: impl FnMut(&Path, &StampChange, Sources) -> Sources,
        is_contested: impl Fn(&Path, &StampChange) -> bool,
    ) -> Result<Option<(CheckpointId, Report)>, Error> {
        if self.task.is_none() {
            return Ok(None);
        }
        let DirtyPaths { dirty, all, told, claimed, not_patch, .. } = due;
        let mut heard_of = |path: &Path, change: &StampChange, otherwise: Option<Sources>| {
            let Some(heard) = dirty.get(path) else {
                // a folder was heard of in place of everything in it
                let above = path.ancestors().find_map(|at| dirty.get(at)).map(PendingEvent::all);
                return attribute(path, change, above.or(otherwise).unwrap_or_default());
            };
            if change.is_folder || (change.was_there && change.before.is_none()) {
                // a stamp that is not known tells no change from an echo, and that of a folder never does
                return attribute(path, change, heard.all());
            }
            let (who, looked) = heard.since(change.before);
            if looked == change.after {
                return who;
            }
            who.and(attribute(path, &StampChange { before: looked, ..*change }, heard.all()))
        };
        let mut who = |path: &Path, change: &StampChange, otherwise: Option<Sources>| {
            let who = heard_of(path, change, otherwise);
            // a patch knows what it wrote, a command does not
            let is_contested = !who.has(ChangeSource::Patch) && who.has_agent() && is_contested(path, change);
            if is_contested { who.and(Sources::of(ChangeSource::Other)) } else { who }
        };
        let paths: Vec<_> = dirty.keys().cloned().collect();
        let mut failed = None;
        if let (Some(store), Some(task)) = (&self.store, &mut self.task)
            && !paths.is_empty()
        {
            match refresh_paths(store, &self.dirs, task, &paths) {
                Ok(changed) => self.touch(&changed, |path, change| who(path, change, None)),
                Err(error) => failed = Some(error),
            }
        }
        if let (Some(sources), Some(task)) = (told, &mut self.task)
            && let Err(error) = task.refresh_ignored(&self.root, sources.has_agent())
        {
            failed = Some(error);
        }
        let mut taken = None;
        if let (Some(store), Some(task), Some(sources)) = (&mut self.store, &mut self.task, all) {
            self.dirs.lock().unwrap_or_else(PoisonError::into_inner).forget_missing();
            match rescan(store, &self.dirs, task) {
                Ok((id, report, changed)) => {
                    self.walked = report.clone();
                    let looked = task.refresh_ignored(&self.root, sources.has_agent());
                    failed = looked.err().or(failed);
                    self.touch(&changed, |path, change| who(path, change, Some(sources)));
                    taken = Some((id, report));
                }
                Err(error) => failed = Some(error),
            }
        }
        self.failed = failed.as_ref().map(|error| format!("changes could not be looked for: {error}"));
        if let Some(task) = &mut self.task {
            let patch = Sources::of(ChangeSource::Patch);
            for path in claimed {
                self.generation += u64::from(task.correct(&path, |sources| sources.and(patch)));
            }
            for (path, instead) in not_patch {
                let is_news = task.correct(&path, |sources| {
                    if sources.has(ChangeSource::Patch) {
                        sources.with_instead_of_patch(instead)
                    } else {
                        sources
                    }
                });
                self.generation += u64::from(is_news);
            }
        }
        failed.map_or(Ok(taken), Err)
    }

    pub(super) fn diff(&mut self) -> WorkspaceDiff {
        let problems = self.dirs().problem().map(str::to_owned);
        let mut notes: Vec<_> =
            problems.into_iter().chain(self.problem.clone()).chain(self.failed.clone()).collect();
        let (Some(store), Some(task)) = (&self.store, &mut self.task) else {
            return WorkspaceDiff { files: Vec::new(), notes };
        };
        let loader = Loader::new(&store.objects, &self.root);
        let (old, new) = task.sides(&store.objects, &loader);
        let touched: BTreeSet<_> = task.touched.keys().cloned().collect();
        let pairs = pairs(&touched, &old, &new);
        let mut known = BTreeMap::new();
        let mut files: Vec<DiffFile> = Vec::new();
        for pair in &pairs {
            let diff = match task.known.remove(pair.path()) {
                Some(same) if same.is_of(pair) => same,
                _ => KnownDiff::new(pair),
            };
            let sources = [&pair.old, &pair.new]
                .into_iter()
                .flatten()
                .filter_map(|side| task.touched.get(&side.path))
                .fold(Sources::default(), |all, touched| all.and(touched.sources));
            files.push(DiffFile { sources: sources.list(), ..diff.diff.clone() });
            known.insert(pair.path().to_owned(), diff);
        }
        task.known = known;
        let large = files.iter().filter(|file| file.too_large).count();
        if large > 0 {
            let files = if large == 1 { "file" } else { "files" };
            notes.insert(0, format!("{large} {files} over 1 MiB: shown as changed or not, but not how"));
        }
        WorkspaceDiff { files, notes }
    }

    pub(super) fn unified_diff(&self) -> String {
        let (Some(store), Some(task)) = (&self.store, &self.task) else { return String::new() };
        let loader = Loader::new(&store.objects, &self.root);
        let (old, new) = task.sides(&store.objects, &loader);
        let touched: BTreeSet<_> = task.touched.keys().cloned().collect();
        unified(&pairs(&touched, &old, &new))
    }

    /// Returns the task's own changes that were not returned before.
    pub(super) fn take_attributed(&mut self) -> Vec<AttributedChanges> {
        let (Some(store), Some(task)) = (&self.store, &mut self.task) else { return Vec::new() };
        task.take_attributed(&store.objects)
    }

    /// Returns how many ignored files the task removed, by the file or folder that the ignore rules name.
    pub(super) fn lost(&self) -> Vec<LostFiles> {
        self.task.as_ref().map(WatchedTask::lost).unwrap_or_default()
    }

    fn touch(&mut self, changed: &Changes, mut who: impl FnMut(&Path, &StampChange) -> Sources) {
        let Some(task) = &mut self.task else { return };
        let mut shows = false;
        for (path, change) in changed {
            shows |= task.touch(path, change, who(path, change));
        }
        self.generation += u64::from(shows);
    }

    fn dirs(&self) -> MutexGuard<'_, WatchedDirs> {
        self.dirs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn opened<'a>(
    store: &'a mut Option<Store>,
    (dir, except): (&Path, &[PathBuf]),
    root: &Path,
) -> Result<&'a mut Store, Error> {
    let open = match store.take() {
        Some(open) => open,
        None => {
            let mut opened = Store::open(dir, root)?;
            opened.leave_out(except);
            opened
        }
    };
    Ok(store.insert(open))
}

/// Takes a snapshot within a task. Returns it with what is not as it was.
fn rescan(
    store: &mut Store,
    dirs: &Mutex<WatchedDirs>,
    task: &mut WatchedTask,
) -> Result<(CheckpointId, Report, Changes), Error> {
    let root = store.root.clone();
    let request =
        SnapshotRequest { earlier: &[task.base.id], named: Some(&task.named), rules_of: Some(task.base.id) };
    let taken = store.scan(request, &|dir| follow(dirs, &root, dir))?;
    let last = Snapshot { id: taken.id, root: store.objects.root(&taken.id)? };
    let mut paths: BTreeSet<PathBuf> =
        between(&store.objects, task.last.id, last.id)?.into_iter().map(|change| change.path).collect();
    paths.extend(task.since.keys().filter(|path| path.is_relative()).cloned());
    let index_before = taken.previous.as_ref().unwrap_or(&store.index);
    let mut changes = Changes::new();
    for path in paths {
        let (before, after) = (task.now(&store.objects, &path), node_at(&store.objects, &last.root, &path)?);
        if !is_same(before.as_ref(), after.as_ref()) {
            let is_folder = [&before, &after].into_iter().flatten().all(Node::is_dir);
            let was_there = before.is_some();
            let (before, after) = (task.stamp(index_before, &path), store.index.stamp(&path));
            changes.insert(path, StampChange { before, after, is_folder, was_there });
        }
    }
    task.set_walked(last);
    let outside: Vec<_> = task.named.iter().filter(|path| path.is_absolute()).cloned().collect();
    changes.extend(refresh_paths(store, dirs, task, &outside)?);
    Ok((taken.id, taken.report, changes))
}

fn refresh_paths(
    store: &Store,
    dirs: &Mutex<WatchedDirs>,
    task: &mut WatchedTask,
    paths: &[PathBuf],
) -> Result<Changes, Error> {
    Refresh { store, dirs, task, seen: HashSet::new(), changed: Changes::new() }.run(paths)
}

fn is_same(one: Option<&Node>, other: Option<&Node>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_same(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

impl KnownDiff {
    fn new(pair: &Pair<'_>) -> Self {
        Self {
            old: pair.old.as_ref().map(|side| (side.path.clone(), side.entry.node.clone())),
            new: pair.new.as_ref().map(|side| side.entry.node.clone()),
            diff: diff_file(pair),
        }
    }

    fn is_of(&self, pair: &Pair<'_>) -> bool {
        let old = match (&self.old, &pair.old) {
            (Some((path, node)), Some(side)) => *path == side.path && *node == side.entry.node,
            (old, side) => old.is_none() && side.is_none(),
        };
        let new = match (&self.new, &pair.new) {
            (Some(node), Some(side)) => *node == side.entry.node,
            (new, side) => new.is_none() && side.is_none(),
        };
        old && new
    }
}
