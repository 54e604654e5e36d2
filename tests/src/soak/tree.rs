//! Whole state of a project's folder, compared byte for byte.

use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Dir(u32),
    File(u32, Vec<u8>),
    Link(PathBuf),
}

/// Every entry beneath a folder, by its path relative to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree(BTreeMap<PathBuf, Entry>);

impl Tree {
    /// Reads everything beneath `root`.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.add(root, Path::new(""))?;
        Ok(tree)
    }

    fn add(&mut self, root: &Path, dir: &Path) -> Result<()> {
        let full = root.join(dir);
        for entry in fs::read_dir(&full).with_context(|| full.display().to_string())? {
            let entry = entry?;
            let path = dir.join(entry.file_name());
            let metadata = entry.path().symlink_metadata()?;
            let mode = metadata.permissions().mode() & 0o7777;
            if metadata.is_symlink() {
                self.0.insert(path, Entry::Link(fs::read_link(entry.path())?));
            } else if metadata.is_dir() {
                self.0.insert(path.clone(), Entry::Dir(mode));
                self.add(root, &path)?;
            } else {
                self.0.insert(path, Entry::File(mode, fs::read(entry.path())?));
            }
        }
        Ok(())
    }

    /// Makes `root` hold exactly this.
    pub(super) fn write(&self, root: &Path) -> Result<()> {
        if root.exists() {
            fs::remove_dir_all(root)?;
        }
        fs::create_dir_all(root)?;
        for (path, entry) in &self.0 {
            let path = root.join(path);
            match entry {
                Entry::Dir(_) => fs::create_dir(&path)?,
                Entry::File(mode, bytes) => {
                    fs::write(&path, bytes)?;
                    fs::set_permissions(&path, fs::Permissions::from_mode(*mode))?;
                }
                Entry::Link(target) => std::os::unix::fs::symlink(target, &path)?,
            }
        }
        // last, since a folder that may not be written takes nothing in
        for (path, entry) in self.0.iter().rev() {
            if let Entry::Dir(mode) = entry {
                fs::set_permissions(root.join(path), fs::Permissions::from_mode(*mode))?;
            }
        }
        Ok(())
    }

    /// Leaves a path out.
    pub(super) fn without(mut self, path: &str) -> Self {
        self.0.remove(Path::new(path));
        self
    }

    /// Returns the paths that differ.
    pub(super) fn difference(&self, other: &Self) -> Vec<PathBuf> {
        let paths: BTreeSet<&PathBuf> = self.0.keys().chain(other.0.keys()).collect();
        paths.into_iter().filter(|path| self.0.get(*path) != other.0.get(*path)).cloned().collect()
    }
}
