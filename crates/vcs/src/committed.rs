//! Files as the last commit holds them.

use crate::repository::{AnyError, discover};
use gix::ObjectId;
use gix::object::tree::EntryKind;
use std::path::Path;

/// Bytes of one file, and of all together, that are read.
const MAX_FILE_BYTES: u64 = 50 << 20;
const MAX_BYTES: u64 = 256 << 20;

/// Entry of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommittedEntry {
    /// Nothing is at the path.
    Absent,
    /// A regular file.
    File {
        /// Whether it is a program.
        executable: bool,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// A symbolic link, with its target as it is written.
    Link(Vec<u8>),
    /// A folder, a submodule, or a file of more than is read.
    Other,
}

/// Reads what the last commit of the repository that `dir` is in holds at paths relative to `dir`, in their order. All are absent
/// before the first commit.
///
/// # Errors
/// Fails, with a text for people, where there is no repository or it cannot be read.
pub fn read_committed(dir: &Path, paths: &[String]) -> Result<Vec<CommittedEntry>, String> {
    try_read(dir, paths).map_err(|error| format!("the last commit cannot be read: {error}"))
}

/// Reads the content of an object of the repository that `dir` is in, by its id in hex.
///
/// # Errors
/// Fails, with a text for people, where there is no repository, or no such object, or one of more than is read.
pub fn read_blob(dir: &Path, id: &str) -> Result<Vec<u8>, String> {
    try_read_blob(dir, id).map_err(|error| format!("the object {id} cannot be read: {error}"))
}

fn try_read_blob(dir: &Path, id: &str) -> Result<Vec<u8>, AnyError> {
    let repository = discover(dir)?;
    let id = ObjectId::from_hex(id.as_bytes())?;
    if repository.find_header(id)?.size() > MAX_FILE_BYTES {
        return Err("it is too large".into());
    }
    Ok(repository.find_object(id)?.detach().data)
}

fn try_read(dir: &Path, paths: &[String]) -> Result<Vec<CommittedEntry>, AnyError> {
    let repository = discover(dir)?;
    if repository.head()?.is_unborn() {
        return Ok(vec![CommittedEntry::Absent; paths.len()]);
    }
    let top = repository.workdir().ok_or("the repository has no files")?.canonicalize()?;
    let prefix = dir.canonicalize()?.strip_prefix(&top)?.to_owned();
    let tree = repository.head_commit()?.tree()?;
    let mut room = MAX_BYTES;
    let mut committed = Vec::with_capacity(paths.len());
    for path in paths {
        let Some(entry) = tree.lookup_entry_by_path(prefix.join(path))? else {
            committed.push(CommittedEntry::Absent);
            continue;
        };
        let kind = entry.mode().kind();
        let is_file = matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link);
        let size = if is_file { repository.find_header(entry.object_id())?.size() } else { 0 };
        if !is_file || size > MAX_FILE_BYTES || size > room {
            committed.push(CommittedEntry::Other);
            continue;
        }
        room -= size;
        let bytes = entry.object()?.detach().data;
        committed.push(match kind {
            EntryKind::Link => CommittedEntry::Link(bytes),
            _ => CommittedEntry::File { executable: kind == EntryKind::BlobExecutable, bytes },
        });
    }
    Ok(committed)
}
