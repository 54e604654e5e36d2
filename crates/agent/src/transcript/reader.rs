//! Reads a transcript, whatever is in the file.

use super::error::TranscriptError;
use protocol::{Fact, Record, SessionConfig, SessionMeta};
use serde::Deserialize;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Bytes a line may have. A longer one is skipped: nothing we write comes near.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// Damaged lines that are named one by one.
const MAX_WARNINGS: usize = 20;

/// What a transcript holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Its first line.
    pub meta: SessionMeta,
    /// Every line after it that could be made sense of.
    pub records: Vec<Record>,
    /// What could not, for people, with file and line.
    pub warnings: Vec<String>,
}

/// What has to be known of a session before it is gone on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outset {
    /// The first line of its transcript.
    pub meta: SessionMeta,
    /// What the session was configured with last, its policies as they were changed since.
    pub last_config: Option<SessionConfig>,
}

/// Reads how a session was set up, making sense of those lines only that can say: the whole is read, once, by who goes on with
/// it. Damaged lines are left out without a word here.
pub fn outset(path: &Path) -> Result<Outset, TranscriptError> {
    let file = File::open(path).map_err(TranscriptError::open(path))?;
    outset_from(BufReader::new(file), path)
}

/// The same of a transcript's text; `path` is for messages.
pub(super) fn outset_from(input: impl BufRead, path: &Path) -> Result<Outset, TranscriptError> {
    let mut lines = LineReader::new(input, MAX_LINE_BYTES);
    let mut outset = Outset { meta: read_meta(&mut lines, path)?, last_config: None };
    loop {
        let line = match lines.next().map_err(TranscriptError::read(path))? {
            Line::Whole(line) if sets_up(line) => line,
            Line::Whole(_) | Line::TooLong => continue,
            Line::Torn | Line::End => return Ok(outset),
        };
        match serde_json::from_slice::<Record>(line).map(|record| record.fact) {
            Ok(Fact::Configured { config }) => outset.last_config = Some(*config),
            Ok(Fact::PolicyChanged { policies }) => {
                if let Some(config) = &mut outset.last_config {
                    config.policies = policies;
                }
            }
            _ => {}
        }
    }
}

/// Whether a line is a record of how the session is set up.
fn sets_up(line: &[u8]) -> bool {
    serde_json::from_slice::<Tagged<'_>>(line)
        .is_ok_and(|tagged| matches!(&*tagged.r#type, "configured" | "policy_changed"))
}

/// Reads a transcript. Only a first line that is not a [`SessionMeta`] is an error: a line that is damaged or of a kind
/// this version does not know is skipped with a warning, and a last line without its end is left out.
pub fn read(path: &Path) -> Result<Loaded, TranscriptError> {
    let file = File::open(path).map_err(TranscriptError::open(path))?;
    read_from(BufReader::new(file), path)
}

/// Reads a transcript's text; `path` is for messages.
pub(super) fn read_from(input: impl BufRead, path: &Path) -> Result<Loaded, TranscriptError> {
    let mut lines = LineReader::new(input, MAX_LINE_BYTES);
    let meta = read_meta(&mut lines, path)?;
    let mut loaded = Loaded { meta, records: Vec::new(), warnings: Vec::new() };
    let mut problems = 0;
    for number in 2_u64.. {
        let problem = match lines.next().map_err(TranscriptError::read(path))? {
            Line::Whole(line) if line.trim_ascii().is_empty() => continue,
            Line::Whole(line) => match serde_json::from_slice(line) {
                Ok(record) => {
                    loaded.records.push(record);
                    continue;
                }
                Err(error) => what_is_wrong(line, &error),
            },
            Line::TooLong => format!("a line of over {MAX_LINE_BYTES} bytes"),
            Line::Torn => "a line that was cut off".to_owned(),
            Line::End => break,
        };
        problems += 1;
        if problems <= MAX_WARNINGS {
            loaded.warnings.push(format!("{}:{number}: left out {problem}", path.display()));
        }
    }
    if problems > MAX_WARNINGS {
        let more = problems - MAX_WARNINGS;
        loaded.warnings.push(format!("{}: left out {more} more lines like these", path.display()));
    }
    Ok(loaded)
}

fn read_meta(lines: &mut LineReader<impl BufRead>, path: &Path) -> Result<SessionMeta, TranscriptError> {
    let meta = match lines.next().map_err(TranscriptError::read(path))? {
        Line::Whole(line) => serde_json::from_slice(line).map_err(|error| error.to_string()),
        Line::TooLong => Err("its first line is too long".to_owned()),
        Line::Torn => Err("its first line is not complete".to_owned()),
        Line::End => Err("it is empty".to_owned()),
    };
    meta.map_err(|why| TranscriptError::NotATranscript { path: path.to_owned(), why })
}

/// What kind of record a line is: read without making sense of the rest of it.
#[derive(Deserialize)]
pub(super) struct Tagged<'a> {
    #[serde(default)]
    pub(super) at_ms: u64,
    #[serde(borrow)]
    pub(super) r#type: Cow<'a, str>,
}

fn what_is_wrong(line: &[u8], error: &serde_json::Error) -> String {
    match serde_json::from_slice::<Tagged<'_>>(line) {
        Ok(tagged) => format!("a record `{}` that this version does not understand ({error})", tagged.r#type),
        Err(_) => format!("a line that is not a record ({error})"),
    }
}

/// One line of a file, without its end.
pub(super) enum Line<'a> {
    /// A line with its end.
    Whole(&'a [u8]),
    /// A line that is longer than is read.
    TooLong,
    /// The last line, without its end.
    Torn,
    /// There are no more.
    End,
}

/// Lines of bounded length.
pub(super) struct LineReader<R> {
    input: R,
    buffer: Vec<u8>,
    max_bytes: usize,
    /// Bytes of the lines read so far.
    pub(super) read_bytes: u64,
}

impl<R: BufRead> LineReader<R> {
    pub(super) fn new(input: R, max_bytes: usize) -> Self {
        Self { input, buffer: Vec::new(), max_bytes, read_bytes: 0 }
    }

    /// The next line.
    pub(super) fn next(&mut self) -> io::Result<Line<'_>> {
        self.buffer.clear();
        let limit = self.max_bytes as u64 + 1;
        let read = (&mut self.input).take(limit).read_until(b'\n', &mut self.buffer)?;
        self.read_bytes += read as u64;
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            return Ok(Line::Whole(&self.buffer));
        }
        if read == 0 {
            return Ok(Line::End);
        }
        if read as u64 == limit {
            return self.skip_line();
        }
        Ok(Line::Torn)
    }

    fn skip_line(&mut self) -> io::Result<Line<'_>> {
        loop {
            let available = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            let end = available.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(available.len(), |at| at + 1);
            let torn = available.is_empty();
            self.input.consume(used);
            self.read_bytes += used as u64;
            if torn {
                return Ok(Line::Torn);
            }
            if end.is_some() {
                return Ok(Line::TooLong);
            }
        }
    }
}
