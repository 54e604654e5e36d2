//! Files that the ignore rules leave out of snapshots: they cannot be restored, so what became of them has to be known.

use crate::error::Error;
use crate::ignore::is_never_looked_at;
use crate::walk::{FOLDER, open_folder};
use rustix::fs::{Dir, FileType, Mode};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Files that are told apart in all; folders beyond are only known by their being there.
const MAX_FILES: usize = 1_000_000;

/// The ignored files of a project at one time, by the file or folder that the rules name. Those that tools make and anybody can
/// make again (`node_modules`, a build's `target`) are not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IgnoredFiles {
    /// Hashes of the paths beneath each folder; of a file, that of its own.
    entries: BTreeMap<PathBuf, HashSet<u64>>,
}

impl IgnoredFiles {
    /// Looks into the files and folders that the rules name, relative to the project. What is gone or may not be read holds
    /// nothing.
    pub(crate) fn find<'p>(root: &Path, named: impl IntoIterator<Item = &'p Path>) -> Result<Self, Error> {
        let top =
            rustix::fs::open(root, FOLDER, Mode::empty()).map_err(Error::io("cannot be opened", root))?;
        let mut found = Self::default();
        let mut room = MAX_FILES;
        for path in named {
            let mut files = HashSet::new();
            match root.join(path).symlink_metadata() {
                Ok(metadata) if metadata.is_dir() => list(&top, path, &mut files, &mut room),
                Ok(_) => drop(files.insert(hash(path))),
                Err(_) => {}
            }
            if !files.is_empty() {
                found.entries.insert(path.to_owned(), files);
            }
        }
        Ok(found)
    }

    /// Looks again into the files and folders of these and of `others`.
    pub(crate) fn find_again(&self, root: &Path, others: &Self) -> Result<Self, Error> {
        Self::find(root, self.entries.keys().chain(others.entries.keys()).map(PathBuf::as_path))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Moves what is not there any more out of these, and returns it.
    pub(crate) fn take_missing(&mut self, now: &Self) -> Self {
        let mut missing = Self::default();
        self.entries.retain(|path, files| {
            let there = now.entries.get(path);
            let gone: HashSet<u64> = files
                .iter()
                .filter(|file| there.is_none_or(|there| !there.contains(file)))
                .copied()
                .collect();
            files.retain(|file| !gone.contains(file));
            if !gone.is_empty() {
                missing.entries.insert(path.clone(), gone);
            }
            !files.is_empty()
        });
        missing
    }

    /// Moves what is there again out of these, and returns it.
    pub(crate) fn take_present(&mut self, now: &Self) -> Self {
        let missing = self.take_missing(now);
        std::mem::replace(self, missing)
    }

    /// Adds what others hold.
    pub(crate) fn extend(&mut self, others: Self) {
        for (path, files) in others.entries {
            self.entries.entry(path).or_default().extend(files);
        }
    }

    /// Returns the number of files by file or folder that the rules name.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&Path, usize)> {
        self.entries.iter().map(|(path, files)| (path.as_path(), files.len()))
    }
}

/// Adds the files beneath a folder; its own folders are looked into, and no link is followed.
fn list(root: impl AsFd, folder: &Path, files: &mut HashSet<u64>, room: &mut usize) {
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        let Ok(listed) = open_folder(root.as_fd(), &folder).and_then(Dir::read_from) else { continue };
        for entry in listed.flatten() {
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            let is_dir = entry.file_type() == FileType::Directory;
            if name == "." || name == ".." || is_never_looked_at(name, is_dir) {
                continue;
            }
            if is_dir {
                left.push(folder.join(name));
            } else if *room > 0 {
                *room -= 1;
                files.insert(hash(&folder.join(name)));
            }
        }
    }
}

fn hash(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.as_os_str().as_bytes().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_went_is_told_by_the_name_in_the_rules_until_it_is_back() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for file in ["data/a", "data/deep/b", "data/node_modules/c", "secret"] {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "x").unwrap();
        }
        let named = ["data", "secret", "none"].map(Path::new);
        let mut there = IgnoredFiles::find(root, named).unwrap();
        let counts = |files: &IgnoredFiles| {
            files.counts().map(|(path, count)| (path.display().to_string(), count)).collect::<Vec<_>>()
        };
        assert_eq!(counts(&there), [("data".to_owned(), 2), ("secret".to_owned(), 1)]);
        fs::remove_dir_all(root.join("data")).unwrap();
        fs::write(root.join("new"), "x").unwrap();
        let mut lost = there.take_missing(&IgnoredFiles::find(root, named).unwrap());
        assert_eq!(
            (counts(&lost), counts(&there)),
            (vec![("data".to_owned(), 2)], vec![("secret".to_owned(), 1)])
        );
        fs::create_dir(root.join("data")).unwrap();
        fs::write(root.join("data/a"), "x").unwrap();
        let back = lost.take_present(&IgnoredFiles::default().find_again(root, &lost).unwrap());
        assert_eq!(
            (counts(&lost), counts(&back)),
            (vec![("data".to_owned(), 1)], vec![("data".to_owned(), 1)])
        );
        there.extend(back);
        assert_eq!(counts(&there), [("data".to_owned(), 1), ("secret".to_owned(), 1)]);
    }
}
