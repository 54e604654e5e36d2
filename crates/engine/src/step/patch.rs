//! Next step of a patch that was verified, or decided.

use crate::answers;
use crate::effect::Effect;
use crate::model::call::Call;
use crate::model::session::Session;
use crate::safety::{Verdict, patch_verdict};
use crate::step::decision::Decision;
use crate::step::{bring_in, preview, question};
use protocol::{
    AnswerStatus, ApprovalPolicy, AskReason, Fact, HunkSelection, PatchEndedBy, ReviewDecision, SessionConfig,
};

/// Decides what becomes of a verified patch.
pub(super) fn judge_patch(
    session: &Session,
    config: &SessionConfig,
    call: &Call,
    changed: Option<&[String]>,
) -> Decision {
    let Some(proposal) = &call.proposal else {
        return Decision::reject(call, "the patch is empty".to_owned());
    };
    // it could not be written though nothing changed: trying again would go on for ever
    if changed.is_some_and(<[String]>::is_empty) {
        let why = "its files changed while it was written, or it gets in its own way".to_owned();
        let answer = format!("the patch could not be written, and nothing was changed: {why}");
        return end_patch(call, AnswerStatus::Failed, answer, PatchEndedBy::Failed { why });
    }
    // it was asked about already, or is asked about whatever the policies say
    if call.copy.is_some() {
        return bring_in::ask(call, proposal, Vec::new());
    }
    let verdict = match (patch_verdict(&config.policies, proposal, &session.state.grants), changed) {
        // a file that is no longer what was shown is asked about again, whoever approved it (B37)
        (Verdict::Run { sandbox } | Verdict::Ask { sandbox, .. }, Some(paths))
            if config.policies.approval != ApprovalPolicy::Never =>
        {
            Verdict::Ask { why: AskReason::Changed { paths: paths.to_vec() }, sandbox }
        }
        (verdict, _) => verdict,
    };
    match verdict {
        Verdict::Run { .. } | Verdict::RunInOverlay { .. } => write_patch(call, true, None),
        Verdict::Ask { why: AskReason::Effects { .. }, .. } => {
            let reason = AskReason::Effects { argv: call.command(), left_out: Vec::new(), previewed: false };
            question::ask_person(call, reason, question::patch(proposal))
        }
        Verdict::Ask { why, .. } => question::ask_person(call, why, question::patch(proposal)),
        Verdict::Refuse { why } => {
            let answer = format!("patch rejected: {why}");
            end_patch(call, AnswerStatus::Refused, answer, PatchEndedBy::Refused { why })
        }
    }
}

/// Writes what the person accepted of a patch, or ends it; asks about the command again where it was a preview that they discarded.
pub(super) fn carry_out_patch(
    session: &Session,
    call: &Call,
    decision: ReviewDecision,
    hunks: Option<&HunkSelection>,
) -> Decision {
    if decision == ReviewDecision::PreviewDiscarded {
        return Decision {
            effects: vec![Effect::Sync],
            ..Decision::facts(preview::ask_again(session, call, None).into_iter().collect())
        };
    }
    if decision.approves() && hunks.is_none_or(|selection| !selection.accepted.is_empty()) {
        return write_patch(call, false, hunks.cloned());
    }
    let count = call.proposal.as_ref().map_or(0, |proposal| proposal.hunks().count());
    let answer = match &call.held_answer {
        Some(held) if call.in_overlay => format!(
            "{held}\nThis command ran on a copy of the project. The person applied none of its {count} changes: the project is as it was \
             before."
        ),
        _ => format!("patch rejected by user: all {count} hunks were declined, nothing was written"),
    };
    let answer = answers::with_words(answer, call);
    end_patch(call, AnswerStatus::Declined, answer, PatchEndedBy::Declined)
}

fn write_patch(call: &Call, auto_approved: bool, hunks: Option<HunkSelection>) -> Decision {
    let Some(proposal) = call.proposal.clone() else { return Decision::default() };
    let call_id = call.id.clone();
    Decision {
        facts: vec![Fact::PatchStarted { call_id: call_id.clone(), auto_approved, journaled: true }],
        effects: vec![Effect::WritePatch { call_id, proposal, hunks }],
        ..Decision::default()
    }
}

fn end_patch(call: &Call, status: AnswerStatus, answer: String, ended_by: PatchEndedBy) -> Decision {
    let outcomes = call.proposal.as_ref().map(answers::all_declined).unwrap_or_default();
    Decision::facts(vec![
        Fact::PatchEnded { call_id: call.id.clone(), ended_by, outcomes },
        Fact::CallAnswered { item: call.answer(status, answer) },
    ])
}
