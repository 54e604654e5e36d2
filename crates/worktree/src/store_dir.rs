//! Folders that stores are kept in, and the projects they are of.

use crate::error::Error;
use crate::node::ObjectHash;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Name of the file that says which project a store is of.
const PROJECT_FILE: &str = "project";

/// Returns the folder of a project's store, among all of them.
pub fn store_dir(checkpoints: &Path, root: &Path) -> PathBuf {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let hash = ObjectHash::from_slice(&Sha256::digest(root.as_os_str().as_bytes()));
    let mut name = hash.map(|hash| hash.to_string()).unwrap_or_default();
    name.truncate(32);
    checkpoints.join(name)
}

/// Notes in a store's folder which project it is of.
pub(crate) fn note_project(dir: &Path, root: &Path) -> Result<(), Error> {
    let file = dir.join(PROJECT_FILE);
    if fs::read(&file).is_ok_and(|noted| noted == root.as_os_str().as_bytes()) {
        return Ok(());
    }
    fs::write(&file, root.as_os_str().as_bytes()).map_err(Error::io("cannot be written", file))
}

/// Returns the project whose store `dir` is; `None` when it is no store.
pub(crate) fn project_of(dir: &Path) -> Option<PathBuf> {
    fs::read(dir.join(PROJECT_FILE)).ok().map(|bytes| PathBuf::from(OsString::from_vec(bytes)))
}
