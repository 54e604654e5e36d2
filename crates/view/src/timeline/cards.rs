//! Commands and patches: rows that change as the call they stand for goes on.

use super::state::{Card, Timeline};
use super::{checks, outcome, tools};
use crate::output::{self, LiveOutput, OutputChange};
use crate::row::{BackgroundCommand, CardStatus, Change, CommandRow, PatchFileSummary, PatchRow, RowBody};
use crate::text::{one_line, visible, visible_inline, visible_line};
use crate::{approval, diff};
use protocol::{
    CallId, CheckResult, ExecEnd, HunkOutcome, PatchEndedBy, PatchProposal, PreviewComparison, ReviewComment,
    ReviewDecision, SandboxPolicy, Severity,
};
use std::path::Path;

/// Longest name of a command in the background that has ended, in characters.
const MAX_ENDED_CHARS: usize = 80;

impl Timeline {
    pub(super) fn command_waits(
        &mut self,
        at_ms: u64,
        call_id: &CallId,
        (argv, cwd, sandbox): (&[String], &Path, &SandboxPolicy),
        out: &mut Vec<Change>,
    ) {
        self.command_card(at_ms, call_id, argv, cwd, out, |command| {
            command.status = CardStatus::Waiting;
            sandbox.name().clone_into(&mut command.sandbox);
        });
    }

    pub(super) fn command_begins(
        &mut self,
        at_ms: u64,
        (call_id, background, overlay): (&CallId, bool, bool),
        argv: &[String],
        cwd: &Path,
        sandbox: &SandboxPolicy,
        out: &mut Vec<Change>,
    ) {
        self.command_card(at_ms, call_id, argv, cwd, out, |command| {
            // it may run a second time, without the sandbox
            *command = CommandRow {
                background,
                overlay,
                sandbox: sandbox.name().to_owned(),
                ..fresh(call_id, &command.display, &command.cwd)
            };
        });
        let Some(card) = self.cards.get_mut(call_id) else { return };
        card.output = LiveOutput::default();
        card.background = background;
        if background {
            let row = diff::count(card.row);
            let display = approval::display(argv);
            let command = BackgroundCommand { call_id: call_id.clone(), display, started_ms: at_ms, row };
            self.session.background.retain(|running| running.call_id != *call_id);
            self.session.background.push(command);
            out.extend(self.tell_session());
        }
    }

    pub(super) fn command_prints(&mut self, call_id: &CallId, chunk: &str, out: &mut Vec<Change>) {
        let Some(card) = self.cards.get_mut(call_id) else { return };
        let row = card.row;
        if let Some(RowBody::Command(command)) = self.rows.get_mut(row).map(|row| &mut row.body) {
            out.extend(match card.output.push(chunk, &mut command.output, &mut command.hidden_lines) {
                Some(OutputChange::Anew) => self.tell_row(row),
                Some(OutputChange::Appended(text)) => Some(Change::Append { index: diff::count(row), text }),
                None => None,
            });
        }
    }

    pub(super) fn command_ends(
        &mut self,
        at_ms: u64,
        call_id: &CallId,
        (printed, end, as_previewed): (&str, &ExecEnd, Option<&PreviewComparison>),
        out: &mut Vec<Change>,
    ) {
        let shown = ExecEnd { ended_by: outcome::exec(&end.ended_by), ..end.clone() };
        self.edit(call_id, out, |body| {
            let RowBody::Command(command) = body else { return };
            // the recorded output, not the streamed one: after a resume the card reads the same
            (command.output, command.hidden_lines) = output::ending(printed, end.truncation);
            command.status = outcome::exec_status(&end.ended_by);
            command.end = Some(shown.clone());
            command.as_previewed = as_previewed.map(shown_comparison).map(Box::new);
        });
        let running = self.session.background.iter().position(|command| command.call_id == *call_id);
        if let Some(at) = running {
            let ended = self.session.background.remove(at);
            self.cards.remove(call_id);
            let display = one_line(&ended.display, MAX_ENDED_CHARS);
            out.extend(self.add(at_ms, RowBody::BackgroundEnd { display, ended_by: shown.ended_by }));
            out.extend(self.tell_session());
        }
    }

    pub(super) fn command_denied(&mut self, call_id: &CallId, what: &str, out: &mut Vec<Change>) {
        self.edit(call_id, out, |body| {
            if let RowBody::Command(command) = body {
                command.denied = Some(visible_inline(what).into_owned());
            }
        });
    }

    pub(super) fn patch_proposed(
        &mut self,
        at_ms: u64,
        call_id: &CallId,
        proposal: &PatchProposal,
        out: &mut Vec<Change>,
    ) {
        let body = RowBody::Patch(Box::new(patch_row(call_id, proposal)));
        // what a command did in an overlay stands beneath the command
        let rows = &self.rows;
        let is_ended = |card: &&Card| matches!(&rows[card.row].body, RowBody::Command(command) if command.end.is_some() && command.status != CardStatus::Waiting);
        let at = self.cards.get(call_id).filter(|card| !is_ended(card)).map(|card| card.row);
        self.remember_lines(at.unwrap_or(self.rows.len()), proposal);
        out.extend(if let Some(row) = at {
            self.replace(row, body)
        } else {
            self.cards.insert(call_id.clone(), Card { row: self.rows.len(), ..Card::default() });
            self.add(at_ms, body)
        });
    }

    pub(super) fn patch_waits(
        &mut self,
        at_ms: u64,
        call_id: &CallId,
        proposal: &PatchProposal,
        out: &mut Vec<Change>,
    ) {
        // the patch may differ from the one that was proposed: a file changed in between
        self.patch_proposed(at_ms, call_id, proposal, out);
        out.pop();
        self.set_status(call_id, CardStatus::Waiting, out);
    }

    pub(super) fn patch_begins(&mut self, call_id: &CallId, out: &mut Vec<Change>) {
        self.set_status(call_id, CardStatus::Running, out);
    }

    pub(super) fn patch_ends(
        &mut self,
        call_id: &CallId,
        ended_by: &PatchEndedBy,
        outcomes: &[HunkOutcome],
        out: &mut Vec<Change>,
    ) {
        self.edit(call_id, out, |body| {
            let RowBody::Patch(patch) = body else { return };
            let written =
                outcomes.iter().filter(|outcome| !matches!(outcome, HunkOutcome::Declined { .. })).count();
            patch.hunks_written = diff::count(written);
            patch.status = outcome::patch_status(ended_by);
            patch.ended_by = Some(outcome::patch(ended_by));
        });
    }

    pub(super) fn call_rejected(
        &mut self,
        at_ms: u64,
        call_id: &CallId,
        name: &str,
        message: &str,
        out: &mut Vec<Change>,
    ) {
        let message = visible(message).into_owned();
        let found = self.edit(call_id, out, |body| match body {
            RowBody::Command(command) => {
                command.status = CardStatus::Declined;
                command.rejected = Some(message.clone());
            }
            RowBody::Patch(patch) => {
                patch.status = CardStatus::Declined;
                patch.rejected = Some(message.clone());
            }
            RowBody::Mcp(call) => {
                call.status = CardStatus::Declined;
                call.rejected = Some(message.clone());
            }
            _ => {}
        });
        if !found {
            out.extend(self.notice(
                at_ms,
                Severity::Warning,
                // a call of the person's is of no tool
                if name.is_empty() { message } else { format!("{}: {message}", visible_inline(name)) },
                None,
            ));
        }
    }

    /// A decision, or the end of the task, closed a question.
    pub(super) fn resolved(
        &mut self,
        call_id: &CallId,
        decision: Option<ReviewDecision>,
        (comments, check): (&[ReviewComment], Option<&CheckResult>),
        out: &mut Vec<Change>,
    ) {
        let waiting = self.session.approvals.iter_mut().find(|card| card.call_id == *call_id);
        let model_review = waiting.and_then(|card| card.model_review.take());
        self.answered(call_id);
        let status = match decision {
            Some(decision) if decision.approves() => CardStatus::Running,
            Some(_) => CardStatus::Declined,
            None => CardStatus::Interrupted,
        };
        self.edit(call_id, out, |body| match body {
            // denied to run again without the sandbox: its end in the sandbox stands
            RowBody::Command(command) if status == CardStatus::Declined && command.end.is_some() => {
                command.status = CardStatus::Failed;
            }
            // it ran already, on a copy, and its end stands
            RowBody::Command(command) if decision == Some(ReviewDecision::PreviewUsed) => {
                command.status =
                    command.end.as_ref().map_or(status, |end| outcome::exec_status(&end.ended_by));
            }
            RowBody::Command(command) => command.status = status,
            RowBody::Patch(patch) => {
                patch.status = status;
                patch.comments.extend(comments.iter().map(shown_comment));
                patch.check = check.map(checks::card_of);
                patch.model_review = model_review;
            }
            RowBody::Mcp(call) => call.status = status,
            _ => {}
        });
    }

    /// Ends the cards of a task that is over.
    pub(super) fn end_cards(&mut self, out: &mut Vec<Change>) {
        let mut open: Vec<_> =
            self.cards.values().filter(|card| !card.background).map(|card| card.row).collect();
        open.sort_unstable();
        open.dedup();
        for row in open {
            let status = match &mut self.rows[row].body {
                RowBody::Command(command) => &mut command.status,
                RowBody::Patch(patch) => &mut patch.status,
                RowBody::Mcp(call) => &mut call.status,
                RowBody::Looks(looks) => {
                    tools::stop(looks);
                    out.extend(self.tell_row(row));
                    continue;
                }
                _ => continue,
            };
            if matches!(status, CardStatus::Waiting | CardStatus::Running) {
                *status = CardStatus::Interrupted;
                out.extend(self.tell_row(row));
            }
        }
    }

    /// Changes the card of a command, made when there is none yet.
    fn command_card(
        &mut self,
        at_ms: u64,
        call_id: &CallId,
        argv: &[String],
        cwd: &Path,
        out: &mut Vec<Change>,
        change: impl FnOnce(&mut CommandRow),
    ) {
        // beneath what it changed on a copy of the project, before it runs on the project itself
        let shows_patch = |card: &Card| matches!(self.rows[card.row].body, RowBody::Patch(_));
        if self.cards.get(call_id).is_none_or(shows_patch) {
            let relative = cwd.strip_prefix(&self.cwd).unwrap_or(cwd).to_string_lossy();
            let command = fresh(call_id, &approval::display(argv), &visible_inline(&relative));
            self.cards.insert(call_id.clone(), Card { row: self.rows.len(), ..Card::default() });
            let _ = self.add(at_ms, RowBody::Command(Box::new(command)));
        }
        self.edit(call_id, out, |body| {
            if let RowBody::Command(command) = body {
                change(command);
            }
        });
    }

    fn set_status(&mut self, call_id: &CallId, status: CardStatus, out: &mut Vec<Change>) {
        self.edit(call_id, out, |body| {
            if let RowBody::Patch(patch) = body {
                patch.status = status;
            }
        });
    }

    /// Changes a card and tells of it. False when the call has none.
    pub(super) fn edit(
        &mut self,
        call_id: &CallId,
        out: &mut Vec<Change>,
        change: impl FnOnce(&mut RowBody),
    ) -> bool {
        let Some(row) = self.cards.get(call_id).map(|card| card.row) else { return false };
        change(&mut self.rows[row].body);
        out.extend(self.tell_row(row));
        true
    }
}

fn fresh(call_id: &CallId, display: &str, cwd: &str) -> CommandRow {
    CommandRow {
        call_id: call_id.clone(),
        display: display.to_owned(),
        cwd: cwd.to_owned(),
        status: CardStatus::Running,
        output: String::new(),
        hidden_lines: 0,
        end: None,
        background: false,
        overlay: false,
        sandbox: String::new(),
        denied: None,
        rejected: None,
        as_previewed: None,
    }
}

/// The comparison with paths that hide nothing.
fn shown_comparison(comparison: &PreviewComparison) -> PreviewComparison {
    match comparison {
        PreviewComparison::Same => PreviewComparison::Same,
        PreviewComparison::Different { paths } => PreviewComparison::Different {
            paths: paths.iter().map(|path| visible_inline(path).into_owned()).collect(),
        },
    }
}

/// The comment as one can judge it.
fn shown_comment(comment: &ReviewComment) -> ReviewComment {
    ReviewComment {
        path: visible_inline(&comment.path).into_owned(),
        quoted: comment.quoted.iter().map(|line| visible_line(line)).collect(),
        text: visible(&comment.text).into_owned(),
        ..comment.clone()
    }
}

fn patch_row(call_id: &CallId, proposal: &PatchProposal) -> PatchRow {
    let files: Vec<_> = proposal
        .files
        .iter()
        .map(|file| {
            let (status, move_to) = diff::status_of(&file.kind);
            PatchFileSummary {
                path: visible_inline(&file.path).into_owned(),
                move_to: move_to.map(|to| visible_inline(&to).into_owned()),
                status,
                added: diff::count(file.hunks.iter().map(|hunk| hunk.new.len()).sum()),
                removed: diff::count(file.hunks.iter().map(|hunk| hunk.old.len()).sum()),
            }
        })
        .collect();
    PatchRow {
        call_id: call_id.clone(),
        status: CardStatus::Running,
        added: files.iter().map(|file| file.added).sum(),
        removed: files.iter().map(|file| file.removed).sum(),
        files,
        hunks_written: 0,
        hunks_total: diff::count(proposal.hunks().count()),
        comments: Vec::new(),
        check: None,
        model_review: None,
        ended_by: None,
        rejected: None,
    }
}
