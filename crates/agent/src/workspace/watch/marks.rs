//! Which paths may have changed, and by whom (B37).
//!
//! The system says that a path changed, never who changed it. What is known is when a command ran, and which paths a patch
//! wrote and how they looked right after.

use super::entry::Stamp;
use protocol::ChangeSource;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// Paths kept one by one before everything is looked at instead.
const MAX_DIRTY: usize = 10_000;

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

    #[must_use]
    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn has(self, source: ChangeSource) -> bool {
        self.0 & Self::of(source).0 != 0
    }

    pub(super) fn list(self) -> Vec<ChangeSource> {
        Self::ALL.into_iter().map(|(source, _)| source).filter(|source| self.has(*source)).collect()
    }
}

/// What is to be looked at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// These paths, with who may have changed them.
    pub(super) dirty: BTreeMap<PathBuf, Sources>,
    /// Everything, and who may have changed what is found.
    pub(super) all: Option<Sources>,
    /// Paths thought to be a patch's that turned out not to be.
    pub(super) not_patch: BTreeSet<PathBuf>,
}

/// What happened since it was last looked at. Paths are relative to the root.
#[derive(Debug, Default)]
pub(super) struct Marks {
    root: PathBuf,
    commands: u32,
    patches: u32,
    /// A command ended, and what it did has not been looked at yet.
    settling: bool,
    due: Due,
    /// How the files looked that a patch wrote, right after.
    wrote: HashMap<PathBuf, Option<Stamp>>,
    /// Paths that changed while a patch was being written, and that it has not claimed yet.
    unclaimed: BTreeSet<PathBuf>,
}

impl Marks {
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
                self.look_over(Sources::of(ChangeSource::Command));
            }
            ChangeSource::Patch => {
                self.patches = self.patches.saturating_sub(1);
                for path in std::mem::take(&mut self.unclaimed) {
                    if let Some(sources) = self.due.dirty.get_mut(&path) {
                        *sources = other_instead_of_patch(*sources);
                    }
                    self.due.not_patch.insert(path);
                }
            }
            ChangeSource::Other => {}
        }
    }

    /// A patch wrote these paths. Marks of theirs that were not looked at yet are echoes of that: had anybody else changed
    /// them just before, the patch would not have applied.
    pub(super) fn wrote(&mut self, paths: impl Iterator<Item = PathBuf>) {
        for path in paths {
            self.wrote.insert(path.clone(), Stamp::at(&self.root.join(&path)));
            self.unclaimed.remove(&path);
            self.due.not_patch.remove(&path);
            self.due.dirty.insert(path, Sources::of(ChangeSource::Patch));
        }
    }

    /// The system says that a path changed.
    pub(super) fn saw(&mut self, path: PathBuf) {
        let by_patch = self.wrote.get(&path).is_some_and(|stamp| *stamp == Stamp::at(&self.root.join(&path)));
        let source = if by_patch { ChangeSource::Patch } else { self.now() };
        if source == ChangeSource::Patch && !by_patch {
            self.unclaimed.insert(path.clone());
        }
        let marked = self.due.dirty.entry(path).or_default();
        *marked = marked.and(Sources::of(source));
        if self.due.dirty.len() > MAX_DIRTY {
            let sources = self.due.dirty.values().fold(Sources::default(), |all, sources| all.and(*sources));
            self.due.dirty.clear();
            self.look_over(sources);
        }
    }

    /// The system lost track, or never had it.
    pub(super) fn lost_track(&mut self) {
        self.look_over(Sources::of(self.now()));
    }

    /// What is to be looked at; nothing is, afterwards.
    pub(super) fn take(&mut self) -> Due {
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

    fn now(&self) -> ChangeSource {
        if self.commands > 0 || self.settling {
            ChangeSource::Command
        } else if self.patches > 0 {
            ChangeSource::Patch
        } else {
            ChangeSource::Other
        }
    }

    fn look_over(&mut self, sources: Sources) {
        self.due.all = Some(self.due.all.unwrap_or_default().and(sources));
    }
}

/// The same set with somebody else in place of the patch.
pub(super) fn other_instead_of_patch(sources: Sources) -> Sources {
    sources.without(Sources::of(ChangeSource::Patch)).and(Sources::of(ChangeSource::Other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ChangeSource::{Command, Other, Patch};
    use std::fs;

    fn sources(marks: &mut Marks, path: &str) -> Vec<ChangeSource> {
        marks.take().dirty.remove(Path::new(path)).unwrap_or_default().list()
    }

    #[test]
    fn a_change_is_a_commands_while_one_runs_and_until_it_was_looked_at() {
        let mut marks = Marks::new(Path::new("/nowhere"));
        marks.saw("a".into());
        assert_eq!(sources(&mut marks, "a"), [Other]);
        marks.began(Command);
        marks.saw("a".into());
        marks.ended(Command);
        marks.saw("b".into());
        let due = marks.take();
        assert_eq!(
            due.dirty.values().map(|sources| sources.list()).collect::<Vec<_>>(),
            [[Command], [Command]]
        );
        assert_eq!(due.all, Some(Sources::of(Command)));
        marks.saw("c".into());
        marks.looked();
        assert_eq!(sources(&mut marks, "c"), [Command]);
        marks.saw("d".into());
        assert_eq!(sources(&mut marks, "d"), [Other]);
    }

    #[test]
    fn the_echo_of_a_patch_is_the_patchs_and_what_comes_after_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut marks = Marks::new(dir.path());
        marks.began(Patch);
        fs::write(dir.path().join("a"), "1").unwrap();
        marks.saw("a".into());
        marks.saw("else".into());
        marks.wrote(["a".into()].into_iter());
        marks.ended(Patch);
        marks.saw("a".into());
        let due = marks.take();
        assert_eq!(due.dirty[Path::new("a")].list(), [Patch]);
        assert_eq!(due.dirty[Path::new("else")].list(), [Other]);
        assert_eq!(due.not_patch, [PathBuf::from("else")].into());
        fs::write(dir.path().join("a"), "22").unwrap();
        marks.saw("a".into());
        assert_eq!(sources(&mut marks, "a"), [Other]);
    }

    #[test]
    fn too_many_paths_are_looked_for_instead_of_kept() {
        let mut marks = Marks::new(Path::new("/nowhere"));
        for number in 0..=MAX_DIRTY {
            marks.saw(number.to_string().into());
        }
        let due = marks.take();
        assert!(due.dirty.is_empty() && due.all == Some(Sources::of(Other)));
    }
}
