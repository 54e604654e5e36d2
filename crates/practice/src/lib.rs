//! The practice model: built in, offline, deterministic, and named as what it is (B40).
//!
//! It is no model. It follows a few written rules, but through everything a model goes through: it reads with commands in
//! the sandbox, keeps a plan, proposes patches and hears what became of each hunk. It sees nothing but the prompt, and
//! where it stands follows from the prompt alone, so a conversation can be taken up again after the app was killed.

mod ask;
mod output;
mod pages;
mod rename;
mod review;
mod sample;
mod survey;
mod talk;
mod turn;

use engine::{ModelEvent, Prompt};
use futures_util::stream::{self, BoxStream, StreamExt};
use model::{Model, StreamEvent};
use protocol::Item;
use std::sync::Arc;
use std::time::Duration;

pub use output::PracticeOutput;
pub use sample::{is_sample, write_sample};
pub use turn::next;

/// The name it has as a model.
pub const MODEL: &str = "practice";

/// Prompts a person can give in any folder; the names in the first are to be replaced.
pub const PROMPTS_ANYWHERE: &[&str] = &["What is in here?", "List the TODOs", "Rename old_name to new_name"];

/// Prompts a person can give on the sample project, as they would word them.
pub const SUGGESTED_PROMPTS: &[&str] = &[
    "Fix the failing test",
    "Add a total to the report",
    "Rename complain to warn",
    "List the TODOs",
    "What is in here?",
];

/// Milliseconds between two pieces of text, when set; 0 for none.
const DELAY_VARIABLE: &str = "COUNTERSIGN_PRACTICE_DELAY_MS";
/// About as fast as a model talks.
const DELAY_MS: u64 = 14;

/// The practice model as a model.
pub struct Practice {
    delay: Duration,
}

impl Practice {
    /// Makes the practice model, as fast as `COUNTERSIGN_PRACTICE_DELAY_MS` says.
    pub fn from_env() -> Self {
        let set = std::env::var(DELAY_VARIABLE).ok().and_then(|text| text.trim().parse().ok());
        Self { delay: Duration::from_millis(set.unwrap_or(DELAY_MS)) }
    }
}

impl Model for Practice {
    fn stream(&self, prompt: Arc<Prompt>) -> BoxStream<'static, StreamEvent> {
        let delay = self.delay;
        let turn = async move {
            stream::iter(events(next(&prompt))).then(move |event| async move {
                if !delay.is_zero()
                    && matches!(event, StreamEvent::TextDelta(_) | StreamEvent::ReasoningDelta(_))
                {
                    tokio::time::sleep(delay).await;
                }
                event
            })
        };
        stream::once(turn).flatten().boxed()
    }

    fn context_window(&self, _model: &str) -> Option<u64> {
        None
    }
}

fn events(turn: Vec<PracticeOutput>) -> Vec<StreamEvent> {
    let done = |item| StreamEvent::Event(ModelEvent::ItemDone(item));
    let mut events = Vec::new();
    for output in turn {
        match output {
            PracticeOutput::Reasoning(text) => {
                events.extend(pieces(&text).map(StreamEvent::ReasoningDelta));
                events.push(done(Item::Reasoning {
                    id: None,
                    summary: vec![text],
                    raw: None,
                    encrypted: None,
                }));
            }
            PracticeOutput::Text(text) => {
                events.extend(pieces(&text).map(StreamEvent::TextDelta));
                events.push(done(Item::AgentMessage { id: None, text, interrupted: false, phase: None }));
            }
            PracticeOutput::Call(call) => events.push(done(call)),
        }
    }
    events.push(StreamEvent::Event(ModelEvent::Completed { usage: None, cut: None }));
    events
}

/// A text in the pieces it is said in: words, with the white space after them.
fn pieces(text: &str) -> impl Iterator<Item = String> {
    text.split_inclusive([' ', '\n']).map(str::to_owned)
}

#[cfg(test)]
mod tests;
