//! A project and its store in a temporary folder.

use crate::{Applied, CheckpointId, Error, PlanRequest, Report, RestorePlan, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// One thing of a project, byte for byte and bit for bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Dir(u32),
    File(u32, Vec<u8>),
    Link(PathBuf),
    Other,
}

pub(crate) type Things = BTreeMap<PathBuf, Thing>;

/// Everything beneath a folder, the folder included.
pub(crate) fn things(root: &Path) -> Things {
    let mut all = Things::new();
    let mut left = vec![PathBuf::new()];
    while let Some(path) = left.pop() {
        let absolute = root.join(&path);
        let meta = absolute.symlink_metadata().unwrap();
        let mode = meta.mode() & 0o7777;
        let thing = if meta.is_dir() {
            left.extend(fs::read_dir(&absolute).unwrap().map(|entry| path.join(entry.unwrap().file_name())));
            Thing::Dir(mode)
        } else if meta.is_symlink() {
            Thing::Link(fs::read_link(&absolute).unwrap())
        } else if meta.is_file() {
            Thing::File(mode, fs::read(&absolute).unwrap())
        } else {
            Thing::Other
        };
        all.insert(path, thing);
    }
    all
}

pub(crate) struct World {
    dir: tempfile::TempDir,
    pub(crate) store: Store,
}

impl World {
    /// A project with these files; a path that ends in `/` is an empty folder.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("project");
        fs::create_dir(&root).unwrap();
        let store = Store::open(&dir.path().join("store"), &root).unwrap();
        let world = Self { dir, store };
        for (path, text) in files {
            world.write(path, text);
        }
        world
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join("project").join(path)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let absolute = self.path(path);
        if path.ends_with('/') {
            return fs::create_dir_all(absolute).unwrap();
        }
        fs::create_dir_all(absolute.parent().unwrap()).unwrap();
        fs::write(absolute, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn remove(&self, path: &str) {
        let absolute = self.path(path);
        if absolute.symlink_metadata().unwrap().is_dir() {
            fs::remove_dir_all(absolute).unwrap();
        } else {
            fs::remove_file(absolute).unwrap();
        }
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    pub(crate) fn chmod(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn link(&self, path: &str, target: &str) {
        symlink(target, self.path(path)).unwrap();
    }

    pub(crate) fn things(&self) -> Things {
        things(&self.path(""))
    }

    /// The store as another process finds it.
    pub(crate) fn reopen(&mut self) {
        self.store = Store::open(&self.dir.path().join("store"), &self.path("")).unwrap();
    }

    pub(crate) fn take(&mut self) -> CheckpointId {
        self.take_reported().0
    }

    pub(crate) fn take_reported(&mut self) -> (CheckpointId, Report) {
        self.store.snapshot(&[]).unwrap()
    }

    /// A plan to go from what is there now to `target`, the agent having left `base`.
    pub(crate) fn plan(&mut self, target: CheckpointId, base: CheckpointId) -> RestorePlan {
        let (now, _) = self.store.snapshot(&[target, base]).unwrap();
        let others = vec![(base, now)];
        self.store
            .plan(&PlanRequest { target, now, changed: None, others, others_paths: BTreeSet::new() })
            .unwrap()
    }

    pub(crate) fn undo(
        &mut self,
        target: CheckpointId,
        base: CheckpointId,
        overwrite: bool,
    ) -> Result<Applied, Error> {
        let plan = self.plan(target, base);
        self.store.apply(&plan, overwrite)
    }

    /// Undoes what `change` does, redoes and undoes it again; every time everything must be as it was.
    pub(crate) fn undo_and_redo(&mut self, change: impl FnOnce(&World)) {
        let before = self.things();
        let (target, _) = self.take_reported();
        change(self);
        let after = self.things();
        let (base, _) = self.store.snapshot(&[target]).unwrap();
        for _ in 0..2 {
            self.undo(target, base, false).unwrap();
            assert_eq!(self.things(), before, "after an undo");
            self.undo(base, target, false).unwrap();
            assert_eq!(self.things(), after, "after a redo");
        }
    }
}
