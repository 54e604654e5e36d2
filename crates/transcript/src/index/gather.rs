//! Data of a transcript that goes into the index.

use crate::files::first_words;
use crate::reader::{LineReader, MAX_LINE_BYTES, RecordLine, Tagged};
use protocol::{Fact, InputItem, Item, Record, SessionMeta};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of a session's words that are searched; what was said later in one that has more is not found.
const MAX_TEXT_BYTES: u64 = 4 * 1024 * 1024;

/// Bytes before the place where reading stopped that are remembered, to know it again.
const TAIL_BYTES: usize = 64;

/// Indexed data of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Gathered {
    /// Empty for a file that is no transcript.
    pub(super) id: String,
    pub(super) cwd: String,
    pub(super) name: String,
    pub(super) first_words: String,
    pub(super) created_ms: u64,
    pub(super) updated_ms: u64,
    pub(super) tasks: u32,
    pub(super) forked_from: Option<String>,
    pub(super) read_bytes: u64,
    pub(super) tail: Vec<u8>,
    /// Bytes of words in all.
    pub(super) text_bytes: u64,
    /// The words that were not known yet.
    pub(super) text: String,
}

/// Reads what was appended to a transcript of which `known` is known; all of it where that does not fit. The second of what is
/// returned says whether it did.
pub(super) fn gather(path: &Path, known: Option<Gathered>) -> io::Result<(Gathered, bool)> {
    let mut file = File::open(path)?;
    let fitting = match known {
        Some(known) if is_continued(&mut file, &known)? => Some(known),
        _ => None,
    };
    let goes_on = fitting.is_some();
    let mut gathered = fitting.unwrap_or_default();
    file.seek(SeekFrom::Start(gathered.read_bytes))?;
    gathered.take_in(BufReader::new(file))?;
    Ok((gathered, goes_on))
}

fn is_continued(file: &mut File, known: &Gathered) -> io::Result<bool> {
    let Some(start) = known.read_bytes.checked_sub(known.tail.len() as u64).filter(|_| known.read_bytes > 0)
    else {
        return Ok(false);
    };
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(known.tail.len() as u64).read_to_end(&mut tail)?;
    Ok(tail == known.tail)
}

impl Gathered {
    /// Returns the session's title.
    pub(super) fn title(&self) -> &str {
        if self.name.is_empty() { &self.first_words } else { &self.name }
    }

    fn take_in(&mut self, input: impl BufRead) -> io::Result<()> {
        let begun_at = self.read_bytes;
        let mut lines = LineReader::new(input, MAX_LINE_BYTES);
        loop {
            let line = match lines.next()? {
                RecordLine::Whole(line) => line,
                RecordLine::TooLong => &[],
                // the rest of it is on its way, or never comes
                RecordLine::Torn | RecordLine::End => return Ok(()),
            };
            if self.read_bytes == 0 {
                self.begin(line);
            } else if !self.id.is_empty() {
                self.take_in_line(line);
            }
            let kept = line.len().saturating_sub(TAIL_BYTES - 1);
            self.tail = line.get(kept..).unwrap_or_default().to_vec();
            self.tail.push(b'\n');
            self.read_bytes = begun_at + lines.read_bytes;
        }
    }

    fn begin(&mut self, line: &[u8]) {
        let Ok(meta) = serde_json::from_slice::<SessionMeta>(line) else { return };
        self.id = meta.session_id.0;
        self.cwd = meta.cwd.to_string_lossy().into_owned();
        self.created_ms = meta.at_ms;
        self.updated_ms = meta.at_ms;
        self.forked_from = meta.forked_from.map(|id| id.0);
    }

    fn take_in_line(&mut self, line: &[u8]) {
        let Ok(Tagged { at_ms, r#type }) = serde_json::from_slice(line) else { return };
        // how a session is set up and called is no use of it
        if !matches!(&*r#type, "configured" | "policy_changed" | "titled") {
            self.updated_ms = at_ms;
        }
        match &*r#type {
            "task_started" => self.tasks += 1,
            "input" | "model_item" | "titled" => {
                if let Ok(record) = serde_json::from_slice::<Record>(line) {
                    self.take_in_fact(record.fact);
                }
            }
            _ => {}
        }
    }

    fn take_in_fact(&mut self, fact: Fact) {
        match fact {
            Fact::Input { items } => {
                if self.first_words.is_empty() {
                    self.first_words = first_words(&items);
                }
                for item in items {
                    if let InputItem::Text { text } = item {
                        self.add(&text);
                    }
                }
            }
            Fact::Titled { title } => self.name = title,
            Fact::ModelItem { item } => match item {
                Item::AgentMessage { text, .. } => self.add(&text),
                Item::CustomCall { input, .. } => self.add(&input),
                // commands, patches, plans: what they are made of is found, the JSON around it is not
                Item::FunctionCall { arguments, .. } => match serde_json::from_str(&arguments) {
                    Ok(arguments) => self.add_strings(&arguments),
                    Err(_) => self.add(&arguments),
                },
                _ => {}
            },
            _ => {}
        }
    }

    fn add_strings(&mut self, value: &serde_json::Value) {
        match value {
            serde_json::Value::String(text) => self.add(text),
            serde_json::Value::Array(values) => values.iter().for_each(|value| self.add_strings(value)),
            serde_json::Value::Object(fields) => fields.values().for_each(|value| self.add_strings(value)),
            _ => {}
        }
    }

    fn add(&mut self, text: &str) {
        let added = text.len() as u64 + 1;
        if !text.is_empty() && self.text_bytes + added <= MAX_TEXT_BYTES {
            self.text_bytes += added;
            // a zero would end the text for SQLite
            self.text.extend(text.chars().map(|c| if c == '\0' { ' ' } else { c }));
            self.text.push('\n');
        }
    }
}
