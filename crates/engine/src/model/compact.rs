//! Compaction (B32): what is kept of a conversation when a summary takes its place, and when that is due.

use crate::model::history::{self, History};
use crate::model::task::Compaction;
use protocol::{CallId, Fact, InputItem, Item, Plan, StepStatus, TokenUsage};
use std::collections::{HashSet, VecDeque};
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

/// Bytes of a summary that are kept.
const MAX_SUMMARY_BYTES: usize = 24 * 1024;

/// About how many bytes of text or code a token stands for.
const BYTES_PER_TOKEN: u64 = 4;

/// Bytes of a conversation below which leaving out more of it is of no use.
const MIN_BUDGET_BYTES: u64 = 1024;

/// Smallest context that is believed to be a model's.
const MIN_WINDOW: u64 = 1024;

/// Bytes of one message or call of the model's where no summary could be made.
const EXCERPT_BYTES: usize = 400;

/// Maximum number of decisions and files remembered across a compaction.
const MAX_REMEMBERED: usize = 40;

/// Sizes of a conversation, in tokens.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ContextLimits {
    /// Number of tokens the model takes, as far as it is known.
    pub(crate) window: Option<u64>,
    /// Number at which a summary is due, where a person set one.
    pub(crate) compact_at: Option<u64>,
    /// Number that the last summary left.
    pub(crate) least: u64,
}

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

impl ContextLimits {
    /// Reports whether the conversation has to be summarised before the model is asked again, with so many bytes added to it.
    pub(crate) fn is_due(&self, history: &History, added: usize) -> bool {
        let window = self.window.map(|window| window * FULL_PERCENT / 100);
        let Some(limit) = self.compact_at.into_iter().chain(window).min() else { return false };
        let tokens = history.estimated_tokens();
        // a long message alone is nothing to summarise
        let with_added = tokens + added as u64 / BYTES_PER_TOKEN;
        let tokens = if tokens >= limit / 4 { with_added } else { tokens };
        // what the last summary left cannot be made less by the next one: there must be something new to summarise
        tokens >= limit && (self.least < limit || tokens >= self.least + limit / 4)
    }

    /// Bytes of the person's messages, and of the summary, that are kept; `None` for as many as usual.
    pub(crate) fn kept_bytes(&self) -> Option<u64> {
        self.window.map(|window| window / 2 * BYTES_PER_TOKEN)
    }

    /// Number of tokens the model takes: what the vendor said, or else less than it refused.
    fn learned(&self, history: &History, said: Option<u64>) -> Option<u64> {
        let refused = history.estimated_tokens() * 9 / 10;
        said.or_else(|| self.window.is_none().then_some(refused)).filter(|window| *window >= MIN_WINDOW)
    }
}

/// The beginning of a summary that nobody asked for.
pub(crate) fn begin(history: &History, limits: &ContextLimits) -> Fact {
    // a conversation that has outgrown the context at once must be cut, or the request for its summary is refused
    let is_full = |window: &u64| history.estimated_tokens() >= *window;
    let budget = limits.window.filter(is_full).map(|window| window * 3 / 4 * BYTES_PER_TOKEN);
    Fact::CompactionStarted { auto: true, trimmed: budget.is_some(), window: None, budget, usage: None }
}

/// Decides what is tried when a request was too much for the model, which takes `said` tokens as its vendor says: a summary of a
/// part of the conversation, of a smaller part, and at last what can be kept without one. `None` when there is nothing left to
/// leave out.
pub(crate) fn make_room(
    history: &History,
    compaction: Compaction,
    limits: &ContextLimits,
    said: Option<u64>,
) -> Option<Fact> {
    let bytes = history.bytes() as u64;
    let window = limits.learned(history, said);
    match compaction {
        Compaction::None => {
            let known = window.or(limits.window).map(|window| window / 2 * BYTES_PER_TOKEN);
            let budget = known.unwrap_or(u64::MAX).min(bytes / 2);
            Some(Fact::CompactionStarted {
                auto: true,
                trimmed: true,
                window,
                budget: Some(budget),
                usage: None,
            })
        }
        Compaction::Underway { auto, budget, .. } => {
            let budget = budget.unwrap_or(bytes).min(bytes) / 2;
            Some(if budget < MIN_BUDGET_BYTES {
                without_model(history, limits, auto, (None, None))
            } else {
                Fact::CompactionStarted { auto, trimmed: true, window, budget: Some(budget), usage: None }
            })
        }
        Compaction::Done => {
            let budget = bytes / 2;
            (budget >= MIN_BUDGET_BYTES).then(|| without_model(history, limits, true, (Some(budget), None)))
        }
    }
}

/// The conversation's end, in excerpts, in the place of a summary that the model did not make. `usage` is what the attempt at one
/// cost.
pub(crate) fn without_model(
    history: &History,
    limits: &ContextLimits,
    auto: bool,
    (budget, usage): (Option<u64>, Option<TokenUsage>),
) -> Fact {
    let budget = budget.or_else(|| limits.kept_bytes());
    let room = budget.map_or(MAX_SUMMARY_BYTES, |budget| half(budget).min(MAX_SUMMARY_BYTES));
    let mut excerpts = VecDeque::new();
    let mut bytes = 0;
    for item in history.items().iter().rev() {
        let excerpt = match &**item {
            Item::AgentMessage { text, .. } => format!("- you said: {}", cut(text, EXCERPT_BYTES)),
            Item::FunctionCall { name, arguments, .. } => {
                format!("- you called {name} with {}", cut(arguments, EXCERPT_BYTES))
            }
            Item::CustomCall { name, input, .. } => {
                format!("- you called {name} with {}", cut(input, EXCERPT_BYTES))
            }
            Item::Context { text } if text.starts_with(SUMMARY) => cut(text, EXCERPT_BYTES * 4).to_owned(),
            _ => continue,
        };
        bytes += excerpt.len() + 1;
        if bytes > room {
            break;
        }
        excerpts.push_front(excerpt);
    }
    let excerpts: Vec<String> = excerpts.into();
    let summary = format!(
        "No summary could be made: the conversation was too long for it. These are excerpts of its end; look at the files for the \
         rest.\n{}",
        excerpts.join("\n")
    );
    Fact::Compacted { summary, auto, usage, budget, without_model: true }
}

/// Half of a number of bytes.
fn half(bytes: u64) -> usize {
    usize::try_from(bytes / 2).unwrap_or(usize::MAX)
}

/// The conversation with the question for a summary after it. Within a budget, outputs are cut, and then the oldest parts are left
/// out.
pub(crate) fn prompt_items(history: &History, trimmed: bool, budget: Option<u64>) -> Vec<Arc<Item>> {
    let mut items: Vec<Arc<Item>> =
        if trimmed { history.items().iter().map(trim).collect() } else { history.items().to_vec() };
    if let Some(budget) = budget {
        drop_oldest(&mut items, usize::try_from(budget).unwrap_or(usize::MAX));
    }
    items.push(Arc::new(Item::UserMessage { content: vec![InputItem::text(PROMPT)] }));
    items
}

/// Leaves out the oldest items until the others fit. No output is left without its call.
fn drop_oldest(items: &mut Vec<Arc<Item>>, budget: usize) {
    let mut bytes: usize = items.iter().map(|item| history::size_of(item)).sum();
    let mut dropped = 0;
    while bytes > budget && dropped + 1 < items.len() {
        bytes -= history::size_of(&items[dropped]);
        dropped += 1;
    }
    let is_orphan = |item: &Arc<Item>| matches!(**item, Item::CallOutput { .. } | Item::Reasoning { .. });
    // the output of a call that is kept comes after it
    while dropped > 0 && items.get(dropped).is_some_and(is_orphan) {
        dropped += 1;
    }
    if dropped == 0 {
        // a single one may be too large
        if let [only] = items.as_mut_slice() {
            *only = Arc::new(shortened(only, budget));
        }
        return;
    }
    items.drain(..dropped);
    let calls: HashSet<CallId> = items.iter().filter_map(|item| history::call_id(item).cloned()).collect();
    items.retain(|item| !matches!(&**item, Item::CallOutput { call_id, .. } if !calls.contains(call_id)));
    for item in items.iter_mut().filter(|item| history::size_of(item) > budget) {
        *item = Arc::new(shortened(item, budget));
    }
    let text = "[the oldest part of the conversation was left out]".to_owned();
    items.insert(0, Arc::new(Item::Context { text }));
}

/// An item of words, cut to so many bytes. Calls stay as they are: half of one is none.
fn shortened(item: &Item, bytes: usize) -> Item {
    let mut item = item.clone();
    let shorten = |text: &mut String| {
        if text.len() > bytes {
            *text = format!("{}\n[... cut ...]", cut(text, bytes));
        }
    };
    match &mut item {
        Item::UserMessage { content } => content.iter_mut().for_each(|piece| match piece {
            InputItem::Text { text } => shorten(text),
            InputItem::Image { .. } => {}
        }),
        Item::Context { text } | Item::AgentMessage { text, .. } => shorten(text),
        Item::CallOutput { output, .. } => shorten(&mut output.text),
        Item::Reasoning { .. } | Item::FunctionCall { .. } | Item::CustomCall { .. } => {}
    }
    item
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

/// Beginning of the item that holds a summary.
const SUMMARY: &str = "<summary>";

/// Returns the compacted conversation: the instructions, the person's last messages, and the summary, within a budget of bytes.
pub(crate) fn compacted(
    history: &History,
    summary: &str,
    remembered: &Remembered,
    budget: Option<u64>,
) -> History {
    let mut kept = History::default();
    let within = |usual: usize| budget.map_or(usual, |budget| half(budget).min(usual));
    let mut room = within(KEPT_MESSAGE_BYTES);
    let longest = room.min(MAX_MESSAGE_BYTES);
    let mut messages = VecDeque::new();
    for item in history.items().iter().rev() {
        if let Item::UserMessage { content } = &**item {
            let message: Vec<InputItem> = content.iter().map(|piece| shorten(piece, longest)).collect();
            let size: usize = message.iter().map(size_of).sum();
            // the last one is kept in any case
            if size > room && !messages.is_empty() {
                break;
            }
            room = room.saturating_sub(size);
            messages.push_front(message);
        }
    }
    for item in history.items() {
        if let Item::Context { text } = &**item
            && text.starts_with("<user_instructions>")
        {
            kept.push(shortened(item, budget.map_or(usize::MAX, half)));
        }
    }
    for message in messages {
        kept.push_user(message);
    }
    let summary = summary.trim();
    let room = within(MAX_SUMMARY_BYTES);
    let mut text = format!(
        "{SUMMARY}\nThe conversation up to here was replaced by this summary of yours. What it says was done is done: run no command \
         again because of it.\n\n{}",
        cut(summary, room)
    );
    if summary.len() > room {
        text.push_str("\n[the rest of the summary was too long, and is left out]");
    }
    let mut more = String::new();
    remembered.write_to(&mut more);
    text.push_str(cut(&more, room));
    text.push_str("\n</summary>");
    kept.push(Item::Context { text });
    kept
}

fn shorten(piece: &InputItem, longest: usize) -> InputItem {
    match piece {
        InputItem::Text { text } if text.len() > longest => {
            InputItem::text(format!("{}\n[... cut ...]", cut(text, longest)))
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
