//! Folders that isolated copies are kept in.

use config::Home;
use protocol::CopyId;
use std::path::PathBuf;

/// Beginning of the names of owners that are copies.
const OWNER: &str = "copy-";

/// Returns the folder of the copies.
pub(crate) fn copies_dir(home: &Home) -> PathBuf {
    home.app_file("isolated")
}

/// Returns the folder of the copies that were discarded.
pub(crate) fn trash_dir(home: &Home) -> PathBuf {
    home.app_file("isolated-trash")
}

/// Returns the folder of a copy.
pub(crate) fn copy_dir(home: &Home, id: &CopyId) -> PathBuf {
    copies_dir(home).join(folder_name(id))
}

/// Returns the owner that a copy's base is kept for.
pub(crate) fn owner_of(id: &CopyId) -> String {
    format!("{OWNER}{}", folder_name(id))
}

/// Returns an id as a name: it may come from a transcript that somebody edited.
pub(crate) fn folder_name(id: &CopyId) -> String {
    id.as_str().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(80).collect()
}

/// Reports whether what is kept for an owner is kept for a copy that is there, or in the trash. What cannot be told is.
pub(crate) fn is_owner(home: &Home, owner: &str) -> bool {
    let Some(name) = owner.strip_prefix(OWNER) else { return false };
    // one that is restored meanwhile is in one of them each time
    [copies_dir(home), trash_dir(home), copies_dir(home)]
        .iter()
        .any(|dir| dir.join(name).try_exists().unwrap_or(true))
}
