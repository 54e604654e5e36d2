//! What follows from one input. Looks, and changes nothing.

use crate::answers;
use crate::effect::Effect;
use crate::input::{ExecFailure, ExecOutcome, Input, ModelEvent, ModelFailure, PatchWriteResult};
use crate::retry;
use crate::session::{Decision, Session, Stop};
use crate::state::{Call, Phase, Stage, Task};
use protocol::{
    AbortReason, ApprovalPolicy, AskReason, CallId, ErrorInfo, ErrorKind, ExecApprovalRequest, Fact, Item,
    Op, OpId, PatchDecision, PatchProposal, ReviewDecision, SandboxPolicy, SessionConfig, TaskId,
};

/// What follows from `input`.
pub(crate) fn decide(session: &Session, now_ms: u64, input: Input) -> Decision {
    match input {
        Input::Op { id, op, partial } => decide_op(session, id, op, partial),
        Input::Model { event, .. } => decide_model(session, event),
        Input::ModelFailed { failure, .. } => decide_model_failed(session, now_ms, failure),
        Input::PatchVerified { call_id, result } => {
            with_call(session, &call_id, |call| verified(call, result))
        }
        Input::ExecEnded { call_id, outcome } => {
            with_call(session, &call_id, |call| exec_ended(session, call, outcome))
        }
        Input::PatchWritten { call_id, result } => {
            with_call(session, &call_id, |call| written(session, call, result))
        }
        Input::Resumed => decide_resumed(session),
        Input::SandboxProbed(_) | Input::Timer => Decision::default(),
    }
}

/// What follows from an op.
pub(crate) fn decide_op(session: &Session, id: OpId, op: Op, partial: Option<String>) -> Decision {
    let configured = session.state.config.is_some();
    if !configured && !matches!(op, Op::ConfigureSession { .. } | Op::Shutdown) {
        return complain(id, "the session is not configured yet: the first op must be configure_session");
    }
    if session.world.stopping.is_some() && !matches!(op, Op::Interrupt | Op::Shutdown) {
        return Decision { defer: Some((id.clone(), op)), op: id, ..Decision::default() };
    }
    match op {
        Op::ConfigureSession { config } => configure(session, id, config),
        Op::UserInput { items } if items.is_empty() => complain(id, "the prompt is empty"),
        Op::UserInput { items } => user_input(session, id, items),
        Op::Interrupt => interrupt(session, id, partial),
        Op::ExecApproval { call_id, attempt, decision, note } => {
            exec_approval(session, id, call_id, attempt, decision, note)
        }
        Op::PatchApproval { call_id, attempt, decision } => {
            patch_approval(session, id, call_id, attempt, decision)
        }
        Op::SetPolicy { policies } => {
            Decision { op: id, facts: vec![Fact::PolicyChanged { policies }], ..Decision::default() }
        }
        Op::AddToHistory { text } => effect(id, Effect::AddToHistory { text }),
        Op::GetHistoryEntryRequest { log_id, offset } => {
            effect(id.clone(), Effect::LookUpHistory { id, log_id, offset })
        }
        // the task is left as it is: a pending approval is asked again when the session goes on
        Op::Shutdown => Decision { op: id.clone(), stop: Some(Stop::Shutdown(id)), ..Decision::default() },
    }
}

fn configure(session: &Session, id: OpId, config: Box<SessionConfig>) -> Decision {
    if !config.cwd.is_absolute() {
        return complain(
            id,
            &format!("the session's folder must be an absolute path, not `{}`", config.cwd.display()),
        );
    }
    if session.state.task.is_some() && !session.world.held {
        return Decision {
            op: id.clone(),
            stop: Some(Stop::Abort(AbortReason::Replaced)),
            defer: Some((id, Op::ConfigureSession { config })),
            ..Decision::default()
        };
    }
    Decision { op: id, facts: vec![Fact::Configured { config }], ..Decision::default() }
}

fn user_input(session: &Session, id: OpId, items: Vec<protocol::InputItem>) -> Decision {
    let mut facts = Vec::new();
    if session.state.task.is_none() {
        facts.push(Fact::TaskStarted { task_id: TaskId(session.state.last_task.0 + 1) });
    }
    facts.push(Fact::Input { items });
    Decision { op: id, facts, effects: vec![Effect::Sync], ..Decision::default() }
}

fn interrupt(session: &Session, id: OpId, partial: Option<String>) -> Decision {
    if session.state.task.is_none() {
        return Decision { op: id, ..Decision::default() };
    }
    let kept = partial.filter(|text| !text.is_empty() && session.world.sampling.is_some());
    let facts = kept
        .map(|text| Fact::ModelItem { item: Item::AgentMessage { id: None, text, interrupted: true } })
        .into_iter()
        .collect();
    Decision { facts, stop: Some(Stop::Abort(AbortReason::Interrupted)), ..Decision::default() }
}

fn exec_approval(
    session: &Session,
    id: OpId,
    call_id: CallId,
    attempt: u32,
    decision: ReviewDecision,
    note: Option<String>,
) -> Decision {
    match find(session, &call_id).map(|call| &call.stage) {
        Some(Stage::AskedExec(request)) if request.attempt == attempt => Decision {
            facts: vec![Fact::ExecDecided { call_id, decision, note }],
            effects: vec![Effect::Sync],
            stop: abort_if(decision),
            ..Decision::default()
        },
        _ => stale(id, &call_id),
    }
}

fn patch_approval(
    session: &Session,
    id: OpId,
    call_id: CallId,
    attempt: u32,
    decision: PatchDecision,
) -> Decision {
    let Some(Stage::AskedPatch(request)) = find(session, &call_id).map(|call| &call.stage) else {
        return stale(id, &call_id);
    };
    if request.attempt != attempt {
        return stale(id, &call_id);
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

fn unknown_hunk(proposal: &PatchProposal, decision: &PatchDecision) -> Option<String> {
    let selection = decision.hunks.as_ref()?;
    let named = selection.accepted.iter().chain(selection.edited.iter().map(|edit| &edit.id));
    named.into_iter().find(|id| !proposal.hunks().any(|(_, hunk)| hunk.id == **id)).map(ToString::to_string)
}

fn abort_if(decision: ReviewDecision) -> Option<Stop> {
    (decision == ReviewDecision::Abort).then_some(Stop::Abort(AbortReason::Interrupted))
}

fn decide_model(session: &Session, event: ModelEvent) -> Decision {
    let fact = match event {
        ModelEvent::ItemDone(item) => Fact::ModelItem { item: with_usable_id(session, item) },
        ModelEvent::Completed { usage } => Fact::SamplingEnded { usage },
    };
    Decision { facts: vec![fact], ..Decision::default() }
}

/// A call must have an id of its own, or it could not be answered (B10): one that has none, or another's, is given one.
fn with_usable_id(session: &Session, mut item: Item) -> Item {
    if let Item::FunctionCall { call_id, .. } | Item::CustomCall { call_id, .. } = &mut item
        && (call_id.0.is_empty() || session.state.history.has_call(call_id))
    {
        let count = session.state.history.items().len();
        *call_id =
            CallId(format!("{}{}{count}", call_id.0, if call_id.0.is_empty() { "call_" } else { "_" }));
    }
    item
}

fn decide_model_failed(session: &Session, now_ms: u64, failure: ModelFailure) -> Decision {
    let Some(task) = &session.state.task else { return Decision::default() };
    let attempt = task.attempts.max(1);
    let max_retries = session.setup.retry.of(&failure);
    let retry_at_ms = (failure.retryable && attempt <= max_retries)
        .then(|| now_ms + retry::wait_ms(attempt, &failure, now_ms ^ (session.world.samplings << 32)));
    Decision {
        facts: vec![Fact::SamplingFailed { error: failure.error, retry_at_ms, attempt, max_retries }],
        ..Decision::default()
    }
}

fn verified(call: &Call, result: Result<PatchProposal, String>) -> Decision {
    let call_id = call.id.clone();
    let facts = match result {
        Ok(proposal) => vec![Fact::PatchVerified { call_id, proposal }],
        Err(message) => {
            let message = format!("the patch does not apply; nothing was written\n{message}");
            vec![
                Fact::CallRejected { call_id, name: "apply_patch".to_owned(), message: message.clone() },
                Fact::CallAnswered { item: call.output(message, false) },
            ]
        }
    };
    Decision { facts, ..Decision::default() }
}

fn exec_ended(session: &Session, call: &Call, outcome: ExecOutcome) -> Decision {
    let answer = answers::exec(&outcome);
    let success = outcome.exit_code == Some(0);
    let failure = outcome.failure.as_ref().map(|failure| match failure {
        ExecFailure::TimedOut(ms) => format!("timed out after {ms} ms"),
        ExecFailure::Spawn(why) => format!("could not be started: {why}"),
        ExecFailure::Sandbox(why) => format!("the sandbox could not be set up: {why}"),
        ExecFailure::Cancelled => "interrupted".to_owned(),
    });
    let again = rerun_request(session, call, &outcome);
    let mut facts = vec![Fact::ExecEnded {
        call_id: call.id.clone(),
        output: outcome.output,
        total_bytes: outcome.total_bytes,
        exit_code: outcome.exit_code,
        duration_ms: outcome.duration_ms,
        failure,
        denied: outcome.denied,
        held_answer: again.is_some().then(|| answer.clone()),
    }];
    facts.push(match again {
        Some(request) => Fact::ExecApprovalAsked { request: Box::new(request) },
        None => Fact::CallAnswered { item: call.output(answer, success) },
    });
    Decision { facts, effects: vec![Effect::Sync], ..Decision::default() }
}

/// On `on-failure`, a command that the sandbox refused something may be run again without it, if the person says so (B16).
fn rerun_request(session: &Session, call: &Call, outcome: &ExecOutcome) -> Option<ExecApprovalRequest> {
    let config = session.state.config.as_ref()?;
    let what = outcome.denied.clone()?;
    let stopping = session.world.stopping.is_some();
    if config.policies.approval != ApprovalPolicy::OnFailure || stopping || outcome.failure.is_some() {
        return None;
    }
    let crate::tools::ToolCall::Shell(shell) = crate::tools::read_call(&call.item, &config.cwd) else {
        return None;
    };
    let reason = AskReason::SandboxDenied { what };
    Some(answers::exec_request(call, &shell, SandboxPolicy::DangerFullAccess, reason))
}

fn written(session: &Session, call: &Call, result: PatchWriteResult) -> Decision {
    let Some(proposal) = &call.proposal else { return Decision::default() };
    let (success, outcomes, message) = match result {
        PatchWriteResult::Written(outcomes) => (true, outcomes, String::new()),
        PatchWriteResult::Failed(why) => (false, answers::all_declined(proposal), why),
        // what was approved no longer is what would happen: look again, and ask again
        PatchWriteResult::Changed(_) => {
            let config = session.state.config.as_ref();
            let call = config.and_then(|config| crate::turn::verify_effect(config, call));
            return Decision { effects: call.into_iter().collect(), ..Decision::default() };
        }
    };
    let answer = if success {
        answers::patch(proposal, &outcomes, call.note.as_deref())
    } else {
        format!("the patch could not be written, and nothing was changed: {message}")
    };
    Decision {
        facts: vec![
            Fact::PatchEnded { call_id: call.id.clone(), success, outcomes, message },
            Fact::CallAnswered { item: call.output(answer, success) },
        ],
        effects: vec![Effect::Sync],
        ..Decision::default()
    }
}

/// The app was not running for a while. What ran then is over, and nothing of it is done again; what waits for the person
/// still does.
fn decide_resumed(session: &Session) -> Decision {
    let Some(task) = &session.state.task else { return Decision::default() };
    let mut facts = Vec::new();
    for call in &task.calls {
        let stopped = "the app stopped";
        match &call.stage {
            Stage::Running => {
                facts.push(Fact::ExecEnded {
                    call_id: call.id.clone(),
                    output: String::new(),
                    total_bytes: 0,
                    exit_code: None,
                    duration_ms: 0,
                    failure: Some(format!("{stopped} while it ran")),
                    denied: None,
                    held_answer: None,
                });
                let answer =
                    format!("aborted: {stopped} while this command ran; what it did up to then is done");
                facts.push(Fact::CallAnswered { item: call.output(answer, false) });
            }
            Stage::Writing => {
                let message = format!("{stopped} while this patch was being written");
                let outcomes = call.proposal.as_ref().map(answers::all_declined).unwrap_or_default();
                let answer = format!("aborted: {message}; read the files again before you go on");
                facts.push(Fact::PatchEnded { call_id: call.id.clone(), success: false, outcomes, message });
                facts.push(Fact::CallAnswered { item: call.output(answer, false) });
            }
            // the end was recorded, the answer was not
            Stage::Ended => {
                let answer = call.held_answer.clone().unwrap_or_else(|| format!("aborted: {stopped}"));
                facts.push(Fact::CallAnswered { item: call.output(answer, false) });
            }
            _ => {}
        }
    }
    if task.phase == Phase::Sampling {
        facts.push(Fact::SamplingEnded { usage: None });
    }
    if !waits_for_person(task) {
        facts.push(Fact::TaskAborted { task_id: task.id, reason: AbortReason::Interrupted });
    }
    Decision { facts, effects: vec![Effect::Sync], ..Decision::default() }
}

fn waits_for_person(task: &Task) -> bool {
    task.calls.iter().any(|call| {
        call.is_waiting()
            || matches!(
                call.stage,
                Stage::DecidedExec { .. } | Stage::DecidedPatch { .. } | Stage::Verified { .. }
            )
    })
}

fn with_call(session: &Session, id: &CallId, then: impl FnOnce(&Call) -> Decision) -> Decision {
    find(session, id).map(then).unwrap_or_default()
}

fn find<'a>(session: &'a Session, id: &CallId) -> Option<&'a Call> {
    session.state.task.as_ref()?.call(id)
}

fn effect(op: OpId, effect: Effect) -> Decision {
    Decision { op, effects: vec![effect], ..Decision::default() }
}

fn complain(id: OpId, message: &str) -> Decision {
    let error = ErrorInfo::new(ErrorKind::BadRequest, message);
    Decision { op: id.clone(), effects: vec![Effect::Complain { id, error }], ..Decision::default() }
}

fn stale(id: OpId, call_id: &CallId) -> Decision {
    let message =
        format!("no approval is open for call {call_id} under this number: it was answered, or asked anew");
    complain(id, &message)
}
