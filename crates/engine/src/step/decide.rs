//! Decisions on one input. Look, and change nothing.

use crate::effect::Effect;
use crate::input::{FailureCause, Input, ModelEvent, ModelFailure};
use crate::model::call::Call;
use crate::model::compact;
use crate::model::session::Session;
use crate::model::task::{Compaction, TaskState};
use crate::model::world::StopCause;
use crate::retry;
use crate::step::answer::{self, SubmittedDecision};
use crate::step::call_ended::{background_ended, exec_ended, tool_ended, verified, written};
use crate::step::decision::Decision;
use crate::step::overlay::overlay_ended;
use crate::step::request::refused_tool;
use crate::step::{bring_in, compare, limit, patch_check, patch_review, resumed, side_question, undo};
use protocol::{
    AbortReason, AnswerCut, CallId, CheckpointWhen, ErrorInfo, ErrorKind, Fact, Item, LeftOut, Op, OpId,
    SessionConfig, TaskId, Undone,
};

/// Cut answers in a row after which a task is given up.
const MAX_CUT_ANSWERS: u32 = 3;

/// Retries of the request for a summary, on which a task does not depend.
const MAX_SUMMARY_RETRIES: u32 = 3;

/// Decides what follows from `input`.
pub(crate) fn decide(session: &Session, now_ms: u64, input: Input) -> Decision {
    match input {
        Input::Op { id, op, partial } => decide_op(session, now_ms, id, op, partial),
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
        Input::OverlayEnded { call_id, outcome, effects } => {
            with_call(session, &call_id, |call| overlay_ended(session, call, outcome, effects))
        }
        Input::CopyRead { call_id, result } => {
            with_call(session, &call_id, |call| bring_in::read(session, call, result))
        }
        Input::CheckEnded { call_id, outcome, unfit, .. } => {
            with_call(session, &call_id, |call| patch_check::ended(call, outcome, unfit))
        }
        Input::ReviewEnded { call_id, review, .. } => {
            with_call(session, &call_id, |call| patch_review::ended(call, *review))
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
        Input::SandboxProbed(_)
        | Input::McpTools(_)
        | Input::McpStarting { .. }
        | Input::McpStarted
        | Input::ModelListed { .. }
        | Input::Rules(_)
        | Input::ReviewWent { .. }
        | Input::Timer => Decision::default(),
    }
}

/// Decides what follows from an op.
pub(crate) fn decide_op(
    session: &Session,
    now_ms: u64,
    id: OpId,
    op: Op,
    partial: Option<String>,
) -> Decision {
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
        Op::Decide { call_id, binding, decision, hunks, note, comments, viewed, unattended } => {
            let submitted =
                SubmittedDecision { call_id, binding, decision, hunks, note, comments, viewed, unattended };
            answer::decide_answer(session, id, submitted)
        }
        Op::Check { call_id, binding, hunks } => {
            patch_check::check(session, id, (call_id, &binding), hunks.as_ref())
        }
        Op::FindNeeded { call_id, binding, hunks } => {
            patch_check::find_needed(session, id, (call_id, &binding), hunks.as_ref())
        }
        Op::StopCheck { call_id } => patch_check::stop(session, id, call_id),
        Op::SetCheck { check } => patch_check::set(session, id, check),
        Op::ReviewPatch { call_id, binding } => patch_review::review(session, id, &call_id, &binding),
        Op::StopReview { call_id } => patch_review::stop(session, id, call_id),
        Op::SetReviewer { reviewer } => patch_review::set(session, id, reviewer),
        Op::StopCommand { call_id } if session.state.has_background(&call_id) => {
            Decision::effect(id, Effect::CancelExec { call_id })
        }
        Op::StopCommand { call_id } => {
            Decision::complain(id, &format!("no command of call {call_id} runs in the background"))
        }
        Op::AskAside { text, about } => side_question::ask(session, id, &text, about.as_ref(), now_ms),
        Op::StopAside { asked } => Decision::effect(id, Effect::StopAside { asked }),
        Op::RaiseLimit { task_id, used, no_limit } => limit::raise(session, id, (task_id, used), no_limit),
        Op::Compact => begin_summary(session, id),
        // noted already: the next look at the state makes the attempt
        Op::RetryNow => Decision { op: id, ..Decision::default() },
        Op::Undo { task_id, mode } => undo::undo(session, id, task_id, mode),
        Op::Redo { mode } => undo::redo(session, id, mode),
        Op::Compare { scope } => compare::compare(session, id, scope),
        Op::ReadVersions { scope, path } => compare::read_versions(session, id, scope, path),
        Op::Revert { scope, part } => compare::revert(session, id, scope, part),
        Op::SetTitle { title } if title.trim().is_empty() => Decision::complain(id, "the title is empty"),
        Op::SetTitle { title } => {
            let fact = Fact::Titled { title: title.trim().to_owned() };
            Decision { op: id, facts: vec![fact], effects: vec![Effect::Sync], ..Decision::default() }
        }
        Op::SetPolicy { policies } => {
            Decision { op: id, facts: vec![Fact::PolicyChanged { policies }], ..Decision::default() }
        }
        Op::BringIn { copy } => bring_in::begin(session, id, copy),
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

fn begin_summary(session: &Session, id: OpId) -> Decision {
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
        Fact::CompactionStarted { auto: false, trimmed: false, window: None, budget: None, usage: None },
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
        .map(|text| Fact::ModelItem {
            item: Item::AgentMessage { id: None, text, interrupted: true, phase: None },
        })
        .into_iter()
        .collect();
    Decision { facts, stop: Some(StopCause::Abort(AbortReason::Interrupted)), ..Decision::default() }
}

fn decide_model(session: &Session, event: ModelEvent) -> Decision {
    let Some(task) = &session.state.task else { return Decision::default() };
    if task.is_compacting() {
        return summarised(session, task, event);
    }
    let facts = match event {
        ModelEvent::ItemDone(item) => vec![Fact::ModelItem { item: with_usable_id(session, item) }],
        ModelEvent::Completed { usage, cut } => {
            let ended = Fact::SamplingEnded { usage, cut };
            std::iter::once(ended).chain(given_up(task, cut).map(failed_for_good)).collect()
        }
    };
    Decision { facts, ..Decision::default() }
}

/// Returns the error a task ends with when its last answer is not whole, as those before it were not.
fn given_up(task: &TaskState, cut: Option<AnswerCut>) -> Option<ErrorInfo> {
    let answers = &task.answers;
    if cut.is_some() {
        let message = format!("the answer was cut off {} times in a row", answers.cut + 1);
        let error = ErrorInfo::new(ErrorKind::Model, message)
            .with_hint("ask for less at once, or choose a model that may say more");
        return (answers.cut >= MAX_CUT_ANSWERS).then_some(error);
    }
    let is_nothing = !answers.has_answered && answers.empty > 0;
    // with its work done, a model that has nothing to add has ended
    (is_nothing && task.last_message.is_none() && !task.has_worked).then(|| {
        ErrorInfo::new(ErrorKind::Model, "the model gave an empty answer, twice")
            .with_hint("ask again in other words, or choose another model")
    })
}

fn failed_for_good(error: ErrorInfo) -> Fact {
    Fact::SamplingFailed { error, retry_at_ms: None, attempt: 1, max_retries: 0, left_out: None }
}

/// Decides on what the model says while it makes a summary: its words are collected, and nothing else of it counts.
fn summarised(session: &Session, task: &TaskState, event: ModelEvent) -> Decision {
    let (ModelEvent::Completed { usage, cut }, Compaction::Underway { auto, trimmed, budget }) =
        (event, task.compaction)
    else {
        return Decision::default();
    };
    let mut summary = session.world.summary.trim().to_owned();
    let fact = if !summary.is_empty() {
        if cut.is_some() {
            summary.push_str("\n[the summary was cut off here]");
        }
        Fact::Compacted { summary, auto, usage, budget: session.limits().kept_bytes(), without_model: false }
    } else if !auto {
        failed_for_good(
            ErrorInfo::new(ErrorKind::Model, "the model gave no summary of the conversation")
                .with_hint("try again, or begin a new session"),
        )
    } else if !trimmed {
        // a shorter conversation is a simpler task
        Fact::CompactionStarted { auto, trimmed: true, window: None, budget, usage }
    } else {
        compact::without_model(&session.state.history, &session.limits(), auto, (None, usage))
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
    let (history, limits) = (&session.state.history, session.limits());
    if let FailureCause::Overflow { window } = &failure.cause
        && task.open_calls().next().is_none()
        && let Some(fact) = compact::make_room(history, task.compaction, &limits, *window)
    {
        return Decision { facts: vec![fact], ..Decision::default() };
    }
    let left_out = match &failure.cause {
        FailureCause::Pictures if history.has_pictures() => Some(LeftOut::Pictures),
        FailureCause::Reasoning if history.has_reasoning() => Some(LeftOut::Reasoning),
        FailureCause::Effort { takes } => session.state.effort_instead(takes),
        FailureCause::Tool(refused) => refused_tool(session, refused).map(|tool| LeftOut::Tool {
            name: tool.name.clone(),
            server: tool.server.clone(),
            tool: tool.tool.clone(),
        }),
        _ => None,
    };
    let attempt = task.attempts.max(1);
    let mut max_retries = session.setup.retry.of(&failure);
    let mut retry_at_ms = None;
    if left_out.is_some() {
        retry_at_ms = Some(now_ms);
    } else {
        if task.is_compacting() && failure.cause == FailureCause::Server {
            max_retries = max_retries.min(MAX_SUMMARY_RETRIES);
        }
        if failure.retryable && attempt <= max_retries {
            let seed = now_ms ^ (session.world.samplings << 32);
            retry_at_ms = Some(now_ms + retry::wait_ms(attempt, &failure, seed));
        }
    }
    let mut facts = Vec::new();
    let is_about_summary =
        matches!(failure.cause, FailureCause::Server | FailureCause::Other | FailureCause::Tool(_));
    match task.compaction {
        // a vendor that cannot make the summary must not end the task: without one it goes on
        Compaction::Underway { auto: true, .. } if retry_at_ms.is_none() && is_about_summary => {
            facts.push(compact::without_model(history, &limits, true, (None, None)));
        }
        _ => facts.push(Fact::SamplingFailed {
            error: failure.error,
            retry_at_ms,
            attempt,
            max_retries,
            left_out,
        }),
    }
    Decision { facts, ..Decision::default() }
}

fn with_call(session: &Session, id: &CallId, then: impl FnOnce(&Call) -> Decision) -> Decision {
    session.call(id).map(then).unwrap_or_default()
}
