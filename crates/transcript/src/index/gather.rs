//! Data of a transcript that goes into the index.

use crate::files::{first_words, id_of, time_of};
use crate::first_line::FirstLine;
use crate::line_reader::{LineReader, MAX_LINE_BYTES, RecordLine};
use crate::record_line::{Tagged, read_records};
use protocol::{Fact, InputItem, Item, ModelUsage, Reviewer, SessionConfig, TokenUsage};
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
    /// Provider and model that answer where reading stopped.
    pub(super) provider: String,
    pub(super) model: String,
    /// Tokens that were not known yet, each with its time.
    pub(super) used: Vec<(u64, ModelUsage)>,
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
    gathered.take_in(BufReader::new(file), path)?;
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

    fn take_in(&mut self, input: impl BufRead, path: &Path) -> io::Result<()> {
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
                self.begin(line, path);
            } else {
                self.take_in_line(line, path);
            }
            let kept = line.len().saturating_sub(TAIL_BYTES - 1);
            self.tail = line.get(kept..).unwrap_or_default().to_vec();
            self.tail.push(b'\n');
            self.read_bytes = begun_at + lines.read_bytes;
        }
    }

    fn begin(&mut self, line: &[u8], path: &Path) {
        match FirstLine::parse(line) {
            FirstLine::Meta(meta, rest) => {
                self.id = meta.session_id.0;
                self.cwd = meta.cwd.to_string_lossy().into_owned();
                self.created_ms = meta.at_ms;
                self.updated_ms = meta.at_ms;
                self.forked_from = meta.forked_from.map(|id| id.0);
                self.take_in_line(&rest, path);
            }
            FirstLine::Damaged(line, _) => self.take_in_line(&line, path),
        }
    }

    /// Begins a session whose first line is damaged, as [`crate::first_line::meta_without_first_line`] does.
    fn begin_without_first_line(&mut self, config: &SessionConfig, path: &Path) {
        let Some(id) = id_of(path) else { return };
        id.clone_into(&mut self.id);
        self.cwd = config.cwd.to_string_lossy().into_owned();
        self.created_ms = time_of(path).unwrap_or_default();
        self.updated_ms = self.created_ms;
    }

    fn take_in_line(&mut self, line: &[u8], path: &Path) {
        let is_known = !self.id.is_empty();
        match serde_json::from_slice(line) {
            // most lines say what they are without being parsed
            Ok(Tagged { at_ms, r#type })
                if is_known
                    && !matches!(
                        &*r#type,
                        "task_started"
                            | "input"
                            | "model_item"
                            | "titled"
                            | "configured"
                            | "sampling_ended"
                            | "compaction_started"
                            | "compacted"
                            | "review_ended"
                    ) =>
            {
                self.note_time(at_ms, &r#type);
            }
            Ok(Tagged { r#type, .. }) if !is_known && r#type != "configured" => {}
            // what is not one record may be two
            _ => {
                for record in read_records(line).0 {
                    let r#type = match &record.fact {
                        Fact::Titled { .. } => "titled",
                        Fact::Configured { .. } => "configured",
                        Fact::PolicyChanged { .. } => "policy_changed",
                        _ => "",
                    };
                    if let Fact::Configured { config } = &record.fact
                        && self.id.is_empty()
                    {
                        self.begin_without_first_line(config, path);
                    }
                    if !self.id.is_empty() {
                        self.note_time(record.at_ms, r#type);
                        self.take_in_fact(record.at_ms, record.fact);
                    }
                }
            }
        }
    }

    fn note_time(&mut self, at_ms: u64, kind: &str) {
        // how a session is set up and called is no use of it
        if !matches!(kind, "configured" | "policy_changed" | "titled") {
            self.updated_ms = at_ms;
        }
    }

    fn take_in_fact(&mut self, at_ms: u64, fact: Fact) {
        match fact {
            Fact::Configured { config } => (self.provider, self.model) = (config.provider, config.model),
            Fact::SamplingEnded { usage: Some(tokens), .. }
            | Fact::CompactionStarted { usage: Some(tokens), .. }
            | Fact::Compacted { usage: Some(tokens), .. } => {
                let (provider, model) = (self.provider.clone(), self.model.clone());
                self.used.push((at_ms, ModelUsage { provider, model, tokens }));
            }
            Fact::ReviewEnded { review, .. } if review.usage != TokenUsage::default() => {
                let Reviewer { provider, model, .. } = review.reviewer;
                self.used.push((at_ms, ModelUsage { provider, model, tokens: review.usage }));
            }
            Fact::TaskStarted { .. } => self.tasks += 1,
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
