//! Prompts across sessions (B31): `history.jsonl`, oldest first, bounded, shared by every instance of the app.
//!
//! The first line names the log. When the oldest half is dropped the file is replaced and the log gets a new id, so that a
//! position in the old log is never looked up in the new one.

use super::error::TranscriptError;
use super::line_reader::{LineReader, RecordLine};
use config::Home;
use protocol::SessionId;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes the file may grow to before its oldest half is dropped.
const MAX_BYTES: u64 = 1024 * 1024;

/// A longer prompt is not remembered: a few of them would push out all others.
const MAX_ENTRY_BYTES: usize = 64 * 1024;

/// Bytes of the longest line there may be: in JSON a byte may take six, and there is more in it than the text.
const MAX_LINE_BYTES: usize = 6 * MAX_ENTRY_BYTES + 4096;

#[derive(Serialize, Deserialize)]
struct Header {
    log_id: u64,
}

#[derive(Serialize, Deserialize)]
struct HistoryLine {
    session_id: SessionId,
    at_ms: u64,
    text: String,
}

/// The remembered prompts. Opens the file for each thing asked of it.
#[derive(Clone, Debug)]
pub struct PromptHistory {
    path: PathBuf,
    max_bytes: u64,
}

impl PromptHistory {
    /// The history in the app's home.
    pub fn new(home: &Home) -> Self {
        Self { path: home.prompt_history_file(), max_bytes: MAX_BYTES }
    }

    /// Remembers a prompt. One over 64 KiB is let go.
    pub fn append(&self, session_id: &SessionId, at_ms: u64, text: &str) -> Result<(), TranscriptError> {
        if text.len() > MAX_ENTRY_BYTES {
            return Ok(());
        }
        let entry = HistoryLine { session_id: session_id.clone(), at_ms, text: text.to_owned() };
        self.append_entry(&entry).map_err(TranscriptError::write(&self.path))
    }

    /// The log's id and how many prompts it holds. Begins the log when there is none.
    pub fn log_id_and_count(&self) -> Result<(u64, u64), TranscriptError> {
        let log = self
            .locked()
            .and_then(|file| HistoryFile::read(&file))
            .map_err(TranscriptError::read(&self.path))?;
        Ok((log.id, log.entries.len() as u64))
    }

    /// The prompt at a position of a log, counted from 0 for the oldest; `None` when it is not there any more.
    pub fn get(&self, log_id: u64, offset: u64) -> Result<Option<String>, TranscriptError> {
        let log = self.read()?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(log
            .filter(|log| log.id == log_id)
            .and_then(|mut log| (offset < log.entries.len()).then(|| log.entries.swap_remove(offset).text)))
    }

    /// The last `count` prompts, the newest first.
    pub fn recent(&self, count: usize) -> Result<Vec<String>, TranscriptError> {
        let entries = self.read()?.map(|log| log.entries).unwrap_or_default();
        Ok(entries.into_iter().rev().take(count).map(|entry| entry.text).collect())
    }

    fn read(&self) -> Result<Option<HistoryFile>, TranscriptError> {
        match File::open(&self.path) {
            Ok(file) => HistoryFile::read(&file).map(Some).map_err(TranscriptError::read(&self.path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(TranscriptError::Open { path: self.path.clone(), source }),
        }
    }

    fn append_entry(&self, entry: &HistoryLine) -> io::Result<()> {
        let mut file = self.locked()?;
        let log = HistoryFile::read(&file)?;
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        if file.metadata()?.len() + line.len() as u64 > self.max_bytes {
            return self.replace(log, &line);
        }
        if log.torn {
            line.insert(0, b'\n');
        }
        file.write_all(&line)
    }

    /// The file, with its header, locked. Another instance may have replaced it while this one waited.
    fn locked(&self) -> io::Result<File> {
        loop {
            let mut options = OpenOptions::new();
            options.read(true).append(true).create(true).mode(0o600);
            let mut file = match options.open(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let dir = self.path.parent().unwrap_or(Path::new("/"));
                    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
                    options.open(&self.path)?
                }
                other => other?,
            };
            file.lock()?;
            let held = file.metadata()?;
            if fs::metadata(&self.path)
                .is_ok_and(|named| (named.dev(), named.ino()) == (held.dev(), held.ino()))
            {
                if held.len() == 0 {
                    file.write_all(&header_line()?)?;
                }
                return Ok(file);
            }
        }
    }

    /// Replaces the file by its newer half and one more line, as a new log. The lock on the old one is held meanwhile.
    fn replace(&self, log: HistoryFile, line: &[u8]) -> io::Result<()> {
        let mut bytes = header_line()?;
        let mut kept = Vec::new();
        let mut room = self.max_bytes / 2;
        for entry in log.entries.iter().rev() {
            let mut line = serde_json::to_vec(entry)?;
            line.push(b'\n');
            let Some(left) = room.checked_sub(line.len() as u64) else { break };
            room = left;
            kept.push(line);
        }
        kept.reverse();
        bytes.extend(kept.concat());
        bytes.extend(line);
        let staged = self.path.with_extension("jsonl.new");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&staged)?;
        file.write_all(&bytes)?;
        file.sync_data()?;
        fs::rename(&staged, &self.path)
    }
}

/// Contents of the history file.
struct HistoryFile {
    id: u64,
    entries: Vec<HistoryLine>,
    /// True when the last line has no end.
    torn: bool,
}

impl HistoryFile {
    /// Reads the whole file; lines that are no prompts are skipped.
    fn read(mut file: &File) -> io::Result<Self> {
        file.rewind()?;
        let mut log = Self { id: 0, entries: Vec::new(), torn: false };
        let mut lines = LineReader::new(BufReader::new(file), MAX_LINE_BYTES);
        loop {
            match lines.next()? {
                RecordLine::Whole(line) if log.id == 0 => {
                    log.id = serde_json::from_slice::<Header>(line).map_or(1, |header| header.log_id.max(1));
                }
                RecordLine::Whole(line) => log.entries.extend(serde_json::from_slice::<HistoryLine>(line)),
                RecordLine::TooLong => {}
                RecordLine::Torn => log.torn = true,
                RecordLine::End => return Ok(log),
            }
        }
    }
}

/// The first line of a new log. Its id is below 2^53, so that a window's numbers hold it.
fn header_line() -> io::Result<Vec<u8>> {
    let random = uuid::Uuid::now_v7().as_u64_pair().1;
    let mut line = serde_json::to_vec(&Header { log_id: (random & ((1 << 53) - 1)).max(2) })?;
    line.push(b'\n');
    Ok(line)
}
