//! Changes several files: all of them, or none.
//!
//! The operations are written to a [`TransactionLog`] first. New contents are staged beside where they belong, then
//! everything is renamed into place; what was there is swapped out, looked at, and only removed when it is what was expected.
//! When a step fails, what was done is taken back at once. When the process is killed, whoever works in the project next takes
//! it back, or finishes it if everything was in place already, and says which ([`TransactionLog::recover`]).
//!
//! Patches and undos alike are transactions; nothing else writes the project's files.

mod error;
mod id;
mod journal;
mod log;
mod metadata;
mod operations;
mod outcome;
mod project_dir;
mod rollback;
mod written;

#[cfg(test)]
mod tests;

use crate::attributes::Attributes;
use crate::changes::NodeChange;
use crate::error::Error;
use crate::node::{KeptAttributes, Node, ObjectHash};
use error::CommitError;
pub use id::{TransactionId, TransactionOf};
use journal::{Journal, JournalPhase};
use log::LogEntry;
pub use log::TransactionLog;
use operations::Operation;
pub use outcome::{Settled, TransactionOutcome, TransactionPurpose};
use project_dir::{Metadata, ProjectDir};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Changes to make to the files of a folder, all or none.
pub(crate) struct Transaction<'a> {
    /// Where it is written down.
    pub(crate) log: &'a TransactionLog,
    /// The folder, an absolute path without links.
    pub(crate) root: &'a Path,
    /// Changes, relative to the folder.
    pub(crate) changes: Vec<&'a NodeChange>,
    /// Id of the transaction, when somebody waits for its outcome.
    pub(crate) id: Option<TransactionId>,
    /// Purpose of the transaction.
    pub(crate) purpose: TransactionPurpose,
    /// Gives the content of a file that is to come.
    pub(crate) content: &'a dyn Fn(&ObjectHash) -> Result<Vec<u8>, Error>,
    /// Where metadata come from.
    pub(crate) style: Style,
}

/// Where the metadata of what a transaction makes come from.
pub(crate) enum Style {
    /// A checkpoint, whose modes are set exactly; folders that may not be written are opened up for as long as it takes. What
    /// is replaced is in the store.
    Restore,
    /// The changes, whose modes are set exactly, as with a checkpoint. What is replaced is nowhere else.
    Exact,
    /// The files the new ones take the place of, or are moved from: where from, by where to. Any other file and folder is made
    /// as the kernel makes one.
    Edit {
        /// Paths of files to copy from, by the path to come.
        copied_from: BTreeMap<PathBuf, PathBuf>,
    },
}

impl Style {
    fn metadata_of<'s>(&'s self, path: &'s Path) -> Metadata<'s> {
        match self {
            Self::Restore | Self::Exact => Metadata::Restored(path),
            Self::Edit { copied_from } => {
                copied_from.get(path).map_or(Metadata::New, |from| Metadata::CopyOf(from))
            }
        }
    }
}

/// A transaction that is committed.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    /// Folders that should have gone, and hold something by now.
    pub(crate) kept_folders: Vec<PathBuf>,
    /// Leftovers that could not be cleaned up, for people; usually none.
    pub(crate) stuck: Vec<String>,
}

impl Transaction<'_> {
    /// Does all of it, or nothing. A committed transaction that has an id stays in the log until it is forgotten.
    ///
    /// [`Error::Changed`] when the files are not what was expected: then nothing was done.
    pub(crate) fn commit(mut self) -> Result<Committed, Error> {
        let _lock = self.log.lock()?;
        let project = ProjectDir::open(self.root)?;
        self.changes.sort_by(|a, b| a.path.cmp(&b.path));
        let changed: Vec<PathBuf> = self
            .changes
            .iter()
            .filter(|change| !project.is(&change.path, change.before.as_ref()))
            .map(|change| change.path.clone())
            .collect();
        if !changed.is_empty() {
            return Err(Error::Changed(changed));
        }
        let operations = operations::operations_for(&self.changes);
        let is_stored = matches!(self.style, Style::Restore);
        let modes = if matches!(self.style, Style::Restore | Style::Exact) {
            operations::folder_modes(&self.changes, &operations, &project)
        } else {
            Vec::new()
        };
        let journal = Journal::new(self.root, self.id.clone(), &self.purpose, operations, modes, is_stored);
        let mut entry = self.log.begin(journal)?;
        let mut committed = Committed::default();
        match self.carry_out(&mut entry, &project, &mut committed) {
            Ok(()) => {
                if self.id.is_none() {
                    entry.remove()?;
                }
                Ok(committed)
            }
            #[cfg(test)]
            Err(stop) if stop.cut_off => Err(stop.into_error()),
            Err(stop) => {
                let stuck = rollback::roll_back(&entry.journal, entry.phase, &project)
                    .map_err(CommitError::into_error)?;
                entry.remove()?;
                Err(match stop.reason {
                    None if stuck.is_empty() => Error::Changed(vec![stop.path]),
                    reason => {
                        let reason = reason.unwrap_or_else(|| "changed meanwhile".to_owned());
                        Error::NotApplied { path: stop.path, reason, stuck }
                    }
                })
            }
        }
    }

    fn carry_out(
        &self,
        entry: &mut LogEntry,
        project: &ProjectDir,
        committed: &mut Committed,
    ) -> Result<(), CommitError> {
        let no_path = Path::new("");
        let failed = |error: Error| CommitError::failed(no_path, error);
        let synced = |error: std::io::Error| CommitError::failed(no_path, error);
        for folder in &entry.journal.folder_modes {
            CommitError::tick()?;
            project
                .open_up(&folder.path, folder.is_changed())
                .map_err(|error| CommitError::failed(&folder.path, error))?;
        }
        let mut staged = BTreeMap::new();
        for operation in &entry.journal.operations {
            CommitError::tick()?;
            if let (Some(stage), Some(node)) = (operation.stage(), operation.staged_node()) {
                self.stage(operation.path(), (stage, node), &staged, project)?;
                staged.insert(operation.path(), (stage, node));
            }
        }
        // renaming what is not on disk yet would leave empty files after a power cut
        project.sync(entry.journal.staged()).map_err(synced)?;
        CommitError::tick()?;
        entry.reach(JournalPhase::Moving).map_err(failed)?;
        for operation in &entry.journal.operations {
            CommitError::tick()?;
            self.make(operation, project, committed)?;
        }
        let folders = entry.journal.operations.iter().filter_map(|operation| operation.path().parent());
        project.sync(folders).map_err(synced)?;
        CommitError::tick()?;
        entry.reach(JournalPhase::Done).map_err(failed)?;
        committed.stuck = rollback::finish(&entry.journal, project)?;
        CommitError::tick_killed()?;
        if self.id.is_some()
            && let Err(error) = entry.reach(JournalPhase::Committed)
        {
            // everything is in place, and the next start will say so
            committed.stuck.push(error.to_string());
        }
        CommitError::tick_killed()
    }

    /// Stages what is to be at a path, as another name of a file where it is to be one.
    fn stage(
        &self,
        path: &Path,
        (stage, node): (&Path, &Node),
        staged: &BTreeMap<&Path, (&Path, &Node)>,
        project: &ProjectDir,
    ) -> Result<(), CommitError> {
        let links = self.change_of(path).map(|change| change.links.as_slice()).unwrap_or_default();
        for other in links {
            let file = match (staged.get(other.as_path()), self.change_of(other)) {
                (Some((staged, same)), _) if *same == node => Some(*staged),
                // one that stays, or is still there
                (None, change) if change.is_none_or(|change| change.before.as_ref() == Some(node)) => {
                    project.is(other, Some(node)).then_some(other.as_path())
                }
                _ => None,
            };
            // between file systems there is no such thing
            if file.is_some_and(|file| project.link(file, stage).is_ok()) {
                return Ok(());
            }
        }
        let bytes = match node {
            Node::File { content, .. } => {
                (self.content)(content).map_err(|error| CommitError::failed(path, error))?
            }
            _ => Vec::new(),
        };
        let attributes = self.attributes_of(path)?;
        let staged = project.stage(stage, node, &bytes, &self.style.metadata_of(path), attributes.as_ref());
        staged.map_err(|error| CommitError::failed_or_gone(path, &error))
    }

    /// Returns the attributes of what comes to a path; `None` where they are not known.
    fn attributes_of(&self, path: &Path) -> Result<Option<Attributes>, CommitError> {
        match self.change_of(path).map(|change| change.attributes) {
            Some(KeptAttributes::Stored(hash)) => {
                let bytes = (self.content)(&hash).map_err(|error| CommitError::failed(path, error))?;
                let attributes = Attributes::from_bytes(&bytes);
                Ok(Some(attributes.map_err(|error| CommitError::failed(path, error))?))
            }
            Some(KeptAttributes::None) => Ok(Some(Attributes::default())),
            Some(KeptAttributes::Unknown) | None => Ok(None),
        }
    }

    fn change_of(&self, path: &Path) -> Option<&NodeChange> {
        let at = self.changes.binary_search_by(|change| change.path.as_path().cmp(path)).ok()?;
        Some(self.changes[at])
    }

    fn make(
        &self,
        operation: &Operation,
        project: &ProjectDir,
        committed: &mut Committed,
    ) -> Result<(), CommitError> {
        let failed = |error: std::io::Error| CommitError::failed_or_gone(operation.path(), &error);
        match operation {
            Operation::Away { path, spare, before } => {
                project.rename(path, spare).map_err(failed)?;
                check(project, spare, path, before)
            }
            Operation::RemoveFolder { path, makes_room } => match project.remove_folder(path) {
                Ok(()) => Ok(()),
                Err(_) if !makes_room && project.holds_anything(path) => {
                    committed.kept_folders.push(path.clone());
                    Ok(())
                }
                Err(error) => Err(failed(error)),
            },
            Operation::MakeFolder { path } => {
                let made = match self.style {
                    Style::Restore | Style::Exact => {
                        project.make_folder(path, self.attributes_of(path)?.as_ref())
                    }
                    Style::Edit { .. } => project.make_new_folder(path),
                };
                made.map_err(failed)
            }
            Operation::Place { path, stage, .. } => project.place(stage, path).map_err(failed),
            Operation::Swap { path, stage, old, before, .. } => {
                if project.exchange(stage, path).map_err(failed)? {
                    return check(project, stage, path, before);
                }
                project.rename(path, old).map_err(failed)?;
                check(project, old, path, before)?;
                project.place(stage, path).map_err(failed)
            }
            Operation::Mode { path, before, after } => {
                if project.change_mode(path, *before, *after).map_err(failed)? {
                    Ok(())
                } else {
                    Err(CommitError::changed(path))
                }
            }
        }
    }
}

/// Checks that the node that was taken out of its place is the expected one.
fn check(project: &ProjectDir, taken: &Path, path: &Path, before: &Node) -> Result<(), CommitError> {
    if project.is(taken, Some(before)) { Ok(()) } else { Err(CommitError::changed(path)) }
}
