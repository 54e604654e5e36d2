//! Reading the patch language (B20).
//!
//! ```text
//! *** Begin Patch
//! *** Add File: PATH            every line after it begins with '+'
//! *** Delete File: PATH
//! *** Update File: PATH
//! *** Move to: PATH             optional
//! @@ CONTEXT                    optional; several in a row narrow the search, one inside the other
//!  context line                 an empty line counts as an empty context line
//! -line to take out
//! +line to put in
//! *** End of File               optional: the lines before it are the file's last
//! *** End Patch
//! ```
//!
//! White space round a marker, carriage returns at line ends and a heredoc wrapped round the whole are forgiven.

use thiserror::Error;

const BEGIN: &str = "*** Begin Patch";
const END: &str = "*** End Patch";

/// A patch as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Operations in the order of the patch.
    pub operations: Vec<FileOperation>,
}

/// One operation of a patch on one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOperation {
    /// Creates a file.
    Add {
        /// Its path as written.
        path: String,
        /// Its lines.
        lines: Vec<String>,
    },
    /// Deletes a file.
    Delete {
        /// Its path as written.
        path: String,
    },
    /// Changes a file, moves it, or both.
    Update {
        /// Its path as written.
        path: String,
        /// Its new path as written, when it moves.
        move_to: Option<String>,
        /// The changes, in the order of the file.
        chunks: Vec<Chunk>,
    },
}

impl FileOperation {
    /// The path it is about, as written.
    pub fn path(&self) -> &str {
        match self {
            Self::Add { path, .. } | Self::Delete { path } | Self::Update { path, .. } => path,
        }
    }
}

/// A run of lines to find and change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// Line of the patch it begins at, counted from 1.
    pub patch_line: usize,
    /// The `@@` lines before it, outermost first, without those that are empty.
    pub headers: Vec<String>,
    /// Its lines.
    pub lines: Vec<ChunkLine>,
    /// Number of trailing lines that were empty without a mark. They may be context, or only space before the
    /// next marker.
    pub blank_tail: usize,
    /// True when the chunk's lines are the last of the file.
    pub at_end: bool,
}

impl Chunk {
    /// Reports whether two chunks ask for the same change in the same surroundings.
    pub(crate) fn is_equal(&self, other: &Self) -> bool {
        self.headers == other.headers && self.lines == other.lines && self.at_end == other.at_end
    }

    fn is_blank(&self) -> bool {
        self.blank_tail == self.lines.len()
    }
}

/// One line of a chunk, without its mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkLine {
    /// Stays.
    Context(String),
    /// Is taken out.
    Remove(String),
    /// Is put in.
    Insert(String),
}

/// Reason a text is not a patch.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line} of the patch: expected {expected}, found {found}")]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// Expected text.
    pub expected: String,
    /// Text that was found.
    pub found: String,
}

/// Reads a patch.
pub fn parse(text: &str) -> Result<Patch, ParseError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<Source<'_>> = text
        .split('\n')
        .enumerate()
        .map(|(index, line)| Source { number: index + 1, text: line.strip_suffix('\r').unwrap_or(line) })
        .collect();
    let lines = without_heredoc(trim_blank(&lines))?;
    let (first, last) = match lines {
        [] => return Err(nothing_at(1, format!("'{BEGIN}'"))),
        [first, ..] if marker(first.text) != Some(Marker::Begin) => {
            return Err(first.error(format!("'{BEGIN}'")));
        }
        [only] => return Err(nothing_at(only.number + 1, "a file operation")),
        [first, .., last] => (first, last),
    };
    if marker(last.text) != Some(Marker::End) {
        return Err(last.error(format!("'{END}' as the last line")));
    }
    let mut reader = PatchReader { lines: &lines[1..lines.len() - 1], end: last };
    let mut operations = Vec::new();
    while let Some(operation) = reader.operation()? {
        operations.push(operation);
    }
    if operations.is_empty() {
        return Err(nothing_at(first.number + 1, "a file operation"));
    }
    Ok(Patch { operations })
}

/// A line of the patch with its number, counted from 1.
#[derive(Clone, Copy)]
struct Source<'a> {
    number: usize,
    text: &'a str,
}

impl Source<'_> {
    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    fn error(&self, expected: impl Into<String>) -> ParseError {
        ParseError { line: self.number, expected: expected.into(), found: quoted(self.text) }
    }
}

fn nothing_at(line: usize, expected: impl Into<String>) -> ParseError {
    ParseError { line, expected: expected.into(), found: "nothing".to_owned() }
}

/// The line in quotes, cut where it gets too long for a message.
pub(crate) fn quoted(line: &str) -> String {
    const LONGEST: usize = 120;
    match line.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("'{}...'", &line[..cut]),
        None => format!("'{line}'"),
    }
}

fn trim_blank<'l, 'a>(mut lines: &'l [Source<'a>]) -> &'l [Source<'a>] {
    while let [first, rest @ ..] = lines
        && first.is_blank()
    {
        lines = rest;
    }
    while let [rest @ .., last] = lines
        && last.is_blank()
    {
        lines = rest;
    }
    lines
}

/// Takes off `<<'EOF'` and `EOF`, which models write round a patch out of habit.
fn without_heredoc<'l, 'a>(lines: &'l [Source<'a>]) -> Result<&'l [Source<'a>], ParseError> {
    let [first, rest @ ..] = lines else { return Ok(lines) };
    let Some(delimiter) = first.text.trim().strip_prefix("<<") else { return Ok(lines) };
    let delimiter = delimiter.trim_matches(|c| c == '\'' || c == '"');
    match rest {
        [inner @ .., last] if last.text.trim() == delimiter => Ok(trim_blank(inner)),
        [.., last] => Err(last.error(format!("'{delimiter}', which ends the heredoc"))),
        [] => Err(nothing_at(first.number + 1, format!("'{BEGIN}'"))),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marker<'a> {
    Begin,
    End,
    Add(&'a str),
    Delete(&'a str),
    Update(&'a str),
    MoveTo(&'a str),
    EndOfFile,
}

fn marker(line: &str) -> Option<Marker<'_>> {
    let rest = line.trim().strip_prefix("***")?.trim_start();
    match rest {
        "Begin Patch" => return Some(Marker::Begin),
        "End Patch" => return Some(Marker::End),
        "End of File" => return Some(Marker::EndOfFile),
        _ => {}
    }
    let (keyword, path) = rest.split_once(':')?;
    let path = path.trim();
    match keyword.trim_end() {
        "Add File" => Some(Marker::Add(path)),
        "Delete File" => Some(Marker::Delete(path)),
        "Update File" => Some(Marker::Update(path)),
        "Move to" => Some(Marker::MoveTo(path)),
        _ => None,
    }
}

struct PatchReader<'l, 'a> {
    lines: &'l [Source<'a>],
    end: &'l Source<'a>,
}

impl<'a> PatchReader<'_, 'a> {
    fn peek(&self) -> Option<Source<'a>> {
        self.lines.first().copied()
    }

    fn advance(&mut self) {
        self.lines = self.lines.get(1..).unwrap_or_default();
    }

    fn operation(&mut self) -> Result<Option<FileOperation>, ParseError> {
        self.lines = trim_blank(self.lines);
        let Some(line) = self.peek() else { return Ok(None) };
        self.advance();
        let path = |path: &str| match path {
            "" => Err(line.error("a path after the colon")),
            path => Ok(path.to_owned()),
        };
        match marker(line.text) {
            Some(Marker::Add(name)) => {
                Ok(Some(FileOperation::Add { path: path(name)?, lines: self.added()? }))
            }
            Some(Marker::Delete(name)) => Ok(Some(FileOperation::Delete { path: path(name)? })),
            Some(Marker::Update(name)) => {
                let path = path(name)?;
                let move_to = self.move_to()?;
                let chunks = self.chunks()?;
                if chunks.is_empty() && move_to.is_none() {
                    let next = self.peek().unwrap_or(*self.end);
                    return Err(next.error(format!("the changes to '{path}'")));
                }
                Ok(Some(FileOperation::Update { path, move_to, chunks }))
            }
            Some(Marker::End) => Err(line.error(format!("nothing but one '{END}', as the last line"))),
            _ => Err(line.error("'*** Add File: ', '*** Delete File: ' or '*** Update File: ' and a path")),
        }
    }

    fn move_to(&mut self) -> Result<Option<String>, ParseError> {
        let Some(line) = self.peek() else { return Ok(None) };
        let Some(Marker::MoveTo(path)) = marker(line.text) else { return Ok(None) };
        self.advance();
        if path.is_empty() {
            return Err(line.error("a path after the colon"));
        }
        Ok(Some(path.to_owned()))
    }

    fn added(&mut self) -> Result<Vec<String>, ParseError> {
        let mut lines = Vec::new();
        // an empty line counts when a '+' line follows: without one it only separates operations
        let mut blank = 0;
        while let Some(line) = self.peek() {
            if let Some(text) = line.text.strip_prefix('+') {
                lines.extend(std::iter::repeat_n(String::new(), std::mem::take(&mut blank)));
                lines.push(text.to_owned());
            } else if line.is_blank() {
                blank += 1;
            } else if marker(line.text).is_some() {
                break;
            } else {
                return Err(line.error("a line beginning with '+', or the next file operation"));
            }
            self.advance();
        }
        Ok(lines)
    }

    fn chunks(&mut self) -> Result<Vec<Chunk>, ParseError> {
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut open = Chunk::default();
        while let Some(line) = self.peek() {
            if open.patch_line == 0 {
                open.patch_line = line.number;
            }
            if let Some(header) = line.text.strip_prefix("@@") {
                if open.is_blank() {
                    open.lines.clear();
                    open.blank_tail = 0;
                } else {
                    chunks.push(std::mem::take(&mut open));
                    open.patch_line = line.number;
                }
                let header = header.strip_prefix(' ').unwrap_or(header).trim_end();
                if !header.is_empty() {
                    open.headers.push(header.to_owned());
                }
            } else if line.text.starts_with("***") {
                // only at the very beginning of its line: after a space it would be context
                match marker(line.text) {
                    Some(Marker::EndOfFile) if !open.is_blank() => {
                        open.at_end = true;
                        chunks.push(std::mem::take(&mut open));
                    }
                    Some(Marker::Add(_) | Marker::Delete(_) | Marker::Update(_) | Marker::End) => break,
                    Some(Marker::EndOfFile) => {
                        return Err(line.error("lines to change before the end of the file"));
                    }
                    Some(Marker::Begin | Marker::MoveTo(_)) | None => return Err(line.error(CHUNK_LINE)),
                }
            } else {
                let (parsed, blank) = chunk_line(line)?;
                open.lines.push(parsed);
                open.blank_tail = if blank { open.blank_tail + 1 } else { 0 };
            }
            self.advance();
        }
        if !open.is_blank() {
            chunks.push(open);
        } else if !open.headers.is_empty() {
            return Err(self.peek().unwrap_or(*self.end).error("lines to change after '@@'"));
        }
        Ok(chunks)
    }
}

const CHUNK_LINE: &str = "a line beginning with ' ', '-', '+' or '@@', or the next file operation";

/// The line without its mark, and whether it was empty and had none.
fn chunk_line(line: Source<'_>) -> Result<(ChunkLine, bool), ParseError> {
    let Some(mark) = line.text.chars().next() else {
        return Ok((ChunkLine::Context(String::new()), true));
    };
    let text = || line.text[mark.len_utf8()..].to_owned();
    match mark {
        ' ' => Ok((ChunkLine::Context(text()), false)),
        '-' => Ok((ChunkLine::Remove(text()), false)),
        '+' => Ok((ChunkLine::Insert(text()), false)),
        _ => Err(line.error(CHUNK_LINE)),
    }
}
