//! Paths a committed transaction changed, read back from its operations.

use super::operations::Operation;
use super::project_dir::ProjectDir;
use crate::node::Node;
use crate::path_state::path_state;
use protocol::{ChangedPath, PathState};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Returns what the operations of a transaction beneath `root` changed in `project`, sorted by path. Modes the kernel chose are
/// read from the files.
pub(super) fn changed_paths(operations: &[Operation], root: &Path, project: &Path) -> Vec<ChangedPath> {
    let dir = ProjectDir::open(root).ok();
    let mode_at = |path: &Path| dir.as_ref().and_then(|dir| dir.mode(path));
    let mut changed: BTreeMap<PathBuf, ChangedPath> = BTreeMap::new();
    for operation in operations {
        let (was, now) = states(operation, mode_at);
        // what lies beneath another root is in nobody's checkpoint
        let full = root.join(operation.path());
        let Ok(path) = full.strip_prefix(project) else { continue };
        let path = path.to_owned();
        match changed.get_mut(&path) {
            Some(known) => known.now = now,
            None => drop(changed.insert(path.clone(), ChangedPath { path, was, now })),
        }
    }
    changed.into_values().filter(|change| !change.was.is_same(&change.now)).collect()
}

fn states(operation: &Operation, mode_at: impl Fn(&Path) -> Option<u32>) -> (PathState, PathState) {
    let left = |path: &Path, after: &Node| match (after, mode_at(path)) {
        (Node::File { size, content, .. }, Some(mode)) => {
            path_state(Some(&Node::File { mode, size: *size, content: *content }))
        }
        _ => path_state(Some(after)),
    };
    match operation {
        Operation::Away { before, .. } => (path_state(Some(before)), PathState::Absent),
        // its mode is not written down, and nothing can be there that has to be left alone
        Operation::RemoveFolder { .. } => (PathState::Unknown, PathState::Absent),
        Operation::MakeFolder { path } => {
            let now = mode_at(path).map_or(PathState::Unknown, |mode| PathState::Dir { mode });
            (PathState::Absent, now)
        }
        Operation::Place { path, after, .. } => (PathState::Absent, left(path, after)),
        Operation::Swap { path, before, after, .. } => (path_state(Some(before)), left(path, after)),
        // a mode is changed alone only by an undo, which is recorded as one
        Operation::Mode { .. } => (PathState::Unknown, PathState::Unknown),
    }
}
