//! A second session that begins as another one did (B30).

use super::error::TranscriptError;
use super::reader::Transcript;
use super::writer::Writer;
use crate::clock::{new_session_id, now_ms};
use config::Home;
use protocol::{AbortReason, Fact, OpId, Record, SessionId, SessionMeta, TaskId};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// A session that was forked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forked {
    /// The new session.
    pub session_id: SessionId,
    /// Its transcript.
    pub path: PathBuf,
    /// Parts of the other transcript that could not be taken over, for people.
    pub warnings: Vec<String>,
}

/// Begins a session with what is recorded of another up to the end of task `at`, and of what came before the next; with all of
/// it when `at` is absent, with nothing but how it was set up when it is 0. The other one may go on meanwhile. A task that is
/// not over is aborted in the new session: it must not be done by both.
pub fn fork(home: &Home, source: &Path, at: Option<TaskId>) -> Result<Forked, TranscriptError> {
    let transcript = Transcript::open(source)?;
    let now_ms = now_ms();
    let meta = SessionMeta {
        session_id: new_session_id(),
        at_ms: now_ms,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        forked_from: Some(transcript.meta.session_id.clone()),
        ..transcript.meta.clone()
    };
    let writer = Writer::create(home, &meta)?;
    let path = writer.path().to_owned();
    let copy = Copy { writer, at, last: TaskId::default(), open: None, is_past: false, failed: None };
    match copy.run(transcript, source, now_ms) {
        Ok(warnings) => Ok(Forked { session_id: meta.session_id, path, warnings }),
        Err(error) => {
            // half a conversation is worse than none
            let _ = std::fs::remove_file(&path);
            Err(error)
        }
    }
}

/// Takes records over as they are read: however long a session is, few of them are in memory.
struct Copy {
    writer: Writer,
    /// Last task that is taken over; all are when absent.
    at: Option<TaskId>,
    /// Last task that was read.
    last: TaskId,
    /// The task that is not over, and the op that began it.
    open: Option<(OpId, TaskId)>,
    /// True behind the last record that is taken over.
    is_past: bool,
    failed: Option<TranscriptError>,
}

impl Copy {
    fn run(
        mut self,
        transcript: Transcript<BufReader<File>>,
        source: &Path,
        now_ms: u64,
    ) -> Result<Vec<String>, TranscriptError> {
        let warnings = transcript.records(|records| self.take(records))?;
        if let Some(error) = self.failed {
            return Err(error);
        }
        if let Some(wanted) = self.at.filter(|at| *at > self.last) {
            return Err(TranscriptError::NoSuchTask { path: source.to_owned(), wanted, last: self.last });
        }
        if let Some((op, task_id)) = self.open {
            let fact = Fact::TaskAborted { task_id, reason: AbortReason::Interrupted };
            self.writer.append(&[Record { at_ms: now_ms, op, fact }])?;
        }
        self.writer.sync()?;
        Ok(warnings)
    }

    fn take(&mut self, mut records: Vec<Record>) {
        if self.is_past || self.failed.is_some() {
            return;
        }
        let mut taken = records.len();
        for (position, record) in records.iter().enumerate() {
            match record.fact {
                Fact::TaskStarted { task_id } => {
                    self.last = task_id;
                    if self.at.is_some_and(|at| task_id > at) {
                        self.is_past = true;
                        taken = position;
                        break;
                    }
                    self.open = Some((record.op.clone(), task_id));
                }
                Fact::TaskAborted { .. } | Fact::TaskCompleted { .. } => self.open = None,
                _ => {}
            }
        }
        records.truncate(taken);
        self.failed = self.writer.append(&records).err();
    }
}
