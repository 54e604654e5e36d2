//! Other names of a file (hard links).

use super::destination::FoundFile;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Files and folders that are looked at to find the names of one file.
const MAX_ENTRIES: usize = 500_000;

/// Returns the other names of a file beneath `root`, sorted; its own is `target`. None are found in a folder with too much in it.
pub(super) fn other_names(root: &Path, target: &Path, found: &FoundFile) -> Vec<PathBuf> {
    let mut names = Vec::new();
    let mut left = vec![root.to_owned()];
    let mut entries = 0;
    if found.names < 2 {
        return names;
    }
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            entries += 1;
            if entries > MAX_ENTRIES {
                return Vec::new();
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => left.push(entry.path()),
                Ok(kind) if kind.is_file() && is_name_of(&entry.path(), found) && entry.path() != target => {
                    names.push(entry.path());
                    if names.len() as u64 + 1 == found.names {
                        left.clear();
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    names.sort();
    names
}

/// Reports whether a path is a name of a file.
pub(super) fn is_name_of(path: &Path, found: &FoundFile) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| (metadata.ino(), metadata.dev()) == found.inode)
}
