//! Carries a plan out: all of it, or nothing.

use crate::changes::NodeChange;
use crate::error::Error;
use crate::node::{CheckpointId, Node, ObjectHash, Root, Tree, TreeEntry};
use crate::objects::{SegmentWriter, encoded};
use crate::plan::RestorePlan;
use crate::store::Store;
use crate::transaction::{Style, Transaction, TransactionId, TransactionPurpose};
use protocol::Undone;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Result of an undo or a redo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Restored paths.
    pub restored: Vec<PathBuf>,
    /// Folders that should have gone, and hold something by now.
    pub kept_folders: Vec<PathBuf>,
    /// Leftovers that could not be cleaned up, for people; usually none.
    pub stuck: Vec<String>,
}

impl Store {
    /// Does what a plan says; with `overwrite` also where somebody changed something since the agent left it.
    ///
    /// [`Error::Changed`] when the files are no longer what the plan saw: then nothing was done, and a new plan is wanted.
    /// Overwritten files are in the snapshot the plan was made from.
    pub fn apply(&mut self, plan: &RestorePlan, overwrite: bool) -> Result<Applied, Error> {
        self.apply_as(plan, overwrite, None, Undone::default())
    }

    /// Like [`Store::apply`], for a session that records `undone`. If the process is killed before it could, what became of the
    /// transaction is found in the log ([`crate::TransactionLog::settled_of`]).
    pub fn apply_as(
        &mut self,
        plan: &RestorePlan,
        overwrite: bool,
        id: Option<TransactionId>,
        undone: Undone,
    ) -> Result<Applied, Error> {
        let _lock = self.lock()?;
        let steps: Vec<&NodeChange> = plan.steps(overwrite).collect();
        if steps.is_empty() {
            return Ok(Applied::default());
        }
        let mut restored: Vec<PathBuf> = steps.iter().map(|step| step.path.clone()).collect();
        restored.sort();
        let log = self.transactions();
        let transaction = Transaction {
            log: &log,
            root: &self.root,
            changes: steps,
            id,
            purpose: TransactionPurpose::Undo { undone },
            content: &|hash| self.objects.content(hash),
            style: Style::Restore,
        };
        let committed = transaction.commit()?;
        restored.retain(|path| !committed.kept_folders.contains(path));
        Ok(Applied { restored, kept_folders: committed.kept_folders, stuck: committed.stuck })
    }

    /// The checkpoint of the files as a plan made from `now` will leave them.
    pub fn foretell(
        &mut self,
        now: CheckpointId,
        plan: &RestorePlan,
        overwrite: bool,
    ) -> Result<CheckpointId, Error> {
        let _lock = self.lock()?;
        let root = self.objects.root(&now)?;
        let mut edits = TreeEdits::default();
        for change in plan.steps(overwrite) {
            edits.add(change);
        }
        let mut writer = self.objects.writer();
        let top = Node::Dir { mode: root.mode, tree: root.tree };
        let root = match edits.apply(&self.objects, &mut writer, Some(&top))? {
            Some(Node::Dir { mode, tree }) => Root { mode, tree, ..root },
            _ => root,
        };
        let (hash, bytes) = encoded(Root::KIND, &root);
        writer.put(&hash, || bytes)?;
        writer.finish()?;
        self.objects.refresh()?;
        Ok(CheckpointId(hash))
    }
}

/// Replacement of a node: another one, or none.
#[derive(Clone)]
struct Replaced(Option<Node>);

/// Changes in a tree, by name.
#[derive(Default)]
struct TreeEdits {
    /// Change of this node, if it changes.
    replaced: Option<Replaced>,
    within: BTreeMap<OsString, TreeEdits>,
}

impl TreeEdits {
    fn add(&mut self, change: &NodeChange) {
        let mut edits = self;
        for name in &change.path {
            edits = edits.within.entry(name.to_owned()).or_default();
        }
        edits.replaced = Some(Replaced(change.after.clone()));
    }

    fn apply(
        &self,
        objects: &crate::objects::Objects,
        writer: &mut SegmentWriter<'_>,
        now: Option<&Node>,
    ) -> Result<Option<Node>, Error> {
        let node = self.replaced.clone().map_or_else(|| now.cloned(), |Replaced(node)| node);
        let Some(Node::Dir { mode, .. }) = node else { return Ok(node) };
        let tree_now = match now {
            Some(Node::Dir { tree, .. }) => Some(objects.tree(tree)?),
            _ => None,
        };
        let entry_now = |name: &OsStr| tree_now.as_deref().and_then(|tree| tree.get(name));
        let kept = tree_now.iter().flat_map(|tree| &tree.entries);
        let mut entries: Vec<TreeEntry> =
            kept.filter(|entry| !self.within.contains_key(entry.name())).cloned().collect();
        for (name, edits) in &self.within {
            let node = edits.apply(objects, writer, entry_now(name))?;
            entries.extend(node.map(|node| TreeEntry::new(name, node)));
        }
        let (tree, bytes): (ObjectHash, _) = encoded(Tree::KIND, &Tree::new(entries));
        writer.put(&tree, || bytes)?;
        Ok(Some(Node::Dir { mode, tree }))
    }
}
