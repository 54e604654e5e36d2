//! Differences between two snapshots.

use crate::error::Error;
use crate::node::{CheckpointId, Node, ObjectHash, Root, Tree};
use crate::objects::Objects;
use std::path::{Path, PathBuf};

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeChange {
    /// Relative to the project; empty for the project's folder itself.
    pub path: PathBuf,
    /// Earlier node.
    pub before: Option<Node>,
    /// Later node.
    pub after: Option<Node>,
}

/// Returns everything that differs, folders before their contents.
pub(crate) fn between(
    objects: &Objects,
    from: CheckpointId,
    to: CheckpointId,
) -> Result<Vec<NodeChange>, Error> {
    let mut changes = Vec::new();
    if from == to {
        return Ok(changes);
    }
    let (from, to) = (top(&objects.root(&from)?), top(&objects.root(&to)?));
    compare(objects, Path::new(""), Some(&from), Some(&to), &mut changes)?;
    Ok(changes)
}

/// Returns the node at a path of a checkpoint.
pub(crate) fn node_at(objects: &Objects, root: &Root, path: &Path) -> Result<Option<Node>, Error> {
    let mut node = top(root);
    for name in path {
        let Node::Dir { tree, .. } = node else { return Ok(None) };
        match objects.tree(&tree)?.get(name) {
            Some(inner) => node = inner.clone(),
            None => return Ok(None),
        }
    }
    Ok(Some(node))
}

fn top(root: &Root) -> Node {
    Node::Dir { mode: root.mode, tree: root.tree }
}

fn compare(
    objects: &Objects,
    path: &Path,
    from: Option<&Node>,
    to: Option<&Node>,
    changes: &mut Vec<NodeChange>,
) -> Result<(), Error> {
    let same = match (from, to) {
        (Some(from), Some(to)) => from.is_same(to),
        (from, to) => from.is_none() && to.is_none(),
    };
    if !same {
        changes.push(NodeChange { path: path.to_owned(), before: from.cloned(), after: to.cloned() });
    }
    let (from, to) = (tree_of(from), tree_of(to));
    if from == to {
        return Ok(());
    }
    let load = |tree: Option<ObjectHash>| tree.map(|tree| objects.tree(&tree)).transpose();
    let (from, to) = (load(from)?, load(to)?);
    let none = Tree::default();
    let (from, to) = (from.as_deref().unwrap_or(&none), to.as_deref().unwrap_or(&none));
    // both are sorted by name
    let (mut from, mut to) = (from.entries.iter().peekable(), to.entries.iter().peekable());
    loop {
        let order = match (from.peek(), to.peek()) {
            (None, None) => return Ok(()),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(from), Some(to)) => from.name().cmp(to.name()),
        };
        let old = if order.is_le() { from.next() } else { None };
        let new = if order.is_ge() { to.next() } else { None };
        let Some(name) = old.or(new).map(crate::node::TreeEntry::name) else { return Ok(()) };
        let (old, new) = (old.map(|entry| &entry.node), new.map(|entry| &entry.node));
        if old != new {
            compare(objects, &path.join(name), old, new, changes)?;
        }
    }
}

fn tree_of(node: Option<&Node>) -> Option<ObjectHash> {
    match node {
        Some(Node::Dir { tree, .. }) => Some(*tree),
        _ => None,
    }
}
