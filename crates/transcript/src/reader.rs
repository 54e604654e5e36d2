//! Reads a transcript, whatever is in the file.

use super::error::TranscriptError;
use memchr::memmem;
use protocol::{Fact, Record, SessionConfig, SessionMeta};
use serde::Deserialize;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::num::NonZero;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

/// Bytes a line may have. A longer one is skipped: nothing we write comes near.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// Bytes asked of the system at once, and of lines that are made sense of at once.
const READ_BYTES: usize = 256 * 1024;

/// Damaged lines that are named one by one.
const MAX_WARNINGS: usize = 20;

/// Records of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Its first line.
    pub meta: SessionMeta,
    /// Every line after it that could be made sense of.
    pub records: Vec<Record>,
    /// Lines that could not be read, for people, with file and line.
    pub warnings: Vec<String>,
}

/// Facts that have to be known of a session before it is resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outset {
    /// The first line of its transcript.
    pub meta: SessionMeta,
    /// Last configuration of the session, with its policies as they were changed since.
    pub last_config: Option<SessionConfig>,
}

/// Reads how a session was set up, making sense of those lines only that can say: the whole is read, once, by who goes on with
/// it. Damaged lines are left out without a word here.
pub fn outset(path: &Path) -> Result<Outset, TranscriptError> {
    let file = File::open(path).map_err(TranscriptError::open(path))?;
    outset_from(BufReader::with_capacity(READ_BYTES, file), path)
}

/// Reads the header from a transcript's text; `path` is for messages.
pub(super) fn outset_from(input: impl BufRead, path: &Path) -> Result<Outset, TranscriptError> {
    let mut lines = LineReader::new(input, MAX_LINE_BYTES);
    let mut outset = Outset { meta: read_meta(&mut lines, path)?, last_config: None };
    let sets_up = SetsUp::new();
    loop {
        let line = match lines.next().map_err(TranscriptError::read(path))? {
            RecordLine::Whole(line) if sets_up.knows(line) => line,
            RecordLine::Whole(_) | RecordLine::TooLong => continue,
            RecordLine::Torn | RecordLine::End => return Ok(outset),
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

/// Knows the records of how the session is set up.
struct SetsUp {
    finders: [memmem::Finder<'static>; 2],
}

impl SetsUp {
    const KINDS: [&str; 2] = ["configured", "policy_changed"];

    fn new() -> Self {
        Self { finders: Self::KINDS.map(memmem::Finder::new) }
    }

    fn knows(&self, line: &[u8]) -> bool {
        // nearly no line is one, and most of them say so without being parsed
        self.finders.iter().any(|finder| finder.find(line).is_some())
            && serde_json::from_slice::<Tagged<'_>>(line)
                .is_ok_and(|tagged| Self::KINDS.contains(&&*tagged.r#type))
    }
}

/// Reads a transcript. Only a first line that is not a [`SessionMeta`] is an error: a line that is damaged or of a kind
/// this version does not know is skipped with a warning, and a last line without its end is left out.
pub fn read(path: &Path) -> Result<Loaded, TranscriptError> {
    Transcript::open(path)?.load()
}

/// Reads a transcript's text, a few lines at a time; `path` is for messages.
#[cfg(test)]
pub(super) fn read_from(input: impl BufRead, path: &Path) -> Result<Loaded, TranscriptError> {
    Transcript::begin(input, path, 100)?.load()
}

/// A transcript of which the first line was read.
pub struct Transcript<R> {
    /// Its first line.
    pub meta: SessionMeta,
    path: PathBuf,
    lines: LineReader<R>,
    /// Number of the next line, counted from 1.
    number: u64,
    /// Bytes of lines that are made sense of at once.
    batch_bytes: usize,
}

impl Transcript<BufReader<File>> {
    /// Opens one.
    pub fn open(path: &Path) -> Result<Self, TranscriptError> {
        let file = File::open(path).map_err(TranscriptError::open(path))?;
        Self::begin(BufReader::with_capacity(READ_BYTES, file), path, READ_BYTES)
    }
}

impl<R: BufRead> Transcript<R> {
    fn begin(input: R, path: &Path, batch_bytes: usize) -> Result<Self, TranscriptError> {
        let mut lines = LineReader::new(input, MAX_LINE_BYTES);
        let meta = read_meta(&mut lines, path)?;
        Ok(Self { meta, path: path.to_owned(), lines, number: 2, batch_bytes })
    }

    fn load(self) -> Result<Loaded, TranscriptError> {
        let meta = self.meta.clone();
        let mut records = Vec::new();
        let warnings = self.records(|some| records.extend(some))?;
        Ok(Loaded { meta, records, warnings })
    }

    /// Gives every line that can be made sense of to `take`, some at a time and in order, and returns what could not, for
    /// people, with file and line. They are made sense of on as many threads as there are processors: nobody waits longer for
    /// anything when a session is opened.
    pub fn records(mut self, mut take: impl FnMut(Vec<Record>)) -> Result<Vec<String>, TranscriptError> {
        let mut problems = Problems { path: self.path.clone(), warnings: Vec::new(), count: 0 };
        let mut took = |parsed: Parsed| {
            parsed.problems.into_iter().for_each(|(number, what)| problems.add(number, &what));
            take(parsed.records);
        };
        let first = self.batch()?;
        if first.bytes() < self.batch_bytes {
            took(first.parse());
            return Ok(problems.told());
        }
        thread::scope(|scope| {
            let workers: Vec<Worker> = (0..processors()).map(|_| Worker::start(scope)).collect();
            // each has one to do and one that waits
            let ahead = 2 * workers.len();
            let of = |number: usize| &workers[number % workers.len()];
            let mut sent = 0;
            let mut batch = first;
            while !batch.lines.is_empty() {
                of(sent).give(batch);
                sent += 1;
                if sent > ahead {
                    took(of(sent - ahead - 1).next());
                }
                batch = self.batch()?;
            }
            (sent.saturating_sub(ahead)..sent).for_each(|number| took(of(number).next()));
            Ok(())
        })?;
        Ok(problems.told())
    }

    /// The next lines; none at the end.
    fn batch(&mut self) -> Result<LineBatch, TranscriptError> {
        let mut batch = LineBatch { first: self.number, text: Vec::new(), lines: Vec::new() };
        while batch.bytes() < self.batch_bytes {
            let line = match self.lines.next().map_err(TranscriptError::read(&self.path))? {
                RecordLine::Whole(line) => {
                    let start = batch.text.len();
                    batch.text.extend_from_slice(line);
                    Ok(start..batch.text.len())
                }
                RecordLine::TooLong => Err(format!("a line of over {MAX_LINE_BYTES} bytes")),
                RecordLine::Torn => Err("a line that was cut off".to_owned()),
                RecordLine::End => break,
            };
            batch.lines.push(line);
            self.number += 1;
        }
        Ok(batch)
    }
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Lines that follow each other.
struct LineBatch {
    /// Number of the first, counted from 1.
    first: u64,
    text: Vec<u8>,
    /// Range of each line in the text, or the reason it cannot be read.
    lines: Vec<Result<Range<usize>, String>>,
}

/// Records of a batch.
#[derive(Default)]
struct Parsed {
    records: Vec<Record>,
    /// Line numbers, and what is wrong there.
    problems: Vec<(u64, String)>,
}

impl LineBatch {
    fn bytes(&self) -> usize {
        self.text.len()
    }

    fn parse(self) -> Parsed {
        let mut parsed = Parsed::default();
        for (number, line) in (self.first..).zip(self.lines) {
            let record = line.and_then(|line| {
                let line = &self.text[line];
                if line.trim_ascii().is_empty() {
                    return Ok(None);
                }
                serde_json::from_slice(line).map(Some).map_err(|error| what_is_wrong(line, &error))
            });
            match record {
                Ok(record) => parsed.records.extend(record),
                Err(problem) => parsed.problems.push((number, problem)),
            }
        }
        parsed
    }
}

/// A thread that makes sense of batches, one after the other.
struct Worker {
    batches: mpsc::Sender<LineBatch>,
    parsed: mpsc::Receiver<Parsed>,
}

impl Worker {
    fn start<'scope>(scope: &'scope thread::Scope<'scope, '_>) -> Self {
        let (batches, given) = mpsc::channel::<LineBatch>();
        let (done, parsed) = mpsc::channel();
        scope.spawn(move || given.into_iter().map(LineBatch::parse).try_for_each(|parsed| done.send(parsed)));
        Self { batches, parsed }
    }

    fn give(&self, batch: LineBatch) {
        // it takes batches for as long as this is here
        let _ = self.batches.send(batch);
    }

    /// Takes the records of the oldest batch that was not asked for yet.
    fn next(&self) -> Parsed {
        self.parsed.recv().unwrap_or_default()
    }
}

/// Lines that could not be parsed, the first by name.
struct Problems {
    path: PathBuf,
    warnings: Vec<String>,
    count: usize,
}

impl Problems {
    fn add(&mut self, number: u64, what: &str) {
        self.count += 1;
        if self.count <= MAX_WARNINGS {
            self.warnings.push(format!("{}:{number}: left out {what}", self.path.display()));
        }
    }

    fn told(mut self) -> Vec<String> {
        if self.count > MAX_WARNINGS {
            let more = self.count - MAX_WARNINGS;
            self.warnings.push(format!("{}: left out {more} more lines like these", self.path.display()));
        }
        self.warnings
    }
}

fn read_meta(lines: &mut LineReader<impl BufRead>, path: &Path) -> Result<SessionMeta, TranscriptError> {
    let meta = match lines.next().map_err(TranscriptError::read(path))? {
        RecordLine::Whole(line) => serde_json::from_slice(line).map_err(|error| error.to_string()),
        RecordLine::TooLong => Err("its first line is too long".to_owned()),
        RecordLine::Torn => Err("its first line is not complete".to_owned()),
        RecordLine::End => Err("it is empty".to_owned()),
    };
    meta.map_err(|why| TranscriptError::NotATranscript { path: path.to_owned(), why })
}

/// Kind of a record, read without parsing the rest of its line.
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
pub(super) enum RecordLine<'a> {
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
    pub(super) fn next(&mut self) -> io::Result<RecordLine<'_>> {
        self.buffer.clear();
        let limit = self.max_bytes as u64 + 1;
        let read = (&mut self.input).take(limit).read_until(b'\n', &mut self.buffer)?;
        self.read_bytes += read as u64;
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            return Ok(RecordLine::Whole(&self.buffer));
        }
        if read == 0 {
            return Ok(RecordLine::End);
        }
        if read as u64 == limit {
            return self.skip_line();
        }
        Ok(RecordLine::Torn)
    }

    fn skip_line(&mut self) -> io::Result<RecordLine<'_>> {
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
                return Ok(RecordLine::Torn);
            }
            if end.is_some() {
                return Ok(RecordLine::TooLong);
            }
        }
    }
}
