//! `read_file`: lines of a text file, numbered.

use super::found::{ToolError, ToolFindings};
use super::location::ToolLocation;
use engine::tools::read_file::Args;
use exec::output::{MAX_MODEL_BYTES, MAX_MODEL_LINES};
use std::fmt::Write as _;
use std::io::Read;

/// Characters of a line that are shown.
const MAX_LINE_CHARS: usize = 2_000;

/// Bytes of a line that are kept to show so many.
const MAX_LINE_BYTES: usize = MAX_LINE_CHARS * 4;

/// Bytes set aside for the line that says where to go on.
const FOOTER_BYTES: usize = 160;

/// Bytes that are read on, once everything asked for is there, to say how many lines the file has.
const COUNT_BYTES: u64 = 64 * 1024 * 1024;

const CHUNK_BYTES: usize = 64 * 1024;

/// Reads as many lines as the model asks for, or as many of them as the model may be told at once. The file is never held whole.
pub(super) fn run(location: &ToolLocation, args: &Args) -> Result<ToolFindings, ToolError> {
    let path = location.session_cwd.join(&args.path);
    let shown = location.shown(&path);
    let opened = location.open(&path)?;
    if opened.is_dir() {
        return Err(format!("'{shown}' is a folder; list_dir lists it").into());
    }
    let unreadable = |error: std::io::Error| ToolError::Told(format!("'{shown}' cannot be read: {error}"));
    let mut file = opened.read().map_err(unreadable)?;
    let mut page = FilePage::new(args.first_line(), args.lines());
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut read_since_full = 0;
    let mut at_start = true;
    loop {
        location.check_cancelled()?;
        let count = file.read(&mut chunk).map_err(unreadable)?;
        let mut bytes = &chunk[..count];
        if at_start {
            at_start = false;
            if let Some(why) = not_text(bytes) {
                return Err(format!("'{shown}' {why}; look at it with a command").into());
            }
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        if count == 0 {
            page.end_of_file();
            break;
        }
        page.take(bytes);
        if page.is_full() {
            read_since_full += count as u64;
            if read_since_full > COUNT_BYTES {
                break;
            }
        }
    }
    page.finish(&shown)
}

/// Explains that bytes at the beginning of a file are no text.
fn not_text(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        Some("is UTF-16 text, and only UTF-8 is read")
    } else if bytes.contains(&0) {
        Some("is a binary file")
    } else {
        None
    }
}

/// The lines asked for, collected from a file that is read piece by piece.
struct FilePage {
    first: u64,
    /// Past the last line asked for.
    end: u64,
    /// The line that is being read, counted from 1.
    line: u64,
    /// Bytes kept of it.
    kept: Vec<u8>,
    /// Characters of it that are not kept.
    dropped_chars: u64,
    /// Anything of it has been read.
    begun: bool,
    text: String,
    /// Past the last line that is in the text.
    next: u64,
    has_ended: bool,
    trouble: Option<String>,
}

impl FilePage {
    fn new(first_line: u32, lines: u32) -> Self {
        let first = u64::from(first_line.max(1));
        let lines = u64::from(lines).min(MAX_MODEL_LINES as u64 - 2);
        Self {
            first,
            end: first + lines,
            line: 1,
            kept: Vec::new(),
            dropped_chars: 0,
            begun: false,
            text: String::new(),
            next: first,
            has_ended: false,
            trouble: None,
        }
    }

    /// Reports whether everything that can be told is in the text.
    fn is_full(&self) -> bool {
        self.line >= self.end
    }

    fn take(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (content, ends) = match piece.strip_suffix(b"\n") {
                Some(content) => (content, true),
                None => (piece, false),
            };
            self.begun |= !piece.is_empty();
            if self.line >= self.first && self.line < self.end {
                let fits = content.len().min(MAX_LINE_BYTES - self.kept.len());
                self.kept.extend_from_slice(&content[..fits]);
                // bytes that go on with a character do not begin one
                let chars = content[fits..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
                self.dropped_chars += chars as u64;
            }
            if ends {
                self.end_line();
            }
        }
    }

    fn end_of_file(&mut self) {
        if self.begun {
            self.end_line();
        }
        self.has_ended = true;
    }

    fn end_line(&mut self) {
        if self.line >= self.first && self.line < self.end {
            self.tell();
        }
        self.line += 1;
        self.kept.clear();
        self.dropped_chars = 0;
        self.begun = false;
    }

    /// Puts the line into the text, or ends the text before it.
    fn tell(&mut self) {
        let bytes = self.kept.strip_suffix(b"\r").unwrap_or(&self.kept);
        let line = match std::str::from_utf8(bytes) {
            Ok(line) => line,
            // cut in the middle of a character, by us
            Err(error) if error.error_len().is_none() && bytes.len() == MAX_LINE_BYTES => {
                std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(error) => {
                let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
                self.trouble = Some(format!("line {} has the byte 0x{byte:02x}", self.line));
                self.end = self.line;
                return;
            }
        };
        let cut = line.char_indices().nth(MAX_LINE_CHARS).map_or(line.len(), |(at, _)| at);
        let missing = line[cut..].chars().count() as u64 + self.dropped_chars;
        let mut told = format!("{:>6}\t{}", self.line, &line[..cut]);
        if missing > 0 {
            // writing to a string cannot fail
            let _ = write!(told, " [... {missing} more characters ...]");
        }
        told.push('\n');
        if !self.text.is_empty() && self.text.len() + told.len() > MAX_MODEL_BYTES - FOOTER_BYTES {
            self.end = self.line;
            return;
        }
        self.text.push_str(&told);
        self.next = self.line + 1;
    }

    fn finish(mut self, shown: &str) -> Result<ToolFindings, ToolError> {
        if let Some(trouble) = self.trouble {
            return Err(format!(
                "'{shown}' is not UTF-8 text: {trouble}; look at it with a command, such as iconv or xxd"
            )
            .into());
        }
        let count = self.line - 1;
        if self.has_ended && count == 0 {
            return Ok("(the file is empty)".to_owned().into());
        }
        if self.next == self.first {
            let lines = if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
            return Err(format!("'{shown}' has {lines}; there is no line {}", self.first).into());
        }
        if !self.has_ended {
            let _ = writeln!(self.text, "[more lines follow; go on with first_line {}]", self.next);
        } else if self.next <= count {
            let last = self.next - 1;
            let _ = writeln!(
                self.text,
                "[lines {} to {last} of {count}; go on with first_line {}]",
                self.first, self.next
            );
        }
        Ok(self.text.into())
    }
}
