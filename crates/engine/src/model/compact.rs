//! Compaction (B32): what is kept of a conversation when a summary takes its place, and when that is due.

use crate::model::history::History;
use crate::model::setup::Setup;
use protocol::{InputItem, Item, Plan, StepStatus};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

/// Request for the summary.
pub(crate) const PROMPT: &str = "\
Summarise the conversation so far for yourself: it will take the conversation's place, to make room. Call no tool. Write, under \
short headings: what the person wants, in their words where they matter; what was found out (files, functions, facts, with paths \
and line numbers); what was changed and how it was checked; which commands were run and what came of them; what the person decided, \
declined or asked to avoid; what is left to do, next step first. Be exact and complete, not long.";

/// Bytes of the person's last messages that are kept word for word.
const KEPT_MESSAGE_BYTES: usize = 60 * 1024;

/// Of a single one, at the most.
const MAX_MESSAGE_BYTES: usize = 20 * 1024;

/// Share of the context, in hundredths, at which it is compacted unasked.
const FULL_PERCENT: u64 = 85;

/// Bytes of an output that are left when the whole was too much for the model to summarise.
const TRIMMED_OUTPUT_BYTES: usize = 1024;

/// Maximum number of decisions and files remembered across a compaction.
const MAX_REMEMBERED: usize = 40;

/// Decisions and files remembered beside the conversation, so that no summary can lose them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered {
    pub(crate) plan: Option<Plan>,
    decisions: VecDeque<String>,
    files: VecDeque<String>,
}

impl Remembered {
    /// A decision of the person's that the model must go on to respect.
    pub(crate) fn decided(&mut self, what: String, note: Option<&str>) {
        let mut what = cut(&what, 300).to_owned();
        if let Some(note) = note.map(str::trim).filter(|note| !note.is_empty()) {
            let _ = write!(what, " (the person: {})", cut(note, 500));
        }
        push(&mut self.decisions, what);
    }

    /// A file that was read or changed.
    pub(crate) fn touched(&mut self, path: &str) {
        self.files.retain(|known| known != path);
        push(&mut self.files, path.to_owned());
    }

    fn write_to(&self, text: &mut String) {
        if let Some(plan) = &self.plan {
            text.push_str("\n\nThe plan:\n");
            for step in &plan.plan {
                let mark = match step.status {
                    StepStatus::Completed => "done",
                    StepStatus::InProgress => "in progress",
                    StepStatus::Pending => "to do",
                };
                let _ = writeln!(text, "- [{mark}] {}", step.step);
            }
        }
        list(text, "What the person declined", &self.decisions);
        list(text, "Files read or changed last", &self.files);
    }
}

fn list(text: &mut String, title: &str, lines: &VecDeque<String>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}:");
    for line in lines {
        let _ = writeln!(text, "- {line}");
    }
}

fn push(to: &mut VecDeque<String>, what: String) {
    if to.len() == MAX_REMEMBERED {
        to.pop_front();
    }
    to.push_back(what);
}

/// Reports whether the conversation has to be summarised before the model is asked again.
pub(crate) fn is_due(setup: &Setup, history: &History) -> bool {
    let limit =
        setup.compact_at_tokens.or_else(|| setup.context_window.map(|window| window * FULL_PERCENT / 100));
    limit.is_some_and(|limit| history.estimated_tokens() >= limit)
}

/// The conversation with the question for a summary after it.
pub(crate) fn prompt_items(history: &History, trimmed: bool) -> Vec<Arc<Item>> {
    let mut items: Vec<Arc<Item>> =
        if trimmed { history.items().iter().map(trim).collect() } else { history.items().to_vec() };
    items.push(Arc::new(Item::UserMessage { content: vec![InputItem::text(PROMPT)] }));
    items
}

fn trim(item: &Arc<Item>) -> Arc<Item> {
    match &**item {
        Item::CallOutput { call_id, output, custom }
            if output.text.len() > TRIMMED_OUTPUT_BYTES || !output.images.is_empty() =>
        {
            let mut output = output.clone();
            output.images.clear();
            output.text = format!("{}\n[... cut ...]", cut(&output.text, TRIMMED_OUTPUT_BYTES));
            Arc::new(Item::CallOutput { call_id: call_id.clone(), output, custom: *custom })
        }
        _ => item.clone(),
    }
}

/// Returns the compacted conversation: the instructions, the person's last messages, and the summary.
pub(crate) fn compacted(history: &History, summary: &str, remembered: &Remembered) -> History {
    let mut kept = History::default();
    let mut room = KEPT_MESSAGE_BYTES;
    let mut messages = VecDeque::new();
    for item in history.items().iter().rev() {
        if let Item::UserMessage { content } = &**item {
            let message: Vec<InputItem> = content.iter().map(shorten).collect();
            let size: usize = message.iter().map(size_of).sum();
            if size > room {
                break;
            }
            room -= size;
            messages.push_front(message);
        }
    }
    for item in history.items() {
        if matches!(&**item, Item::Context { text } if text.starts_with("<user_instructions>")) {
            kept.push(Item::clone(item));
        }
    }
    for message in messages {
        kept.push_user(message);
    }
    let mut text = format!(
        "<summary>\nThe conversation up to here was replaced by this summary of yours. What it says was done is done: run no command \
         again because of it.\n\n{}",
        summary.trim()
    );
    remembered.write_to(&mut text);
    text.push_str("\n</summary>");
    kept.push(Item::Context { text });
    kept
}

fn shorten(piece: &InputItem) -> InputItem {
    match piece {
        InputItem::Text { text } if text.len() > MAX_MESSAGE_BYTES => {
            InputItem::text(format!("{}\n[... cut ...]", cut(text, MAX_MESSAGE_BYTES)))
        }
        // what was to be seen in it is in the summary
        InputItem::Image { .. } => InputItem::text("[an image]"),
        InputItem::Text { .. } => piece.clone(),
    }
}

fn size_of(piece: &InputItem) -> usize {
    match piece {
        InputItem::Text { text } => text.len(),
        InputItem::Image { image_url } => image_url.len(),
    }
}

/// The beginning of `text`, at most so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
