//! Answers to what was asked. An answer counts for the question it names, and once.

use super::{complain, find};
use crate::effect::Effect;
use crate::session::{Decision, Session, Stop};
use crate::state::Stage;
use protocol::{AbortReason, CallId, Fact, OpId, PatchDecision, PatchProposal, ReviewDecision};

pub(super) fn exec_approval(
    session: &Session,
    id: OpId,
    call_id: CallId,
    binding: &str,
    decision: ReviewDecision,
    note: Option<String>,
) -> Decision {
    let Some(Stage::AskedExec(request)) = asked(session, &call_id, binding) else {
        return stale(id, &call_id);
    };
    let mut effects = vec![Effect::Sync];
    match decision {
        ReviewDecision::ApprovedWithGrant if request.offer.is_none() => return not_offered(id, &call_id),
        ReviewDecision::ApprovedWithRule => match request.rule.clone() {
            Some(rule) => effects.push(Effect::SaveRule { id, rule }),
            None => return not_offered(id, &call_id),
        },
        _ => {}
    }
    Decision {
        facts: vec![Fact::ExecDecided { call_id, decision, note }],
        effects,
        stop: abort_if(decision),
        ..Decision::default()
    }
}

pub(super) fn tool_approval(
    session: &Session,
    id: OpId,
    call_id: CallId,
    binding: &str,
    decision: ReviewDecision,
    note: Option<String>,
) -> Decision {
    let Some(Stage::AskedTool(_)) = asked(session, &call_id, binding) else {
        return stale(id, &call_id);
    };
    if is_special(decision) {
        return not_offered(id, &call_id);
    }
    Decision {
        facts: vec![Fact::ToolDecided { call_id, decision, note }],
        effects: vec![Effect::Sync],
        stop: abort_if(decision),
        ..Decision::default()
    }
}

pub(super) fn patch_approval(
    session: &Session,
    id: OpId,
    call_id: CallId,
    binding: &str,
    decision: PatchDecision,
) -> Decision {
    let Some(Stage::AskedPatch(request)) = asked(session, &call_id, binding) else {
        return stale(id, &call_id);
    };
    if is_special(decision.decision) {
        return not_offered(id, &call_id);
    }
    if let Some(unknown) = unknown_hunk(&request.proposal, &decision) {
        return complain(id, &format!("the patch of call {call_id} has no hunk `{unknown}`"));
    }
    Decision {
        stop: abort_if(decision.decision),
        facts: vec![Fact::PatchDecided { call_id, decision }],
        effects: vec![Effect::Sync],
        ..Decision::default()
    }
}

/// What is asked about the call, if that is what was answered: the answer names the hash of all that was shown.
fn asked<'a>(session: &'a Session, call_id: &CallId, binding: &str) -> Option<&'a Stage> {
    let stage = &find(session, call_id)?.stage;
    let shown = match stage {
        Stage::AskedExec(request) => &request.binding,
        Stage::AskedPatch(request) => &request.binding,
        Stage::AskedTool(request) => &request.binding,
        _ => return None,
    };
    (shown == binding).then_some(stage)
}

/// Whether the answer is one that only a command's request may offer.
fn is_special(decision: ReviewDecision) -> bool {
    matches!(decision, ReviewDecision::ApprovedWithGrant | ReviewDecision::ApprovedWithRule)
}

fn not_offered(id: OpId, call_id: &CallId) -> Decision {
    complain(id, &format!("the request about call {call_id} offers no such answer"))
}

fn unknown_hunk(proposal: &PatchProposal, decision: &PatchDecision) -> Option<String> {
    let selection = decision.hunks.as_ref()?;
    let named = selection.accepted.iter().chain(selection.edited.iter().map(|edit| &edit.id));
    named.into_iter().find(|id| !proposal.hunks().any(|(_, hunk)| hunk.id == **id)).map(ToString::to_string)
}

fn abort_if(decision: ReviewDecision) -> Option<Stop> {
    (decision == ReviewDecision::Abort).then_some(Stop::Abort(AbortReason::Interrupted))
}

fn stale(id: OpId, call_id: &CallId) -> Decision {
    let message = format!("no such approval is open for call {call_id}: it was answered, or asked anew");
    complain(id, &message)
}
