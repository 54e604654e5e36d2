//! Takes snapshots from the last one and what changed since, without a walk.

use crate::changes::NodeChange;
use crate::error::Error;
use crate::node::{CheckpointId, KeptAttributes, MODE_BITS, Node, Root};
use crate::read::{Batch, ReadOutcome, read_all};
use crate::store::Store;
use crate::tree_edits::TreeEdits;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

impl Store {
    /// Takes a snapshot of the files as they were in a checkpoint, but for these that are said to be otherwise now. `None` when
    /// one of them is not as it is said.
    pub(crate) fn snapshot_of(
        &mut self,
        base: &Root,
        changes: &[(PathBuf, Option<Node>)],
    ) -> Result<Option<CheckpointId>, Error> {
        let _lock = self.lock()?;
        let mut batches: BTreeMap<&Path, Batch> = BTreeMap::new();
        for (path, node) in changes {
            if let (Some(Node::File { .. } | Node::Unkept { .. }), Some(folder), Some(name)) =
                (node, path.parent(), path.file_name())
            {
                let batch = batches.entry(folder);
                let batch = batch.or_insert_with(|| Batch { folder: folder.to_owned(), names: Vec::new() });
                batch.names.push(name.to_owned());
            }
        }
        let batches: Vec<Batch> = batches.into_values().collect();
        let writer = Mutex::new(self.objects.writer());
        let read = read_all(&self.root, &batches, self.limits.file_bytes, &writer)?;
        let mut read: BTreeMap<PathBuf, ReadOutcome> = batches
            .into_iter()
            .zip(read)
            .flat_map(|(Batch { folder, names }, outcomes)| {
                names.into_iter().map(move |name| folder.join(name)).zip(outcomes)
            })
            .collect();
        let mut edits = TreeEdits::default();
        for (path, node) in changes {
            let (after, attributes) = match (node, read.remove(path)) {
                (
                    Some(Node::File { content: said, .. }),
                    Some(ReadOutcome::Stored { stamp, content, attributes, .. }),
                ) if *said == content => {
                    let node = Node::File { mode: stamp.mode & MODE_BITS, size: stamp.size, content };
                    (Some(node), attributes.map_or(KeptAttributes::None, KeptAttributes::Stored))
                }
                (Some(Node::Unkept { .. }), Some(ReadOutcome::Stored { stamp, content, attributes, .. })) => {
                    let node = Node::File { mode: stamp.mode & MODE_BITS, size: stamp.size, content };
                    (Some(node), attributes.map_or(KeptAttributes::None, KeptAttributes::Stored))
                }
                (_, Some(ReadOutcome::Unkept(why, stamp))) => {
                    let node = Node::Unkept { why, size: stamp.size, modified_ns: stamp.modified_ns };
                    (Some(node), KeptAttributes::None)
                }
                // a pipe or a socket is read as gone
                (Some(Node::Unkept { .. }), Some(ReadOutcome::Gone)) | (_, None) => {
                    (node.clone(), KeptAttributes::None)
                }
                (_, Some(ReadOutcome::Stored { .. } | ReadOutcome::Gone)) => return Ok(None),
            };
            let (path, links) = (path.clone(), Vec::new());
            edits.add(&NodeChange { path, before: None, after, attributes, links });
        }
        let mut writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let id = edits.apply_to(&self.objects, &mut writer, base)?;
        writer.finish()?;
        self.objects.refresh()?;
        self.mark_taken(id)?;
        Ok(Some(id))
    }
}
