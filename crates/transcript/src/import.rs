//! Sessions of other agents, taken over as sessions of the app: read, searched, gone on with and exported as its own.

mod codex;
mod told;

use crate::clock::{new_session_id, now_ms};
use crate::error::TranscriptError;
use crate::line_reader::{LineReader, MAX_LINE_BYTES, RecordLine};
use crate::writer::Writer;
use codex::{CodexLine, Rollout};
use config::Home;
use protocol::{SessionId, SessionMeta};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use told::Told;

/// A session that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The new session.
    pub session_id: SessionId,
    /// Its transcript.
    pub path: PathBuf,
    /// Its folder.
    pub cwd: PathBuf,
    /// Number of its tasks.
    pub tasks: u32,
    /// Parts that could not be taken over, for people.
    pub warnings: Vec<String>,
}

/// Imports a rollout of Codex: `$CODEX_HOME/sessions/YYYY/MM/DD/rollout-TIME-ID.jsonl`, of any version. What people and the model
/// said, and each call with its answer, become a new session in `folder`, or else in the folder that the rollout names; reasoning,
/// which only its vendor can read, is left out. The rollout stays as it is. Nothing of its tasks can be undone.
pub fn import_codex(
    home: &Home,
    rollout: &Path,
    folder: Option<PathBuf>,
) -> Result<Imported, TranscriptError> {
    // opening a pipe waits for its other end
    let is_file = |metadata: std::fs::Metadata| {
        if metadata.is_file() { Ok(()) } else { Err(not_a_rollout(rollout, "it is no regular file")) }
    };
    is_file(std::fs::metadata(rollout).map_err(TranscriptError::open(rollout))?)?;
    let file = File::open(rollout).map_err(TranscriptError::open(rollout))?;
    is_file(file.metadata().map_err(TranscriptError::read(rollout))?)?;
    let mut lines = LineReader::new(BufReader::new(file), MAX_LINE_BYTES);
    let first = read_first(&mut lines, rollout)?;
    let Some(cwd) = folder.or_else(|| first.cwd.clone()) else {
        return Err(not_a_rollout(rollout, "it names no folder; name one with --cd"));
    };
    let meta = SessionMeta {
        session_id: new_session_id(),
        at_ms: now_ms(),
        cwd: cwd.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        git_commit: first.git_commit.clone(),
        git_branch: first.git_branch.clone(),
        forked_from: None,
        imported_from: Some(told::AGENT.to_owned()),
    };
    let mut writer = Writer::create(home, &meta)?;
    let path = writer.path().to_owned();
    let copied = copy(&mut lines, rollout, first, &mut writer);
    match copied {
        Ok((0, _)) => {
            let _ = std::fs::remove_file(&path);
            Err(not_a_rollout(rollout, "nobody says anything in it"))
        }
        Ok((tasks, warnings)) => Ok(Imported { session_id: meta.session_id, path, cwd, tasks, warnings }),
        Err(error) => {
            // half a conversation is worse than none
            let _ = std::fs::remove_file(&path);
            Err(error)
        }
    }
}

/// Reads the first line, which describes the session.
fn read_first(lines: &mut LineReader<impl BufRead>, path: &Path) -> Result<Rollout, TranscriptError> {
    match lines.next().map_err(TranscriptError::read(path))? {
        RecordLine::Whole(line) => Rollout::parse(line)
            .ok_or_else(|| not_a_rollout(path, "its first line does not describe a session of Codex")),
        RecordLine::End => Err(not_a_rollout(path, "it is empty")),
        RecordLine::TooLong | RecordLine::Torn => Err(not_a_rollout(path, "its first line is not complete")),
    }
}

/// Takes the conversation over as it is read: however long it is, few records of it are in memory. Returns the number of tasks, and
/// what is to be said.
fn copy(
    lines: &mut LineReader<impl BufRead>,
    path: &Path,
    first: Rollout,
    writer: &mut Writer,
) -> Result<(u32, Vec<String>), TranscriptError> {
    let mut told = Told::new(first.at_ms);
    let mut unread = 0_u64;
    loop {
        match lines.next().map_err(TranscriptError::read(path))? {
            RecordLine::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => {}
            RecordLine::Whole(line) => match CodexLine::parse(line) {
                Some(line) => told.take(line),
                None => unread += 1,
            },
            RecordLine::TooLong => unread += 1,
            RecordLine::Torn => {
                unread += 1;
                break;
            }
            RecordLine::End => break,
        }
        writer.append(&told.take_records())?;
    }
    told.finish();
    writer.append(&told.take_records())?;
    writer.sync()?;
    let warning = |count: u64, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {many}")),
    };
    let warnings = [
        warning(unread, "line could not be read and is left out", "lines could not be read and are left out"),
        warning(
            told.unanswerable,
            "answer to a call that is not there is left out",
            "answers to calls that are not there are left out",
        ),
    ];
    Ok((told.tasks(), warnings.into_iter().flatten().collect()))
}

fn not_a_rollout(path: &Path, why: &str) -> TranscriptError {
    TranscriptError::NotARollout { path: path.to_owned(), why: why.to_owned() }
}
