//! `grep_files`: lines of files that match a regular expression.

use super::access::{OpenedPath, PathError};
use super::found::{ToolError, ToolFindings};
use super::location::ToolLocation;
use super::walk::ToolWalk;
use engine::tools::grep_files::Args;
use grep_matcher::Matcher;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkMatch};
use ignore::overrides::{Override, OverrideBuilder};
use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;
use worktree::EntryKind;

/// Lines that are told at the most.
const MAX_MATCHES: usize = 200;

/// Of one file.
const MAX_MATCHES_OF_FILE: usize = 50;

/// Bytes of a line that are told, around what matches.
const MAX_LINE_BYTES: usize = 300;

/// Bytes of it before what matches.
const BYTES_BEFORE: usize = 100;

/// Bytes one line may take up in memory; a file with a longer one is not searched.
const MAX_HEAP_BYTES: usize = 16 * 1024 * 1024;

/// Searches a file, or all files beneath a folder, as far as `include` takes them in.
pub(super) fn run(location: &ToolLocation, args: &Args) -> Result<ToolFindings, ToolError> {
    let (pattern, path, include) = (&args.pattern, args.path(&location.session_cwd), args.include());
    let matcher = RegexMatcherBuilder::new()
        .line_terminator(Some(b'\n'))
        .build(pattern)
        .map_err(|error| format!("the pattern is no regular expression of the Rust kind: {error}"))?;
    let shown = location.shown(&path);
    let opened = location.open(&path)?;
    let mut search = Search::new(location, matcher);
    if opened.is_dir() {
        let include = include.map(|glob| globs(&opened.path, glob)).transpose()?;
        search.folder(opened, include.as_ref())?;
    } else {
        search.file(&opened)?;
    }
    Ok(search.text(pattern, &shown, include).into())
}

fn globs(root: &Path, glob: &str) -> Result<Override, ToolError> {
    let wrong = |error: ignore::Error| format!("`include` is no glob: {error}");
    let mut builder = OverrideBuilder::new(root);
    builder.add(glob).map_err(wrong)?;
    Ok(builder.build().map_err(wrong)?)
}

struct Search<'p> {
    location: &'p ToolLocation,
    matcher: RegexMatcher,
    searcher: Searcher,
    found: String,
    matches: usize,
    files: usize,
    /// Files that could not be searched, and why.
    unsearched: Vec<String>,
}

impl<'p> Search<'p> {
    fn new(location: &'p ToolLocation, matcher: RegexMatcher) -> Self {
        let searcher = SearcherBuilder::new()
            .line_number(true)
            .binary_detection(BinaryDetection::quit(0))
            .heap_limit(Some(MAX_HEAP_BYTES))
            .build();
        Self {
            location,
            matcher,
            searcher,
            found: String::new(),
            matches: 0,
            files: 0,
            unsearched: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.matches >= MAX_MATCHES
    }

    /// All files beneath a folder, in the order of their names.
    fn folder(&mut self, root: OpenedPath, include: Option<&Override>) -> Result<(), ToolError> {
        let mut walk = ToolWalk::begin(self.location, &root.path);
        let mut due: Vec<PathBuf> = Vec::new();
        let mut next = Some(root);
        loop {
            if let Some(dir) = next.take() {
                let folder = walk.scan_dir(&dir)?;
                let wanted = folder.entries.into_iter().filter(|entry| {
                    let is_dir = entry.kind == EntryKind::Dir;
                    (is_dir || entry.kind == EntryKind::File)
                        && include.is_none_or(|include| {
                            is_dir || !include.matched(dir.path.join(&entry.name), false).is_ignore()
                        })
                });
                let mut paths: Vec<PathBuf> = wanted.map(|entry| dir.path.join(entry.name)).collect();
                paths.reverse();
                due.append(&mut paths);
            }
            let Some(path) = due.pop() else { return Ok(()) };
            self.location.check_cancelled()?;
            match walk.open(&path) {
                Ok(opened) if opened.is_dir() => next = Some(opened),
                Ok(opened) => self.file(&opened)?,
                // gone, hidden, or no file any more
                Err(
                    PathError::Missing
                    | PathError::Link
                    | PathError::Hidden(_)
                    | PathError::Processes
                    | PathError::Special(_),
                ) => {}
                Err(error) => self.unsearched.push(format!("'{}' {error}", self.location.shown(&path))),
            }
            if self.is_full() {
                return Ok(());
            }
        }
    }

    fn file(&mut self, file: &OpenedPath) -> Result<(), ToolError> {
        let shown = self.location.shown(&file.path);
        let reader = match file.read() {
            Ok(reader) => reader,
            Err(error) => {
                self.unsearched.push(format!("'{shown}' cannot be read: {error}"));
                return Ok(());
            }
        };
        let mut sink = FileMatches {
            matcher: &self.matcher,
            shown: &shown,
            found: String::new(),
            matches: 0,
            left: (MAX_MATCHES - self.matches).min(MAX_MATCHES_OF_FILE),
            has_more: false,
        };
        let reader = Cancellable { reader, cancel: &self.location.cancel };
        let searched = self.searcher.search_reader(&self.matcher, reader, &mut sink);
        self.files += 1;
        self.matches += sink.matches;
        self.found.push_str(&sink.found);
        if sink.has_more && self.matches < MAX_MATCHES {
            // writing to a string cannot fail
            let _ = writeln!(self.found, "{shown}: [... more in this file ...]");
        }
        self.location.check_cancelled()?;
        if let Err(error) = searched {
            self.unsearched.push(format!("'{shown}' cannot be searched: {error}"));
        }
        Ok(())
    }

    fn text(&self, pattern: &str, shown: &str, include: Option<&str>) -> String {
        let mut text = self.found.clone();
        if self.is_full() {
            let _ = writeln!(
                text,
                "[{MAX_MATCHES} lines; there may be more: narrow the pattern, the path or `include`]"
            );
        } else if text.is_empty() {
            let files = if self.files == 1 { "1 file".to_owned() } else { format!("{} files", self.files) };
            let fitting = include.map(|glob| format!(" that fit {glob}")).unwrap_or_default();
            let _ = writeln!(text, "no line matches {pattern} in {shown} ({files}{fitting} searched)");
        }
        for trouble in self.unsearched.iter().take(5) {
            let _ = writeln!(text, "[{trouble}]");
        }
        if let Some(more) = self.unsearched.len().checked_sub(5).filter(|more| *more > 0) {
            let _ = writeln!(text, "[{more} more files cannot be read]");
        }
        text
    }
}

/// Matching lines of one file.
struct FileMatches<'s> {
    matcher: &'s RegexMatcher,
    shown: &'s str,
    found: String,
    matches: usize,
    left: usize,
    has_more: bool,
}

impl Sink for FileMatches<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> Result<bool, io::Error> {
        if self.matches >= self.left {
            self.has_more = true;
            return Ok(false);
        }
        self.matches += 1;
        let line = found.bytes();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let at = self.matcher.find(line).ok().flatten().map_or(0, |found| found.start());
        let number = found.line_number().unwrap_or_default();
        let _ = writeln!(self.found, "{}:{number}: {}", self.shown, around(line, at));
        Ok(true)
    }
}

/// The part of a line around `at`; all of it when it is short.
fn around(line: &[u8], at: usize) -> String {
    if line.len() <= MAX_LINE_BYTES {
        return String::from_utf8_lossy(line).into_owned();
    }
    let from = at.saturating_sub(BYTES_BEFORE).min(line.len() - MAX_LINE_BYTES);
    let to = from + MAX_LINE_BYTES;
    let part = String::from_utf8_lossy(&line[from..to]);
    // it may begin and end in the middle of a character
    let part = part.trim_matches(char::REPLACEMENT_CHARACTER);
    format!("{}{part}{}", if from > 0 { "[...] " } else { "" }, if to < line.len() { " [...]" } else { "" })
}

/// Reads until nobody waits for it any more.
struct Cancellable<'c, R> {
    reader: R,
    cancel: &'c CancellationToken,
}

impl<R: Read> Read for Cancellable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            // not `Interrupted`, which is tried again
            return Err(io::Error::other("interrupted"));
        }
        self.reader.read(buffer)
    }
}
