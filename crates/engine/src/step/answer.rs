//! Decisions of a person. A decision counts for the question it names, and once.

use crate::effect::Effect;
use crate::model::call::Stage;
use crate::model::session::Session;
use crate::model::world::StopCause;
use crate::step::decision::Decision;
use protocol::{AbortReason, Approval, ApprovalSubject, CallId, Fact, HunkSelection, OpId, ReviewDecision};

/// A person's decision, as it was submitted.
pub(super) struct SubmittedDecision {
    pub(super) call_id: CallId,
    pub(super) binding: String,
    pub(super) decision: ReviewDecision,
    pub(super) hunks: Option<HunkSelection>,
    pub(super) note: Option<String>,
}

/// Decides on a person's decision.
pub(super) fn decide_answer(session: &Session, id: OpId, answer: SubmittedDecision) -> Decision {
    let SubmittedDecision { call_id, binding, decision, hunks, note } = answer;
    let Some(approval) = open_approval(session, &call_id, &binding) else {
        let message = format!("no such approval is open for call {call_id}: it was answered, or asked anew");
        return Decision::complain(id, &message);
    };
    if !approval.subject.offers(decision) {
        return Decision::complain(id, &format!("the request about call {call_id} offers no such answer"));
    }
    if let Some(message) = hunks.as_ref().and_then(|hunks| wrong_hunks(approval, hunks)) {
        return Decision::complain(id, &message);
    }
    let mut effects = vec![Effect::Sync];
    if let (ReviewDecision::ApprovedWithRule, ApprovalSubject::Exec { rule: Some(rule), .. }) =
        (decision, &approval.subject)
    {
        effects.push(Effect::SaveRule { id, rule: rule.clone() });
    }
    Decision {
        facts: vec![Fact::Decided { call_id, decision, hunks, note }],
        effects,
        stop: (decision == ReviewDecision::Abort).then_some(StopCause::Abort(AbortReason::Interrupted)),
        ..Decision::default()
    }
}

/// Returns the open approval of `call_id` if `binding` matches the hash of what was shown.
fn open_approval<'a>(session: &'a Session, call_id: &CallId, binding: &str) -> Option<&'a Approval> {
    match &session.call(call_id)?.stage {
        Stage::Asked(approval) => Some(&**approval).filter(|approval| approval.binding == binding),
        _ => None,
    }
}

/// Returns the complaint about a selection that names hunks the approval does not have.
fn wrong_hunks(approval: &Approval, selection: &HunkSelection) -> Option<String> {
    let call_id = &approval.call_id;
    let ApprovalSubject::Patch { proposal } = &approval.subject else {
        return Some(format!("the request about call {call_id} is not about a patch, and has no hunks"));
    };
    let mut named = selection.accepted.iter().chain(selection.edited.iter().map(|edit| &edit.id));
    let unknown = named.find(|id| !proposal.hunks().any(|(_, hunk)| hunk.id == **id))?;
    Some(format!("the patch of call {call_id} has no hunk `{unknown}`"))
}
