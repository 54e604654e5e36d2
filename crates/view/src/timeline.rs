//! A session as the window shows it: its events folded into rows, at a cost that does not grow with them.

mod cards;
mod checks;
mod compaction;
mod diffs;
mod hunk_of;
mod message;
mod model_reviews;
mod origin;
mod outcome;
mod proposed_lines;
mod state;
mod tools;
mod undo;
mod usage;

use crate::diff::{DiffSide, HunkInFile};
use crate::row::{
    Change, ChangesView, DiffLine, HunkView, Row, RowBody, SessionStatus, SessionView, TaskOutcome,
};
use crate::text::{one_line, visible_inline, visible_line};
use crate::{approval, diff, edited, lost_files};
use protocol::{
    AbortReason, Approval, ApprovalSubject, CallId, ErrorInfo, Event, EventMsg, FilePatch, Hunk, HunkId,
    InputItem, PatchEndedBy, Plan, PlanStep, SandboxPolicy, Severity, TaskId,
};
use std::path::{Path, PathBuf};

pub use hunk_of::HunkOf;
pub use state::Timeline;

/// Longest title, in characters.
const MAX_TITLE_CHARS: usize = 80;

/// File that a waiting patch was verified against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalBase {
    /// Absolute path.
    pub target: PathBuf,
    /// SHA-256 (hex) of its bytes.
    pub sha256: String,
}

impl Timeline {
    /// Takes in one event of before anybody looked.
    pub fn take_in(&mut self, event: &Event) {
        self.quiet = true;
        self.apply(event);
        self.quiet = false;
    }

    /// Takes in one event and says what changes with it.
    pub fn apply(&mut self, event: &Event) -> Vec<Change> {
        let at_ms = event.at_ms;
        let mut out = Vec::new();
        if !matches!(event.msg, EventMsg::AgentMessageDelta { .. }) {
            out.extend(self.catch_up());
        }
        match &event.msg {
            EventMsg::SessionConfigured { .. } => {
                self.configured(&event.msg);
                out.extend(self.tell_session());
            }
            EventMsg::SandboxReady { report } => {
                self.session.sandbox = Some(report.clone());
                out.extend(self.tell_session());
            }
            EventMsg::PolicyChanged { policies } => {
                self.session.policies = policies.clone();
                out.extend(self.tell_session());
            }
            EventMsg::TaskStarted { task_id } => {
                self.begun = Some(*task_id);
                self.begin_usage();
                self.forget_task();
                self.keep_undone(&mut out);
                self.session.error = None;
                self.session.task_started_ms = Some(at_ms);
                self.session.status = SessionStatus::Running;
                out.extend(self.tell_session());
            }
            EventMsg::UserMessage { content } => {
                if self.session.title.is_empty() {
                    self.session.title = title(content);
                    out.extend(self.tell_session());
                }
                let user = RowBody::User { task_id: self.begun.take(), content: content.clone() };
                out.extend(self.add(at_ms, user));
            }
            EventMsg::AgentMessageDelta { delta } => self.message_delta(at_ms, delta, &mut out),
            EventMsg::AgentMessage { text, interrupted } => self.message(at_ms, text, *interrupted, &mut out),
            EventMsg::AgentReasoningDelta { delta } | EventMsg::AgentReasoningRawContentDelta { delta } => {
                self.reasoning_delta(at_ms, delta, &mut out);
            }
            EventMsg::AgentReasoning { text } => self.reasoning(at_ms, text, &mut out),
            EventMsg::ApprovalRequested { approval } => self.ask(at_ms, approval, &mut out),
            EventMsg::ApprovalResolved { call_id, decision, comments, check } => {
                self.resolved(call_id, *decision, (comments, check.as_deref()), &mut out);
                out.extend(self.tell_session());
            }
            EventMsg::CheckChanged { .. }
            | EventMsg::CheckStarted { .. }
            | EventMsg::CheckEnded { .. }
            | EventMsg::CheckSearchStarted { .. }
            | EventMsg::CheckSearchEnded { .. } => self.apply_check(at_ms, &event.msg, &mut out),
            EventMsg::ReviewerChanged { .. } | EventMsg::ReviewStarted { .. } | EventMsg::ReviewEnded { .. } => {
                self.apply_model_review(at_ms, &event.msg, &mut out);
            }
            EventMsg::ExecCommandBegin { call_id, argv, cwd, sandbox, background, overlay } => {
                self.command_begins(at_ms, (call_id, *background, *overlay), argv, cwd, sandbox, &mut out);
                // what a command changed is not told again, only that it could have
                if event.replay && !matches!(sandbox, SandboxPolicy::ReadOnly { .. }) {
                    self.files_changed();
                }
            }
            EventMsg::ExecCommandOutputDelta { call_id, chunk, .. } => {
                self.command_prints(call_id, chunk, &mut out);
            }
            EventMsg::ExecCommandEnd { call_id, output, end, as_previewed } => {
                self.command_ends(at_ms, call_id, (output, end, as_previewed.as_deref()), &mut out);
            }
            EventMsg::SandboxDenied { call_id, denial } => {
                self.command_denied(call_id, &denial.what, &mut out);
            }
            EventMsg::PatchProposed { call_id, proposal } => {
                self.patch_proposed(at_ms, call_id, proposal, &mut out);
            }
            EventMsg::PatchApplyBegin { call_id, .. } => self.patch_begins(call_id, &mut out),
            EventMsg::PatchApplyEnd { call_id, ended_by, outcomes } => {
                self.patch_ends(call_id, ended_by, outcomes, &mut out);
                if *ended_by == PatchEndedBy::Written {
                    self.files_changed();
                }
            }
            EventMsg::ToolCallRejected { call_id, name, message } => {
                self.call_rejected(at_ms, call_id, name, message, &mut out);
            }
            EventMsg::PlanUpdate { plan, .. } => {
                let body = RowBody::Plan { plan: shown_plan(plan) };
                out.extend(if let Some(row) = self.plan {
                    self.replace(row, body)
                } else {
                    self.plan = Some(self.rows.len());
                    self.add(at_ms, body)
                });
            }
            // the panel shows `WorkspaceDiff`, which is the same and live
            EventMsg::TurnDiff { .. }
            | EventMsg::GetHistoryEntryResponse { .. }
            | EventMsg::VersionsRead { .. }
            // told where it was asked, and nowhere else
            | EventMsg::SideAnswerDelta { .. }
            | EventMsg::SideAnswer { .. }
            | EventMsg::ReplayComplete => {}
            EventMsg::McpToolCallBegin { invocation } => self.mcp_begins(at_ms, invocation, &mut out),
            EventMsg::McpToolCallProgress { call_id, progress } => {
                self.mcp_progresses(call_id, progress, &mut out);
            }
            EventMsg::ToolCallBegin { invocation } => self.look_begins(at_ms, invocation, &mut out),
            EventMsg::McpToolCallEnd { call_id, result } | EventMsg::ToolCallEnd { call_id, result } => {
                self.tool_ends(call_id, result, &mut out);
            }
            EventMsg::CompactionStarted { auto } => self.compaction_starts(at_ms, *auto, &mut out),
            EventMsg::ContextCompacted { summary, auto } => {
                self.compacted(at_ms, summary, *auto, &mut out);
            }
            // shown where it was asked for, not in the conversation
            EventMsg::UndoPreview { plan } => self.undo_plan.clone_from(plan),
            EventMsg::Compared { scope, diff, .. } => {
                self.compared.insert(*scope, diff.clone());
            }
            EventMsg::UndoApplied { undone } => self.undone(at_ms, undone, &mut out),
            EventMsg::TitleChanged { title } => {
                self.session.title = one_line(title, MAX_TITLE_CHARS);
                out.extend(self.tell_session());
            }
            EventMsg::WorkspaceDiff { diff } => {
                self.workspace = diff.clone();
                self.changes = diff::workspace(diff);
                out.push(Change::Changes { changes: self.changes.clone() });
                self.workspace_changed(&mut out);
            }
            EventMsg::TokenCount { last, total, context_window, provider, model } => {
                self.count_tokens(*total, provider, model);
                self.session.context_used = last.input_tokens;
                self.session.context_window = *context_window;
                out.extend(self.tell_session());
            }
            EventMsg::LimitReached { reached } => {
                self.session.reached = Some(*reached);
                self.session.status = SessionStatus::Waiting;
                out.extend(self.tell_session());
            }
            EventMsg::LimitRaised { .. } => {
                self.session.reached = None;
                self.session.status = SessionStatus::Running;
                out.extend(self.tell_session());
            }
            EventMsg::FilesLost { lost, .. } => {
                out.extend(self.notice(at_ms, Severity::Warning, lost_files::sentence(lost), None));
            }
            EventMsg::BackgroundEvent { severity, message } => {
                out.extend(self.notice(at_ms, *severity, message.clone(), None));
            }
            EventMsg::StreamError { message, attempt, max_attempts, retry_in_ms } => {
                self.stream_broke();
                let body = RowBody::Retry {
                    message: message.clone(),
                    retry_at_ms: Some(at_ms + retry_in_ms),
                    attempt: *attempt,
                    max_attempts: *max_attempts,
                };
                out.extend(if let Some(row) = self.retry.filter(|_| *attempt > 1) {
                    self.replace(row, body)
                } else {
                    self.retry = Some(self.rows.len());
                    self.add(at_ms, body)
                });
            }
            EventMsg::Error { error } => self.failed(at_ms, error, &mut out),
            EventMsg::TurnAborted { task_id, reason } => {
                let outcome = match reason {
                    AbortReason::Interrupted | AbortReason::Replaced => TaskOutcome::Interrupted,
                    AbortReason::Failed => TaskOutcome::Failed,
                };
                let duration_ms = at_ms.saturating_sub(self.session.task_started_ms.unwrap_or(at_ms));
                self.task_ends(at_ms, *task_id, outcome, duration_ms, &mut out);
            }
            EventMsg::TaskComplete { task_id, duration_ms, .. } => {
                self.task_ends(at_ms, *task_id, TaskOutcome::Complete, *duration_ms, &mut out);
            }
            EventMsg::ShutdownComplete => {
                self.session.status = SessionStatus::Ended;
                out.extend(self.tell_session());
            }
        }
        out
    }

    /// Parses what a long message left for later. To be asked before the window is told.
    pub fn catch_up(&mut self) -> Option<Change> {
        let message = self.message.as_mut()?;
        let from = message.due.take()?;
        message.markdown.parse();
        Some(self.tell_blocks(from))
    }

    /// Rows from position `from` (counted from 0) on, `count` at the most.
    pub fn rows(&self, from: usize, count: usize) -> &[Row] {
        let from = from.min(self.rows.len());
        &self.rows[from..from.saturating_add(count).min(self.rows.len())]
    }

    /// Returns the markdown of the last answer as the model wrote it; of one that is being written, as far as it has come.
    pub fn last_answer(&self) -> Option<&str> {
        let open = self.message.as_ref().map(|message| message.markdown.text());
        open.into_iter().chain([self.last_answer.as_str()]).find(|text| !text.trim().is_empty())
    }

    /// How many rows there are.
    pub fn total_rows(&self) -> usize {
        self.rows.len()
    }

    /// Everything that is not a row.
    pub fn session(&self) -> &SessionView {
        &self.session
    }

    /// The Changes panel.
    pub fn changes(&self) -> &ChangesView {
        &self.changes
    }

    /// Lines of a hunk, numbered from 0. `None` when there is no such hunk (any more).
    pub fn hunk_lines(
        &self,
        of: HunkOf<'_>,
        path: &str,
        hunk: &HunkId,
        from: usize,
        count: usize,
    ) -> Option<Vec<DiffLine>> {
        let hunk = match of {
            HunkOf::Patch(call_id) => diff::AnyHunk::Proposed(self.proposed_hunk(call_id, path, hunk)?.1),
            HunkOf::Changes => diff::AnyHunk::Changed(diff::changed_hunk(&self.workspace, path, hunk)?.1),
            HunkOf::Preview => {
                diff::AnyHunk::Changed(diff::changed_hunk(&self.undo_plan.diff, path, hunk)?.1)
            }
            HunkOf::Compared(scope) => {
                diff::AnyHunk::Changed(diff::changed_hunk(self.compared.get(&scope)?, path, hunk)?.1)
            }
        };
        Some(hunk.lines(from, count))
    }

    /// The file that a path of a waiting patch stands for, as the patch was verified against it. `None` where there is no such
    /// patch, and where the patch adds the file.
    pub fn proposal_base(&self, call_id: &CallId, path: &str) -> Option<ProposalBase> {
        let files = &self.proposals.get(call_id)?.files;
        let file = files.iter().find(|file| visible_inline(&file.path) == path)?;
        Some(ProposalBase { target: file.target.clone(), sha256: file.base_sha256.clone()? })
    }

    /// Returns a hunk of a waiting patch with the person's text in place of the model's.
    pub fn edited_hunk(&self, call_id: &CallId, hunk: &HunkId, new_text: &str) -> Option<HunkView> {
        let (_, hunk) = self.proposals.get(call_id)?.hunks().find(|(_, candidate)| candidate.id == *hunk)?;
        Some(edited::hunk(hunk, new_text))
    }

    /// Lines of a hunk, numbered from 0, with what tells the text they stand in. `None` when there is no such hunk (any more).
    pub fn hunk_in_file(
        &self,
        of: HunkOf<'_>,
        path: &str,
        hunk: &HunkId,
        from: usize,
        count: usize,
    ) -> Option<HunkInFile> {
        let window = from..from.saturating_add(count);
        let (diff, on_disk) = match of {
            HunkOf::Patch(call_id) => {
                let (file, hunk) = self.proposed_hunk(call_id, path, hunk)?;
                return Some(HunkInFile::proposed(file, diff::AnyHunk::Proposed(hunk), window));
            }
            HunkOf::Changes => (&self.workspace, DiffSide::New),
            HunkOf::Preview => (&self.undo_plan.diff, DiffSide::Old),
            HunkOf::Compared(scope) => (self.compared.get(&scope)?, DiffSide::New),
        };
        let (file, hunk) = diff::changed_hunk(diff, path, hunk)?;
        let name = match on_disk {
            DiffSide::Old => file.old_path.as_ref().unwrap_or(&file.path),
            DiffSide::New => &file.path,
        };
        Some(HunkInFile::changed(self.cwd.join(name), on_disk, file, diff::AnyHunk::Changed(hunk), window))
    }

    fn proposed_hunk(&self, call_id: &CallId, path: &str, hunk: &HunkId) -> Option<(&FilePatch, &Hunk)> {
        self.proposals
            .get(call_id)?
            .hunks()
            .find(|(file, candidate)| visible_inline(&file.path) == path && candidate.id == *hunk)
    }

    /// Returns the session's folder.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// Adds a card to the dock, in place of an earlier question about the same call.
    fn ask(&mut self, at_ms: u64, approval: &Approval, out: &mut Vec<Change>) {
        let call_id = &approval.call_id;
        match &approval.subject {
            ApprovalSubject::Exec { argv, cwd, sandbox, .. } => {
                self.command_waits(at_ms, call_id, (argv, cwd, sandbox), out);
            }
            ApprovalSubject::Patch { proposal } => {
                self.patch_waits(at_ms, call_id, proposal, out);
                self.proposals.insert(call_id.clone(), proposal.clone());
            }
            ApprovalSubject::Tool { invocation, .. } => self.mcp_waits(at_ms, invocation, out),
        }
        self.session.approvals.retain(|waiting| waiting.call_id != *call_id);
        self.session.approvals.push(approval::card(approval));
        self.session.status = SessionStatus::Waiting;
        out.extend(self.tell_session());
    }

    fn answered(&mut self, call_id: &CallId) {
        self.proposals.remove(call_id);
        self.session.approvals.retain(|waiting| waiting.call_id != *call_id);
        if self.session.approvals.is_empty() && self.session.status == SessionStatus::Waiting {
            self.session.status = SessionStatus::Running;
        }
    }

    fn failed(&mut self, at_ms: u64, error: &ErrorInfo, out: &mut Vec<Change>) {
        out.extend(self.notice(at_ms, Severity::Error, error.message.clone(), error.hint.clone()));
        self.session.error = Some(error.clone());
        out.extend(self.tell_session());
    }

    fn task_ends(
        &mut self,
        at_ms: u64,
        task_id: TaskId,
        outcome: TaskOutcome,
        duration_ms: u64,
        out: &mut Vec<Change>,
    ) {
        self.end_message(outcome == TaskOutcome::Interrupted, out);
        self.end_compaction(outcome, out);
        self.end_cards(out);
        out.extend(self.end_retry());
        self.forget_task();
        self.end_row(at_ms, task_id, outcome, duration_ms, out);
        self.session.task_started_ms = None;
        self.session.approvals.clear();
        self.session.reached = None;
        self.session.status = SessionStatus::Idle;
        out.extend(self.tell_session());
    }

    fn forget_task(&mut self) {
        self.cards.retain(|_, card| card.background);
        self.proposals.clear();
        self.plan = None;
        self.retry = None;
    }

    /// Nobody waits for the next attempt any more.
    fn end_retry(&mut self) -> Option<Change> {
        let index = self.retry?;
        let mut body = self.rows[index].body.clone();
        if let RowBody::Retry { retry_at_ms, .. } = &mut body {
            *retry_at_ms = None;
        }
        self.replace(index, body)
    }

    fn notice(&mut self, at_ms: u64, level: Severity, text: String, hint: Option<String>) -> Option<Change> {
        self.add(at_ms, RowBody::Notice { level, text, hint })
    }

    fn add(&mut self, at_ms: u64, body: RowBody) -> Option<Change> {
        let index = self.rows.len();
        self.rows.push(Row { id: format!("r{index}"), at_ms, body });
        self.tell_row(index)
    }

    fn replace(&mut self, index: usize, body: RowBody) -> Option<Change> {
        self.rows[index].body = body;
        self.tell_row(index)
    }

    fn tell_row(&self, index: usize) -> Option<Change> {
        (!self.quiet).then(|| Change::Row { index: diff::count(index), row: self.rows[index].clone() })
    }

    fn tell_session(&self) -> Option<Change> {
        (!self.quiet).then(|| Change::Session { session: Box::new(self.session.clone()) })
    }
}

/// First words of a prompt.
fn title(content: &[InputItem]) -> String {
    let text = content.iter().find_map(|item| match item {
        InputItem::Text { text } if !text.trim().is_empty() => Some(text.as_str()),
        _ => None,
    });
    one_line(text.unwrap_or("Image"), MAX_TITLE_CHARS)
}

/// The plan as one can judge it.
fn shown_plan(plan: &Plan) -> Plan {
    Plan {
        explanation: plan.explanation.as_deref().map(visible_line),
        plan: plan
            .plan
            .iter()
            .map(|step| PlanStep { step: visible_line(&step.step), ..step.clone() })
            .collect(),
    }
}

#[cfg(test)]
mod tests;
