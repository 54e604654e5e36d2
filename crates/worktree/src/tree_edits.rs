//! Changes of a checkpoint's trees.

use crate::changes::NodeChange;
use crate::error::Error;
use crate::node::{CheckpointId, KeptAttributes, Node, Root, Tree, TreeEntry};
use crate::objects::{Objects, SegmentWriter, encoded};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// Replacement of a node: another one, or none.
#[derive(Clone)]
struct Replaced(Option<Node>, KeptAttributes);

/// Changes in a tree, by name.
#[derive(Default)]
pub(crate) struct TreeEdits {
    /// Change of this node, if it changes.
    replaced: Option<Replaced>,
    within: BTreeMap<OsString, TreeEdits>,
}

impl TreeEdits {
    /// Adds a change, in the place of an earlier one of its path.
    pub(crate) fn add(&mut self, change: &NodeChange) {
        let mut edits = self;
        for name in &change.path {
            edits = edits.within.entry(name.to_owned()).or_default();
        }
        edits.replaced = Some(Replaced(change.after.clone(), change.attributes));
    }

    /// Stores what the changes make of a checkpoint, and returns the new one.
    pub(crate) fn apply_to(
        &self,
        objects: &Objects,
        writer: &mut SegmentWriter<'_>,
        root: &Root,
    ) -> Result<CheckpointId, Error> {
        let top = Node::Dir { mode: root.mode, tree: root.tree };
        let root = match self.apply(objects, writer, Some(&top))? {
            Some(Node::Dir { mode, tree }) => Root { mode, tree, ..root.clone() },
            _ => root.clone(),
        };
        let (hash, bytes) = encoded(Root::KIND, &root);
        writer.put(&hash, || bytes)?;
        Ok(CheckpointId(hash))
    }

    fn apply(
        &self,
        objects: &Objects,
        writer: &mut SegmentWriter<'_>,
        now: Option<&Node>,
    ) -> Result<Option<Node>, Error> {
        let node = self.replaced.clone().map_or_else(|| now.cloned(), |Replaced(node, _)| node);
        let Some(Node::Dir { mode, .. }) = node else { return Ok(node) };
        let tree_now = match now {
            Some(Node::Dir { tree, .. }) => Some(objects.tree(tree)?),
            _ => None,
        };
        let entry_now = |name: &OsStr| tree_now.as_deref().and_then(|tree| tree.get(name));
        let kept = tree_now.iter().flat_map(|tree| &tree.entries);
        let mut entries: Vec<TreeEntry> =
            kept.filter(|entry| !self.within.contains_key(entry.name())).cloned().collect();
        let attributes_now =
            |name: &OsStr| tree_now.as_deref().map(|tree| tree.attributes(name)).unwrap_or_default();
        let mut attributes: Vec<_> =
            entries.iter().map(|entry| (entry.name().to_owned(), attributes_now(entry.name()))).collect();
        for (name, edits) in &self.within {
            if let Some(node) = edits.apply(objects, writer, entry_now(name))? {
                let replaced = edits.replaced.as_ref().map(|Replaced(_, attributes)| *attributes);
                attributes.push((name.clone(), replaced.unwrap_or_else(|| attributes_now(name))));
                entries.push(TreeEntry::new(name, node));
            }
        }
        let attributes = attributes.into_iter().filter_map(|(name, attributes)| match attributes {
            KeptAttributes::Stored(hash) => Some((name, hash)),
            KeptAttributes::None | KeptAttributes::Unknown => None,
        });
        let link_now = |entry: &TreeEntry| {
            let next = tree_now.as_deref()?.link(entry.name())?;
            Some((entry.name().to_owned(), next))
        };
        let links = entries.iter().filter_map(link_now).collect();
        let (tree, bytes) = Tree::new(entries, attributes.collect()).with_links(links).encoded();
        writer.put(&tree, || bytes)?;
        Ok(Some(Node::Dir { mode, tree }))
    }
}
