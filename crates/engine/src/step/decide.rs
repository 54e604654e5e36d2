//! Decisions on one input. Look, and change nothing.

use crate::effect::Effect;
use crate::input::{Input, ModelEvent, ModelFailure};
use crate::model::call::Call;
use crate::model::session::Session;
use crate::model::task::{Compaction, TaskState};
use crate::model::world::StopCause;
use crate::retry;
use crate::step::answer::{self, SubmittedDecision};
use crate::step::call_ended::{background_ended, exec_ended, tool_ended, verified, written};
use crate::step::decision::Decision;
use crate::step::{resumed, undo};
use protocol::{
    AbortReason, CallId, CheckpointWhen, ErrorInfo, ErrorKind, Fact, Item, Op, OpId, SessionConfig, TaskId,
    Undone,
};

/// Decides what follows from `input`.
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
        Input::Checkpointed { when, checkpoint, note, lost } => {
            let lost = match when {
                CheckpointWhen::AfterTask { task_id } if !lost.is_empty() => {
                    Some(Fact::FilesLost { task_id, lost })
                }
                _ => None,
            };
            let fact = Fact::Checkpointed { when, checkpoint, note, attributed: true };
            Decision { facts: std::iter::once(fact).chain(lost).collect(), ..Decision::default() }
        }
        Input::FilesChanged { task_id, call_id, source, paths } => {
            undo::files_changed(task_id, call_id.as_ref(), source, &paths)
        }
        Input::UndoDone { id, result } => undo_done(id, result),
        Input::PatchWritten { call_id, result } => {
            with_call(session, &call_id, |call| written(session, call, result))
        }
        Input::Resumed { patches, undone } => resumed::decide_resumed(session, &patches, undone),
        Input::SandboxProbed(_) | Input::McpTools(_) | Input::Rules(_) | Input::Timer => Decision::default(),
    }
}

/// Decides what follows from an op.
pub(crate) fn decide_op(session: &Session, id: OpId, op: Op, partial: Option<String>) -> Decision {
    let configured = session.state.config.is_some();
    if !configured && !matches!(op, Op::ConfigureSession { .. } | Op::Shutdown) {
        return Decision::complain(
            id,
            "the session is not configured yet: the first op must be configure_session",
        );
    }
    if session.world.delays(&op) {
        return Decision { defer: Some((id.clone(), op)), op: id, ..Decision::default() };
    }
    match op {
        Op::ConfigureSession { config } => configure(session, id, config),
        Op::UserInput { items } if items.is_empty() => Decision::complain(id, "the prompt is empty"),
        Op::UserInput { items } => user_input(session, id, items),
        Op::Interrupt => interrupt(session, id, partial),
        Op::Decide { call_id, binding, decision, hunks, note } => {
            let submitted = SubmittedDecision { call_id, binding, decision, hunks, note };
            answer::decide_answer(session, id, submitted)
        }
        Op::StopCommand { call_id } if session.state.has_background(&call_id) => {
            Decision::effect(id, Effect::CancelExec { call_id })
        }
        Op::StopCommand { call_id } => {
            Decision::complain(id, &format!("no command of call {call_id} runs in the background"))
        }
        Op::Compact => compact(session, id),
        Op::Undo { task_id, mode } => undo::undo(session, id, task_id, mode),
        Op::Redo { mode } => undo::redo(session, id, mode),
        Op::SetTitle { title } if title.trim().is_empty() => Decision::complain(id, "the title is empty"),
        Op::SetTitle { title } => {
            let fact = Fact::Titled { title: title.trim().to_owned() };
            Decision { op: id, facts: vec![fact], effects: vec![Effect::Sync], ..Decision::default() }
        }
        Op::SetPolicy { policies } => {
            Decision { op: id, facts: vec![Fact::PolicyChanged { policies }], ..Decision::default() }
        }
        Op::AddToHistory { text } => Decision::effect(id, Effect::AddToHistory { text }),
        Op::GetHistoryEntryRequest { log_id, offset } => {
            Decision::effect(id.clone(), Effect::LookUpHistory { id, log_id, offset })
        }
        // the task is left as it is: a pending approval is asked again when the session goes on
        Op::Shutdown => {
            Decision { op: id.clone(), stop: Some(StopCause::Shutdown(id)), ..Decision::default() }
        }
    }
}

fn configure(session: &Session, id: OpId, config: Box<SessionConfig>) -> Decision {
    if !config.cwd.is_absolute() {
        return Decision::complain(
            id,
            &format!("the session's folder must be an absolute path, not `{}`", config.cwd.display()),
        );
    }
    if session.state.task.is_some() && !session.world.held {
        return Decision {
            op: id.clone(),
            stop: Some(StopCause::Abort(AbortReason::Replaced)),
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
        return Decision::complain(
            id,
            "a task is running: the conversation can be summarised when it has ended",
        );
    }
    if session.state.history.items().iter().all(|item| matches!(**item, Item::Context { .. })) {
        return Decision::complain(id, "there is nothing to summarise yet");
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
        Err(error) => Decision::effect(id.clone(), Effect::Complain { id, error }),
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
    Decision { facts, stop: Some(StopCause::Abort(AbortReason::Interrupted)), ..Decision::default() }
}

fn decide_model(session: &Session, event: ModelEvent) -> Decision {
    if let Some(TaskState { compaction: Compaction::Underway { auto, .. }, attempts, .. }) =
        &session.state.task
    {
        return summarised(session, event, *auto, *attempts);
    }
    let fact = match event {
        ModelEvent::ItemDone(item) => Fact::ModelItem { item: with_usable_id(session, item) },
        ModelEvent::Completed { usage } => Fact::SamplingEnded { usage },
    };
    Decision { facts: vec![fact], ..Decision::default() }
}

/// Decides on what the model says while it makes a summary: its words are collected, and nothing else of it counts.
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

/// Returns the next attempt at a request that was too much for the model: a summary, and then one of shortened outputs.
fn make_room(task: &TaskState) -> Option<Fact> {
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

fn with_call(session: &Session, id: &CallId, then: impl FnOnce(&Call) -> Decision) -> Decision {
    session.call(id).map(then).unwrap_or_default()
}
