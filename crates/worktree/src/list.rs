//! Lists a project's files, by the rules that snapshots go by.

use crate::error::Error;
use crate::ignore::Scope;
use crate::stat_cache::StatCache;
use crate::walk::ProjectWalk;
use std::path::{Path, PathBuf};

/// Returns the files of a project that the ignore rules do not leave out, relative to `root` and in no order; some of them where
/// it holds more than `max_files`. The folders `except` (absolute, links followed) are not looked into.
///
/// # Errors
/// Fails when the folder itself cannot be read.
pub fn list_files(root: &Path, except: &[PathBuf], max_files: usize) -> Result<Vec<PathBuf>, Error> {
    let root = root.canonicalize().map_err(Error::io("cannot be found", root))?;
    let walk = ProjectWalk {
        root: &root,
        except,
        index: &StatCache::default(),
        is_tracked: &|_| false,
        max_files,
        outside: Scope::outside(&root),
        frozen: None,
        on_dir: &|_| (),
    };
    let mut files = walk.files()?;
    files.truncate(max_files);
    Ok(files)
}
