//! Memory of a session. [`SessionState::fold`] is the only thing that changes it, and records are all it sees.

use crate::answers;
use crate::model::answer_counts::AnswerCounts;
use crate::model::call::{self, Call, Stage};
use crate::model::checkpoints::{self, Checkpoints};
use crate::model::compact::{self, Remembered};
use crate::model::failed_calls::FailedCalls;
use crate::model::grants::Grants;
use crate::model::history::{self, History};
use crate::model::patch_check::PatchCheck;
use crate::model::task::{Compaction, TaskBudget, TaskPhase, TaskState};
use protocol::{
    AbortReason, AnswerStatus, ApprovalSubject, CallId, EndedBy, Fact, HunkOutcome, InputItem, Item, LeftOut,
    PatchEndedBy, ReasoningEffort, Record, SessionConfig, TaskId, TokenUsage,
};
use std::sync::Arc;

/// Memory of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionState {
    pub(crate) config: Option<Box<SessionConfig>>,
    pub(crate) history: History,
    /// The environment context the history already holds.
    pub(crate) context: Option<String>,
    pub(crate) last_task: TaskId,
    pub(crate) task: Option<TaskState>,
    pub(crate) grants: Grants,
    pub(crate) usage: TokenUsage,
    /// Facts that no summary may lose.
    pub(crate) remembered: Remembered,
    pub(crate) checkpoints: Checkpoints,
    /// Commands the tasks left running.
    pub(crate) background: Vec<Background>,
    /// Notices for the model, sent with the next request.
    pub(crate) notices: Vec<String>,
    effort: EffortInUse,
    /// Tools of MCP servers that the vendor refused, by the name the model calls them by.
    pub(crate) refused_tools: Vec<String>,
    /// Number of tokens the model takes, as the vendor's refusals say.
    pub(crate) window: Option<u64>,
    /// Tokens of the first request after the last summary: what no summary makes less.
    pub(crate) least_tokens: u64,
}

/// Reasoning effort of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum EffortInUse {
    /// The one of the configuration.
    #[default]
    Configured,
    /// The nearest that the model takes: the vendor refused the configured one.
    Nearest(ReasoningEffort),
    /// None is named: the vendor refused what was.
    ModelDefault,
}

/// A command that was left running.
#[derive(Clone, Debug)]
pub(crate) struct Background {
    pub(crate) call_id: CallId,
    argv: Vec<String>,
}

impl SessionState {
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
            Fact::CheckChanged { check } => {
                if let Some(config) = &mut self.config {
                    config.check.clone_from(check);
                }
                for call in self.task.iter_mut().flat_map(|task| &mut task.calls) {
                    call.check = PatchCheck::default();
                }
            }
            Fact::ReviewerChanged { reviewer } => {
                if let Some(config) = &mut self.config {
                    config.reviewer.clone_from(reviewer);
                }
            }
            Fact::TaskStarted { task_id } => {
                // the end of the one before is lost
                self.abort(AbortReason::Failed);
                self.begin_task(*task_id, record);
            }
            Fact::Input { .. } if self.task.is_none() => {
                // its beginning is lost, and what the person said is not
                self.begin_task(TaskId(self.last_task.0 + 1), record);
                self.fold_in_task(&record.fact);
            }
            Fact::Undone { undone } => self.notices.push(checkpoints::notice(undone)),
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
            Fact::TaskCompleted { .. } => {
                // the model has seen all of it, unless a line is lost
                let pending = self.task.take().map(|task| task.pending).unwrap_or_default();
                for items in pending {
                    self.history.push_user(items);
                }
            }
            fact => self.fold_in_task(fact),
        }
    }

    fn begin_task(&mut self, id: TaskId, record: &Record) {
        self.last_task = id;
        self.task = Some(TaskState {
            id,
            op: record.op.clone(),
            started_ms: record.at_ms,
            pending: Vec::new(),
            said: Vec::new(),
            last_message: None,
            phase: TaskPhase::Ready,
            calls: Vec::new(),
            attempts: 0,
            compaction: Compaction::None,
            answers: AnswerCounts::default(),
            has_worked: false,
            repeats: FailedCalls::default(),
            budget: TaskBudget::default(),
        });
    }

    fn configure(&mut self, config: &SessionConfig) {
        let before = self.config.as_ref().and_then(|config| config.user_instructions.as_ref());
        if let Some(text) = config.user_instructions.as_ref().filter(|text| Some(*text) != before) {
            self.history
                .push(Item::Context { text: format!("<user_instructions>\n{text}\n</user_instructions>") });
        }
        let asks =
            |config: &SessionConfig| (config.provider.clone(), config.model.clone(), config.reasoning_effort);
        if self.config.as_deref().map(asks) != Some(asks(config)) {
            self.effort = EffortInUse::Configured;
            self.refused_tools.clear();
        }
        self.config = Some(Box::new(config.clone()));
    }

    /// Returns the reasoning effort of requests.
    pub(crate) fn reasoning_effort(&self) -> Option<ReasoningEffort> {
        match self.effort {
            EffortInUse::Configured => self.config.as_ref()?.reasoning_effort,
            EffortInUse::Nearest(effort) => Some(effort),
            EffortInUse::ModelDefault => None,
        }
    }

    /// Returns the way on where the vendor refused the effort; `None` when none was asked for. The second refusal leads to the
    /// model's default.
    pub(crate) fn effort_instead(&self, takes: &[ReasoningEffort]) -> Option<LeftOut> {
        let refused = self.reasoning_effort()?;
        let is_first = self.effort == EffortInUse::Configured;
        let instead = is_first.then(|| refused.instead(takes)).flatten();
        Some(LeftOut::Effort { instead })
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

    /// Keeps the facts that no summary may lose.
    fn remember(&mut self, fact: &Fact) {
        let call = |id: &CallId| self.task.as_ref().and_then(|task| task.call(id));
        match fact {
            Fact::PlanUpdated { plan, .. } => self.remembered.plan = Some(plan.clone()),
            Fact::Decided { call_id, decision, note, comments, .. } => {
                for comment in comments {
                    let what = format!("a comment on {} at line {}", comment.path, comment.line);
                    self.remembered.decided(what, Some(&comment.text));
                }
                if decision.approves() {
                    return;
                }
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
            task.budget.add(usage);
            task.attempts = 0;
            task.phase = if auto { TaskPhase::Ready } else { TaskPhase::Settled };
        }
    }

    fn abort(&mut self, reason: AbortReason) {
        let Some(task) = self.task.take() else { return };
        self.history.drop_trailing_reasoning();
        let made_by_model = |call: &&Call| !matches!(call.stage, Stage::Answered) && call.copy.is_none();
        for call in task.calls.iter().filter(made_by_model) {
            // a command that ran and may run once more has its output already
            let answer = answers::aborted(call, "aborted");
            self.history.answer(call.answer(AnswerStatus::Aborted, answer));
        }
        // a person who interrupts takes back what they typed meanwhile (B7); what fails by itself must not lose it
        if reason != AbortReason::Interrupted {
            for items in task.pending {
                self.history.push_user(items);
            }
        }
    }

    /// Moves what the model is to see into the history.
    fn begin_sampling(&mut self, context: Option<&str>, attempt: u32) {
        let Some(task) = &mut self.task else { return };
        for text in self.notices.drain(..) {
            self.history.push(Item::Context { text });
        }
        if let Some(text) = context {
            self.history.push(Item::Context { text: text.to_owned() });
            self.context = Some(text.to_owned());
        }
        for items in task.pending.drain(..) {
            self.history.push_user(items);
        }
        task.phase = TaskPhase::Sampling;
        task.attempts = attempt;
        task.calls.clear();
        task.answers.asked();
        task.repeats.sampled();
    }

    fn fold_in_task(&mut self, fact: &Fact) {
        let Some(task) = &mut self.task else { return };
        if let Fact::ReviewEnded { review, .. } = fact {
            task.budget.add_review(review);
        }
        match fact {
            Fact::Input { items } => {
                task.said.push(text_of(items));
                task.pending.push(items.clone());
            }
            Fact::CompactionStarted { auto, trimmed, budget, usage, .. } => {
                task.budget.add(*usage);
                self.usage = self.usage.plus(usage.unwrap_or_default());
                task.compaction = Compaction::Underway { auto: *auto, trimmed: *trimmed, budget: *budget };
                task.phase = TaskPhase::Ready;
                task.attempts = 0;
                task.calls.clear();
            }
            Fact::SamplingStarted { attempt, .. } if task.is_compacting() => {
                task.phase = TaskPhase::Sampling;
                task.attempts = *attempt;
            }
            Fact::SamplingStarted { context, attempt } => self.begin_sampling(context.as_deref(), *attempt),
            // the record of its sampling is lost: a summary gives no items
            Fact::ModelItem { .. } if task.phase != TaskPhase::Sampling || task.is_compacting() => {
                task.compaction = Compaction::None;
                self.begin_sampling(None, 1);
                self.fold_in_task(fact);
            }
            Fact::ModelItem { item } => {
                task.answers.heard(item);
                if let Item::AgentMessage { text, .. } = item {
                    task.last_message = Some(text.clone());
                }
                let item = Arc::new(item.clone());
                if let Some(id) = history::call_id(&item) {
                    task.calls.push(Call::new(id.clone(), Arc::clone(&item)));
                }
                self.history.push_from(self.config.as_deref(), item);
            }
            Fact::SamplingEnded { usage, cut } => {
                task.attempts = 0;
                task.budget.add(*usage);
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
                task.phase = if task.answers.ended(*cut) { TaskPhase::Ready } else { TaskPhase::Settled };
            }
            Fact::SamplingFailed { retry_at_ms, left_out, .. } => {
                self.history.drop_trailing_reasoning();
                match left_out {
                    Some(LeftOut::Pictures) => self.history.leave_out_pictures(),
                    Some(LeftOut::Reasoning) => self.history.leave_out_reasoning(),
                    Some(LeftOut::Effort { instead }) => {
                        self.effort = instead.map_or(EffortInUse::ModelDefault, EffortInUse::Nearest);
                    }
                    Some(LeftOut::Tool { name, .. }) => self.refused_tools.push(name.clone()),
                    None => {}
                }
                task.phase = match retry_at_ms {
                    Some(at_ms) => TaskPhase::Backoff { at_ms: *at_ms },
                    None => TaskPhase::Failed,
                };
            }
            Fact::BringInStarted { call_id, copy } => {
                task.phase = TaskPhase::Settled;
                task.calls.push(Call::bring_in(call_id.clone(), copy.clone()));
            }
            Fact::LimitReached { reached } => task.budget.reached = Some(reached.used),
            Fact::LimitRaised { no_limit, .. } => task.budget.raise(*no_limit),
            Fact::CallAnswered { item } => {
                if let Item::CallOutput { call_id, output, .. } = item {
                    task.has_worked = true;
                    if let Some(call) = task.calls.iter_mut().find(|call| call.id == *call_id) {
                        call.stage = Stage::Answered;
                        if call.copy.is_some() {
                            // the model made no such call: it is told what changed
                            if output.success == Some(true) {
                                self.notices.push(answers::brought_in(&output.text));
                            }
                            return;
                        }
                        task.repeats.answered(&call.item, output);
                    }
                    self.history.answer(item.clone());
                }
            }
            Fact::ExecStarted { call_id, argv, background: true, .. } => {
                self.background.push(Background { call_id: call_id.clone(), argv: argv.clone() });
                call::fold(&mut task.calls, &mut self.grants, fact);
            }
            fact => call::fold(&mut task.calls, &mut self.grants, fact),
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
