//! Recovery of the work that killed processes left half done in a folder, before anything of it is read.

use crate::checkpoint::checkpoints_dir;
use config::Home;
use engine::{PatchFate, Session};
use protocol::{CallId, CopyId, SessionId, Undone};
use std::collections::BTreeMap;
use std::path::Path;
use worktree::{Settled, TransactionId, TransactionLog, TransactionOutcome, TransactionPurpose, store_dir};

/// Returns the log of the transactions in `folder`, or in the isolated copy of it.
pub fn transaction_log(home: &Home, folder: &Path, copy: Option<&CopyId>) -> TransactionLog {
    TransactionLog::new(&store_dir(&checkpoints_dir(home, copy), folder), folder)
}

/// Finishes or rolls back what processes that were killed had begun in `folder`, or in the isolated copy of it. Returns what became of it, for people; usually
/// nothing. Blocks, and waits for a process that is writing at this moment.
pub fn recover_folder(home: &Home, folder: &Path, copy: Option<&CopyId>) -> Vec<String> {
    match transaction_log(home, folder, copy).recover() {
        Ok(settled) => settled.iter().map(message).collect(),
        Err(error) => vec![format!("Couldn't bring in order what was cut off in this folder: {error}")],
    }
}

fn message(settled: &Settled) -> String {
    let what = match &settled.purpose {
        TransactionPurpose::Patch { .. } => "A patch",
        TransactionPurpose::Undo { undone } if undone.redo => "A redo",
        TransactionPurpose::Undo { .. } => "An undo",
    };
    let became = match settled.outcome {
        TransactionOutcome::Committed => "was cut off at its very end; it is complete now",
        TransactionOutcome::RolledBack => "was cut off; the files are as they were before it",
        TransactionOutcome::FolderGone => "was cut off, and its folder is gone",
    };
    if settled.stuck.is_empty() {
        format!("{what} {became}")
    } else {
        format!("{what} {became}, but for this: {}", settled.stuck.join("; "))
    }
}

/// Outcomes of a session's transactions that it did not get to record.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// Repairs, for people.
    pub(crate) messages: Vec<String>,
    settled: Vec<Settled>,
}

impl Recovered {
    /// Brings everything in order in `folder`, and finds what `session` has not recorded. Blocks.
    pub(crate) fn find(home: &Home, folder: &Path, copy: Option<&CopyId>, session: &SessionId) -> Self {
        let mut messages = recover_folder(home, folder, copy);
        let settled = transaction_log(home, folder, copy).settled_of(session.as_str());
        let settled = settled.unwrap_or_else(|error| {
            messages.push(format!("Couldn't find out what became of what was cut off: {error}"));
            Vec::new()
        });
        Self { messages, settled }
    }

    /// Returns the fate of the patches that `session` was writing. One that was to be journaled and is not
    /// was never begun, unless the session is a fork: then another session wrote it.
    pub(crate) fn patches(
        &self,
        session: &Session,
        id: &SessionId,
        is_fork: bool,
    ) -> BTreeMap<CallId, PatchFate> {
        let fate = |(call, journaled): (CallId, bool)| {
            let transaction = TransactionId::of_call(id, &call);
            let settled = self.settled.iter().find(|settled| settled.id.as_ref() == Some(&transaction));
            let fate = match settled.map(|settled| (&settled.purpose, settled.outcome, settled)) {
                Some((TransactionPurpose::Patch { outcomes }, TransactionOutcome::Committed, settled)) => {
                    PatchFate::Written { outcomes: outcomes.clone(), paths: settled.paths.clone() }
                }
                Some((_, TransactionOutcome::RolledBack, settled)) => {
                    PatchFate::NotWritten { stuck: settled.stuck.clone() }
                }
                None if journaled && !is_fork => PatchFate::NotWritten { stuck: Vec::new() },
                _ => return None,
            };
            Some((call, fate))
        };
        session.patches_cut_off().into_iter().filter_map(fate).collect()
    }

    /// The undos and redos that were done.
    pub(crate) fn undone(&self) -> Vec<Undone> {
        let done = self.settled.iter().filter(|settled| settled.outcome == TransactionOutcome::Committed);
        done.filter_map(|settled| match &settled.purpose {
            TransactionPurpose::Undo { undone } => Some(undone.clone()),
            TransactionPurpose::Patch { .. } => None,
        })
        .collect()
    }

    /// The transactions that can be forgotten once the session has recorded them.
    pub(crate) fn ids(&self) -> impl Iterator<Item = TransactionId> {
        self.settled.iter().filter_map(|settled| settled.id.clone())
    }
}
