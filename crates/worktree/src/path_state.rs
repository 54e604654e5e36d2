//! States of paths as transcripts keep them.

use crate::node::{Node, ObjectHash};
use protocol::PathState;

/// Returns the state of a node as transcripts keep it.
pub fn path_state(node: Option<&Node>) -> PathState {
    /// Digits of a hash: 16 bytes of it.
    const DIGITS: usize = 32;
    let short = |hash: ObjectHash| {
        let mut hash = hash.to_string();
        hash.truncate(DIGITS);
        hash
    };
    match node {
        None => PathState::Absent,
        Some(Node::File { mode, content, .. }) => PathState::File { mode: *mode, hash: short(*content) },
        Some(Node::Link { target }) => PathState::Link { hash: short(ObjectHash::of_content(target)) },
        Some(Node::Dir { mode, .. }) => PathState::Dir { mode: *mode },
        Some(Node::Unkept { .. }) => PathState::Unknown,
    }
}
