//! Messages and reasoning of the model, while they are written.

use super::state::{OpenMessage, OpenReasoning, Timeline};
use crate::diff;
use crate::markdown::Markdown;
use crate::row::{Change, RowBody};
use crate::text::legible;

/// With more open text than this a delta is not parsed at once but when the window is told next.
const PARSE_AT_ONCE_BYTES: usize = 4 * 1024;

/// So much of what the model thinks is shown, in bytes.
const MAX_REASONING_BYTES: usize = 64 * 1024;

/// Returns the reasoning as far as it is shown, with the length of the rest.
fn shown_reasoning(text: &str) -> String {
    let text = legible(text);
    let (shown, rest) = text.split_at(text.floor_char_boundary(MAX_REASONING_BYTES));
    if rest.is_empty() {
        return shown.to_owned();
    }
    format!("{shown}\n[{} more characters]", rest.chars().count())
}

impl Timeline {
    pub(super) fn message_delta(&mut self, at_ms: u64, delta: &str, out: &mut Vec<Change>) {
        if self.message.as_ref().is_some_and(|message| message.broken) {
            let row = self.message.take().map_or(0, |message| message.row);
            let body = RowBody::Agent { blocks: Vec::new(), streaming: true, interrupted: false };
            out.extend(self.replace(row, body));
            self.message = Some(OpenMessage { row, markdown: Markdown::default(), due: None, broken: false });
        }
        let Some(message) = &mut self.message else {
            self.end_reasoning(out);
            let mut markdown = Markdown::default();
            markdown.push(delta);
            let blocks = markdown.blocks().to_vec();
            self.message = Some(OpenMessage { row: self.rows.len(), markdown, due: None, broken: false });
            out.extend(self.add(at_ms, RowBody::Agent { blocks, streaming: true, interrupted: false }));
            return;
        };
        let from = message.markdown.push_unparsed(delta);
        let from = message.due.map_or(from, |due| due.min(from));
        if message.markdown.open_bytes() > PARSE_AT_ONCE_BYTES {
            message.due = Some(from);
        } else {
            message.due = None;
            message.markdown.parse();
            out.push(self.tell_blocks(from));
        }
    }

    /// Copies the blocks of the open message from `from` on to its row.
    pub(super) fn tell_blocks(&mut self, from: usize) -> Change {
        let (index, new) = match &self.message {
            Some(message) => {
                (message.row, message.markdown.blocks().get(from..).unwrap_or_default().to_vec())
            }
            None => (0, Vec::new()),
        };
        if let Some(RowBody::Agent { blocks, .. }) = self.rows.get_mut(index).map(|row| &mut row.body) {
            blocks.truncate(from);
            blocks.extend_from_slice(&new);
        }
        Change::Blocks { index: diff::count(index), from: diff::count(from), blocks: new }
    }

    pub(super) fn message(&mut self, at_ms: u64, text: &str, interrupted: bool, out: &mut Vec<Change>) {
        self.end_reasoning(out);
        if !text.trim().is_empty() {
            text.clone_into(&mut self.last_answer);
        }
        let body = RowBody::Agent { blocks: Markdown::of(text), streaming: false, interrupted };
        out.extend(match self.message.take() {
            Some(message) => self.replace(message.row, body),
            None if text.is_empty() => return,
            None => self.add(at_ms, body),
        });
    }

    pub(super) fn reasoning_delta(&mut self, at_ms: u64, delta: &str, out: &mut Vec<Change>) {
        let row = match self.reasoning.take() {
            Some(OpenReasoning { row, broken: true }) => {
                out.extend(self.replace(row, RowBody::Reasoning { text: String::new(), streaming: true }));
                row
            }
            Some(open) => open.row,
            None => {
                let row = self.rows.len();
                out.extend(self.add(at_ms, RowBody::Reasoning { text: String::new(), streaming: true }));
                row
            }
        };
        self.reasoning = Some(OpenReasoning { row, broken: false });
        if let RowBody::Reasoning { text, .. } = &mut self.rows[row].body {
            let delta = legible(delta);
            let room = MAX_REASONING_BYTES.saturating_sub(text.len());
            let delta = &delta[..delta.floor_char_boundary(room)];
            text.push_str(delta);
            if !delta.is_empty() {
                out.push(Change::Append { index: diff::count(row), text: delta.to_owned() });
            }
        }
    }

    pub(super) fn reasoning(&mut self, at_ms: u64, text: &str, out: &mut Vec<Change>) {
        let body = RowBody::Reasoning { text: shown_reasoning(text), streaming: false };
        out.extend(match self.reasoning.take() {
            Some(open) => self.replace(open.row, body),
            None => self.add(at_ms, body),
        });
    }

    /// Ends reasoning that no whole item followed.
    pub(super) fn end_reasoning(&mut self, out: &mut Vec<Change>) {
        if let Some(open) = self.reasoning.take() {
            if let RowBody::Reasoning { streaming, .. } = &mut self.rows[open.row].body {
                *streaming = false;
            }
            out.extend(self.tell_row(open.row));
        }
    }

    pub(super) fn stream_broke(&mut self) {
        if let Some(message) = &mut self.message {
            message.broken = true;
        }
        if let Some(reasoning) = &mut self.reasoning {
            reasoning.broken = true;
        }
    }

    /// Ends the message that was being written when the task ended.
    pub(super) fn end_message(&mut self, interrupted: bool, out: &mut Vec<Change>) {
        self.end_reasoning(out);
        if let Some(message) = self.message.take() {
            if !message.markdown.text().trim().is_empty() {
                message.markdown.text().clone_into(&mut self.last_answer);
            }
            if let RowBody::Agent { streaming, interrupted: cut, .. } = &mut self.rows[message.row].body {
                *streaming = false;
                *cut = interrupted;
            }
            out.extend(self.tell_row(message.row));
        }
    }
}
