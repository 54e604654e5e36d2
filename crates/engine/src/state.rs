//! What a session remembers. [`State::fold`] is the only thing that changes it, and records are all it sees.

mod answer;
mod call;
mod repeats;

pub(crate) use answer::AnswerCounts;
pub(crate) use call::{Call, Stage};
pub(crate) use repeats::{MAX_EQUAL_FAILURES, Repeats};

use crate::answers;
use crate::compact::{self, Compaction, Remembered};
use crate::grants::Grants;
use crate::history::{self, History};
use crate::undo::{self, Checkpoints};
use protocol::{
    AbortReason, AnswerStatus, ApprovalSubject, CallId, EndedBy, Fact, HunkOutcome, InputItem, Item, LeftOut,
    OpId, PatchEndedBy, Record, SessionConfig, TaskId, TokenUsage,
};
use std::sync::Arc;

/// What a session remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) config: Option<Box<SessionConfig>>,
    pub(crate) history: History,
    /// The environment context the history already holds.
    pub(crate) context: Option<String>,
    pub(crate) last_task: TaskId,
    pub(crate) task: Option<Task>,
    pub(crate) grants: Grants,
    pub(crate) usage: TokenUsage,
    /// What no summary may lose.
    pub(crate) remembered: Remembered,
    pub(crate) checkpoints: Checkpoints,
    /// Commands the tasks left running.
    pub(crate) background: Vec<Background>,
    /// What the model is told with the next request.
    pub(crate) notices: Vec<String>,
    /// Number of tokens the model takes, as the vendor's refusals say.
    pub(crate) window: Option<u64>,
    /// Tokens of the first request after the last summary: what no summary makes less.
    pub(crate) least_tokens: u64,
}

/// A command that was left running.
#[derive(Clone, Debug)]
pub(crate) struct Background {
    pub(crate) call_id: CallId,
    argv: Vec<String>,
}

/// All that follows one user input.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) op: OpId,
    pub(crate) started_ms: u64,
    /// What the person sent that the model has not seen yet.
    pub(crate) pending: Vec<Vec<InputItem>>,
    /// What the person said in it, for the notifier.
    pub(crate) said: Vec<String>,
    pub(crate) last_message: Option<String>,
    pub(crate) phase: Phase,
    /// The calls of the turn, in the order the model made them.
    pub(crate) calls: Vec<Call>,
    /// Attempts at this turn so far.
    pub(crate) attempts: u32,
    pub(crate) compaction: Compaction,
    /// Answers that were not whole.
    pub(crate) answers: AnswerCounts,
    /// Whether a call of it was answered.
    pub(crate) has_worked: bool,
    /// Calls that failed.
    pub(crate) repeats: Repeats,
}

/// Where the model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// To be asked.
    Ready,
    /// Answering.
    Sampling,
    /// Has answered.
    Settled,
    /// To be asked again then, in milliseconds since the Unix epoch.
    Backoff { at_ms: u64 },
    /// Given up on.
    Failed,
}

impl Task {
    pub(crate) fn call(&self, id: &CallId) -> Option<&Call> {
        self.calls.iter().find(|call| call.id == *id)
    }

    /// The calls that are still to be answered, in the order they were made.
    pub(crate) fn open_calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| !call.is_answered())
    }

    pub(crate) fn is_compacting(&self) -> bool {
        matches!(self.compaction, Compaction::Underway { .. })
    }
}

impl State {
    /// Takes a record in. Records that make no sense where they stand (a transcript somebody edited) change nothing.
    pub(crate) fn fold(&mut self, record: &Record) {
        self.checkpoints.fold(&record.fact);
        self.remember(&record.fact);
        match &record.fact {
            Fact::Configured { config } => self.configure(config),
            Fact::PolicyChanged { policies } => {
                if let Some(config) = &mut self.config {
                    config.policies = policies.clone();
                }
            }
            Fact::TaskStarted { task_id } => {
                self.last_task = *task_id;
                self.task = Some(Task {
                    id: *task_id,
                    op: record.op.clone(),
                    started_ms: record.at_ms,
                    pending: Vec::new(),
                    said: Vec::new(),
                    last_message: None,
                    phase: Phase::Ready,
                    calls: Vec::new(),
                    attempts: 0,
                    compaction: Compaction::None,
                    answers: AnswerCounts::default(),
                    has_worked: false,
                    repeats: Repeats::default(),
                });
            }
            Fact::Undone { undone } => self.notices.push(undo::notice(undone)),
            Fact::Compacted { summary, usage, auto, budget, .. } => {
                self.compact(summary, *usage, *auto, *budget);
            }
            Fact::CompactionStarted { window, .. } => {
                if let Some(window) = window {
                    self.window = Some(self.window.map_or(*window, |known| known.min(*window)));
                }
                self.fold_in_task(&record.fact);
            }
            Fact::ExecEnded { call_id, end, .. } if self.has_background(call_id) => {
                self.background_ended(call_id, &end.ended_by);
                self.fold_in_task(&record.fact);
            }
            Fact::TaskAborted { reason, .. } => self.abort(*reason),
            Fact::TaskCompleted { .. } => self.task = None,
            fact => self.fold_in_task(fact),
        }
    }

    fn configure(&mut self, config: &SessionConfig) {
        let before = self.config.as_ref().and_then(|config| config.user_instructions.as_ref());
        if let Some(text) = config.user_instructions.as_ref().filter(|text| Some(*text) != before) {
            self.history
                .push(Item::Context { text: format!("<user_instructions>\n{text}\n</user_instructions>") });
        }
        self.config = Some(Box::new(config.clone()));
    }

    pub(crate) fn has_background(&self, id: &CallId) -> bool {
        self.background.iter().any(|command| command.call_id == *id)
    }

    fn background_ended(&mut self, id: &CallId, ended_by: &EndedBy) {
        let Some(at) = self.background.iter().position(|command| command.call_id == *id) else { return };
        let ended = self.background.remove(at);
        self.notices.push(format!(
            "<background_command>\n{id} ({}) has ended: {}\n</background_command>",
            ended.argv.join(" "),
            answers::ended(ended_by)
        ));
    }

    /// Keeps what no summary may lose.
    fn remember(&mut self, fact: &Fact) {
        let call = |id: &CallId| self.task.as_ref().and_then(|task| task.call(id));
        match fact {
            Fact::PlanUpdated { plan, .. } => self.remembered.plan = Some(plan.clone()),
            Fact::Decided { call_id, decision, note, .. } if !decision.approves() => {
                let Some(Stage::Asked(approval)) = call(call_id).map(|call| &call.stage) else { return };
                let what = match &approval.subject {
                    ApprovalSubject::Exec { argv, .. } => format!("the command {}", argv.join(" ")),
                    ApprovalSubject::Tool { invocation, .. } => format!("the call {}", invocation.title),
                    // each hunk is remembered when the patch ends
                    ApprovalSubject::Patch { .. } => return,
                };
                self.remembered.decided(what, note.as_deref());
            }
            Fact::PatchEnded { call_id, outcomes, ended_by } => {
                let decided = matches!(ended_by, PatchEndedBy::Written | PatchEndedBy::Declined);
                let Some(call) = call(call_id) else { return };
                let Some(proposal) = call.proposal.clone() else { return };
                let note = call.note.clone();
                for (file, hunk) in proposal.hunks() {
                    match outcomes.iter().find(|outcome| outcome.id() == &hunk.id) {
                        Some(HunkOutcome::Declined { .. }) if decided => {
                            let what = format!("the change of {} at line {}", file.path, hunk.old_start + 1);
                            self.remembered.decided(what, note.as_deref());
                        }
                        _ => self.remembered.touched(&file.path),
                    }
                }
            }
            Fact::ToolStarted { invocation } if invocation.server.is_none() => {
                if let Some(path) = crate::tools::file_read(&invocation.tool, &invocation.arguments) {
                    self.remembered.touched(&path);
                }
            }
            _ => {}
        }
    }

    /// The summary takes the conversation's place.
    fn compact(&mut self, summary: &str, usage: Option<TokenUsage>, auto: bool, budget: Option<u64>) {
        self.history = compact::compacted(&self.history, summary, &self.remembered, budget);
        self.least_tokens = 0;
        self.context = None;
        self.usage = self.usage.plus(usage.unwrap_or_default());
        if let Some(task) = &mut self.task {
            task.compaction = Compaction::Done;
            task.attempts = 0;
            task.phase = if auto { Phase::Ready } else { Phase::Settled };
        }
    }

    fn abort(&mut self, reason: AbortReason) {
        let Some(task) = self.task.take() else { return };
        self.history.drop_trailing_reasoning();
        for call in task.calls.iter().filter(|call| !matches!(call.stage, Stage::Answered)) {
            // a command that ran and may run once more has its output already
            let answer = call.held_answer.clone().unwrap_or_else(|| "aborted".to_owned());
            self.history.answer(call.answer(AnswerStatus::Aborted, answer));
        }
        // a person who interrupts takes back what they typed meanwhile (B7); what fails by itself must not lose it
        if reason != AbortReason::Interrupted {
            for items in task.pending {
                self.history.push_user(items);
            }
        }
    }

    fn fold_in_task(&mut self, fact: &Fact) {
        let Some(task) = &mut self.task else { return };
        match fact {
            Fact::Input { items } => {
                task.said.push(text_of(items));
                task.pending.push(items.clone());
            }
            Fact::CompactionStarted { auto, trimmed, budget, .. } => {
                task.compaction =
                    Compaction::Underway { auto: *auto, trimmed: *trimmed, budget: *budget };
                task.phase = Phase::Ready;
                task.attempts = 0;
                task.calls.clear();
            }
            Fact::SamplingStarted { attempt, .. } if task.is_compacting() => {
                task.phase = Phase::Sampling;
                task.attempts = *attempt;
            }
            Fact::SamplingStarted { context, attempt } => {
                for text in self.notices.drain(..) {
                    self.history.push(Item::Context { text });
                }
                if let Some(text) = context {
                    self.history.push(Item::Context { text: text.clone() });
                    self.context = Some(text.clone());
                }
                for items in task.pending.drain(..) {
                    self.history.push_user(items);
                }
                task.phase = Phase::Sampling;
                task.attempts = *attempt;
                task.calls.clear();
                task.answers.asked();
                task.repeats.sampled();
            }
            Fact::ModelItem { item } => {
                task.answers.heard(item);
                if let Item::AgentMessage { text, .. } = item {
                    task.last_message = Some(text.clone());
                }
                if let Some(id) = history::call_id(item) {
                    task.calls.push(Call::new(id.clone(), Arc::new(item.clone())));
                }
                self.history.push(item.clone());
            }
            Fact::SamplingEnded { usage, cut } => {
                task.attempts = 0;
                self.usage = self.usage.plus(usage.unwrap_or_default());
                if let Some(usage) = usage {
                    self.history.measured(usage.total());
                }
                if std::mem::take(&mut task.compaction) == Compaction::Done {
                    self.least_tokens = self.history.estimated_tokens();
                }
                if !task.answers.has_answered {
                    self.history.drop_trailing_reasoning();
                }
                self.notices.extend(cut.map(answers::cut_off));
                task.phase = if task.answers.ended(*cut) { Phase::Ready } else { Phase::Settled };
            }
            Fact::SamplingFailed { retry_at_ms, left_out, .. } => {
                self.history.drop_trailing_reasoning();
                match left_out {
                    Some(LeftOut::Pictures) => self.history.leave_out_pictures(),
                    Some(LeftOut::Reasoning) => self.history.leave_out_reasoning(),
                    None => {}
                }
                task.phase = match retry_at_ms {
                    Some(at_ms) => Phase::Backoff { at_ms: *at_ms },
                    None => Phase::Failed,
                };
            }
            Fact::CallAnswered { item } => {
                if let Item::CallOutput { call_id, output, .. } = item {
                    task.has_worked = true;
                    if let Some(call) = task.calls.iter_mut().find(|call| call.id == *call_id) {
                        call.stage = Stage::Answered;
                        task.repeats.answered(&call.item, output);
                    }
                    self.history.answer(item.clone());
                }
            }
            Fact::ExecStarted { call_id, argv, background: true, .. } => {
                self.background.push(Background { call_id: call_id.clone(), argv: argv.clone() });
                call::fold(task, &mut self.grants, fact);
            }
            fact => call::fold(task, &mut self.grants, fact),
        }
    }
}

fn text_of(items: &[InputItem]) -> String {
    let texts: Vec<&str> = items
        .iter()
        .filter_map(|item| match item {
            InputItem::Text { text } => Some(text.as_str()),
            InputItem::Image { .. } => None,
        })
        .collect();
    texts.join("\n")
}
