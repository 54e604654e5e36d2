//! Decisions of a person. A decision counts for the question it names, and once.

use crate::effect::Effect;
use crate::model::session::Session;
use crate::model::world::StopCause;
use crate::step::decision::Decision;
use crate::step::open_question::{open_approval, wrong_hunks};
use crate::step::{patch_check, patch_review};
use protocol::{
    AbortReason, Approval, ApprovalSubject, CallId, Fact, Hunk, HunkComment, HunkId, HunkSelection, OpId,
    PatchProposal, ReviewComment, ReviewDecision, ReviewEndedBy,
};

/// Longest comment in bytes.
const MAX_COMMENT_BYTES: usize = 16 * 1024;
/// Most comments of one decision.
const MAX_COMMENTS: usize = 500;

/// A person's decision, as it was submitted.
pub(super) struct SubmittedDecision {
    pub(super) call_id: CallId,
    pub(super) binding: String,
    pub(super) decision: ReviewDecision,
    pub(super) hunks: Option<HunkSelection>,
    pub(super) note: Option<String>,
    pub(super) comments: Vec<HunkComment>,
    pub(super) viewed: Option<Vec<HunkId>>,
    pub(super) unattended: bool,
}

/// Decides on a person's decision.
pub(super) fn decide_answer(session: &Session, id: OpId, answer: SubmittedDecision) -> Decision {
    let SubmittedDecision { call_id, binding, decision, hunks, note, comments, mut viewed, unattended } =
        answer;
    let Some(approval) = open_approval(session, &call_id, &binding) else {
        let message = format!("no such approval is open for call {call_id}: it was answered, or asked anew");
        return Decision::complain(id, &message);
    };
    if !approval.offers(decision) {
        return Decision::complain(id, &format!("the request about call {call_id} offers no such answer"));
    }
    if let Some(message) = hunks.as_ref().and_then(|hunks| wrong_hunks(approval, hunks)) {
        return Decision::complain(id, &message);
    }
    if let ApprovalSubject::Patch { proposal } = &approval.subject
        && decision.approves()
        && hunks.is_none()
        && proposal.conflicts().next().is_some()
    {
        let message = format!(
            "call {call_id} has hunks that the project changed as well: say for each hunk whether it is accepted"
        );
        return Decision::complain(id, &message);
    }
    let comments = match quoted(approval, &comments) {
        Ok(comments) => comments,
        Err(message) => return Decision::complain(id, &message),
    };
    if let Some(viewed) = &mut viewed {
        viewed.retain(|id| hunk_of(approval, id).is_some());
    }
    let mut effects = vec![Effect::Sync];
    if let (ReviewDecision::ApprovedWithRule, ApprovalSubject::Exec { rule: Some(rule), .. }) =
        (decision, &approval.subject)
    {
        effects.push(Effect::SaveRule { id, rule: rule.clone() });
    }
    let mut facts = Vec::new();
    let mut check = None;
    if let (ApprovalSubject::Patch { proposal }, Some(call)) = (&approval.subject, session.call(&call_id)) {
        let made = session.state.config.as_ref().and_then(|config| config.check.as_ref());
        let of_decision = |made| call.check.of_decision(made, proposal, (decision, hunks.as_ref()));
        check = made.and_then(of_decision).cloned().map(Box::new);
        facts = patch_check::ended_facts(call);
        if !facts.is_empty() {
            effects.push(Effect::StopCheck { call_id: call_id.clone() });
        }
        if let Some(ended) = patch_review::ended_fact(session, call, ReviewEndedBy::Stopped) {
            facts.push(ended);
            effects.push(Effect::StopReview { call_id: call_id.clone() });
        }
    }
    facts.push(Fact::Decided { call_id, decision, hunks, note, comments, viewed, unattended, check });
    Decision {
        facts,
        effects,
        stop: (decision == ReviewDecision::Abort).then_some(StopCause::Abort(AbortReason::Interrupted)),
        ..Decision::default()
    }
}

/// Returns the hunk of an approval's patch.
fn hunk_of<'a>(approval: &'a Approval, id: &HunkId) -> Option<&'a Hunk> {
    match &approval.subject {
        ApprovalSubject::Patch { proposal } => {
            proposal.hunks().map(|(_, hunk)| hunk).find(|hunk| hunk.id == *id)
        }
        _ => None,
    }
}

/// Returns the comments with the lines they are on, or the complaint about one that can't be sent.
fn quoted(approval: &Approval, comments: &[HunkComment]) -> Result<Vec<ReviewComment>, String> {
    let call_id = &approval.call_id;
    let none = PatchProposal::default();
    let proposal = match &approval.subject {
        ApprovalSubject::Patch { proposal } => proposal,
        _ => &none,
    };
    if comments.len() > MAX_COMMENTS {
        return Err(format!(
            "there are {} comments on call {call_id}, more than {MAX_COMMENTS}",
            comments.len()
        ));
    }
    comments
        .iter()
        .map(|comment| {
            let HunkComment { hunk, from, to, text } = comment;
            if text.trim().is_empty() {
                return Err(format!("a comment on hunk `{hunk}` of call {call_id} is empty"));
            }
            if text.len() > MAX_COMMENT_BYTES {
                return Err(format!(
                    "a comment on hunk `{hunk}` of call {call_id} has over {MAX_COMMENT_BYTES} bytes"
                ));
            }
            proposal.quote(comment).ok_or_else(|| {
                format!("the patch of call {call_id} has no lines {from} to {to} in a hunk `{hunk}`")
            })
        })
        .collect()
}
