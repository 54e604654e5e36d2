//! Decisions on commands that ran in an overlay.

use crate::answers;
use crate::effect::Effect;
use crate::input::{ExecOutcome, OverlayEffects};
use crate::model::call::Call;
use crate::model::session::Session;
use crate::safety::{Verdict, patch_verdict};
use crate::step::call_ended::ended_fact;
use crate::step::decision::Decision;
use crate::step::question;
use protocol::{AnswerStatus, AskReason, EndedBy, Fact};
use std::fmt::Write as _;

/// Decides on a command that ended in an overlay: where it changed files, the person is asked which of the changes are applied.
pub(super) fn overlay_ended(
    session: &Session,
    call: &Call,
    mut outcome: ExecOutcome,
    effects: Result<OverlayEffects, String>,
) -> Decision {
    let ended_by = outcome.end.ended_by.clone();
    let status = match &ended_by {
        EndedBy::Exited { .. } | EndedBy::Signaled { .. } => AnswerStatus::Completed,
        EndedBy::Interrupted => AnswerStatus::Aborted,
        _ => AnswerStatus::Failed,
    };
    let OverlayEffects { proposal, left_out } = match effects {
        Ok(effects) => effects,
        Err(why) => {
            say(
                &mut outcome,
                &format!("this command ran on a copy of the project, and what it changed is lost: {why}"),
            );
            OverlayEffects::default()
        }
    };
    for what in &left_out {
        say(&mut outcome, &format!("not applied: {what}"));
    }
    let is_asked = !proposal.files.is_empty() && session.world.stopping.is_none();
    if !proposal.files.is_empty() && !is_asked {
        say(
            &mut outcome,
            "this command ran on a copy of the project, and nothing of what it changed was applied",
        );
    }
    let answer = answers::exec(&outcome);
    let call_id = call.id.clone();
    let held_answer = is_asked.then(|| answer.clone());
    let mut facts = vec![ended_fact(call_id.clone(), outcome, held_answer)];
    let config = session.state.config.as_ref();
    if let Some(config) = config.filter(|_| is_asked) {
        let verdict = patch_verdict(&config.policies, &proposal, &session.state.grants);
        let approval = matches!(verdict, Verdict::Ask { .. }).then(|| {
            let reason = AskReason::Effects { argv: call.command(), left_out };
            Box::new(question::ask(call, reason, question::patch(&proposal)))
        });
        facts.push(Fact::PatchVerified { call_id, proposal });
        facts.extend(approval.map(|approval| Fact::Asked { approval }));
    } else {
        let success = ended_by == EndedBy::Exited { code: 0 };
        facts.push(Fact::CallAnswered { item: call.answer_with(status, success, answer, Vec::new()) });
    }
    Decision { facts, effects: vec![Effect::Sync], ..Decision::default() }
}

/// Adds a line for the model to what a command printed.
fn say(outcome: &mut ExecOutcome, line: &str) {
    if !outcome.model_output.is_empty() && !outcome.model_output.ends_with('\n') {
        outcome.model_output.push('\n');
    }
    let _ = writeln!(outcome.model_output, "[{line}]");
}
