//! Entry at a path, as a node.

use crate::node::{MODE_BITS, Node, ObjectHash};
use crate::regular_file::open_regular;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// Largest file that is applied, in bytes.
pub(crate) const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Entry at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PathEntry {
    /// A file, folder or link.
    Node(Node),
    /// Something that cannot be applied, as a phrase.
    Other(&'static str),
}

/// Returns what is at `path`, links not followed; `None` for nothing.
pub(crate) fn entry_at(path: &Path) -> io::Result<Option<PathEntry>> {
    match path.symlink_metadata() {
        Ok(metadata) => entry_of(path, &metadata).map(Some),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns what is at `path`, whose metadata these are.
pub(crate) fn entry_of(path: &Path, metadata: &Metadata) -> io::Result<PathEntry> {
    let (kind, mode) = (metadata.file_type(), metadata.mode() & MODE_BITS);
    Ok(PathEntry::Node(if kind.is_dir() {
        Node::Dir { mode, tree: ObjectHash::of_content(b"") }
    } else if kind.is_symlink() {
        Node::Link { target: fs::read_link(path)?.into_os_string().into_vec() }
    } else if kind.is_file() {
        if metadata.len() > MAX_FILE_BYTES {
            return Ok(PathEntry::Other("a file of more than 64 MiB"));
        }
        let bytes = read_file(path)?;
        Node::File { mode, size: bytes.len() as u64, content: ObjectHash::of_content(&bytes) }
    } else if kind.is_fifo() {
        return Ok(PathEntry::Other("a named pipe"));
    } else if kind.is_socket() {
        return Ok(PathEntry::Other("a socket"));
    } else {
        return Ok(PathEntry::Other("a device"));
    }))
}

/// Reads a regular file, links not followed.
pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reports whether the kernel's mark of something removed is at a path: a device 0, 0.
pub(crate) fn is_whiteout(metadata: &Metadata) -> bool {
    metadata.file_type().is_char_device() && metadata.rdev() == 0
}

/// Reports whether a folder of the changes stands in the place of the project's, and is not laid over it.
pub(crate) fn is_opaque(folder: &Path) -> bool {
    let mut value = [0; 1];
    rustix::fs::lgetxattr(folder, "user.overlay.opaque", &mut value)
        .is_ok_and(|length| length == 1 && value == *b"y")
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
