//! Nodes of checkpoints, as people are shown them.

use protocol::{ErrorInfo, ErrorKind};
use std::path::Path;
use worktree::watch::planned::{MAX_SHOWN_BYTES, Version};
use worktree::{CheckpointId, Error, Node, Store};

/// Bytes of files read in all to show a difference.
pub(crate) const MAX_READ_BYTES: u64 = 64 * 1024 * 1024;

/// Reads the id of a checkpoint as a transcript names it.
pub(crate) fn checkpoint_id(text: &str) -> Result<CheckpointId, ErrorInfo> {
    text.parse().map_err(|error| ErrorInfo::new(ErrorKind::Storage, format!("the transcript names {error}")))
}

/// Returns a node as it is shown in a diff; `room` is what may still be read.
pub(crate) fn version(
    store: &mut Store,
    node: Option<&Node>,
    room: &mut u64,
) -> Result<Option<Version>, Error> {
    Ok(match node {
        Some(node @ Node::File { mode, size, content }) => {
            let shows = *size <= MAX_SHOWN_BYTES && *size <= *room;
            let bytes = if shows { store.content(node)? } else { None };
            *room = room.saturating_sub(bytes.as_ref().map_or(0, |_| *size));
            Some(Version::File(*mode, bytes.ok_or(*content)))
        }
        Some(node) => node.link_target().map(Version::Link),
        None => None,
    })
}

/// Returns a path as people read it.
pub(crate) fn shown(path: &Path) -> String {
    if path.as_os_str().is_empty() { ".".to_owned() } else { path.to_string_lossy().into_owned() }
}

/// Words an error of the store.
pub(crate) fn storage(error: &Error) -> ErrorInfo {
    ErrorInfo::new(ErrorKind::Storage, error.to_string())
}
