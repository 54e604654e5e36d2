//! Carries a plan out: all of it, or nothing.

use crate::changes::NodeChange;
use crate::error::Error;
use crate::node::CheckpointId;
use crate::plan::RestorePlan;
use crate::store::Store;
use crate::transaction::{Style, Transaction, TransactionId, TransactionPurpose};
use crate::tree_edits::TreeEdits;
use protocol::Undone;
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
        let id = edits.apply_to(&self.objects, &mut writer, &root)?;
        writer.finish()?;
        self.objects.refresh()?;
        Ok(id)
    }
}
