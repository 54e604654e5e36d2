//! A conversation as straight-line code.
//!
//! Each is a function that says and calls things in order. It is run from its beginning at every turn: what was called and
//! answered before is taken from the prompt and not said again, and the first call without an answer ends the turn. The
//! prompt is all the memory there is.

use super::output::PracticeOutput;
use protocol::{AnswerStatus, InputItem, Item, Plan, PlanStep, StepStatus, ToolOutput};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;

/// `Break` ends the turn.
pub(super) type Flow<T = Infallible> = ControlFlow<(), T>;

/// Time limit of a command, in milliseconds: searching a large folder takes its time.
const TIMEOUT_MS: u64 = 60_000;

/// Reports whether a call was stopped before it had an answer (B7).
pub(super) fn is_aborted(output: &ToolOutput) -> bool {
    output.status == Some(AnswerStatus::Aborted)
}

/// Returns the text of a message, without its images.
pub(super) fn text_of(content: &[InputItem]) -> String {
    let text = |piece: &InputItem| match piece {
        InputItem::Text { text } => Some(text.clone()),
        InputItem::Image { .. } => None,
    };
    content.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

/// A conversation that is run.
pub(super) struct Talk<'a> {
    answered: Vec<(&'a Item, &'a ToolOutput)>,
    /// Number of steps that are behind.
    passed: usize,
    /// Calls in the whole prompt: the next one's id follows from it.
    calls: usize,
    waits: bool,
    /// Text the person added in the midst of it.
    aside: Option<String>,
    /// Outputs of the turn so far.
    pub(super) said: Vec<PracticeOutput>,
}

impl<'a> Talk<'a> {
    /// Begins at the request at `start`.
    pub(super) fn new(items: &'a [Arc<Item>], start: usize) -> Self {
        let id_of = |item: &'a Item| match item {
            Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } => Some(call_id),
            _ => None,
        };
        let answer = |wanted| {
            items[start..].iter().find_map(|item| match &**item {
                Item::CallOutput { call_id, output, .. } if call_id == wanted => Some(output),
                _ => None,
            })
        };
        let answered = items[start..]
            .iter()
            .filter_map(|item| Some((&**item, answer(id_of(item)?)?)))
            .filter(|(_, output)| !is_aborted(output))
            .collect();
        let calls = items.iter().filter(|item| id_of(item).is_some()).count();
        let aside = items[start..].iter().skip(1).rev().find_map(|item| match &**item {
            Item::UserMessage { content } => text_of(content).lines().next().map(str::to_owned),
            _ => None,
        });
        Self { answered, passed: 0, calls, waits: false, aside, said: Vec::new() }
    }

    /// Says something, before the next call or at the end.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.said.push(PracticeOutput::Text(text.into()));
    }

    /// Says why it does what it does next.
    pub(super) fn reason(&mut self, text: impl Into<String>) {
        self.said.push(PracticeOutput::Reasoning(text.into()));
    }

    /// Says the last thing.
    pub(super) fn close(&mut self, text: impl Into<String>) -> Flow {
        // a plan that was just brought up to date is answered first: a turn with a call in it is not the last
        self.settle()?;
        let mut text = text.into();
        if let Some(aside) = &self.aside {
            let _ = write!(
                text,
                "\n\nWhile I worked you said: “{aside}”. A model would have taken that in; I cannot."
            );
        }
        self.say(text);
        Flow::Break(())
    }

    /// Keeps the plan: the steps before `current` are done, `current` is worked on. Goes out with what is called next.
    pub(super) fn plan(&mut self, steps: &[&str], current: usize) {
        let status = |at: usize| match at.cmp(&current) {
            std::cmp::Ordering::Less => StepStatus::Completed,
            std::cmp::Ordering::Equal => StepStatus::InProgress,
            std::cmp::Ordering::Greater => StepStatus::Pending,
        };
        let steps = steps.iter().enumerate();
        let plan =
            steps.map(|(at, step)| PlanStep { step: (*step).to_owned(), status: status(at) }).collect();
        let call = self.function("update_plan", &json!(Plan { explanation: None, plan }));
        if self.answer_to(&call).is_none() {
            self.call(call);
        }
    }

    /// Runs a command. One that the person did not let run ends the conversation.
    pub(super) fn run(&mut self, command: &[&str]) -> Flow<Ran> {
        let mut ran = self.run_all(&[command.iter().map(|&word| word.to_owned()).collect()])?;
        ran.pop().map_or(Flow::Break(()), Flow::Continue)
    }

    /// Runs commands side by side, in one turn.
    pub(super) fn run_all(&mut self, commands: &[Vec<String>]) -> Flow<Vec<Ran>> {
        let from = self.passed;
        let mut furthest = from;
        let mut found = Vec::new();
        for command in commands {
            let call = self.function("shell", &json!({"command": command, "timeout_ms": TIMEOUT_MS}));
            // side by side, they may have been recorded in any order
            self.passed = from;
            match self.answer_to(&call) {
                Some(output) => found.push(Ran::read(command, output)),
                None => self.call(call),
            }
            furthest = furthest.max(self.passed);
        }
        self.passed = furthest;
        self.settle()?;
        if let Some(refused) = found.iter().find(|ran| ran.refused.is_some()) {
            let Flow::Break(()) = self.close(refused.refusal());
            return Flow::Break(());
        }
        Flow::Continue(found)
    }

    /// Proposes a patch.
    pub(super) fn patch(&mut self, patch: &str) -> Flow<Patched> {
        let call = Item::CustomCall {
            call_id: format!("practice-{}", self.calls + 1).into(),
            name: "apply_patch".to_owned(),
            input: patch.to_owned(),
        };
        let Some(output) = self.answer_to(&call) else {
            self.call(call);
            return Flow::Break(());
        };
        Flow::Continue(Patched::read(output))
    }

    /// Ends the turn if something was called in it.
    fn settle(&mut self) -> Flow<()> {
        if self.waits { Flow::Break(()) } else { Flow::Continue(()) }
    }

    fn call(&mut self, call: Item) {
        self.calls += 1;
        self.waits = true;
        self.said.push(PracticeOutput::Call(call));
    }

    fn function(&self, name: &str, arguments: &Value) -> Item {
        let call_id = format!("practice-{}", self.calls + 1).into();
        Item::FunctionCall { call_id, name: name.to_owned(), arguments: arguments.to_string() }
    }

    /// The answer to this very call, if it was made before. What was said up to it has been said.
    fn answer_to(&mut self, call: &Item) -> Option<&'a ToolOutput> {
        let ahead = &self.answered[self.passed..];
        let at = ahead.iter().position(|(made, _)| is_same(made, call))?;
        let output = ahead[at].1;
        self.passed += at + 1;
        if !self.waits {
            self.said.clear();
        }
        Some(output)
    }
}

/// Reports whether two calls ask for the same, whatever their ids.
fn is_same(left: &Item, right: &Item) -> bool {
    match (left, right) {
        (
            Item::FunctionCall { name, arguments, .. },
            Item::FunctionCall { name: other, arguments: others, .. },
        ) => name == other && arguments == others,
        (Item::CustomCall { name, input, .. }, Item::CustomCall { name: other, input: others, .. }) => {
            name == other && input == others
        }
        _ => false,
    }
}

/// A command that was run, or not.
pub(super) struct Ran {
    command: String,
    /// Output of the command.
    pub(super) output: String,
    /// Its exit code.
    pub(super) exit_code: Option<i64>,
    refused: Option<Refused>,
}

/// A command that was not run.
struct Refused {
    why: String,
    /// The person's note.
    note: Option<String>,
}

impl Ran {
    /// Reads `{"output", "metadata": {"exit_code"}}` (B17). The answer to a command that was not run says why (B13).
    fn read(command: &[String], output: &ToolOutput) -> Self {
        let command = command.join(" ");
        let ran: Value = serde_json::from_str(&output.text).unwrap_or_default();
        let refused = ran["output"].is_null().then(|| Refused {
            why: output.text.lines().next().unwrap_or_default().trim_end_matches('.').to_owned(),
            note: output.note.clone(),
        });
        let printed = ran["output"].as_str().unwrap_or_default().to_owned();
        Self { command, output: printed, exit_code: ran["metadata"]["exit_code"].as_i64(), refused }
    }

    /// Reports whether the command exited with 0.
    pub(super) fn succeeded(&self) -> bool {
        self.exit_code == Some(0)
    }

    fn refusal(&self) -> String {
        let (why, note) = match &self.refused {
            Some(Refused { why, note }) => (why.as_str(), note.as_ref()),
            None => ("", None),
        };
        let note = note.map(|note| format!(" You said: “{note}”.")).unwrap_or_default();
        format!(
            "I could not run `{}`: {why}.{note}\n\nI do not go round that, so I stop here. What was written before this \
             stays as it is.",
            self.command,
        )
    }
}

/// Outcome of a patch.
#[derive(Debug, PartialEq)]
pub(super) enum Patched {
    /// All of it was written as it was proposed.
    Written,
    /// Some of it was written; some was declined, or changed by the person.
    Partly { note: Option<String> },
    /// The person did not want any of it.
    Declined { note: Option<String> },
    /// It was not applied, and why.
    Failed { why: String },
}

impl Patched {
    /// Reads the status of the answer to a patch (B25).
    fn read(output: &ToolOutput) -> Self {
        let note = output.note.clone();
        match output.status {
            Some(AnswerStatus::Declined) => Self::Declined { note },
            Some(AnswerStatus::Partial) => Self::Partly { note },
            Some(AnswerStatus::Completed) if note.is_some() => Self::Partly { note },
            Some(AnswerStatus::Completed) => Self::Written,
            Some(AnswerStatus::Refused | AnswerStatus::Failed | AnswerStatus::Aborted) | None => {
                Self::Failed { why: output.text.trim().to_owned() }
            }
        }
    }
}
