//! The two states that are compared: when the task began, and now.

use super::compare::{Pair, diff_file, pairs};
use super::entry::Entry;
use super::folders::Folders;
use super::marks::{Due, Heard, Sources};
use super::tree::{Change, Changes, Files, Rules, Tree};
use super::unified::unified;
use protocol::{ChangeSource, DiffFile, WorkspaceDiff};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The project's files when the task began and now.
#[derive(Debug)]
pub(super) struct State {
    folders: Folders,
    now: Tree,
    task: Option<Task>,
    /// Counts up with every change that shows.
    generation: u64,
    problem: Option<String>,
}

/// What is known since the task began.
#[derive(Debug)]
struct Task {
    before: Files,
    /// Paths that changed since, with who changed them.
    touched: BTreeMap<PathBuf, Sources>,
    /// Diffs worked out before, with the sides they are of.
    known: BTreeMap<PathBuf, Known>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Known {
    old: Option<(PathBuf, Arc<Entry>)>,
    new: Option<Arc<Entry>>,
    diff: DiffFile,
}

impl State {
    pub(super) fn new(root: &Path, watcher: notify::Result<notify::RecommendedWatcher>) -> Self {
        let folders = Folders::new(watcher);
        Self { folders, now: Tree::new(root), task: None, generation: 0, problem: None }
    }

    /// Nobody looks by themselves: what changed is only found when it is asked for.
    pub(super) fn cannot_watch(&mut self, error: &std::io::Error) {
        self.problem =
            Some(format!("changes are looked for only at the end of commands and patches ({error})"));
    }

    /// Whether changes may go unheard.
    pub(super) fn has_problem(&self) -> bool {
        self.folders.problem().is_some() || self.problem.is_some()
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Takes the files as they are for the state before the task.
    pub(super) fn begin_task(&mut self) {
        self.now.look_over(Rules::Learn, &mut self.folders);
        let had_changes = self.task.as_ref().is_some_and(|task| !task.touched.is_empty());
        self.task = Some(Task {
            before: self.now.files.clone(),
            touched: BTreeMap::new(),
            known: BTreeMap::new(),
            notes: self.now.notes(),
        });
        self.generation += u64::from(had_changes);
    }

    /// Follows these paths from here on. Those that did not change since the task began, it knows as they are now.
    pub(super) fn will_write(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.now.name(path);
            if let (Some(task), Some(entry)) = (&mut self.task, self.now.files.get(path))
                && !task.touched.contains_key(path)
            {
                task.before.insert(path.clone(), Arc::clone(entry));
            }
        }
    }

    /// Looks at what is due. `blame` says who made the rest of a change that what was heard does not account for, given
    /// who did if nothing more is known.
    pub(super) fn look(&mut self, due: Due, mut blame: impl FnMut(&Path, &Change, Sources) -> Sources) {
        let Due { dirty, all, claimed, not_patch } = due;
        let mut who = |path: &Path, change: &Change, otherwise: Option<Sources>| {
            let Some(heard) = dirty.get(path) else {
                // a folder was heard of in place of everything in it
                let above = path.ancestors().find_map(|at| dirty.get(at)).map(Heard::all);
                return blame(path, change, above.or(otherwise).unwrap_or_default());
            };
            let (who, looked) = heard.since(change.before);
            if looked == change.after {
                return who;
            }
            who.and(blame(path, &Change { before: looked, ..*change }, heard.all()))
        };
        let paths: Vec<_> = dirty.keys().cloned().collect();
        if !paths.is_empty() {
            let changed = self.now.look_at(&paths, &mut self.folders);
            self.touch(&changed, |path, change| who(path, change, None));
        }
        if let Some(sources) = all {
            let rules = if self.task.is_some() { Rules::Keep } else { Rules::Learn };
            let changed = self.now.look_over(rules, &mut self.folders);
            self.touch(&changed, |path, change| who(path, change, Some(sources)));
        }
        let patch = Sources::of(ChangeSource::Patch);
        for path in claimed {
            self.correct(&path, |sources| sources.and(patch));
        }
        for (path, instead) in not_patch {
            self.correct(&path, |sources| {
                if sources.has(ChangeSource::Patch) {
                    sources.with_instead_of_patch(instead)
                } else {
                    sources
                }
            });
        }
    }

    pub(super) fn diff(&mut self) -> WorkspaceDiff {
        let problems =
            self.folders.problem().into_iter().chain(self.problem.as_deref()).map(str::to_owned).collect();
        let Some(pairs) = self.pairs() else { return WorkspaceDiff { files: Vec::new(), notes: problems } };
        let Some(task) = &mut self.task else { return WorkspaceDiff::default() };
        let mut known = BTreeMap::new();
        let mut files = Vec::new();
        for pair in &pairs {
            let diff = match task.known.remove(pair.path()) {
                Some(same) if same.is_of(pair) => same,
                _ => Known::of(pair),
            };
            let sources = [&pair.old, &pair.new]
                .into_iter()
                .flatten()
                .filter_map(|side| task.touched.get(&side.path))
                .fold(Sources::default(), |all, sources| all.and(*sources));
            files.push(DiffFile { sources: sources.list(), ..diff.diff.clone() });
            known.insert(pair.path().to_owned(), diff);
        }
        task.known = known;
        let notes = task.notes.iter().cloned().chain::<Vec<String>>(problems).collect();
        WorkspaceDiff { files, notes }
    }

    pub(super) fn unified_diff(&mut self) -> String {
        self.pairs().map(|pairs| unified(&pairs)).unwrap_or_default()
    }

    fn pairs(&self) -> Option<Vec<Pair>> {
        let task = self.task.as_ref()?;
        let touched: BTreeSet<_> = task.touched.keys().cloned().collect();
        Some(pairs(&touched, &task.before, &self.now.files))
    }

    /// Says better who changed a path that is known to have changed.
    fn correct(&mut self, path: &Path, better: impl FnOnce(Sources) -> Sources) {
        let Some(sources) = self.task.as_mut().and_then(|task| task.touched.get_mut(path)) else { return };
        let better = better(*sources);
        self.generation += u64::from(better != *sources);
        *sources = better;
    }

    fn touch(&mut self, changed: &Changes, mut who: impl FnMut(&Path, &Change) -> Sources) {
        let Some(task) = self.task.as_mut().filter(|_| !changed.is_empty()) else { return };
        for (path, change) in changed {
            let touched = task.touched.entry(path.clone()).or_default();
            *touched = touched.and(who(path, change));
        }
        self.generation += 1;
    }
}

impl Known {
    fn of(pair: &Pair) -> Self {
        Self {
            old: pair.old.as_ref().map(|side| (side.path.clone(), Arc::clone(&side.entry))),
            new: pair.new.as_ref().map(|side| Arc::clone(&side.entry)),
            diff: diff_file(pair),
        }
    }

    fn is_of(&self, pair: &Pair) -> bool {
        let old = match (&self.old, &pair.old) {
            (Some((path, entry)), Some(side)) => *path == side.path && Arc::ptr_eq(entry, &side.entry),
            (old, side) => old.is_none() && side.is_none(),
        };
        let new = match (&self.new, &pair.new) {
            (Some(entry), Some(side)) => Arc::ptr_eq(entry, &side.entry),
            (new, side) => new.is_none() && side.is_none(),
        };
        old && new
    }
}
