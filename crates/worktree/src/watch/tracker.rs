//! Paths that may have changed, and by whom (B37).
//!
//! The system says that a path changed, never who changed it. What is known is when a command ran, and which paths a patch
//! wrote and how they looked right after.

use crate::stat_cache::StatStamp;
use protocol::ChangeSource;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// Paths kept one by one before everything is looked at instead.
const MAX_DIRTY: usize = 10_000;

/// Changes of one path told apart before it is looked at.
const MAX_STATES: usize = 16;

/// A set of sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sources(u8);

impl Sources {
    const ALL: [(ChangeSource, u8); 3] =
        [(ChangeSource::Patch, 1), (ChangeSource::Command, 2), (ChangeSource::Other, 4)];

    pub(super) fn of(source: ChangeSource) -> Self {
        Self(Self::ALL.iter().find(|(known, _)| *known == source).map_or(0, |(_, bit)| *bit))
    }

    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Replaces the patch by others.
    #[must_use]
    pub(super) fn with_instead_of_patch(self, others: Self) -> Self {
        Self(self.0 & !Self::of(ChangeSource::Patch).0).and(others)
    }

    /// Reports whether the agent is among them.
    pub(super) fn has_agent(self) -> bool {
        self.has(ChangeSource::Patch) || self.has(ChangeSource::Command)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn has(self, source: ChangeSource) -> bool {
        self.0 & Self::of(source).0 != 0
    }

    pub(super) fn list(self) -> Vec<ChangeSource> {
        Self::ALL.into_iter().map(|(source, _)| source).filter(|source| self.has(*source)).collect()
    }
}

/// Events of one path, in order: who may have changed it, and its stamp right then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PendingEvent(Vec<(Sources, Option<StatStamp>)>);

impl PendingEvent {
    fn of(sources: Sources, stamp: Option<StatStamp>) -> Self {
        Self(vec![(sources, stamp)])
    }

    fn add(&mut self, sources: Sources, stamp: Option<StatStamp>) {
        let full = self.0.len() >= MAX_STATES;
        match self.0.last_mut() {
            Some(last) if last.1 == stamp || full => *last = (last.0.and(sources), stamp),
            _ => self.0.push((sources, stamp)),
        }
    }

    /// Everybody who was heard.
    pub(super) fn all(&self) -> Sources {
        self.0.iter().fold(Sources::default(), |all, (sources, _)| all.and(*sources))
    }

    /// Returns who changed a file that looked like `before`, and how it looked after the last change heard of. What was heard
    /// while it looked no different is an echo of something earlier, and nobody's change.
    pub(super) fn since(&self, before: Option<StatStamp>) -> (Sources, Option<StatStamp>) {
        self.0.iter().fold((Sources::default(), before), |(who, looked), (sources, stamp)| {
            if *stamp == looked { (who, looked) } else { (who.and(*sources), *stamp) }
        })
    }

    fn instead_of_patch(&mut self, others: Sources) {
        for (sources, _) in &mut self.0 {
            if sources.has(ChangeSource::Patch) {
                *sources = sources.with_instead_of_patch(others);
            }
        }
    }
}

/// Paths to refresh.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DirtyPaths {
    /// These paths, with what was heard of them.
    pub(super) dirty: BTreeMap<PathBuf, PendingEvent>,
    /// Everything, and who may have changed what is found.
    pub(super) all: Option<Sources>,
    /// Paths a patch wrote for certain, whoever was thought to have.
    pub(super) claimed: BTreeSet<PathBuf>,
    /// Paths thought to be a patch's that turned out not to be, with who else it was.
    pub(super) not_patch: BTreeMap<PathBuf, Sources>,
}

/// Events since the last refresh. Paths are relative to the root.
#[derive(Debug, Default)]
pub(super) struct ChangeTracker {
    root: PathBuf,
    commands: u32,
    patches: u32,
    /// A command ended, and what it did has not been looked at yet.
    settling: bool,
    due: DirtyPaths,
    /// Stamps of the files that a patch wrote, right after.
    wrote: HashMap<PathBuf, Option<StatStamp>>,
    /// Paths that changed while a patch was being written, and that it has not claimed yet, with who it was if it never
    /// does.
    unclaimed: BTreeMap<PathBuf, Sources>,
}

impl ChangeTracker {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), ..Self::default() }
    }

    /// A command or a patch begins.
    pub(super) fn began(&mut self, source: ChangeSource) {
        match source {
            ChangeSource::Command => self.commands += 1,
            ChangeSource::Patch => self.patches += 1,
            ChangeSource::Other => {}
        }
    }

    /// A command or a patch ended.
    pub(super) fn ended(&mut self, source: ChangeSource) {
        match source {
            ChangeSource::Command => {
                self.commands = self.commands.saturating_sub(1);
                self.settling = true;
                self.mark_all(Sources::of(ChangeSource::Command));
            }
            ChangeSource::Patch => {
                self.patches = self.patches.saturating_sub(1);
                for (path, instead) in std::mem::take(&mut self.unclaimed) {
                    if self.wrote.contains_key(&path) {
                        continue;
                    }
                    if let Some(heard) = self.due.dirty.get_mut(&path) {
                        heard.instead_of_patch(instead);
                    }
                    self.due.not_patch.insert(path, instead);
                }
            }
            ChangeSource::Other => {}
        }
    }

    /// A patch wrote these paths. Events of theirs that were not looked at yet are echoes of that: had anybody else changed
    /// them just before, the patch would not have applied.
    pub(super) fn wrote(&mut self, paths: impl Iterator<Item = PathBuf>) {
        for path in paths {
            let stamp = StatStamp::at(&self.root.join(&path));
            self.wrote.insert(path.clone(), stamp);
            self.unclaimed.remove(&path);
            self.due.not_patch.remove(&path);
            self.due.claimed.insert(path.clone());
            self.due.dirty.insert(path, PendingEvent::of(Sources::of(ChangeSource::Patch), stamp));
        }
    }

    /// The system says that a path changed.
    pub(super) fn saw(&mut self, path: PathBuf) {
        let stamp = StatStamp::at(&self.root.join(&path));
        let source = self.attribute_now(&path, stamp, Sources::of(ChangeSource::Other));
        self.due.dirty.entry(path).or_default().add(source, stamp);
        if self.due.dirty.len() > MAX_DIRTY {
            let sources = self.due.dirty.values().fold(Sources::default(), |all, heard| all.and(heard.all()));
            self.due.dirty.clear();
            self.mark_all(sources);
        }
    }

    /// Returns who changed a path that looked like `before` and looks like `after`, by what was heard since it was last taken;
    /// `otherwise` where that does not tell.
    pub(super) fn attribute(
        &mut self,
        path: &Path,
        before: Option<StatStamp>,
        after: Option<StatStamp>,
        otherwise: Sources,
    ) -> Sources {
        // a file may have been read halfway through a write: who was heard of it since is who it was
        let heard = self.due.dirty.get(path).map(|heard| heard.since(before).0);
        match heard.filter(|who| *who != Sources::default()) {
            Some(who) => who,
            None => self.attribute_now(path, after, otherwise),
        }
    }

    /// Returns who has just made a path look like `stamp`; `otherwise` when neither a patch nor a command is at work.
    fn attribute_now(&mut self, path: &Path, stamp: Option<StatStamp>, otherwise: Sources) -> Sources {
        if self.wrote.get(path).is_some_and(|wrote| *wrote == stamp) {
            return Sources::of(ChangeSource::Patch);
        }
        let command = self.commands > 0 || self.settling;
        let otherwise = if command { Sources::of(ChangeSource::Command) } else { otherwise };
        if self.patches > 0 {
            self.unclaimed.insert(path.to_owned(), otherwise);
            return Sources::of(ChangeSource::Patch);
        }
        otherwise
    }

    /// The system lost track, or never had it.
    pub(super) fn lost_track(&mut self) {
        self.mark_all(Sources::of(ChangeSource::Other));
    }

    /// Takes the paths to refresh; none are left.
    pub(super) fn take(&mut self) -> DirtyPaths {
        std::mem::take(&mut self.due)
    }

    /// Everything taken was looked at: what changes from here on is no late word of a command that ended.
    pub(super) fn looked(&mut self) {
        self.settling = self.due.all.is_some_and(|sources| sources.has(ChangeSource::Command));
    }

    /// A task begins: what was before is nobody's.
    pub(super) fn forget(&mut self) {
        self.wrote.clear();
        self.unclaimed.clear();
        self.settling = false;
    }

    fn mark_all(&mut self, sources: Sources) {
        self.due.all = Some(self.due.all.unwrap_or_default().and(sources));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ChangeSource::{Command, Other, Patch};
    use std::fs;

    fn sources(tracker: &mut ChangeTracker, path: &str) -> Vec<ChangeSource> {
        tracker.take().dirty.remove(Path::new(path)).unwrap_or_default().all().list()
    }

    #[test]
    fn a_change_is_a_commands_while_one_runs_and_until_it_was_looked_at() {
        let mut tracker = ChangeTracker::new(Path::new("/nowhere"));
        tracker.saw("a".into());
        assert_eq!(sources(&mut tracker, "a"), [Other]);
        tracker.began(Command);
        tracker.saw("a".into());
        tracker.ended(Command);
        tracker.saw("b".into());
        let due = tracker.take();
        assert_eq!(
            due.dirty.values().map(|heard| heard.all().list()).collect::<Vec<_>>(),
            [[Command], [Command]]
        );
        assert_eq!(due.all, Some(Sources::of(Command)));
        tracker.saw("c".into());
        tracker.looked();
        assert_eq!(sources(&mut tracker, "c"), [Command]);
        tracker.saw("d".into());
        assert_eq!(sources(&mut tracker, "d"), [Other]);
    }

    #[test]
    fn the_echo_of_a_patch_is_the_patchs_and_what_comes_after_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut tracker = ChangeTracker::new(dir.path());
        tracker.began(Patch);
        fs::write(dir.path().join("a"), "1").unwrap();
        tracker.saw("a".into());
        tracker.saw("else".into());
        tracker.wrote(["a".into()].into_iter());
        tracker.ended(Patch);
        tracker.saw("a".into());
        let due = tracker.take();
        assert_eq!(due.dirty[Path::new("a")].all().list(), [Patch]);
        assert_eq!(due.dirty[Path::new("else")].all().list(), [Other]);
        assert_eq!(due.not_patch, [(PathBuf::from("else"), Sources::of(Other))].into());
        assert_eq!(due.claimed, [PathBuf::from("a")].into());
        fs::write(dir.path().join("a"), "22").unwrap();
        tracker.saw("a".into());
        assert_eq!(sources(&mut tracker, "a"), [Other]);
    }

    #[test]
    fn what_is_found_while_a_patch_is_written_is_its_when_it_claims_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let mut tracker = ChangeTracker::new(dir.path());
        let (patch, other) = (Sources::of(Patch), Sources::of(Other));
        tracker.began(Patch);
        fs::write(&path, "1").unwrap();
        let written = StatStamp::at(&path);
        assert_eq!(tracker.attribute(Path::new("a"), None, written, other), patch);
        assert_eq!(tracker.attribute(Path::new("else"), None, written, other), patch);
        tracker.wrote(["a".into()].into_iter());
        tracker.ended(Patch);
        assert_eq!(tracker.take().not_patch, [(PathBuf::from("else"), other)].into());
        assert_eq!(tracker.attribute(Path::new("a"), None, written, other), patch);
        tracker.began(Command);
        fs::write(&path, "22").unwrap();
        assert_eq!(
            tracker.attribute(Path::new("a"), written, StatStamp::at(&path), other),
            Sources::of(Command)
        );
    }

    #[test]
    fn what_is_heard_of_a_file_that_looks_no_different_is_nobodys_change() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "1").unwrap();
        let before = StatStamp::at(&path);
        let mut tracker = ChangeTracker::new(dir.path());
        tracker.saw("a".into());
        tracker.began(Command);
        fs::write(&path, "22").unwrap();
        let after = StatStamp::at(&path);
        assert_eq!(tracker.due.dirty[Path::new("a")].since(before), (Sources::default(), before));
        assert_eq!(tracker.attribute(Path::new("a"), before, after, Sources::of(Other)).list(), [Command]);
        tracker.saw("a".into());
        assert_eq!(tracker.due.dirty[Path::new("a")].since(before), (Sources::of(Command), after));
        assert_eq!(tracker.due.dirty[Path::new("a")].since(None).0.list(), [Command, Other]);
    }

    #[test]
    fn too_many_paths_are_looked_for_instead_of_kept() {
        let mut tracker = ChangeTracker::new(Path::new("/nowhere"));
        for number in 0..=MAX_DIRTY {
            tracker.saw(number.to_string().into());
        }
        let due = tracker.take();
        assert!(due.dirty.is_empty() && due.all == Some(Sources::of(Other)));
    }
}
