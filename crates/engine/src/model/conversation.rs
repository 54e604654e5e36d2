//! Conversations that every vendor takes, whatever the transcript has lost.
//!
//! Vendors refuse a request, and every one after it, for a call without its answer, an answer without its call, one id twice, an
//! item without content, or reasoning that led to nothing. A transcript that was cut or edited holds all of these.

use crate::model::history::call_id;
use protocol::{AnswerStatus, CallId, InputItem, Item, ToolOutput};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Answer that takes the place of one that is not recorded.
const LOST_ANSWER: &str =
    "the answer to this call is lost; it may have been carried out: look before you do it again";

/// Opening that takes the place of a prompt that is not recorded.
const LOST_OPENING: &str = "<transcript>\nThe beginning of this conversation is lost.\n</transcript>";

/// Returns the items that can be sent: each call right before its one answer, a lost answer made up, and what has no meaning by
/// itself left out. A sound conversation comes back as it is.
pub(crate) fn sendable(items: Vec<Arc<Item>>) -> Vec<Arc<Item>> {
    // nearly all are: nothing is made anew for them
    if is_sound(&items) {
        return items;
    }
    let mut pairs = Pairs::find(&items);
    let mut sendable: Vec<Arc<Item>> = Vec::with_capacity(items.len());
    let mut reasoning_ids = HashSet::new();
    for (at, item) in items.iter().enumerate() {
        match &**item {
            Item::CallOutput { .. } => {}
            Item::FunctionCall { .. } | Item::CustomCall { .. } => {
                if let Some(answer) = pairs.answer_to(at, item, &items) {
                    sendable.push(item.clone());
                    sendable.push(answer);
                }
            }
            Item::Reasoning { id, .. } => {
                let is_new = id.as_ref().is_none_or(|id| reasoning_ids.insert(id.clone()));
                let is_twice = sendable.last().is_some_and(|last| last == item);
                if is_new && !is_twice && leads_somewhere(&items[at + 1..]) {
                    sendable.push(item.clone());
                }
            }
            Item::UserMessage { content } if content.iter().all(is_empty) => {}
            Item::Context { text } | Item::AgentMessage { text, .. } if text.trim().is_empty() => {}
            Item::UserMessage { .. } | Item::Context { .. } | Item::AgentMessage { .. } => {
                sendable.push(item.clone());
            }
        }
    }
    let is_opened = sendable
        .first()
        .is_some_and(|item| matches!(**item, Item::UserMessage { .. } | Item::Context { .. }));
    if !is_opened {
        sendable.insert(0, Arc::new(Item::Context { text: LOST_OPENING.to_owned() }));
    }
    sendable
}

/// Reports whether a conversation is sent as it is.
fn is_sound(items: &[Arc<Item>]) -> bool {
    let (mut ids, mut reasoning_ids) = (HashSet::with_capacity(items.len()), HashSet::new());
    for (at, item) in items.iter().enumerate() {
        let is_sound = match &**item {
            Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } => {
                let is_custom = matches!(**item, Item::CustomCall { .. });
                ids.insert(call_id.as_str())
                    && items.get(at + 1).is_some_and(|answer| is_answer(answer, call_id, is_custom))
            }
            Item::CallOutput { call_id, .. } => {
                at.checked_sub(1).is_some_and(|before| self::call_id(&items[before]) == Some(call_id))
            }
            Item::Reasoning { id, .. } => {
                id.as_ref().is_none_or(|id| reasoning_ids.insert(id.as_str()))
                    && at.checked_sub(1).is_none_or(|before| items[before] != *item)
                    && leads_somewhere(&items[at + 1..])
            }
            Item::UserMessage { content } => !content.iter().all(is_empty),
            Item::Context { text } | Item::AgentMessage { text, .. } => !text.trim().is_empty(),
        };
        if !is_sound {
            return false;
        }
    }
    items.first().is_some_and(|item| matches!(**item, Item::UserMessage { .. } | Item::Context { .. }))
}

fn is_answer(item: &Item, to: &CallId, is_custom: bool) -> bool {
    matches!(item, Item::CallOutput { call_id, custom, .. } if call_id == to && *custom == is_custom)
}

fn is_empty(piece: &InputItem) -> bool {
    match piece {
        InputItem::Text { text } => text.trim().is_empty(),
        InputItem::Image { image_url } => image_url.is_empty(),
    }
}

/// Reports whether reasoning is followed by something said or called. Reasoning of an attempt that broke right after it is not, and
/// is refused.
fn leads_somewhere(following: &[Arc<Item>]) -> bool {
    let next = following.iter().find(|item| !matches!(***item, Item::Reasoning { .. }));
    next.is_some_and(|item| {
        matches!(**item, Item::AgentMessage { .. } | Item::FunctionCall { .. } | Item::CustomCall { .. })
    })
}

/// Calls and their answers, by position.
struct Pairs {
    answers: HashMap<usize, usize>,
    sent: HashSet<CallId>,
}

impl Pairs {
    /// Pairs each answer with the nearest call of its id before it that has none.
    fn find(items: &[Arc<Item>]) -> Self {
        let mut open: HashMap<&CallId, Vec<usize>> = HashMap::new();
        let mut answers = HashMap::new();
        // of a call that is there twice, the answered one is meant
        let mut sent = HashSet::new();
        for (at, item) in items.iter().enumerate() {
            if let Some(id) = call_id(item) {
                open.entry(id).or_default().push(at);
            } else if let Item::CallOutput { call_id, .. } = &**item
                && !sent.contains(call_id)
                && let Some(call) = open.get_mut(call_id).and_then(Vec::pop)
            {
                answers.insert(call, at);
                sent.insert(call_id.clone());
            }
        }
        Self { answers, sent }
    }

    /// Returns the answer to the call at `at`; `None` for a call that is another one's double.
    fn answer_to(&mut self, at: usize, call: &Arc<Item>, items: &[Arc<Item>]) -> Option<Arc<Item>> {
        let id = call_id(call)?;
        let is_custom = matches!(**call, Item::CustomCall { .. });
        match self.answers.get(&at).map(|answer| &items[*answer]) {
            Some(answer) => match &**answer {
                Item::CallOutput { custom, .. } if *custom == is_custom => Some(answer.clone()),
                Item::CallOutput { output, .. } => Some(output_of(id, output.clone(), is_custom)),
                _ => None,
            },
            None if self.sent.insert(id.clone()) => {
                let output = ToolOutput {
                    text: LOST_ANSWER.to_owned(),
                    success: Some(false),
                    status: Some(AnswerStatus::Aborted),
                    ..ToolOutput::default()
                };
                Some(output_of(id, output, is_custom))
            }
            None => None,
        }
    }
}

fn output_of(call_id: &CallId, output: ToolOutput, custom: bool) -> Arc<Item> {
    Arc::new(Item::CallOutput { call_id: call_id.clone(), output, custom })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: &str) -> Item {
        Item::FunctionCall { call_id: id.into(), name: "shell".to_owned(), arguments: "{}".to_owned() }
    }

    fn answer(id: &str, text: &str) -> Item {
        let output = ToolOutput { text: text.to_owned(), ..ToolOutput::default() };
        Item::CallOutput { call_id: id.into(), output, custom: false }
    }

    fn said(text: &str) -> Item {
        Item::AgentMessage { id: None, text: text.to_owned(), interrupted: false, phase: None }
    }

    fn asked(text: &str) -> Item {
        Item::UserMessage { content: vec![InputItem::text(text)] }
    }

    fn thought(id: &str) -> Item {
        Item::Reasoning {
            id: Some(id.to_owned()),
            summary: vec![],
            raw: None,
            encrypted: Some(id.to_owned()),
        }
    }

    fn sent(items: Vec<Item>) -> Vec<String> {
        let word = |item: &Arc<Item>| match &**item {
            Item::UserMessage { .. } => "asked".to_owned(),
            Item::Context { .. } => "context".to_owned(),
            Item::AgentMessage { text, .. } => text.clone(),
            Item::Reasoning { id, .. } => format!("thought {}", id.as_deref().unwrap_or_default()),
            Item::CallOutput { call_id, output, .. } if output.text == LOST_ANSWER => {
                format!("{call_id} lost")
            }
            Item::CallOutput { call_id, output, .. } => format!("{call_id} {}", output.text),
            item => call_id(item).map(ToString::to_string).unwrap_or_default(),
        };
        sendable(items.into_iter().map(Arc::new).collect()).iter().map(word).collect()
    }

    #[test]
    fn b7_a_sound_conversation_is_sent_as_it_is() {
        let items =
            vec![asked("go"), thought("t"), call("a"), answer("a", "ok"), said("done"), asked("more")];
        assert_eq!(sent(items), ["asked", "thought t", "a", "a ok", "done", "asked"]);
    }

    #[test]
    fn a_conversation_that_is_found_sound_would_not_be_changed() {
        let (a, b) = (call("a"), answer("a", "ok"));
        let sound = vec![asked("go"), thought("t"), a.clone(), b.clone(), said("done")]
            .into_iter()
            .map(Arc::new)
            .collect::<Vec<_>>();
        assert!(is_sound(&sound));
        for unsound in [
            vec![],
            vec![said("done")],
            vec![asked("")],
            vec![asked("go"), said(" ")],
            vec![asked("go"), a.clone()],
            vec![asked("go"), b.clone()],
            vec![asked("go"), a.clone(), said("x"), b.clone()],
            vec![asked("go"), a.clone(), b.clone(), a.clone(), b.clone()],
            vec![asked("go"), a.clone(), b.clone(), b.clone()],
            vec![asked("go"), thought("t"), a.clone(), b.clone(), thought("t"), said("done")],
            vec![asked("go"), thought("t"), thought("t"), a, b],
            vec![asked("go"), said("done"), thought("t")],
        ] {
            assert!(!is_sound(&unsound.iter().cloned().map(Arc::new).collect::<Vec<_>>()), "{unsound:?}");
        }
    }

    #[test]
    fn b7_a_lost_answer_is_made_up_and_one_without_its_call_left_out() {
        let items =
            vec![asked("go"), call("a"), call("b"), answer("b", "ok"), answer("gone", "x"), said("done")];
        assert_eq!(sent(items), ["asked", "a", "a lost", "b", "b ok", "done"]);
    }

    #[test]
    fn b7_what_is_there_twice_is_sent_once() {
        let items = vec![
            asked("go"),
            thought("t"),
            thought("t"),
            call("a"),
            call("a"),
            answer("a", "ok"),
            answer("a", "ok"),
            thought("t"),
            said("done"),
        ];
        assert_eq!(sent(items), ["asked", "thought t", "a", "a ok", "done"]);
    }

    #[test]
    fn b7_empty_items_and_thoughts_that_led_nowhere_are_left_out_and_a_lost_beginning_is_told() {
        let items = vec![thought("t"), answer("a", "x"), said(" "), said("done"), asked(""), thought("u")];
        assert_eq!(sent(items), ["context", "done"]);
        assert_eq!(sent(vec![]), ["context"]);
    }
}
