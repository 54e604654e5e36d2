//! Decisions on commands that ran in an overlay.

use crate::answers;
use crate::effect::Effect;
use crate::input::{ExecOutcome, OverlayEffects};
use crate::model::call::Call;
use crate::model::session::Session;
use crate::step::call_ended::{ask_for_access, ended_fact};
use crate::step::decision::Decision;
use crate::step::{effects, preview};
use protocol::{AnswerStatus, Approval, ApprovalSubject, EndedBy, Fact, HeldEffects, PreviewResult};
use std::fmt::Write as _;

/// Decides on a command that ended in an overlay. Where the sandbox refused it something that can be allowed, the person is asked for
/// that first; where it changed files, which of the changes are applied.
pub(super) fn overlay_ended(
    session: &Session,
    call: &Call,
    mut outcome: ExecOutcome,
    effects: Result<OverlayEffects, String>,
) -> Decision {
    let is_stopping = session.world.stopping.is_some();
    if let Some(why) = preview_failure(&outcome.end.ended_by, &effects)
        && !is_stopping
        && let Some(asked) = preview::ask_again(session, call, Some(PreviewResult::Failed { why }))
    {
        return decided(vec![ended_fact(call.id.clone(), outcome, None, None), asked]);
    }
    let OverlayEffects { proposal, left_out } = effects.unwrap_or_else(|why| {
        let lost = format!("this command ran on a copy of the project, and what it changed is lost: {why}");
        say(&mut outcome, &lost);
        OverlayEffects::default()
    });
    for what in &left_out {
        say(&mut outcome, &format!("not applied: {what}"));
    }
    if !proposal.files.is_empty() && is_stopping {
        let nothing = "this command ran on a copy of the project, and nothing of what it changed was applied";
        say(&mut outcome, nothing);
    }
    let answer = answers::exec(&outcome);
    let held = HeldEffects { proposal, left_out };
    if let Some(approval) = ask_for_access(session, call, &outcome).filter(has_offer) {
        let asked = Fact::Asked { approval: Box::new(approval) };
        return decided(vec![ended_fact(call.id.clone(), outcome, Some(answer), Some(held)), asked]);
    }
    let asked = if is_stopping { None } else { effects::ask(session, call, held) };
    let held_answer = asked.is_some().then(|| answer.clone());
    let next = asked.unwrap_or_else(|| {
        let status = match &outcome.end.ended_by {
            EndedBy::Exited { .. } | EndedBy::Signaled { .. } => AnswerStatus::Completed,
            EndedBy::Interrupted => AnswerStatus::Aborted,
            _ => AnswerStatus::Failed,
        };
        let success = outcome.end.ended_by == EndedBy::Exited { code: 0 };
        vec![Fact::CallAnswered { item: call.answer_with(status, success, answer, Vec::new()) }]
    });
    let ended = ended_fact(call.id.clone(), outcome, held_answer, None);
    decided(std::iter::once(ended).chain(next).collect())
}

fn decided(facts: Vec<Fact>) -> Decision {
    Decision { facts, effects: vec![Effect::Sync], ..Decision::default() }
}

/// Returns the reason there is nothing to look at of a preview, if there is nothing.
fn preview_failure(ended_by: &EndedBy, effects: &Result<OverlayEffects, String>) -> Option<String> {
    match ended_by {
        EndedBy::Exited { .. } | EndedBy::Signaled { .. } | EndedBy::TimedOut { .. } => {
            effects.as_ref().err().cloned()
        }
        other => Some(answers::ended(other)),
    }
}

/// Reports whether the question offers access that the command lacked, and not only to run it without the sandbox.
fn has_offer(approval: &Approval) -> bool {
    matches!(&approval.subject, ApprovalSubject::Exec { offer: Some(_), .. })
}

/// Adds a line for the model to what a command printed.
fn say(outcome: &mut ExecOutcome, line: &str) {
    if !outcome.model_output.is_empty() && !outcome.model_output.ends_with('\n') {
        outcome.model_output.push('\n');
    }
    let _ = writeln!(outcome.model_output, "[{line}]");
}
