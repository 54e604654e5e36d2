//! First line of a transcript, and its data where that line is damaged.

use super::error::TranscriptError;
use super::files::{id_of, time_of};
use super::line_reader::{LineReader, RecordLine};
use protocol::{SessionId, SessionMeta};
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// First line of a transcript.
pub(super) enum FirstLine {
    /// The session's data, and what else stands on the line, its end being lost.
    Meta(SessionMeta, Vec<u8>),
    /// Something else: the line as it is, and the reason it is not the session's data.
    Damaged(Vec<u8>, String),
}

impl FirstLine {
    /// Reads the first line; fails where there is none.
    pub(super) fn read(lines: &mut LineReader<impl BufRead>, path: &Path) -> Result<Self, TranscriptError> {
        match lines.next().map_err(TranscriptError::read(path))? {
            RecordLine::Whole(line) => Ok(Self::parse(line)),
            RecordLine::TooLong => Ok(Self::Damaged(Vec::new(), "its first line is too long".to_owned())),
            RecordLine::Torn => Err(not_a_transcript(path, "its first line is not complete")),
            RecordLine::End => Err(not_a_transcript(path, "it is empty")),
        }
    }

    /// Parses a line.
    pub(super) fn parse(line: &[u8]) -> Self {
        let mut parsed = serde_json::Deserializer::from_slice(line).into_iter::<SessionMeta>();
        match parsed.next() {
            Some(Ok(meta)) => Self::Meta(meta, line[parsed.byte_offset()..].to_vec()),
            Some(Err(error)) => Self::Damaged(line.to_vec(), error.to_string()),
            None => Self::Damaged(Vec::new(), "its first line is blank".to_owned()),
        }
    }
}

/// Returns the data of a session whose first line is damaged: the id and the time from the name of the file, and the folder from the
/// session's configuration. Fails with `why` where one of them is not to be had.
pub(super) fn meta_without_first_line(
    path: &Path,
    cwd: Option<PathBuf>,
    why: &str,
) -> Result<SessionMeta, TranscriptError> {
    let (Some(id), Some(cwd)) = (id_of(path), cwd) else { return Err(not_a_transcript(path, why)) };
    Ok(SessionMeta {
        session_id: SessionId::from(id),
        at_ms: time_of(path).unwrap_or_default(),
        cwd,
        version: "unknown".to_owned(),
        git_commit: None,
        git_branch: None,
        forked_from: None,
        imported_from: None,
    })
}

fn not_a_transcript(path: &Path, why: &str) -> TranscriptError {
    TranscriptError::NotATranscript { path: path.to_owned(), why: why.to_owned() }
}
