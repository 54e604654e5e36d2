//! Decisions on reviews of a patch that waits by a second model.

use crate::effect::{Effect, ReviewRequest};
use crate::model::call::{Call, Stage};
use crate::model::session::Session;
use crate::step::decision::Decision;
use crate::step::open_question::open_approval;
use protocol::{
    Approval, ApprovalSubject, CallId, Fact, ModelReview, OpId, PatchProposal, ReviewEndedBy, Reviewer,
    SessionConfig,
};

/// Returns the beginning of a review that is due by itself.
pub(super) fn advance(session: &Session, config: &SessionConfig, call: &Call) -> Option<Decision> {
    let Stage::Asked(approval) = &call.stage else { return None };
    let (proposal, reviewer) = (patch_of(approval)?, config.reviewer.as_ref()?);
    call.review.is_due(reviewer).then(|| start(session, config, reviewer, (call, proposal)))
}

/// Decides on the wish to have a patch reviewed.
pub(super) fn review(session: &Session, id: OpId, call_id: &CallId, binding: &str) -> Decision {
    let closed = || {
        Decision::complain(
            id.clone(),
            &format!("no such approval is open for call {call_id}: it was answered, or asked anew"),
        )
    };
    let (Some(config), Some(call)) = (&session.state.config, session.call(call_id)) else { return closed() };
    let Some(approval) = open_approval(session, call_id, binding) else { return closed() };
    let Some(proposal) = patch_of(approval) else {
        let message =
            format!("the request about call {call_id} is not about a patch: there is nothing to review");
        return Decision::complain(id, &message);
    };
    let Some(reviewer) = &config.reviewer else {
        return Decision::complain(id, "there is no reviewer; choose one in the settings first");
    };
    let mut facts: Vec<Fact> = ended_fact(session, call, ReviewEndedBy::Stopped).into_iter().collect();
    let started = start(session, config, reviewer, (call, proposal));
    facts.extend(started.facts);
    Decision { op: id, facts, ..started }
}

/// Ends the review of a patch.
pub(super) fn stop(session: &Session, id: OpId, call_id: CallId) -> Decision {
    let stopped = session.call(&call_id).and_then(|call| ended_fact(session, call, ReviewEndedBy::Stopped));
    let facts = stopped.into_iter().collect();
    Decision { op: id, facts, effects: vec![Effect::StopReview { call_id }], ..Decision::default() }
}

/// Sets the reviewer of a session. A review that is under way goes on.
pub(super) fn set(session: &Session, id: OpId, reviewer: Option<Reviewer>) -> Decision {
    if reviewer.as_ref().is_some_and(|reviewer| reviewer.model.trim().is_empty()) {
        return Decision::complain(id, "the reviewer has no name: it needs a model");
    }
    let is_same = session.state.config.as_ref().is_some_and(|config| config.reviewer == reviewer);
    let facts = if is_same { Vec::new() } else { vec![Fact::ReviewerChanged { reviewer }] };
    Decision { op: id, facts, ..Decision::default() }
}

/// Takes in the end of a review.
pub(super) fn ended(call: &Call, review: ModelReview) -> Decision {
    if !call.review.is_running() {
        return Decision::default();
    }
    Decision::facts(vec![Fact::ReviewEnded { call_id: call.id.clone(), review: Box::new(review) }])
}

/// Returns the facts that end all reviews that are under way.
pub(super) fn cut_off_facts(session: &Session, ended_by: &ReviewEndedBy) -> impl Iterator<Item = Fact> {
    let calls = session.state.task.iter().flat_map(|task| &task.calls);
    calls.filter_map(|call| ended_fact(session, call, ended_by.clone()))
}

/// Returns the fact that ends the review of a call that is under way.
pub(super) fn ended_fact(session: &Session, call: &Call, ended_by: ReviewEndedBy) -> Option<Fact> {
    let so_far = session.world.findings.get(&call.id).cloned().unwrap_or_default();
    let review = call.review.ended(ended_by, so_far)?;
    Some(Fact::ReviewEnded { call_id: call.id.clone(), review: Box::new(review) })
}

fn start(
    session: &Session,
    config: &SessionConfig,
    reviewer: &Reviewer,
    (call, proposal): (&Call, &PatchProposal),
) -> Decision {
    let (call_id, reviewer) = (call.id.clone(), reviewer.clone());
    let request = ReviewRequest {
        reviewer: reviewer.clone(),
        asked: session.state.task.as_ref().map(|task| task.said.clone()).unwrap_or_default(),
        instructions: config.user_instructions.clone(),
        cwd: config.cwd.clone(),
        // what the person let the agent have is not for another vendor's model
        sandbox: config.policies.sandbox.clone(),
        store: !config.disable_response_storage,
        cache_key: session.setup.cache_key.clone(),
        proposal: proposal.clone(),
    };
    let run = session.world.review_runs + 1;
    let effect = Effect::RunReview { call_id: call_id.clone(), run, request: Box::new(request) };
    let facts = vec![Fact::ReviewStarted { call_id, reviewer }];
    Decision { effects: vec![effect], ..Decision::facts(facts) }
}

fn patch_of(approval: &Approval) -> Option<&PatchProposal> {
    match &approval.subject {
        ApprovalSubject::Patch { proposal } => Some(proposal),
        _ => None,
    }
}
