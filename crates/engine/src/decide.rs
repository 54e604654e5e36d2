//! What follows from one input. Looks, and changes nothing.

mod approval;

use crate::answers;
use crate::approval as ask;
use crate::effect::Effect;
use crate::input::{ExecOutcome, Input, ModelEvent, ModelFailure, PatchWriteResult, ToolOutcome};
use crate::retry;
use crate::session::{Decision, Session, Stop};
use crate::state::{Call, Compaction, Phase, Stage, Task};
use crate::tools;
use crate::undo;
use approval::SubmittedDecision;
use protocol::{
    AbortReason, AnswerStatus, Approval, ApprovalPolicy, AskReason, CallId, CheckpointWhen, EndedBy,
    ErrorInfo, ErrorKind, Fact, HunkOutcome, Item, Op, OpId, PatchEndedBy, PatchProposal, SandboxPolicy,
    SessionConfig, TaskId, ToolEndedBy, Undone,
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
        Input::ExecEnded { call_id, outcome } if session.state.has_background(&call_id) => {
            background_ended(call_id, outcome)
        }
        Input::ExecEnded { call_id, outcome } => {
            with_call(session, &call_id, |call| exec_ended(session, call, outcome))
        }
        Input::ToolEnded { call_id, outcome } => {
            with_call(session, &call_id, |call| tool_ended(call, outcome))
        }
        Input::Checkpointed { when, checkpoint, note } => {
            let fact = Fact::Checkpointed { when, checkpoint, note, attributed: true };
            Decision { facts: vec![fact], ..Decision::default() }
        }
        Input::FilesChanged { task_id, call_id, source, paths } => {
            undo::files_changed(task_id, call_id.as_ref(), source, &paths)
        }
        Input::UndoDone { id, result } => undo_done(id, result),
        Input::PatchWritten { call_id, result } => {
            with_call(session, &call_id, |call| written(session, call, result))
        }
        Input::Resumed => decide_resumed(session),
        Input::SandboxProbed(_) | Input::McpTools(_) | Input::Rules(_) | Input::Timer => Decision::default(),
    }
}

/// What follows from an op.
pub(crate) fn decide_op(session: &Session, id: OpId, op: Op, partial: Option<String>) -> Decision {
    let configured = session.state.config.is_some();
    if !configured && !matches!(op, Op::ConfigureSession { .. } | Op::Shutdown) {
        return complain(id, "the session is not configured yet: the first op must be configure_session");
    }
    if session.world.delays(&op) {
        return Decision { defer: Some((id.clone(), op)), op: id, ..Decision::default() };
    }
    match op {
        Op::ConfigureSession { config } => configure(session, id, config),
        Op::UserInput { items } if items.is_empty() => complain(id, "the prompt is empty"),
        Op::UserInput { items } => user_input(session, id, items),
        Op::Interrupt => interrupt(session, id, partial),
        Op::Decide { call_id, binding, decision, hunks, note } => {
            let answer = SubmittedDecision { call_id, binding, decision, hunks, note };
            approval::decide_answer(session, id, answer)
        }
        Op::StopCommand { call_id } if session.state.has_background(&call_id) => {
            effect(id, Effect::CancelExec { call_id })
        }
        Op::StopCommand { call_id } => {
            complain(id, &format!("no command of call {call_id} runs in the background"))
        }
        Op::Compact => compact(session, id),
        Op::Undo { task_id, mode } => undo::undo(session, id, task_id, mode),
        Op::Redo { mode } => undo::redo(session, id, mode),
        Op::SetTitle { title } if title.trim().is_empty() => complain(id, "the title is empty"),
        Op::SetTitle { title } => {
            let fact = Fact::Titled { title: title.trim().to_owned() };
            Decision { op: id, facts: vec![fact], effects: vec![Effect::Sync], ..Decision::default() }
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
    let mut effects = vec![Effect::Sync];
    if session.state.task.is_none() {
        let task_id = next_task(session);
        facts.push(Fact::TaskStarted { task_id });
        effects.push(Effect::Checkpoint { when: CheckpointWhen::BeforeTask { task_id } });
    }
    facts.push(Fact::Input { items });
    Decision { op: id, facts, effects, ..Decision::default() }
}

fn next_task(session: &Session) -> TaskId {
    TaskId(session.state.last_task.0 + 1)
}

fn compact(session: &Session, id: OpId) -> Decision {
    if session.state.task.is_some() {
        return complain(id, "a task is running: the conversation can be summarised when it has ended");
    }
    if session.state.history.items().iter().all(|item| matches!(**item, Item::Context { .. })) {
        return complain(id, "there is nothing to summarise yet");
    }
    let facts = vec![
        Fact::TaskStarted { task_id: next_task(session) },
        Fact::CompactionStarted { auto: false, trimmed: false },
    ];
    Decision { op: id, facts, effects: vec![Effect::Sync], ..Decision::default() }
}

fn undo_done(id: OpId, result: Result<Undone, ErrorInfo>) -> Decision {
    match result {
        Ok(undone) => Decision {
            op: id,
            facts: vec![Fact::Undone { undone }],
            effects: vec![Effect::Sync],
            ..Decision::default()
        },
        Err(error) => effect(id.clone(), Effect::Complain { id, error }),
    }
}

fn interrupt(session: &Session, id: OpId, partial: Option<String>) -> Decision {
    if session.state.task.is_none() {
        return Decision { op: id, ..Decision::default() };
    }
    let kept = partial
        .filter(|text| !text.is_empty() && session.world.sampling.is_some() && !session.is_compacting());
    let facts = kept
        .map(|text| Fact::ModelItem { item: Item::AgentMessage { id: None, text, interrupted: true } })
        .into_iter()
        .collect();
    Decision { facts, stop: Some(Stop::Abort(AbortReason::Interrupted)), ..Decision::default() }
}

fn decide_model(session: &Session, event: ModelEvent) -> Decision {
    if let Some(Task { compaction: Compaction::Underway { auto, .. }, attempts, .. }) = &session.state.task {
        return summarised(session, event, *auto, *attempts);
    }
    let fact = match event {
        ModelEvent::ItemDone(item) => Fact::ModelItem { item: with_usable_id(session, item) },
        ModelEvent::Completed { usage } => Fact::SamplingEnded { usage },
    };
    Decision { facts: vec![fact], ..Decision::default() }
}

/// What the model says while it makes a summary: its words are collected, and nothing else of it counts.
fn summarised(session: &Session, event: ModelEvent, auto: bool, attempt: u32) -> Decision {
    let ModelEvent::Completed { usage } = event else { return Decision::default() };
    let summary = session.world.summary.trim().to_owned();
    let fact = if summary.is_empty() {
        let error = ErrorInfo::new(ErrorKind::Model, "the model gave no summary of the conversation")
            .with_hint("try again, or begin a new session");
        Fact::SamplingFailed { error, retry_at_ms: None, attempt, max_retries: 0 }
    } else {
        Fact::Compacted { summary, auto, usage }
    };
    Decision { facts: vec![fact], effects: vec![Effect::Sync], ..Decision::default() }
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
    if failure.context_overflow
        && let Some(fact) = make_room(task)
    {
        return Decision { facts: vec![fact], ..Decision::default() };
    }
    let attempt = task.attempts.max(1);
    let max_retries = session.setup.retry.of(&failure);
    let retry_at_ms = (failure.retryable && attempt <= max_retries)
        .then(|| now_ms + retry::wait_ms(attempt, &failure, now_ms ^ (session.world.samplings << 32)));
    Decision {
        facts: vec![Fact::SamplingFailed { error: failure.error, retry_at_ms, attempt, max_retries }],
        ..Decision::default()
    }
}

/// What can be tried when the request was too much for the model: a summary, and then one of shortened outputs.
fn make_room(task: &Task) -> Option<Fact> {
    let open = task.open_calls().next().is_some();
    match task.compaction {
        _ if open => None,
        Compaction::None => Some(Fact::CompactionStarted { auto: true, trimmed: false }),
        Compaction::Underway { auto, trimmed: false } => {
            Some(Fact::CompactionStarted { auto, trimmed: true })
        }
        Compaction::Underway { trimmed: true, .. } | Compaction::Done => None,
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
                Fact::CallAnswered { item: call.answer(AnswerStatus::Failed, message) },
            ]
        }
    };
    Decision { facts, ..Decision::default() }
}

fn exec_ended(session: &Session, call: &Call, outcome: ExecOutcome) -> Decision {
    let answer = answers::exec(&outcome);
    let again = ask_again(session, call, &outcome);
    let held_answer = again.is_some().then(|| answer.clone());
    let next = match again {
        Some(approval) => Fact::Asked { approval: Box::new(approval) },
        None => {
            let status = match &outcome.end.ended_by {
                EndedBy::Exited { .. } | EndedBy::Signaled { .. } => AnswerStatus::Completed,
                EndedBy::Interrupted => AnswerStatus::Aborted,
                _ => AnswerStatus::Failed,
            };
            let success = outcome.end.ended_by == EndedBy::Exited { code: 0 };
            Fact::CallAnswered { item: call.answer_with(status, success, answer, Vec::new()) }
        }
    };
    let ended = ended_fact(call.id.clone(), outcome, held_answer);
    Decision { facts: vec![ended, next], effects: vec![Effect::Sync], ..Decision::default() }
}

/// A command that was left in the background has ended; its call was answered when it began.
fn background_ended(call_id: CallId, outcome: ExecOutcome) -> Decision {
    Decision { facts: vec![ended_fact(call_id, outcome, None)], ..Decision::default() }
}

fn ended_fact(call_id: CallId, outcome: ExecOutcome, held_answer: Option<String>) -> Fact {
    let ExecOutcome { end, output, denied, .. } = outcome;
    Fact::ExecEnded { call_id, output, end, denied, held_answer }
}

fn tool_ended(call: &Call, outcome: ToolOutcome) -> Decision {
    let ToolOutcome { result, model_output, images } = outcome;
    let status = match &result.ended_by {
        // a tool that says it could not has answered
        ToolEndedBy::Succeeded | ToolEndedBy::Failed => AnswerStatus::Completed,
        ToolEndedBy::Interrupted | ToolEndedBy::AppStopped => AnswerStatus::Aborted,
        ToolEndedBy::Rejected => AnswerStatus::Declined,
        ToolEndedBy::TimedOut { .. } | ToolEndedBy::Unavailable { .. } => AnswerStatus::Failed,
    };
    let answer = answers::tool(&result.ended_by, model_output);
    let item = call.answer_with(status, result.succeeded(), answer, images);
    Decision {
        facts: vec![Fact::ToolEnded { call_id: call.id.clone(), result }, Fact::CallAnswered { item }],
        ..Decision::default()
    }
}

/// On `on-failure`, a command that the sandbox refused something may be run again, if the person says so: with one thing more
/// allowed, or without the sandbox (B16).
fn ask_again(session: &Session, call: &Call, outcome: &ExecOutcome) -> Option<Approval> {
    let config = session.state.config.as_ref()?;
    let denial = outcome.denied.as_ref()?;
    let stopping = session.world.stopping.is_some();
    let by_itself = outcome.end.ended_by.exit_code().is_some();
    if config.policies.approval != ApprovalPolicy::OnFailure || stopping || !by_itself {
        return None;
    }
    let crate::tools::ToolCall::Shell(shell) = crate::tools::read_call(&call.item, &config.cwd, &[]) else {
        return None;
    };
    let reason = AskReason::SandboxDenied { what: denial.what.clone() };
    let bare = SandboxPolicy::DangerFullAccess;
    let subject = ask::exec(session, &shell, bare, &reason, denial.offer.as_ref());
    Some(ask::ask(call, reason, subject))
}

fn written(session: &Session, call: &Call, result: PatchWriteResult) -> Decision {
    let Some(proposal) = &call.proposal else { return Decision::default() };
    let declined = || answers::all_declined(proposal);
    let (ended_by, outcomes, item) = match result {
        PatchWriteResult::Written(outcomes) => {
            let as_proposed = outcomes.iter().all(|outcome| matches!(outcome, HunkOutcome::Written { .. }));
            let status = if as_proposed { AnswerStatus::Completed } else { AnswerStatus::Partial };
            let answer = answers::patch(proposal, &outcomes, call.note.as_deref());
            (PatchEndedBy::Written, outcomes, call.answer(status, answer))
        }
        PatchWriteResult::Failed(why) => {
            let answer = format!("the patch could not be written, and nothing was changed: {why}");
            (PatchEndedBy::Failed { why }, declined(), call.answer(AnswerStatus::Failed, answer))
        }
        PatchWriteResult::Interrupted => {
            let answer =
                "the patch could not be written, and nothing was changed: interrupted before it was written";
            (PatchEndedBy::Interrupted, declined(), call.answer(AnswerStatus::Aborted, answer))
        }
        // the approved patch is no longer the one that would be written: look again, and ask again
        PatchWriteResult::Changed(_) => {
            let config = session.state.config.as_ref();
            let call = config.and_then(|config| crate::turn::verify_effect(config, call));
            return Decision { effects: call.into_iter().collect(), ..Decision::default() };
        }
    };
    Decision {
        facts: vec![
            Fact::PatchEnded { call_id: call.id.clone(), ended_by, outcomes },
            Fact::CallAnswered { item },
        ],
        effects: vec![Effect::Sync],
        ..Decision::default()
    }
}

/// The app was not running for a while. What ran then is over, and nothing of it is done again; what waits for the person
/// still does.
fn decide_resumed(session: &Session) -> Decision {
    let stopped = "the app stopped";
    let ended = |call_id: &CallId| ended_fact(call_id.clone(), EndedBy::AppStopped.into(), None);
    let mut facts: Vec<Fact> =
        session.state.background.iter().map(|command| ended(&command.call_id)).collect();
    let Some(task) = &session.state.task else {
        return Decision { facts, ..Decision::default() };
    };
    for call in &task.calls {
        match &call.stage {
            Stage::Running if tools::is_command(&call.item) => {
                if !session.state.has_background(&call.id) {
                    facts.push(ended(&call.id));
                }
                let answer =
                    format!("aborted: {stopped} while this command ran; what it did up to then is done");
                facts.push(Fact::CallAnswered { item: call.answer(AnswerStatus::Aborted, answer) });
            }
            Stage::Running => facts.extend(tool_ended(call, ToolEndedBy::AppStopped.into()).facts),
            Stage::Writing => {
                let outcomes = call.proposal.as_ref().map(answers::all_declined).unwrap_or_default();
                let answer = format!(
                    "aborted: {stopped} while this patch was being written; read the files again before you go on"
                );
                let ended_by = PatchEndedBy::AppStopped;
                facts.push(Fact::PatchEnded { call_id: call.id.clone(), ended_by, outcomes });
                facts.push(Fact::CallAnswered { item: call.answer(AnswerStatus::Aborted, answer) });
            }
            // the end was recorded, the answer was not
            Stage::Ended => {
                let answer = call.held_answer.clone().unwrap_or_else(|| format!("aborted: {stopped}"));
                facts.push(Fact::CallAnswered { item: call.answer(AnswerStatus::Aborted, answer) });
            }
            _ => {}
        }
    }
    if task.phase == Phase::Sampling {
        facts.push(Fact::SamplingEnded { usage: None });
    }
    let mut effects = vec![Effect::Sync];
    let when = if waits_for_person(task) {
        (!session.state.checkpoints.has(task.id)).then_some(CheckpointWhen::BeforeTask { task_id: task.id })
    } else {
        facts.push(Fact::TaskAborted { task_id: task.id, reason: AbortReason::Interrupted });
        Some(CheckpointWhen::AfterTask { task_id: task.id })
    };
    effects.extend(when.map(|when| Effect::Checkpoint { when }));
    Decision { facts, effects, ..Decision::default() }
}

fn waits_for_person(task: &Task) -> bool {
    let waits =
        |call: &Call| matches!(call.stage, Stage::Asked(_) | Stage::Decided { .. } | Stage::Verified { .. });
    task.calls.iter().any(waits)
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
