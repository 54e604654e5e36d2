//! Log of a project's transactions: a file for each, in the app's data folder.
//!
//! A file begins with the whole [`Journal`]; each byte after that says that one more phase was reached. It stays until whoever
//! the transaction was for has recorded its outcome.

use super::error::CommitError;
use super::id::TransactionId;
use super::journal::{Journal, JournalPhase, UndoJournal};
use super::outcome::{Settled, TransactionOutcome, TransactionPurpose};
use super::project_dir::ProjectDir;
use super::rollback;
use super::written::changed_paths;
use crate::error::Error;
use crate::store_dir;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

const VERSION: u32 = 2;

/// Version of the single journal that undos had before.
const UNDO_VERSION: u32 = 1;

/// Suffix of the name of a file that is not complete.
const UNFINISHED: &str = ".unfinished";

/// Says that a person was told.
const TOLD: u8 = b't';

/// The journals of one project's transactions.
///
/// Everything blocks, and takes turns with other processes at work in the project: what a process that lives is about to do is
/// waited for, and what one that was killed left half done is brought in order first.
#[derive(Clone, Debug)]
pub struct TransactionLog {
    store: PathBuf,
    dir: PathBuf,
    project: PathBuf,
}

/// Held while a transaction is under way. The system lets go of it when its process ends, however that is.
#[derive(Debug)]
pub(super) struct LogLock(#[allow(dead_code, reason = "the lock is let go of with the file")] File);

/// A journal on disk.
#[derive(Debug)]
pub(super) struct LogEntry {
    path: PathBuf,
    pub(super) journal: Journal,
    pub(super) phase: JournalPhase,
    told: bool,
}

impl TransactionLog {
    /// The log of the project at `project`, beside its store of checkpoints in `store` ([`crate::store_dir`]). Nothing is
    /// opened, and nothing need be there.
    pub fn new(store: &Path, project: &Path) -> Self {
        let project = project.canonicalize().unwrap_or_else(|_| project.to_owned());
        Self { store: store.to_owned(), dir: store.join("transactions"), project }
    }

    /// The project, links followed.
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// Finishes or rolls back what processes that were killed had begun, and returns what became of it. Each transaction is
    /// returned once; those with an id stay until they are forgotten.
    pub fn recover(&self) -> Result<Vec<Settled>, Error> {
        if !self.dir.exists() {
            return Ok(Vec::new());
        }
        let _lock = self.lock()?;
        let mut untold = Vec::new();
        for entry in self.entries()? {
            if entry.told || matches!(entry.phase, JournalPhase::Committed) {
                continue;
            }
            if entry.journal.id.is_none() {
                entry.remove()?;
            } else {
                entry.append(TOLD)?;
            }
            untold.extend(entry.settled(&self.project));
        }
        Ok(untold)
    }

    /// Waits until no transaction is under way, and brings in order what was left.
    pub(crate) fn finish_others(&self) -> Result<(), Error> {
        if self.dir.exists() {
            self.lock()?;
        }
        Ok(())
    }

    /// Reports whether a transaction is under way, or was cut off. Changes nothing.
    pub fn has_unsettled(&self) -> Result<bool, Error> {
        let files = match fs::read_dir(&self.dir) {
            Ok(files) => files,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(Error::io("cannot be read", &self.dir)(error)),
        };
        for path in files.flatten().map(|file| file.path()) {
            if path.extension() != Some(OsStr::new("journal")) {
                continue;
            }
            match self.read(path.clone()) {
                Ok(entry) if !entry.phase.is_settled() => return Ok(true),
                Ok(_) => {}
                // settled and forgotten meanwhile
                Err(_) if !path.exists() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Returns the outcomes of a session's transactions that are not forgotten yet.
    pub fn settled_of(&self, session: &str) -> Result<Vec<Settled>, Error> {
        if !self.dir.exists() {
            return Ok(Vec::new());
        }
        let _lock = self.lock()?;
        let entries = self.entries()?;
        let of_session =
            entries.iter().filter(|entry| entry.journal.id.as_ref().is_some_and(|id| id.session == session));
        Ok(of_session.filter_map(|entry| entry.settled(&self.project)).collect())
    }

    /// Forgets a settled transaction: what became of it is recorded elsewhere.
    pub fn forget(&self, id: &TransactionId) -> Result<(), Error> {
        self.forget_all(|forgotten| forgotten == id)
    }

    pub(crate) fn forget_all(&self, is_over: impl Fn(&TransactionId) -> bool) -> Result<(), Error> {
        if !self.dir.exists() {
            return Ok(());
        }
        let _lock = self.lock()?;
        for entry in self.entries()? {
            if entry.journal.id.as_ref().is_some_and(&is_over) {
                entry.remove()?;
            }
        }
        Ok(())
    }

    /// Brings in order what the version before this one left in the store, whose lock is held.
    pub(crate) fn recover_undo(&self) -> Result<(), Error> {
        let path = self.store.join("journal");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::io("cannot be read", path)(error)),
        };
        let Ok((UNDO_VERSION, undo)) = postcard::from_bytes::<(u32, UndoJournal)>(&bytes) else {
            return Err(self.damaged());
        };
        let _lock = self.lock()?;
        let UndoJournal { root, phase, operations, folder_modes } = undo;
        let purpose = TransactionPurpose::Undo { undone: protocol::Undone::default() };
        let journal = Journal::new(&root, None, &purpose, operations, folder_modes, true);
        let mut entry = self.begin(journal)?;
        entry.reach(phase)?;
        fs::remove_file(&path).map_err(Error::io("cannot be removed", path))?;
        entry.settle()
    }

    /// Waits until nobody else is at it, and brings in order what they left.
    pub(super) fn lock(&self) -> Result<LogLock, Error> {
        // the files of a person are nobody else's business
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        made.map_err(Error::io("cannot be created", &self.dir))?;
        store_dir::note_project(&self.store, &self.project)?;
        let path = self.dir.join("lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(Error::io("cannot be opened", &path))?;
        file.lock().map_err(Error::io("cannot be locked", path))?;
        for mut entry in self.entries()? {
            if !entry.phase.is_settled() {
                entry.settle()?;
            }
        }
        Ok(LogLock(file))
    }

    /// Writes down what is about to be done, and makes that last.
    pub(super) fn begin(&self, journal: Journal) -> Result<LogEntry, Error> {
        let path = self.dir.join(format!("{}.journal", uuid::Uuid::now_v7().simple()));
        let entry = LogEntry { path, journal, phase: JournalPhase::Staging, told: false };
        entry.write()?;
        Ok(entry)
    }

    /// All there are, in the order they were begun. What was never whole is removed.
    fn entries(&self) -> Result<Vec<LogEntry>, Error> {
        let failed = || Error::io("cannot be read", &self.dir);
        let mut paths = Vec::new();
        for file in fs::read_dir(&self.dir).map_err(failed())? {
            let path = file.map_err(failed())?.path();
            if path.as_os_str().as_bytes().ends_with(UNFINISHED.as_bytes()) {
                // nothing was begun before it was whole
                fs::remove_file(&path).map_err(Error::io("cannot be removed", path))?;
            } else if path.extension() == Some(OsStr::new("journal")) {
                paths.push(path);
            }
        }
        paths.sort();
        paths.into_iter().map(|path| self.read(path)).collect()
    }

    fn read(&self, path: PathBuf) -> Result<LogEntry, Error> {
        let bytes = fs::read(&path).map_err(Error::io("cannot be read", &path))?;
        match postcard::take_from_bytes::<(u32, Journal)>(&bytes) {
            Ok(((VERSION, journal), reached)) => {
                let told = reached.last() == Some(&TOLD);
                let last = reached.iter().rev().find_map(|byte| {
                    JournalPhase::ALL.iter().find(|(_, known)| known == byte).map(|(phase, _)| *phase)
                });
                Ok(LogEntry { path, journal, phase: last.unwrap_or(JournalPhase::Staging), told })
            }
            _ => Err(self.damaged()),
        }
    }

    fn damaged(&self) -> Error {
        Error::Damaged {
            path: self.store.clone(),
            what: "the journal of a transaction cannot be understood".to_owned(),
        }
    }
}

impl LogEntry {
    /// Writes down that a phase is reached, and makes that last.
    pub(super) fn reach(&mut self, phase: JournalPhase) -> Result<(), Error> {
        self.append(phase.byte())?;
        self.phase = phase;
        Ok(())
    }

    fn append(&self, byte: u8) -> Result<(), Error> {
        let appended = OpenOptions::new().append(true).open(&self.path).and_then(|mut file| {
            file.write_all(&[byte])?;
            file.sync_data()
        });
        appended.map_err(Error::io("cannot be written", &self.path))
    }

    /// Nobody has to know any more.
    pub(super) fn remove(&self) -> Result<(), Error> {
        fs::remove_file(&self.path).map_err(Error::io("cannot be removed", &self.path))
    }

    /// Brings in order what was begun, however far it got.
    fn settle(&mut self) -> Result<(), Error> {
        let (phase, stuck) = match (self.phase, ProjectDir::open(&self.journal.root)) {
            // the project is gone, and everything that was staged in it
            (_, Err(_)) => (JournalPhase::FolderGone, Vec::new()),
            (JournalPhase::Done, Ok(project)) => (
                JournalPhase::Finished,
                rollback::finish(&self.journal, &project).map_err(CommitError::into_error)?,
            ),
            (phase, Ok(project)) => {
                let stuck =
                    rollback::roll_back(&self.journal, phase, &project).map_err(CommitError::into_error)?;
                (JournalPhase::RolledBack, stuck)
            }
        };
        self.phase = phase;
        self.journal.stuck = stuck;
        if phase != JournalPhase::Finished {
            self.journal.operations.clear();
        }
        self.journal.folder_modes.clear();
        self.write()
    }

    /// Writes all of it, in the place of what was there.
    fn write(&self) -> Result<(), Error> {
        let mut unfinished = self.path.clone().into_os_string();
        unfinished.push(UNFINISHED);
        let bytes = postcard::to_stdvec(&(VERSION, &self.journal)).map_err(std::io::Error::other);
        let written = bytes.and_then(|mut bytes| {
            bytes.push(self.phase.byte());
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, &self.path)?;
            self.path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
        });
        written.map_err(Error::io("cannot be written", &self.path))
    }

    fn settled(&self, project: &Path) -> Option<Settled> {
        let outcome = match self.phase {
            JournalPhase::Committed | JournalPhase::Finished => TransactionOutcome::Committed,
            JournalPhase::RolledBack => TransactionOutcome::RolledBack,
            JournalPhase::FolderGone => TransactionOutcome::FolderGone,
            JournalPhase::Staging | JournalPhase::Moving | JournalPhase::Done => return None,
        };
        let purpose = serde_json::from_str(&self.journal.purpose).ok()?;
        let paths = match (&purpose, outcome) {
            (TransactionPurpose::Patch { .. }, TransactionOutcome::Committed) => {
                changed_paths(&self.journal.operations, &self.journal.root, project)
            }
            _ => Vec::new(),
        };
        Some(Settled {
            id: self.journal.id.clone(),
            purpose,
            outcome,
            paths,
            stuck: self.journal.stuck.clone(),
        })
    }
}
