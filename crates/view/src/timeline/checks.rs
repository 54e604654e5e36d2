//! The project's check beside the patches that wait.

use super::state::Timeline;
use crate::approval::display;
use crate::output;
use crate::row::{Change, CheckCard, CheckState};
use crate::text::visible_inline;
use protocol::{CallId, CheckFinding, CheckResult, CheckVerdict, EndedBy, EventMsg, HunkSelection};

/// Makes the card of a check that ended.
pub(super) fn card_of(result: &CheckResult) -> CheckCard {
    let duration_ms = result.duration_ms;
    let why =
        |why: &str| CheckState::Impossible { why: visible_inline(why.trim_end_matches('.')).into_owned() };
    let state = match (&result.ended_by, result.verdict()) {
        (_, CheckVerdict::Passed) => CheckState::Passed { duration_ms },
        (ended_by, CheckVerdict::Failed) => CheckState::Failed {
            ended_by: ended_by.clone(),
            duration_ms,
            output: output::ending(&result.output, None).0,
        },
        (
            EndedBy::NotStarted { why: text }
            | EndedBy::SandboxFailed { why: text }
            | EndedBy::Lost { why: text },
            _,
        ) => why(text),
        (_, CheckVerdict::Unknown) => CheckState::Stopped,
    };
    CheckCard {
        command: display(&result.argv),
        hunks: result.hunks.clone(),
        state,
        search_runs: None,
        finding: None,
    }
}

impl Timeline {
    /// Takes in an event about checks; any other changes nothing.
    pub(super) fn apply_check(&mut self, at_ms: u64, msg: &EventMsg, out: &mut Vec<Change>) {
        match msg {
            EventMsg::CheckChanged { check } => {
                self.session.check = check.as_ref().map(|check| display(&check.argv));
                out.extend(self.tell_session());
            }
            EventMsg::CheckStarted { call_id, argv, hunks } => {
                self.check_starts(at_ms, call_id, (argv, hunks), out);
            }
            EventMsg::CheckEnded { call_id, result } => self.check_ends(call_id, result, out),
            EventMsg::CheckSearchStarted { call_id, .. } => self.search_starts(call_id, out),
            EventMsg::CheckSearchEnded { call_id, finding } => self.search_ends(call_id, finding, out),
            _ => {}
        }
    }

    fn check_starts(
        &mut self,
        at_ms: u64,
        call_id: &CallId,
        (argv, hunks): (&[String], &HunkSelection),
        out: &mut Vec<Change>,
    ) {
        let state = CheckState::Running { since_ms: at_ms };
        let (command, hunks) = (display(argv), hunks.clone());
        let started = CheckCard { command, hunks, state, search_runs: None, finding: None };
        self.edit_check(call_id, out, |check| match check {
            // a search says what it found; the card stays on what the person chose
            Some(CheckCard { search_runs: Some(runs), .. }) => *runs += 1,
            check => *check = Some(started),
        });
    }

    fn check_ends(&mut self, call_id: &CallId, result: &CheckResult, out: &mut Vec<Change>) {
        let ended = card_of(result);
        self.edit_check(call_id, out, |check| match check {
            Some(CheckCard { search_runs: Some(_), state, hunks, .. }) => {
                // the first run of a search is that of the person's own choice
                if *hunks == ended.hunks {
                    *state = ended.state;
                }
            }
            check => *check = Some(ended),
        });
    }

    fn search_starts(&mut self, call_id: &CallId, out: &mut Vec<Change>) {
        self.edit_check(call_id, out, |check| {
            if let Some(check) = check {
                (check.search_runs, check.finding) = (Some(0), None);
            }
        });
    }

    fn search_ends(&mut self, call_id: &CallId, finding: &CheckFinding, out: &mut Vec<Change>) {
        self.edit_check(call_id, out, |check| {
            if let Some(check) = check {
                (check.search_runs, check.finding) = (None, Some(finding.clone()));
            }
        });
    }

    fn edit_check(
        &mut self,
        call_id: &CallId,
        out: &mut Vec<Change>,
        change: impl FnOnce(&mut Option<CheckCard>),
    ) {
        let waiting = self.session.approvals.iter_mut().find(|card| card.call_id == *call_id);
        if let Some(card) = waiting {
            change(&mut card.check);
            out.extend(self.tell_session());
        }
    }
}
