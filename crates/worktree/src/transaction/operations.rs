//! From what is to change to what is to be done, in order.

use super::project_dir::ProjectDir;
use crate::changes::NodeChange;
use crate::node::Node;
use crate::path_bytes;
use crate::staged::STAGED_PREFIX;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One thing to be done. All paths are relative to the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Operation {
    /// A file or link is taken out of its place.
    Away {
        #[serde(with = "path_bytes")]
        path: PathBuf,
        #[serde(with = "path_bytes")]
        spare: PathBuf,
        before: Node,
    },
    /// A folder, empty by now, is removed.
    RemoveFolder {
        #[serde(with = "path_bytes")]
        path: PathBuf,
        /// Whether something else is to have its name.
        makes_room: bool,
    },
    /// A folder is made.
    MakeFolder {
        #[serde(with = "path_bytes")]
        path: PathBuf,
    },
    /// Gives the staged file its name, which nothing has.
    Place {
        #[serde(with = "path_bytes")]
        path: PathBuf,
        #[serde(with = "path_bytes")]
        stage: PathBuf,
        after: Node,
    },
    /// Swaps the staged file with the one in its place; where two names cannot be swapped at once, the latter
    /// is called `old` for a moment.
    Swap {
        #[serde(with = "path_bytes")]
        path: PathBuf,
        #[serde(with = "path_bytes")]
        stage: PathBuf,
        #[serde(with = "path_bytes")]
        old: PathBuf,
        before: Node,
        after: Node,
    },
    /// A file gets another mode.
    Mode {
        #[serde(with = "path_bytes")]
        path: PathBuf,
        before: u32,
        after: u32,
    },
}

/// The mode of a folder that is worked in, made or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FolderMode {
    #[serde(with = "path_bytes")]
    pub(super) path: PathBuf,
    /// Mode before; `None` when it was not there.
    pub(super) before: Option<u32>,
    /// Mode after; `None` when it is to go.
    pub(super) after: Option<u32>,
}

impl FolderMode {
    /// Reports whether the folder comes, goes or gets another mode.
    pub(super) fn is_changed(&self) -> bool {
        self.before != self.after
    }
}

impl Operation {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Away { path, .. }
            | Self::RemoveFolder { path, .. }
            | Self::MakeFolder { path }
            | Self::Place { path, .. }
            | Self::Swap { path, .. }
            | Self::Mode { path, .. } => path,
        }
    }

    /// Where new content waits.
    pub(super) fn stage(&self) -> Option<&Path> {
        match self {
            Self::Place { stage, .. } | Self::Swap { stage, .. } => Some(stage),
            _ => None,
        }
    }

    /// Returns the staged node.
    pub(super) fn staged_node(&self) -> Option<&Node> {
        match self {
            Self::Place { after, .. } | Self::Swap { after, .. } => Some(after),
            _ => None,
        }
    }

    /// Returns the node that is taken out of its place.
    pub(super) fn before_node(&self) -> Option<&Node> {
        match self {
            Self::Away { before, .. } | Self::Swap { before, .. } => Some(before),
            _ => None,
        }
    }

    /// Names that have to be gone in the end.
    pub(super) fn spare_names(&self) -> impl Iterator<Item = &Path> {
        let names = match self {
            Self::Away { spare, .. } => [Some(spare), None],
            Self::Place { stage, .. } => [Some(stage), None],
            Self::Swap { stage, old, .. } => [Some(stage), Some(old)],
            Self::RemoveFolder { .. } | Self::MakeFolder { .. } | Self::Mode { .. } => [None, None],
        };
        names.into_iter().flatten().map(PathBuf::as_path)
    }

    /// Contents that are not lost with a spare name: they are in place, in the store, or were never wanted.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        let nodes = match self {
            Self::Away { before, .. } => [Some(before), None],
            Self::Place { after, .. } => [Some(after), None],
            Self::Swap { before, after, .. } => [Some(before), Some(after)],
            Self::RemoveFolder { .. } | Self::MakeFolder { .. } | Self::Mode { .. } => [None, None],
        };
        nodes.into_iter().flatten()
    }
}

/// Returns the operations for these changes, sorted by path: everything that goes, folders innermost first;
/// then everything that comes, folders outermost first; then everything that is changed in its place.
pub(super) fn operations_for(steps: &[&NodeChange]) -> Vec<Operation> {
    let lasting = Lasting::of(steps);
    let (mut away, mut gone, mut made, mut placed, mut changed) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for step in steps {
        let path = step.path.clone();
        match (&step.before, &step.after) {
            (
                Some(Node::File { mode: before, content, .. }),
                Some(Node::File { mode: after, content: same, .. }),
            ) if content == same => {
                changed.push(Operation::Mode { path, before: *before, after: *after });
            }
            (Some(before), Some(after)) if !before.is_dir() && !after.is_dir() => {
                let (stage, old) = (lasting.spare_name(&path), lasting.spare_name(&path));
                let (before, after) = (before.clone(), after.clone());
                changed.push(Operation::Swap { path, stage, old, before, after });
            }
            (before, after) => {
                match before {
                    Some(Node::Dir { .. }) if !is_dir(after.as_ref()) => {
                        gone.push(Operation::RemoveFolder {
                            path: path.clone(),
                            makes_room: after.is_some(),
                        });
                    }
                    Some(before) if !before.is_dir() => {
                        let spare = lasting.spare_name(&path);
                        away.push(Operation::Away { path: path.clone(), spare, before: before.clone() });
                    }
                    _ => {}
                }
                match after {
                    Some(Node::Dir { .. }) if !is_dir(before.as_ref()) => {
                        made.push(Operation::MakeFolder { path });
                    }
                    Some(after) if !after.is_dir() => {
                        let stage = lasting.spare_name(&path);
                        placed.push(Operation::Place { path, stage, after: after.clone() });
                    }
                    _ => {}
                }
            }
        }
    }
    gone.reverse();
    [away, gone, made, placed, changed].into_iter().flatten().collect()
}

/// The folders whose modes have to be looked after, outermost first.
pub(super) fn folder_modes(
    steps: &[&NodeChange],
    operations: &[Operation],
    project: &ProjectDir,
) -> Vec<FolderMode> {
    let mut folders = BTreeMap::new();
    for step in steps {
        let mode = |node: &Option<Node>| node.as_ref().filter(|node| node.is_dir()).and_then(Node::mode);
        let (before, after) = (mode(&step.before), mode(&step.after));
        if before.is_some() || after.is_some() {
            folders.insert(step.path.clone(), FolderMode { path: step.path.clone(), before, after });
        }
    }
    // those that are only worked in have to let us
    let worked_in = operations.iter().flat_map(|change| {
        std::iter::once(change.path()).chain(change.spare_names()).filter_map(Path::parent)
    });
    for path in worked_in.collect::<BTreeSet<_>>() {
        if !folders.contains_key(path)
            && let Some(mode) = project.folder_mode(path).filter(|mode| mode & 0o700 != 0o700)
        {
            let path = path.to_owned();
            folders.insert(path.clone(), FolderMode { path, before: Some(mode), after: Some(mode) });
        }
    }
    folders.into_values().collect()
}

fn is_dir(node: Option<&Node>) -> bool {
    node.is_some_and(Node::is_dir)
}

/// Knows the folders that are there from the beginning to the end.
struct Lasting<'a> {
    come_or_go: BTreeSet<&'a Path>,
}

impl<'a> Lasting<'a> {
    fn of(steps: &[&'a NodeChange]) -> Self {
        let come_or_go =
            steps.iter().filter(|step| is_dir(step.before.as_ref()) != is_dir(step.after.as_ref()));
        Self { come_or_go: come_or_go.map(|step| step.path.as_path()).collect() }
    }

    /// A name nothing has, in the nearest folder that lasts.
    fn spare_name(&self, path: &Path) -> PathBuf {
        let folders = path.ancestors().skip(1);
        let lasting = folders.into_iter().find(|folder| !self.come_or_go.contains(folder));
        lasting.unwrap_or(Path::new("")).join(format!("{STAGED_PREFIX}{}", uuid::Uuid::now_v7().simple()))
    }
}
