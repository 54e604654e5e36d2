//! Changes several files: all of them, or none.
//!
//! The operations are written to a [`TransactionLog`] first. New contents are staged beside where they belong, then
//! everything is renamed into place; what was there is swapped out, looked at, and only removed when it is what was expected.
//! When a step fails, what was done is taken back at once. When the process is killed, whoever works in the project next takes
//! it back, or finishes it if everything was in place already, and says which ([`TransactionLog::recover`]).
//!
//! Patches and undos alike are transactions; nothing else writes the project's files.

mod journal;
mod metadata;
mod operations;
mod project_dir;
mod rollback;
mod written;

#[cfg(test)]
mod tests;

use crate::changes::Change;
use crate::error::Error;
use crate::node::{Node, ObjectHash};
use journal::{Entry, Journal, Phase};
use operations::Operation;
use project_dir::{Metadata, ProjectDir};
use protocol::{CallId, ChangedPath, HunkOutcome, OpId, SessionId, Undone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use journal::TransactionLog;

/// Names a transaction of a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TransactionId {
    /// The session.
    pub session: String,
    /// Origin of the transaction.
    pub of: TransactionOf,
}

/// Origin of a transaction of a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TransactionOf {
    /// A patch, by its call.
    Call(String),
    /// An undo or a redo, by the op that asked.
    Op(String),
}

impl TransactionId {
    /// The transaction that writes the patch of a call.
    pub fn of_call(session: &SessionId, call: &CallId) -> Self {
        Self { session: session.0.clone(), of: TransactionOf::Call(call.0.clone()) }
    }

    /// The transaction that an op undoes or redoes something with.
    pub fn of_op(session: &SessionId, op: &OpId) -> Self {
        Self { session: session.0.clone(), of: TransactionOf::Op(op.0.clone()) }
    }
}

/// Purpose of a transaction, with the data to record once it is committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Purpose {
    /// Writes a patch.
    Patch {
        /// Outcome of every hunk.
        outcomes: Vec<HunkOutcome>,
    },
    /// Undoes or redoes something.
    Undo {
        /// The undo or redo.
        undone: Undone,
    },
}

/// End of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is in place.
    Committed,
    /// Nothing of it is.
    RolledBack,
    /// Its folder is gone, and with it whatever was done.
    FolderGone,
}

/// Outcome of a transaction whose process was killed, or did not get to record it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its id; none when no session began it.
    pub id: Option<TransactionId>,
    /// Purpose of the transaction.
    pub purpose: Purpose,
    /// End of the transaction.
    pub outcome: Outcome,
    /// Changes of a committed patch in the project; empty for anything else.
    pub paths: Vec<ChangedPath>,
    /// Leftovers that could not be repaired, for people; usually none.
    pub stuck: Vec<String>,
}

/// Changes to make to the files of a folder, all or none.
pub(crate) struct Transaction<'a> {
    /// Where it is written down.
    pub(crate) log: &'a TransactionLog,
    /// The folder, an absolute path without links.
    pub(crate) root: &'a Path,
    /// Changes, relative to the folder.
    pub(crate) changes: Vec<&'a Change>,
    /// Id of the transaction, when somebody waits for its outcome.
    pub(crate) id: Option<TransactionId>,
    /// Purpose of the transaction.
    pub(crate) purpose: Purpose,
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
            Self::Restore => Metadata::Restored(path),
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
        let is_restore = matches!(self.style, Style::Restore);
        let modes = if is_restore {
            operations::folder_modes(&self.changes, &operations, &project)
        } else {
            Vec::new()
        };
        let journal = Journal::new(self.root, self.id.clone(), &self.purpose, operations, modes, is_restore);
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
                let stuck =
                    rollback::roll_back(&entry.journal, entry.phase, &project).map_err(Stop::into_error)?;
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
        entry: &mut Entry,
        project: &ProjectDir,
        committed: &mut Committed,
    ) -> Result<(), Stop> {
        let no_path = Path::new("");
        let failed = |error: Error| Stop::failed(no_path, error);
        let synced = |error: std::io::Error| Stop::failed(no_path, error);
        for folder in &entry.journal.folder_modes {
            Stop::tick()?;
            project.open_up(folder).map_err(|error| Stop::failed(&folder.path, error))?;
        }
        for operation in &entry.journal.operations {
            Stop::tick()?;
            self.stage(operation, project)?;
        }
        // renaming what is not on disk yet would leave empty files after a power cut
        project.sync(entry.journal.staged()).map_err(synced)?;
        Stop::tick()?;
        entry.reach(Phase::Moving).map_err(failed)?;
        for operation in &entry.journal.operations {
            Stop::tick()?;
            self.make(operation, project, committed)?;
        }
        let folders = entry.journal.operations.iter().filter_map(|operation| operation.path().parent());
        project.sync(folders).map_err(synced)?;
        Stop::tick()?;
        entry.reach(Phase::Done).map_err(failed)?;
        committed.stuck = rollback::finish(&entry.journal, project)?;
        Stop::tick_killed()?;
        if self.id.is_some()
            && let Err(error) = entry.reach(Phase::Committed)
        {
            // everything is in place, and the next start will say so
            committed.stuck.push(error.to_string());
        }
        Stop::tick_killed()
    }

    fn stage(&self, operation: &Operation, project: &ProjectDir) -> Result<(), Stop> {
        let (Some(stage), Some(node)) = (operation.stage(), operation.staged_node()) else { return Ok(()) };
        let path = operation.path();
        let bytes = match node {
            Node::File { content, .. } => {
                (self.content)(content).map_err(|error| Stop::failed(path, error))?
            }
            _ => Vec::new(),
        };
        let staged = project.stage(stage, node, &bytes, &self.style.metadata_of(path));
        staged.map_err(|error| Stop::failed_or_gone(path, &error))
    }

    fn make(
        &self,
        operation: &Operation,
        project: &ProjectDir,
        committed: &mut Committed,
    ) -> Result<(), Stop> {
        let failed = |error: std::io::Error| Stop::failed_or_gone(operation.path(), &error);
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
                    Style::Restore => project.make_folder(path),
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
                    Err(Stop::changed(path))
                }
            }
        }
    }
}

/// Checks that the node that was taken out of its place is the expected one.
fn check(project: &ProjectDir, taken: &Path, path: &Path, before: &Node) -> Result<(), Stop> {
    if project.is(taken, Some(before)) { Ok(()) } else { Err(Stop::changed(path)) }
}

/// Why a transaction cannot be carried out.
#[derive(Debug)]
struct Stop {
    path: PathBuf,
    /// `None` when somebody changed what is there.
    reason: Option<String>,
    /// As if the process had been killed.
    #[cfg(test)]
    cut_off: bool,
}

impl Stop {
    fn changed(path: &Path) -> Self {
        Self::new(path, None)
    }

    fn new(path: &Path, reason: Option<String>) -> Self {
        Self {
            path: path.to_owned(),
            reason,
            #[cfg(test)]
            cut_off: false,
        }
    }

    fn failed(path: &Path, error: impl ToString) -> Self {
        Self::new(path, Some(error.to_string()))
    }

    /// Somebody was there first, or took away what was there: that is a change, and no failure.
    fn failed_or_gone(path: &Path, error: &std::io::Error) -> Self {
        use rustix::io::Errno;
        match Errno::from_io_error(error) {
            Some(Errno::EXIST | Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Self::changed(path),
            _ => Self::failed(path, error),
        }
    }

    fn into_error(self) -> Error {
        let reason = self.reason.unwrap_or_else(|| "changed meanwhile".to_owned());
        Error::NotApplied { path: self.path, reason, stuck: Vec::new() }
    }

    /// One more thing is about to be done.
    #[cfg_attr(not(test), allow(clippy::unnecessary_wraps, reason = "accidents happen in tests only"))]
    fn tick() -> Result<(), Self> {
        #[cfg(test)]
        tests::tick(true)?;
        Ok(())
    }

    /// One more thing is about to be done whose failure stops nothing.
    #[cfg_attr(not(test), allow(clippy::unnecessary_wraps, reason = "accidents happen in tests only"))]
    fn tick_killed() -> Result<(), Self> {
        #[cfg(test)]
        tests::tick(false)?;
        Ok(())
    }
}
