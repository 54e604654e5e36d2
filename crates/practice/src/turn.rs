//! Turns of the practice model: the request, and the conversation that answers it.

use super::ask::{self, Ask};
use super::output::PracticeOutput;
use super::talk::{Talk, is_aborted, text_of};
use super::{rename, review, sample, survey};
use engine::{Prompt, Purpose};
use protocol::Item;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Returns the practice model's next outputs. Depends on nothing but the prompt.
pub fn next(prompt: &Prompt) -> Vec<PracticeOutput> {
    if prompt.purpose == Purpose::Summarise {
        return vec![PracticeOutput::Text(summary(&prompt.items))];
    }
    if prompt.purpose == Purpose::Review {
        return review::next(prompt);
    }
    if prompt.purpose == Purpose::SideQuestion {
        let asked = prompt.items.last().and_then(|item| match &**item {
            Item::UserMessage { content } => commit_message(&text_of(content)),
            _ => None,
        });
        return vec![PracticeOutput::Text(asked.unwrap_or_else(|| ask::NO_SIDE_QUESTIONS.to_owned()))];
    }
    let Some((ask, start)) = ask_of(&prompt.items) else {
        return vec![PracticeOutput::Text(ask::INTRODUCTION.to_owned())];
    };
    let mut talk = Talk::new(&prompt.items, start);
    // what the turn consists of is in `said` by then
    let ControlFlow::Break(()) = match ask {
        Ask::FixTests => sample::work(&mut talk, &sample::FIX),
        Ask::AddTotal => sample::work(&mut talk, &sample::TOTAL),
        Ask::Rename(names) => rename::rename(&mut talk, &names),
        Ask::Todos => survey::todos(&mut talk),
        Ask::Survey => survey::survey(&mut talk),
        Ask::Unclear(why) => talk.close(why),
        Ask::Other | Ask::Again => talk.close(ask::INTRODUCTION),
    };
    talk.said
}

/// Drafts the message of a commit from the changes it is asked about; `None` when it is asked something else.
fn commit_message(asked: &str) -> Option<String> {
    let changes = asked.split_once("message of a git commit")?.1;
    let files: Vec<_> = changes.lines().filter_map(|line| line.strip_prefix("+++ b/")).collect();
    let subject = match files.as_slice() {
        [] => "Change files".to_owned(),
        [file] => format!("Change {file}"),
        files => format!("Change {} files", files.len()),
    };
    let mut message = format!(
        "{subject}\n\nDrafted by the practice model, which names the files and understands none of them.\n\n"
    );
    for file in files {
        let _ = writeln!(message, "- {file}");
    }
    Some(message.trim_end().to_owned())
}

/// Summarizes the conversation so far (B32), the request for the summary left out.
fn summary(items: &[Arc<Item>]) -> String {
    let mut text =
        "The practice model keeps what was asked and what it answered last each time.\n".to_owned();
    let asked = items.len().saturating_sub(1);
    let mut answer = None;
    for item in &items[..asked] {
        match &**item {
            Item::UserMessage { content } => {
                text.extend(answer.take().map(|answer| format!("Answered: {answer}\n")));
                let _ = writeln!(text, "Asked: {}", first_line(&text_of(content)));
            }
            Item::AgentMessage { text, .. } => answer = Some(first_line(text).to_owned()),
            _ => {}
        }
    }
    text.extend(answer.map(|answer| format!("Answered: {answer}\n")));
    text
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default()
}

/// Returns the request and the index of the item that makes it.
fn ask_of(items: &[Arc<Item>]) -> Option<(Ask, usize)> {
    let asks: Vec<(usize, Ask)> = items
        .iter()
        .enumerate()
        .filter_map(|(at, item)| match &**item {
            Item::UserMessage { content } => Some((at, ask::read(&text_of(content)))),
            _ => None,
        })
        .collect();
    let (last_at, last) = asks.last()?;
    let earlier = || {
        asks.iter().rev().skip(1).find(|(_, ask)| !matches!(ask, Ask::Other | Ask::Again | Ask::Unclear(_)))
    };
    match (last, earlier()) {
        // once more from the beginning: what is done already will be found done
        (Ask::Again, Some((_, ask))) => Some((ask.clone(), *last_at)),
        // said while it works: a model would take it in, these rules cannot
        (Ask::Other, Some((at, ask))) if is_busy(&items[..*last_at]) => Some((ask.clone(), *at)),
        _ => Some((last.clone(), *last_at)),
    }
}

/// Reports whether the last item is the answer to a call, so that the task goes on.
fn is_busy(items: &[Arc<Item>]) -> bool {
    let last = items.iter().rev().find(|item| !matches!(***item, Item::Context { .. }));
    last.is_some_and(|item| matches!(&**item, Item::CallOutput { output, .. } if !is_aborted(output)))
}
