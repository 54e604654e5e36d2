//! A second session that begins as another one did (B30).

use super::error::TranscriptError;
use super::reader::read;
use super::writer::Writer;
use crate::clock::{new_session_id, now_ms};
use config::Home;
use protocol::{AbortReason, Fact, OpId, Record, SessionId, SessionMeta, TaskId};
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
    let mut loaded = read(source)?;
    if let Some(at) = at {
        let last = loaded.records.iter().rev().find_map(started).unwrap_or_default();
        if at > last {
            return Err(TranscriptError::NoSuchTask { path: source.to_owned(), wanted: at, last });
        }
        let end = loaded.records.iter().position(|record| started(record).is_some_and(|task| task > at));
        loaded.records.truncate(end.unwrap_or(loaded.records.len()));
    }
    let now_ms = now_ms();
    if let Some((op, task_id)) = open_task(&loaded.records) {
        let fact = Fact::TaskAborted { task_id, reason: AbortReason::Interrupted };
        loaded.records.push(Record { at_ms: now_ms, op, fact });
    }
    let meta = SessionMeta {
        session_id: new_session_id(),
        at_ms: now_ms,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        forked_from: Some(loaded.meta.session_id.clone()),
        ..loaded.meta
    };
    let mut writer = Writer::create(home, &meta)?;
    let path = writer.path().to_owned();
    if let Err(error) = writer.append(&loaded.records).and_then(|()| writer.sync()) {
        // half a conversation is worse than none
        let _ = std::fs::remove_file(&path);
        return Err(error);
    }
    Ok(Forked { session_id: meta.session_id, path, warnings: loaded.warnings })
}

fn started(record: &Record) -> Option<TaskId> {
    match record.fact {
        Fact::TaskStarted { task_id } => Some(task_id),
        _ => None,
    }
}

/// The task that is not over, and the op that began it.
fn open_task(records: &[Record]) -> Option<(OpId, TaskId)> {
    records.iter().rev().find_map(|record| match record.fact {
        Fact::TaskStarted { task_id } => Some(Some((record.op.clone(), task_id))),
        Fact::TaskAborted { .. } | Fact::TaskCompleted { .. } => Some(None),
        _ => None,
    })?
}
