//! Decisions on the project's check beside a patch that waits.

use crate::effect::{CheckRequest, Effect};
use crate::input::ExecOutcome;
use crate::model::call::{Call, Stage};
use crate::model::search::SearchStep;
use crate::model::session::Session;
use crate::step::decision::Decision;
use crate::step::open_question::{open_approval, wrong_hunks};
use protocol::{
    Approval, ApprovalSubject, CallId, CheckFinding, CheckResult, EndedBy, Fact, HunkSelection, OpId,
    PatchProposal, ProjectCheck, SessionConfig,
};

/// Most bytes of a check's output that are kept.
const MAX_OUTPUT: usize = 8 * 1024;

/// Returns the next step about a call that waits: the first check of its patch, or the next of a search.
pub(super) fn advance(session: &Session, config: &SessionConfig, call: &Call) -> Option<Decision> {
    let Stage::Asked(approval) = &call.stage else { return None };
    let (proposal, check) = (patch_of(approval)?, config.check.as_ref()?);
    let hunks = match call.check.next_of_search(check, proposal) {
        Some(SearchStep::Check(hunks)) => call.check.searched(proposal, &hunks),
        Some(SearchStep::Found(finding)) => return Some(search_ended(call, finding)),
        Some(SearchStep::Stopped) => return Some(search_ended(call, CheckFinding::Stopped)),
        None => call.check.due(check, proposal)?,
    };
    start(session, (config, check), (call, proposal), hunks)
}

/// Decides on the wish to check a patch with these hunks.
pub(super) fn check(
    session: &Session,
    id: OpId,
    (call_id, binding): (CallId, &str),
    hunks: Option<&HunkSelection>,
) -> Decision {
    let (of, call, proposal) = match waiting(session, &call_id, binding, hunks) {
        Ok(waiting) => waiting,
        Err(message) => return Decision::complain(id, &message),
    };
    let Some(started) = start(session, of, (call, proposal), proposal.normalized(hunks)) else {
        return Decision::complain(id, "the sandbox is still being tried out; ask again in a moment");
    };
    let mut facts = ended_facts(call);
    facts.extend(started.facts);
    Decision { op: id, facts, ..started }
}

/// Decides on the wish to search the hunks of a patch.
pub(super) fn find_needed(
    session: &Session,
    id: OpId,
    (call_id, binding): (CallId, &str),
    hunks: Option<&HunkSelection>,
) -> Decision {
    let (_, call, proposal) = match waiting(session, &call_id, binding, hunks) {
        Ok(waiting) => waiting,
        Err(message) => return Decision::complain(id, &message),
    };
    let mut facts = ended_facts(call);
    facts.push(Fact::CheckSearchStarted { call_id: call_id.clone(), hunks: proposal.normalized(hunks) });
    let effects = call.check.is_running().then_some(Effect::StopCheck { call_id });
    Decision { op: id, facts, effects: effects.into_iter().collect(), ..Decision::default() }
}

/// Ends the check and the search that run with a patch.
pub(super) fn stop(session: &Session, id: OpId, call_id: CallId) -> Decision {
    let facts = session.call(&call_id).map(ended_facts).unwrap_or_default();
    Decision { op: id, facts, effects: vec![Effect::StopCheck { call_id }], ..Decision::default() }
}

/// Sets the check of a session. Patches that wait are checked anew.
pub(super) fn set(session: &Session, id: OpId, check: Option<ProjectCheck>) -> Decision {
    if check.as_ref().is_some_and(|check| check.argv.first().is_none_or(String::is_empty)) {
        return Decision::complain(id, "the check is empty: it needs a program, such as `cargo test`");
    }
    let calls = session.state.task.iter().flat_map(|task| &task.calls);
    let mut facts: Vec<Fact> = calls.clone().flat_map(ended_facts).collect();
    facts.push(Fact::CheckChanged { check });
    let stopped = calls.filter(|call| call.check.is_running());
    let effects = stopped.map(|call| Effect::StopCheck { call_id: call.id.clone() }).collect();
    Decision { op: id, facts, effects, ..Decision::default() }
}

/// Takes in the end of a check.
pub(super) fn ended(call: &Call, outcome: ExecOutcome, unfit: bool) -> Decision {
    let ExecOutcome { end, output, .. } = outcome;
    let (duration_ms, output) = (end.duration_ms, last_part(&output));
    let facts = call.check.ended(end.ended_by).map(|result| {
        let result = CheckResult { duration_ms, output, unfit, ..result };
        Fact::CheckEnded { call_id: call.id.clone(), result: Box::new(result) }
    });
    Decision::facts(facts.into_iter().collect())
}

/// Returns the facts that end the check and the search of a call, as the person stopped them.
pub(super) fn ended_facts(call: &Call) -> Vec<Fact> {
    let call_id = || call.id.clone();
    let run = call.check.ended(EndedBy::Interrupted).map(Box::new);
    let run = run.map(|result| Fact::CheckEnded { call_id: call_id(), result });
    let search = call.check.is_searching();
    let search =
        search.then(|| Fact::CheckSearchEnded { call_id: call_id(), finding: CheckFinding::Stopped });
    run.into_iter().chain(search).collect()
}

/// Returns the facts that end the check and the search of a call that the app was stopped during.
pub(super) fn cut_off_facts(call: &Call) -> Vec<Fact> {
    let mut facts = ended_facts(call);
    if let Some(Fact::CheckEnded { result, .. }) = facts.first_mut() {
        result.ended_by = EndedBy::AppStopped;
    }
    facts
}

fn search_ended(call: &Call, finding: CheckFinding) -> Decision {
    Decision::facts(vec![Fact::CheckSearchEnded { call_id: call.id.clone(), finding }])
}

/// Configuration of a session, with the check that it names.
type Configured<'a> = (&'a SessionConfig, &'a ProjectCheck);

/// Returns a waiting patch that a person means, and the check for it, or the complaint.
fn waiting<'a>(
    session: &'a Session,
    call_id: &CallId,
    binding: &str,
    hunks: Option<&HunkSelection>,
) -> Result<(Configured<'a>, &'a Call, &'a PatchProposal), String> {
    let closed = || format!("no such approval is open for call {call_id}: it was answered, or asked anew");
    let call = session.call(call_id).ok_or_else(closed)?;
    let approval = open_approval(session, call_id, binding).ok_or_else(closed)?;
    let proposal = patch_of(approval).ok_or_else(|| {
        format!("the request about call {call_id} is not about a patch: there is nothing to check")
    })?;
    if let Some(message) = hunks.and_then(|hunks| wrong_hunks(approval, hunks)) {
        return Err(message);
    }
    let config = session.state.config.as_deref().ok_or_else(closed)?;
    let check = config.check.as_ref().ok_or("this project has no check; set one first")?;
    Ok(((config, check), call, proposal))
}

fn patch_of(approval: &Approval) -> Option<&PatchProposal> {
    match &approval.subject {
        ApprovalSubject::Patch { proposal } => Some(proposal),
        _ => None,
    }
}

/// Starts a check; `None` while it is not known how commands are contained.
fn start(
    session: &Session,
    (config, check): Configured<'_>,
    (call, proposal): (&Call, &PatchProposal),
    hunks: HunkSelection,
) -> Option<Decision> {
    let report = session.world.sandbox.as_ref()?;
    let (call_id, argv) = (call.id.clone(), check.argv.clone());
    let started = Fact::CheckStarted { call_id: call_id.clone(), argv: argv.clone(), hunks: hunks.clone() };
    if let Some(why) = &report.no_overlay {
        let (ended_by, output) = (EndedBy::SandboxFailed { why: why.clone() }, String::new());
        let result = Box::new(CheckResult { argv, hunks, ended_by, unfit: false, duration_ms: 0, output });
        return Some(Decision::facts(vec![started, Fact::CheckEnded { call_id, result }]));
    }
    let sandbox = session.state.grants.widened(&config.policies.sandbox).for_copy();
    let request = CheckRequest {
        argv,
        timeout_ms: check.timeout_ms,
        cwd: config.cwd.clone(),
        sandbox,
        proposal: proposal.clone(),
        hunks,
    };
    let effect = Effect::RunCheck { call_id, run: session.world.check_runs + 1, request: Box::new(request) };
    Some(Decision { effects: vec![effect], ..Decision::facts(vec![started]) })
}

/// Returns the end of a text, from the beginning of a line where it is cut.
fn last_part(text: &str) -> String {
    if text.len() <= MAX_OUTPUT {
        return text.to_owned();
    }
    let part = &text[text.ceil_char_boundary(text.len() - MAX_OUTPUT)..];
    part.split_once('\n').map_or(part, |(_, rest)| rest).to_owned()
}
