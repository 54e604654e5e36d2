//! Report of the helper on a command that it ran: what an exit code and the output do not tell.
//!
//! The guard writes entries into a *journal*, a file in memory that it shares with the supervisor and that the command cannot
//! reach. When nothing of the command is left, the supervisor makes a [`RunReport`] of them and writes it to its own stdin, where
//! that is a socket: whoever sent the policy reads it there.

use crate::failure::Failure;
use rustix::fs::{FileType, MemfdFlags, OFlags};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

/// Maximum number of entries in a journal, and of each kind in a report.
const MAX_ENTRIES: usize = 200;

/// Maximum size of a journal that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// Facts about a command that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// Names of the programs that the command left running and that were ended with it.
    #[serde(default)]
    pub ended: Vec<String>,
    /// Calls that the sandbox refused, in their order.
    #[serde(default)]
    pub refused: Vec<RefusedCall>,
    /// Repositories that the command made and that would run programs of its choice later: where each was, and is now.
    #[serde(default)]
    pub set_aside: Vec<SetAside>,
}

/// A repository under another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// Path at which git would find it.
    pub from: PathBuf,
    /// Path of it now; `None` when it could not be renamed, and is as it was.
    pub to: Option<PathBuf>,
    /// Part of it that would run a program.
    pub why: String,
}

/// A call that the sandbox refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedCall {
    /// A path could not be made, changed or removed.
    Write(PathBuf),
    /// A Unix socket that no command of the session listens on could not be connected to.
    Socket(String),
    /// An address could not be reached.
    Network(String),
}

/// Entry of a journal, one a line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunLogEntry {
    Refused(RefusedCall),
    Ended(String),
    Repository(MadeRepository),
}

/// A repository that the command has made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct MadeRepository {
    pub(crate) path: PathBuf,
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// Journal of a guard.
#[derive(Debug)]
pub(crate) struct RunLog {
    file: File,
    written: HashSet<RunLogEntry>,
}

impl RunLog {
    /// Makes the file of a journal.
    pub(crate) fn create() -> Result<File, Failure> {
        rustix::fs::memfd_create("journal", MemfdFlags::CLOEXEC)
            .map(File::from)
            .map_err(|error| Failure::Setup(format!("memfd: {error}")))
    }

    /// Writes to `file`.
    pub(crate) fn new(file: OwnedFd) -> Self {
        Self { file: File::from(file), written: HashSet::new() }
    }

    /// Keeps the command from inheriting it.
    pub(crate) fn close_on_exec(&self) -> Result<(), Failure> {
        rustix::io::fcntl_setfd(&self.file, rustix::io::FdFlags::CLOEXEC)
            .map_err(|error| Failure::Setup(format!("cannot close the journal: {error}")))
    }

    /// Forgets everything, in every process that writes here: what was tried out before the command began is not its doing.
    pub(crate) fn clear(&self) -> std::io::Result<()> {
        self.file.set_len(0)?;
        (&self.file).rewind()
    }

    /// Adds an entry, unless it is there already or the journal is full.
    /// Returns whether it is there.
    pub(crate) fn add(&mut self, entry: RunLogEntry) -> bool {
        if !self.written.is_empty() && self.file.metadata().is_ok_and(|file| file.len() == 0) {
            self.written.clear();
        }
        if self.written.contains(&entry) {
            return true;
        }
        if self.written.len() >= MAX_ENTRIES {
            return false;
        }
        if let Ok(mut line) = serde_json::to_vec(&entry) {
            line.push(b'\n');
            if self.file.write_all(&line).is_ok() {
                return self.written.insert(entry);
            }
        }
        false
    }
}

impl RunReport {
    /// Reads what a guard wrote; the second part are the repositories that are still to be looked through.
    pub(crate) fn from_journal(mut journal: File) -> (Self, Vec<MadeRepository>) {
        let mut text = Vec::new();
        let (mut report, mut repositories) = (Self::default(), Vec::new());
        if journal.rewind().and_then(|()| journal.take(MAX_BYTES).read_to_end(&mut text)).is_err() {
            return (report, repositories);
        }
        for line in text.split(|byte| *byte == b'\n') {
            match serde_json::from_slice(line) {
                Ok(RunLogEntry::Refused(call)) => report.refused.push(call),
                Ok(RunLogEntry::Ended(program)) => report.ended.push(program),
                Ok(RunLogEntry::Repository(made)) => repositories.push(made),
                Err(_) => {}
            }
        }
        (report, repositories)
    }

    /// Writes the report to `channel`, when it is a socket; nobody else wants one.
    pub(crate) fn send(&self, channel: impl AsFd) {
        let Ok(json) = serde_json::to_vec(self) else { return };
        let _ = write_all(channel.as_fd(), &json);
    }
}

/// Returns a copy of stdin, when a report is wanted there.
pub(crate) fn channel() -> Option<OwnedFd> {
    let stdin = std::io::stdin();
    let is_socket =
        rustix::fs::fstat(&stdin).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Socket);
    if !is_socket {
        return None;
    }
    let copy = rustix::io::fcntl_dupfd_cloexec(&stdin, 3).ok()?;
    // a reader that does not read must not keep this process from ending
    let flags = rustix::fs::fcntl_getfl(&copy).ok()?;
    rustix::fs::fcntl_setfl(&copy, flags | OFlags::NONBLOCK).ok()?;
    Some(copy)
}

fn write_all(channel: BorrowedFd<'_>, mut bytes: &[u8]) -> rustix::io::Result<()> {
    while !bytes.is_empty() {
        let flags = rustix::net::SendFlags::NOSIGNAL;
        let sent = rustix::net::send(channel, bytes, flags)?;
        bytes = &bytes[sent..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_becomes_a_report_without_doubles_and_without_what_is_damaged() {
        let file = RunLog::create().unwrap();
        let mut journal = RunLog::new(file.try_clone().unwrap().into());
        let write = || RunLogEntry::Refused(RefusedCall::Write("/x\ny".into()));
        journal.add(write());
        journal.add(RunLogEntry::Ended("sleep".to_owned()));
        journal.add(write());
        (&file).write_all(b"{\"ref\n").unwrap();
        journal.add(RunLogEntry::Refused(RefusedCall::Network("192.0.2.1:443".to_owned())));
        let refused =
            [RefusedCall::Write("/x\ny".into()), RefusedCall::Network("192.0.2.1:443".to_owned())].to_vec();
        let report = RunReport { ended: vec!["sleep".to_owned()], refused, ..RunReport::default() };
        assert_eq!(RunReport::from_journal(file), (report, Vec::new()));
    }

    #[test]
    fn what_was_tried_out_before_is_forgotten_and_counts_when_it_is_tried_again() {
        let file = RunLog::create().unwrap();
        let mut journal = RunLog::new(file.try_clone().unwrap().into());
        let write = |path: &str| RunLogEntry::Refused(RefusedCall::Write(path.into()));
        journal.add(write("/tried out"));
        journal.add(write("/too"));
        // by another process
        RunLog::new(file.try_clone().unwrap().into()).clear().unwrap();
        journal.add(write("/tried out"));
        let refused = vec![RefusedCall::Write("/tried out".into())];
        assert_eq!(RunReport::from_journal(file).0, RunReport { refused, ..RunReport::default() });
    }
}
