//! The history as the messages of a conversation in turns, for the wires that know no other form.

use super::call_id::same_answer;
use protocol::{CallId, Item, ToolOutput};
use std::sync::Arc;

/// A message, or several results that answer one.
#[derive(Debug, PartialEq)]
pub(super) enum Turn<'a> {
    /// Messages of the person, and what the app tells the model ([`Item::UserMessage`], [`Item::Context`]).
    User(Vec<&'a Item>),
    /// Thoughts and words of the model, and the calls it made, in that order.
    Assistant(Vec<&'a Item>),
    /// The answers to the calls of the turn before, in their order.
    Results(Vec<(&'a CallId, &'a ToolOutput)>),
}

/// The turns of a history. Neighbours of one kind are one turn. The history has the output of a call right after it: here
/// all calls of one answer come first, and then all their results, as the model made them.
pub(super) fn turns(items: &[Arc<Item>]) -> Vec<Turn<'_>> {
    let mut turns = Turns::default();
    for item in items {
        turns.push(item);
    }
    turns.end_answer();
    turns.done
}

#[derive(Default)]
struct Turns<'a> {
    done: Vec<Turn<'a>>,
    answer: Vec<&'a Item>,
    results: Vec<(&'a CallId, &'a ToolOutput)>,
}

impl<'a> Turns<'a> {
    fn push(&mut self, item: &'a Item) {
        match item {
            Item::UserMessage { .. } | Item::Context { .. } => {
                self.end_answer();
                match self.done.last_mut() {
                    Some(Turn::User(said)) => said.push(item),
                    _ => self.done.push(Turn::User(vec![item])),
                }
            }
            Item::CallOutput { call_id, output, .. } => self.results.push((call_id, output)),
            Item::Reasoning { .. } | Item::AgentMessage { .. } => {
                if self.last_call().is_some() {
                    self.end_answer();
                }
                self.answer.push(item);
            }
            Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } => {
                if self.last_call().is_some_and(|last| !same_answer(last, call_id)) {
                    self.end_answer();
                }
                self.answer.push(item);
            }
        }
    }

    fn last_call(&self) -> Option<&'a CallId> {
        self.answer.last().and_then(|item| call_id(item))
    }

    fn end_answer(&mut self) {
        let answer = std::mem::take(&mut self.answer);
        let mut results = std::mem::take(&mut self.results);
        // no vendor takes an answer to a call it does not see
        results.retain(|(id, _)| answer.iter().any(|item| call_id(item) == Some(*id)));
        // what was thought and led to nothing is no message
        if answer.iter().any(|item| !matches!(item, Item::Reasoning { .. })) {
            self.done.push(Turn::Assistant(answer));
        }
        if !results.is_empty() {
            self.done.push(Turn::Results(results));
        }
    }
}

fn call_id(item: &Item) -> Option<&CallId> {
    match item {
        Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } => Some(call_id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::InputItem;

    /// The kinds of the turns, with the ids of calls and results.
    fn shape(items: Vec<Item>) -> Vec<String> {
        let items: Vec<Arc<Item>> = items.into_iter().map(Arc::new).collect();
        let of = |item: &&Item| match item {
            Item::Reasoning { .. } => "thought".to_owned(),
            Item::AgentMessage { text, .. } => text.clone(),
            item => call_id(item).map_or("said".to_owned(), ToString::to_string),
        };
        let shape = |turn: &Turn<'_>| match turn {
            Turn::User(said) => format!("user {}", said.len()),
            Turn::Assistant(answer) => {
                format!("assistant {}", answer.iter().map(of).collect::<Vec<_>>().join(" "))
            }
            Turn::Results(results) => {
                let ids: Vec<&str> = results.iter().map(|(id, _)| id.as_str()).collect();
                format!("results {}", ids.join(" "))
            }
        };
        turns(&items).iter().map(shape).collect()
    }

    fn call(id: &str) -> Item {
        Item::FunctionCall { call_id: id.into(), name: "shell".to_owned(), arguments: "{}".to_owned() }
    }

    fn output(id: &str) -> Item {
        Item::CallOutput { call_id: id.into(), output: said(), custom: false }
    }

    fn said() -> ToolOutput {
        ToolOutput { text: "ok".to_owned(), ..ToolOutput::default() }
    }

    fn thought() -> Item {
        Item::Reasoning { id: None, summary: vec![], raw: None, encrypted: None }
    }

    fn text(text: &str) -> Item {
        Item::AgentMessage { id: None, text: text.to_owned(), interrupted: false, phase: None }
    }

    fn user() -> Item {
        Item::UserMessage { content: vec![InputItem::text("go")] }
    }

    #[test]
    fn calls_of_one_answer_come_before_all_their_results() {
        let (a, b, c) = ("aaaaaaaa0", "aaaaaaaa1:x", "bbbbbbbb0");
        let items = vec![
            Item::Context { text: "here".to_owned() },
            user(),
            thought(),
            text("Looking."),
            call(a),
            output(a),
            call(b),
            output(b),
            call(c),
            output(c),
            text("Done."),
        ];
        let want = [
            "user 2",
            "assistant thought Looking. aaaaaaaa0 aaaaaaaa1:x",
            "results aaaaaaaa0 aaaaaaaa1:x",
            "assistant bbbbbbbb0",
            "results bbbbbbbb0",
            "assistant Done.",
        ];
        assert_eq!(shape(items), want);
    }

    #[test]
    fn calls_of_another_wire_stay_apart_and_thoughts_that_led_nowhere_are_left_out() {
        let items = vec![
            user(),
            output("gone"),
            call("c1"),
            output("c1"),
            call("c2"),
            output("c2"),
            thought(),
            user(),
            thought(),
        ];
        let want = ["user 1", "assistant c1", "results c1", "assistant c2", "results c2", "user 1"];
        assert_eq!(shape(items), want);
    }
}
