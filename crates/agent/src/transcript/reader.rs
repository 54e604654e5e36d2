//! Reads a transcript, whatever is in the file.

use super::error::TranscriptError;
use protocol::{Fact, Record, SessionConfig, SessionMeta};
use serde::Deserialize;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Bytes a line may have. A longer one is skipped: nothing we write comes near.
const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

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

impl Loaded {
    /// What the session was configured with last, its policies as they were changed since.
    pub fn last_config(&self) -> Option<SessionConfig> {
        let mut last: Option<SessionConfig> = None;
        for record in &self.records {
            match &record.fact {
                Fact::Configured { config } => last = Some(config.as_ref().clone()),
                Fact::PolicyChanged { policies } => {
                    if let Some(config) = &mut last {
                        config.policies = policies.clone();
                    }
                }
                _ => {}
            }
        }
        last
    }
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
    let meta = match lines.next().map_err(TranscriptError::read(path))? {
        Line::Whole(line) => serde_json::from_slice(line).map_err(|error| error.to_string()),
        Line::TooLong => Err("its first line is too long".to_owned()),
        Line::Torn => Err("its first line is not complete".to_owned()),
        Line::End => Err("it is empty".to_owned()),
    };
    let meta = meta.map_err(|why| TranscriptError::NotATranscript { path: path.to_owned(), why })?;
    let mut loaded = Loaded { meta, records: Vec::new(), warnings: Vec::new() };
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
        loaded.warnings.push(format!("{}:{number}: left out {problem}", path.display()));
    }
    Ok(loaded)
}

fn what_is_wrong(line: &[u8], error: &serde_json::Error) -> String {
    #[derive(Deserialize)]
    struct Tagged {
        r#type: String,
    }
    match serde_json::from_slice::<Tagged>(line) {
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
