//! A conversation of another agent, told as records.

use crate::import::codex::{CodexEvent, CodexLine};
use protocol::{
    AbortReason, CallId, Fact, InputItem, Item, OpId, Record, TaskId, ToolEndedBy, ToolInvocation,
    ToolOutput, ToolResult, Truncation,
};
use serde_json::Value;
use std::collections::HashSet;

/// Name under which the calls of the other agent are shown, which ran them.
pub(super) const AGENT: &str = "codex";

/// Bytes of the text of an answer that are kept, from its beginning and its end alike.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Makes records of what lines tell.
pub(super) struct Told {
    records: Vec<Record>,
    at_ms: u64,
    task: Option<OpenTask>,
    last_task: u32,
    call_ids: HashSet<CallId>,
    /// Summary that came between two tasks: the next one begins with it.
    summary: Option<String>,
    /// Number of answers that belong to no call.
    pub(super) unanswerable: u64,
}

struct OpenTask {
    id: TaskId,
    began_ms: u64,
    /// Whether the model is being asked.
    is_sampling: bool,
    /// Whether the model has said something.
    has_answered: bool,
    open_calls: Vec<OpenCall>,
    last_message: Option<String>,
}

/// A call that is not answered yet.
struct OpenCall {
    /// Its id in the rollout, which another call may have had before.
    told_id: CallId,
    invocation: ToolInvocation,
    custom: bool,
}

impl Told {
    pub(super) fn new(at_ms: u64) -> Self {
        Self {
            records: Vec::new(),
            at_ms,
            task: None,
            last_task: 0,
            call_ids: HashSet::new(),
            summary: None,
            unanswerable: 0,
        }
    }

    /// Returns the number of tasks so far.
    pub(super) fn tasks(&self) -> u32 {
        self.last_task
    }

    /// Returns the records that were not returned before.
    pub(super) fn take_records(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }

    /// Takes a line in.
    pub(super) fn take(&mut self, line: CodexLine) {
        // a clock that was set back must not make an answer older than its question
        self.at_ms = self.at_ms.max(line.at_ms.unwrap_or_default());
        match line.what {
            CodexEvent::Prompt(items) => self.prompt(items),
            CodexEvent::Model(item) => self.model(item),
            CodexEvent::Answer(call_id, output) => self.answer(&call_id, output),
            CodexEvent::Summary(summary) => match self.task {
                Some(_) => self.summarise(summary),
                None => self.summary = Some(summary),
            },
            CodexEvent::Complete => self.end_task(false),
            CodexEvent::Stopped => self.end_task(true),
            CodexEvent::Other => {}
        }
    }

    fn push(&mut self, fact: Fact) {
        self.records.push(Record { at_ms: self.at_ms, op: OpId::default(), fact });
    }

    fn prompt(&mut self, items: Vec<InputItem>) {
        // what is typed before the model has answered is part of one prompt
        if self.task.as_ref().is_some_and(|task| task.has_answered) {
            self.end_task(false);
        }
        self.begin_task();
        self.push(Fact::Input { items });
    }

    fn begin_task(&mut self) {
        if self.task.is_some() {
            return;
        }
        self.last_task += 1;
        let id = TaskId(self.last_task);
        self.push(Fact::TaskStarted { task_id: id });
        self.task = Some(OpenTask {
            id,
            began_ms: self.at_ms,
            is_sampling: false,
            has_answered: false,
            open_calls: Vec::new(),
            last_message: None,
        });
        if let Some(summary) = self.summary.take() {
            self.summarise(summary);
        }
    }

    fn model(&mut self, mut item: Item) {
        self.begin_task();
        let call = match &mut item {
            Item::FunctionCall { call_id, name, arguments } => Some((call_id, name, arguments, false)),
            Item::CustomCall { call_id, name, input } => Some((call_id, name, input, true)),
            _ => None,
        };
        let call = call.map(|(call_id, name, arguments, custom)| {
            let told_id = call_id.clone();
            let mut count = self.call_ids.len();
            while !self.call_ids.insert(call_id.clone()) {
                // some servers count the calls of each answer anew
                *call_id = CallId(format!("{told_id}_{count}"));
                count += 1;
            }
            let (shown, _) = shortened(&mut arguments.clone());
            let invocation = ToolInvocation {
                call_id: call_id.clone(),
                server: Some(AGENT.to_owned()),
                tool: name.clone(),
                title: title(name, arguments),
                arguments: shown,
            };
            OpenCall { told_id, invocation, custom }
        });
        let Some(task) = &mut self.task else { return };
        let was_sampling = std::mem::replace(&mut task.is_sampling, true);
        task.has_answered = true;
        if let Item::AgentMessage { text, .. } = &item {
            task.last_message = Some(text.clone());
        }
        task.open_calls.extend(call);
        if !was_sampling {
            self.push(Fact::SamplingStarted { context: None, attempt: 1 });
        }
        self.push(Fact::ModelItem { item });
    }

    fn answer(&mut self, told_id: &CallId, mut output: ToolOutput) {
        let call = self.task.as_mut().and_then(|task| {
            let at = task.open_calls.iter().position(|call| call.told_id == *told_id)?;
            Some(task.open_calls.remove(at))
        });
        let Some(OpenCall { invocation, custom, .. }) = call else {
            self.unanswerable += 1;
            return;
        };
        let call_id = invocation.call_id.clone();
        self.end_sampling();
        self.push(Fact::ToolStarted { invocation });
        let (shown, truncation) = shortened(&mut output.text);
        let result = ToolResult {
            output: shown,
            truncation,
            images: u32::try_from(output.images.len()).unwrap_or(u32::MAX),
            ended_by: if output.success == Some(false) {
                ToolEndedBy::Failed
            } else {
                ToolEndedBy::Succeeded
            },
            duration_ms: 0,
        };
        self.push(Fact::ToolEnded { call_id: call_id.clone(), result });
        self.push(Fact::CallAnswered { item: Item::CallOutput { call_id, output, custom } });
    }

    fn summarise(&mut self, summary: String) {
        self.end_sampling();
        self.push(Fact::CompactionStarted {
            auto: true,
            trimmed: false,
            window: None,
            budget: None,
            usage: None,
        });
        self.push(Fact::Compacted { summary, auto: true, usage: None, budget: None, without_model: false });
    }

    fn end_sampling(&mut self) {
        let is_sampling = self.task.as_mut().map(|task| std::mem::take(&mut task.is_sampling));
        if is_sampling == Some(true) {
            self.push(Fact::SamplingEnded { usage: None, cut: None });
        }
    }

    /// Ends what is open at the end of the rollout. A summary that nothing came after is a task of its own, as it is here.
    pub(super) fn finish(&mut self) {
        self.end_task(false);
        if self.summary.is_some() {
            self.begin_task();
            self.end_task(false);
        }
    }

    /// Ends the task, if there is one. One with calls that were not answered was stopped, whatever else is said.
    pub(super) fn end_task(&mut self, stopped: bool) {
        self.end_sampling();
        let Some(task) = self.task.take() else { return };
        self.push(if stopped || !task.open_calls.is_empty() {
            Fact::TaskAborted { task_id: task.id, reason: AbortReason::Interrupted }
        } else {
            Fact::TaskCompleted {
                task_id: task.id,
                last_agent_message: task.last_message,
                duration_ms: self.at_ms - task.began_ms,
            }
        });
    }
}

/// Returns a call in one line: the command of one that runs one, else the tool's name.
fn title(name: &str, arguments: &str) -> String {
    let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
    let command = match arguments.get("command").or_else(|| arguments.get("cmd")) {
        Some(Value::String(command)) => Some(command.clone()),
        Some(Value::Array(words)) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            // a shell is only the way to the script
            Some(match words.as_slice() {
                ["bash" | "sh" | "zsh" | "/bin/bash" | "/bin/sh" | "/bin/zsh", "-c" | "-lc", script] => {
                    (*script).to_owned()
                }
                words => words.join(" "),
            })
        }
        _ => None,
    };
    let title = command.map_or_else(|| name.to_owned(), |command| format!("ran {command}"));
    let end = title.char_indices().nth(200).map_or(title.len(), |(at, _)| at);
    title[..end].to_owned()
}

/// Takes the middle out of an answer that is too long, and leaves a note there. Returns the answer as it is shown, and its gap.
fn shortened(text: &mut String) -> (String, Option<Truncation>) {
    if text.len() <= MAX_ANSWER_BYTES {
        return (text.clone(), None);
    }
    let head = text.floor_char_boundary(MAX_ANSWER_BYTES / 2);
    let tail = text.ceil_char_boundary(text.len() - MAX_ANSWER_BYTES / 2);
    let (lines, bytes) = (text[head..tail].matches('\n').count().max(1), tail - head);
    let shown = [&text[..head], &text[tail..]].concat();
    text.replace_range(head..tail, &format!("\n[{bytes} bytes are left out here]\n"));
    (shown, Some(Truncation { at: head as u64, lines: lines as u64, bytes: bytes as u64 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: Vec<CodexEvent>) -> (Vec<Fact>, u64) {
        let mut told = Told::new(1000);
        for (at, what) in lines.into_iter().enumerate() {
            told.take(CodexLine { at_ms: Some(2000 + at as u64), what });
        }
        told.finish();
        (told.take_records().into_iter().map(|record| record.fact).collect(), told.unanswerable)
    }

    fn prompt(text: &str) -> CodexEvent {
        CodexEvent::Prompt(vec![InputItem::text(text)])
    }

    fn call(id: &str) -> CodexEvent {
        let (name, arguments) = ("shell".to_owned(), "{}".to_owned());
        CodexEvent::Model(Item::FunctionCall { call_id: id.into(), name, arguments })
    }

    fn answer(id: &str, text: &str) -> CodexEvent {
        CodexEvent::Answer(id.into(), ToolOutput { text: text.to_owned(), ..ToolOutput::default() })
    }

    #[test]
    fn a_call_with_an_id_that_was_used_before_gets_one_of_its_own() {
        let lines =
            vec![prompt("a"), call("c"), answer("c", "one"), prompt("b"), call("c"), answer("c", "two")];
        let (facts, lost) = told(lines);
        let answers: Vec<_> = facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::CallAnswered { item: Item::CallOutput { call_id, output, .. } } => {
                    Some((call_id.as_str(), output.text.as_str()))
                }
                _ => None,
            })
            .collect();
        assert_eq!((answers, lost), (vec![("c", "one"), ("c_1", "two")], 0));
        assert_eq!(told(vec![prompt("a"), answer("c", "no call")]).1, 1);
    }

    #[test]
    fn a_summary_between_two_tasks_or_at_the_end_is_kept() {
        let summary = || CodexEvent::Summary("so far".to_owned());
        for lines in [
            vec![prompt("a"), CodexEvent::Complete, summary(), prompt("b")],
            vec![prompt("a"), CodexEvent::Complete, summary()],
            vec![prompt("a"), summary(), prompt("b")],
        ] {
            let (facts, _) = told(lines);
            let kinds: Vec<_> = facts
                .iter()
                .map(|fact| match fact {
                    Fact::TaskStarted { task_id } => format!("task {task_id}"),
                    Fact::Compacted { summary, .. } => summary.clone(),
                    Fact::TaskCompleted { .. } => "complete".to_owned(),
                    _ => String::new(),
                })
                .filter(|kind| !kind.is_empty())
                .collect();
            assert_eq!(kinds.iter().filter(|kind| *kind == "so far").count(), 1, "{kinds:?}");
            let ended = kinds.iter().filter(|kind| *kind == "complete").count();
            assert_eq!(kinds.iter().filter(|kind| kind.starts_with("task")).count(), ended, "{kinds:?}");
        }
    }

    #[test]
    fn a_long_answer_keeps_its_ends() {
        let mut text = format!("{}\n{}", "a".repeat(MAX_ANSWER_BYTES), "b".repeat(MAX_ANSWER_BYTES));
        let (shown, gap) = shortened(&mut text);
        let gap = gap.unwrap();
        assert_eq!(shown.len(), MAX_ANSWER_BYTES);
        assert_eq!(
            gap.split(&shown),
            ("a".repeat(MAX_ANSWER_BYTES / 2).as_str(), "b".repeat(MAX_ANSWER_BYTES / 2).as_str())
        );
        assert!(
            text.contains(&format!("[{} bytes are left out here]", gap.bytes))
                && text.starts_with('a')
                && text.ends_with('b')
        );
    }
}
