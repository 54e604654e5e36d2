//! Reads a transcript, whatever is in the file.

use super::error::TranscriptError;
use super::first_line::{FirstLine, meta_without_first_line};
use super::line_reader::{LineReader, MAX_LINE_BYTES, RecordLine};
use super::record_line::{Tagged, read_records};
use memchr::memmem;
use protocol::{Fact, Record, SessionConfig, SessionMeta};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::num::NonZero;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

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

/// How a session was set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionHeader {
    /// The first line of its transcript.
    pub meta: SessionMeta,
    /// Last configuration of the session, with its policies as they were changed since.
    pub last_config: Option<SessionConfig>,
}

/// Reads the header of a transcript. Parses only lines that configure the session; the rest is read by whoever resumes it.
/// Damaged lines are skipped without a warning.
pub fn header(path: &Path) -> Result<SessionHeader, TranscriptError> {
    let file = File::open(path).map_err(TranscriptError::open(path))?;
    header_from(BufReader::with_capacity(READ_BYTES, file), path)
}

/// Like [`header`], from the text of a transcript; `path` is for messages.
pub(super) fn header_from(input: impl BufRead, path: &Path) -> Result<SessionHeader, TranscriptError> {
    let mut lines = LineReader::new(input, MAX_LINE_BYTES);
    let mut set_up = SetUp::default();
    let sets_up = SetsUp::new();
    let meta = match FirstLine::read(&mut lines, path)? {
        FirstLine::Meta(meta, rest) => {
            set_up.take(&sets_up, &rest);
            Ok(meta)
        }
        FirstLine::Damaged(line, why) => {
            set_up.take(&sets_up, &line);
            Err(why)
        }
    };
    loop {
        match lines.next().map_err(TranscriptError::read(path))? {
            RecordLine::Whole(line) => set_up.take(&sets_up, line),
            RecordLine::TooLong => {}
            RecordLine::Torn | RecordLine::End => break,
        }
    }
    let meta = meta.or_else(|why| meta_without_first_line(path, set_up.first_cwd, &why))?;
    Ok(SessionHeader { meta, last_config: set_up.last_config })
}

/// Set-up of a session, as far as it was read.
#[derive(Default)]
struct SetUp {
    first_cwd: Option<PathBuf>,
    last_config: Option<SessionConfig>,
}

impl SetUp {
    fn take(&mut self, sets_up: &SetsUp, line: &[u8]) {
        if !sets_up.knows(line) {
            return;
        }
        for record in read_records(line).0 {
            match record.fact {
                Fact::Configured { config } => {
                    self.first_cwd.get_or_insert_with(|| config.cwd.clone());
                    self.last_config = Some(*config);
                }
                Fact::PolicyChanged { policies } => {
                    if let Some(config) = &mut self.last_config {
                        config.policies = policies;
                    }
                }
                _ => {}
            }
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
            // what is not one record may be two
            && serde_json::from_slice::<Tagged<'_>>(line)
                .map_or(true, |tagged| Self::KINDS.contains(&&*tagged.r#type))
    }
}

/// Reads a transcript. A line that is damaged or of a kind this version does not know is skipped with a warning, one that is there
/// twice is read once, and a last line without its end is left out. Fails for a file of which neither the first line nor the name and
/// the configuration tell the session.
pub fn read(path: &Path) -> Result<Loaded, TranscriptError> {
    Transcript::open(path)?.load()
}

/// Reads a transcript's text, a few lines at a time; `path` is for messages.
#[cfg(test)]
pub(super) fn read_from(input: impl BufRead, path: &Path) -> Result<Loaded, TranscriptError> {
    Transcript::begin(input, path, 100, |_| Ok(None))?.load()
}

/// A transcript of which the first line was read.
pub struct Transcript<R> {
    /// Its first line.
    pub meta: SessionMeta,
    path: PathBuf,
    lines: LineReader<R>,
    /// Rest of the first line beside the session's data, or its fault.
    on_first_line: Option<Result<Vec<u8>, String>>,
    /// The line read last.
    last_line: Vec<u8>,
    /// Number of the next line, counted from 1.
    number: u64,
    /// Bytes of lines that are made sense of at once.
    batch_bytes: usize,
}

impl Transcript<BufReader<File>> {
    /// Opens one.
    pub fn open(path: &Path) -> Result<Self, TranscriptError> {
        let file = File::open(path).map_err(TranscriptError::open(path))?;
        let input = BufReader::with_capacity(READ_BYTES, file);
        Self::begin(input, path, READ_BYTES, |path| Ok(Some(header(path)?.meta)))
    }
}

impl<R: BufRead> Transcript<R> {
    /// Reads the first line; `meta_of` finds the session's data in the rest of the file where that line is damaged.
    fn begin(
        input: R,
        path: &Path,
        batch_bytes: usize,
        meta_of: impl FnOnce(&Path) -> Result<Option<SessionMeta>, TranscriptError>,
    ) -> Result<Self, TranscriptError> {
        let mut lines = LineReader::new(input, MAX_LINE_BYTES);
        let (meta, on_first_line) = match FirstLine::read(&mut lines, path)? {
            FirstLine::Meta(meta, rest) if rest.trim_ascii().is_empty() => (meta, None),
            FirstLine::Meta(meta, rest) => (meta, Some(Ok(rest))),
            FirstLine::Damaged(line, why) => match meta_of(path)? {
                // it may be that only the first line is gone, and this is the second
                Some(meta) if !read_records(&line).0.is_empty() => (meta, Some(Ok(line))),
                Some(meta) => {
                    let problem = format!("a first line that does not tell what session this is ({why})");
                    (meta, Some(Err(problem)))
                }
                None => return Err(TranscriptError::NotATranscript { path: path.to_owned(), why }),
            },
        };
        let number = if on_first_line.is_some() { 1 } else { 2 };
        let (path, last_line) = (path.to_owned(), Vec::new());
        Ok(Self { meta, path, lines, on_first_line, last_line, number, batch_bytes })
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

    /// Reads the next lines; none at the end.
    fn batch(&mut self) -> Result<LineBatch, TranscriptError> {
        let mut batch = LineBatch { first: self.number, text: Vec::new(), lines: Vec::new() };
        if let Some(on_first_line) = self.on_first_line.take() {
            let line = on_first_line.map(|line| batch.add(&line));
            batch.lines.push(line);
            self.number += 1;
        }
        // none before the first line of a batch: that one is compared with the last line of the batch before
        let mut before: Option<Range<usize>> = None;
        while batch.bytes() < self.batch_bytes {
            let line = match self.lines.next().map_err(TranscriptError::read(&self.path))? {
                RecordLine::Whole(line) => {
                    let last = before.clone().map_or(self.last_line.as_slice(), |range| &batch.text[range]);
                    if last == line && !line.trim_ascii().is_empty() {
                        Err("a line that is there twice".to_owned())
                    } else {
                        let range = batch.add(line);
                        before = Some(range.clone());
                        Ok(range)
                    }
                }
                RecordLine::TooLong => Err(format!("a line of over {MAX_LINE_BYTES} bytes")),
                RecordLine::Torn => Err("a line that was cut off".to_owned()),
                RecordLine::End => break,
            };
            batch.lines.push(line);
            self.number += 1;
        }
        if let Some(last) = before {
            self.last_line.clear();
            self.last_line.extend_from_slice(&batch.text[last]);
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

    /// Adds the text of a line, and returns its range.
    fn add(&mut self, line: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(line);
        start..self.text.len()
    }

    fn parse(self) -> Parsed {
        let mut parsed = Parsed::default();
        for (number, line) in (self.first..).zip(self.lines) {
            let (records, problem) = line
                .map_or_else(|problem| (Vec::new(), Some(problem)), |line| read_records(&self.text[line]));
            parsed.records.extend(records);
            parsed.problems.extend(problem.map(|problem| (number, problem)));
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
