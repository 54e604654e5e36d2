//! Next step of a turn, seen from the state alone: calls one after another, then the model again, then the
//! end.

use crate::answers;
use crate::command;
use crate::effect::{Effect, ExecRequest};
use crate::model::call::{Call, Stage};
use crate::model::compact;
use crate::model::failed_calls::MAX_EQUAL_FAILURES;
use crate::model::session::Session;
use crate::model::task::{Compaction, TaskPhase, TaskState};
use crate::model::vendor::Vendor;
use crate::model::world::StopCause;
use crate::prompt::Purpose;
use crate::safety::{ToolVerdict, Verdict, exec_verdict, known_by_name, tool_verdict};
use crate::step::decision::Decision;
use crate::step::{
    bring_in, effects, environment, limit, patch, patch_check, patch_review, question, request,
};
use crate::tools::{self, ReadTool, ShellCall, ToolCall};
use protocol::{
    AbortReason, AnswerStatus, ApprovalPolicy, ApprovalSubject, AskReason, CheckpointWhen, CommandPreview,
    EndedBy, ErrorInfo, ErrorKind, Fact, Item, ReviewDecision, ReviewEndedBy, SandboxPolicy, SessionConfig,
    ToolEndedBy, ToolInvocation,
};
use std::path::Path;
use std::sync::Arc;

/// The next thing to do; `None` when the world must move first.
pub(crate) fn advance(session: &Session, now_ms: u64) -> Option<Decision> {
    if session.world.held {
        return None;
    }
    if let Some(stop) = &session.world.stopping {
        return stopped(session, stop);
    }
    let config = session.state.config.as_ref()?;
    let task = session.state.task.as_ref()?;
    if task.open_calls().next().is_some() {
        return advance_calls(session, config, task);
    }
    let asks_next = match task.phase {
        TaskPhase::Ready => true,
        TaskPhase::Settled => task.has_news(),
        _ => false,
    };
    // tools that are offered later lose the vendor's cache, and the model what it could have done
    if let Some(until_ms) = session.world.mcp_wait.and_then(|wait| wait.until_ms)
        && asks_next
        && now_ms < until_ms
    {
        return (session.world.alarm != Some(until_ms))
            .then(|| Decision { effects: vec![Effect::WakeAt(until_ms)], ..Decision::default() });
    }
    if asks_next && task.budget.reached.is_some() {
        return None;
    }
    if asks_next && let Some(decision) = limit::reached(session, config, task) {
        return Some(decision);
    }
    if asks_next && task.repeats.is_stuck() {
        return Some(Decision::facts(vec![stuck()]));
    }
    let limits = session.limits();
    if asks_next
        && task.compaction == Compaction::None
        && limits.is_due(&session.state.history, task.pending_bytes())
    {
        return Some(Decision::facts(vec![compact::begin(&session.state.history, &limits)]));
    }
    match task.phase {
        TaskPhase::Sampling => None,
        // asked for each time: a clock that was set back, or a restart, has lost the alarm
        TaskPhase::Backoff { at_ms } if now_ms < at_ms && !session.world.retries_now => (session.world.alarm
            != Some(at_ms))
        .then(|| Decision { effects: vec![Effect::WakeAt(at_ms)], ..Decision::default() }),
        TaskPhase::Ready | TaskPhase::Backoff { .. } => Some(sample(session, config, task, now_ms)),
        TaskPhase::Settled if task.has_news() => Some(sample(session, config, task, now_ms)),
        TaskPhase::Settled => Some(complete(task, now_ms)),
        TaskPhase::Failed => Some(Decision {
            effects: vec![after(task.id)],
            ..Decision::facts(vec![Fact::TaskAborted { task_id: task.id, reason: AbortReason::Failed }])
        }),
    }
}

/// The end of a task whose model makes one call again and again though it fails.
fn stuck() -> Fact {
    let message = format!(
        "the agent was stopped: it made the same call {MAX_EQUAL_FAILURES} times, and it failed each time"
    );
    let error =
        ErrorInfo::new(ErrorKind::Model, message).with_hint("tell it what to try instead, or to go on");
    Fact::SamplingFailed { error, retry_at_ms: None, attempt: 0, max_retries: 0, left_out: None }
}

/// The files are kept as the agent leaves them.
fn after(task_id: protocol::TaskId) -> Effect {
    Effect::Checkpoint { when: CheckpointWhen::AfterTask { task_id } }
}

/// The end of a stop, once nothing runs any more.
fn stopped(session: &Session, stop: &StopCause) -> Option<Decision> {
    let over = match stop {
        StopCause::Abort(_) => session.world.in_flight.is_empty(),
        StopCause::Shutdown(_) => session.world.is_at_rest(),
    };
    if !over {
        return None;
    }
    match (stop, &session.state.task) {
        (StopCause::Abort(reason), Some(task)) => Some(Decision {
            facts: patch_review::cut_off_facts(session, &ReviewEndedBy::Stopped)
                .chain([Fact::TaskAborted { task_id: task.id, reason: *reason }])
                .collect(),
            effects: vec![Effect::Sync, after(task.id)],
            stopped: true,
            ..Decision::default()
        }),
        (StopCause::Abort(_), None) => Some(Decision { stopped: true, ..Decision::default() }),
        (StopCause::Shutdown(id), _) => Some(Decision {
            op: id.clone(),
            facts: patch_review::cut_off_facts(session, &ReviewEndedBy::AppStopped).collect(),
            effects: vec![Effect::Sync, Effect::Shutdown { id: id.clone() }],
            stopped: true,
            ..Decision::default()
        }),
    }
}

fn complete(task: &TaskState, now_ms: u64) -> Decision {
    let last_agent_message = task.last_message.clone();
    let mut effects = vec![Effect::Sync];
    if task.may_have_written() {
        effects.push(after(task.id));
    }
    // of what the person did without the model they need not be told
    if !task.said.is_empty() {
        effects.push(Effect::Notify {
            turn_id: task.op.clone(),
            input_messages: task.said.clone(),
            last_agent_message: last_agent_message.clone(),
        });
    }
    Decision {
        facts: vec![Fact::TaskCompleted {
            task_id: task.id,
            last_agent_message,
            duration_ms: now_ms.saturating_sub(task.started_ms),
        }],
        effects,
        op: task.op.clone(),
        ..Decision::default()
    }
}

fn sample(session: &Session, config: &SessionConfig, task: &TaskState, now_ms: u64) -> Decision {
    let mut history = session.state.history.for_vendor(&Vendor::of(config));
    if let Compaction::Underway { trimmed, budget, .. } = task.compaction {
        let fact = Fact::SamplingStarted { context: None, attempt: task.attempts + 1 };
        let items = compact::prompt_items(&history, trimmed, budget);
        return ask(session, config, fact, items, Purpose::Summarise);
    }
    let context = environment::context(session, config, now_ms);
    let context = (session.state.context.as_ref() != Some(&context)).then_some(context);
    let fact = Fact::SamplingStarted { context: context.clone(), attempt: task.attempts + 1 };

    // the prompt is what the history will be once the record is folded
    for text in session.state.notices.iter().cloned().chain(context) {
        history.push(protocol::Item::Context { text });
    }
    for items in &task.pending {
        history.push_user(items.clone());
    }
    ask(session, config, fact, history.into_items(), Purpose::Work)
}

fn ask(
    session: &Session,
    config: &SessionConfig,
    fact: Fact,
    items: Vec<Arc<protocol::Item>>,
    purpose: Purpose,
) -> Decision {
    let prompt = request::prompt(session, config, items, purpose);
    let effect = Effect::Sample { sampling: session.world.samplings + 1, prompt: Box::new(prompt) };
    Decision { facts: vec![fact], effects: vec![effect], ..Decision::default() }
}

/// The next thing to do for the calls of a turn. Those that change nothing overlap; a writer waits until all before it are
/// answered, and all after it wait for it.
fn advance_calls(session: &Session, config: &SessionConfig, task: &TaskState) -> Option<Decision> {
    let mut calls = task.open_calls();
    let first = calls.next()?;
    if let Some(decision) = advance_call(session, config, first) {
        return Some(decision);
    }
    let overlaps = |call: &Call| !call.is_waiting() && overlaps(session, config, call);
    // to tell takes reading the script again, for which there is a reason only with more than one
    let mut later = calls.peekable();
    if later.peek().is_none() || !overlaps(first) {
        return None;
    }
    later.take_while(|call| overlaps(call)).find_map(|call| advance_call(session, config, call))
}

/// Reports whether a call changes nothing, so that others may run at the same time.
fn overlaps(session: &Session, config: &SessionConfig, call: &Call) -> bool {
    match tools::read_call(&call.item, &config.cwd, &session.world.mcp_tools) {
        ToolCall::Read(ReadTool::StopCommand(_)) | ToolCall::Plan(_) | ToolCall::Patch { .. } => false,
        ToolCall::Mcp(mcp) => {
            mcp.tool.read_only
                && tool_verdict(&config.policies, &mcp.tool, &session.state.grants) == ToolVerdict::Run
        }
        ToolCall::Shell(shell) => !shell.background && !shell.escalated && command::is_safe(&shell.argv),
        ToolCall::Read(_) | ToolCall::Unusable(_) => true,
    }
}

fn advance_call(session: &Session, config: &SessionConfig, call: &Call) -> Option<Decision> {
    if session.world.in_flight.contains(&call.id) {
        return None;
    }
    match &call.stage {
        Stage::New if call.copy.is_some() => Some(Decision {
            effects: bring_in::read_effect(config, call).into_iter().collect(),
            ..Decision::default()
        }),
        Stage::New => begin_call(session, config, call),
        Stage::Verified { changed } => Some(patch::judge_patch(session, config, call, changed.as_deref())),
        Stage::Decided { approval, decision, hunks } => Some(match &approval.subject {
            ApprovalSubject::Exec { argv, cwd, sandbox, offer, preview, .. } => {
                let preview = preview.as_deref().and_then(CommandPreview::sandbox);
                let sandbox = match (*decision, offer, preview) {
                    (ReviewDecision::ApprovedWithGrant, Some(offer), _) => &offer.sandbox,
                    (ReviewDecision::Preview, _, Some(preview)) => preview,
                    _ => sandbox,
                };
                carry_out_exec(session, config, call, (argv, cwd, sandbox), *decision)
            }
            ApprovalSubject::Patch { .. } => patch::carry_out_patch(session, call, *decision, hunks.as_ref()),
            ApprovalSubject::Tool { invocation, .. } => carry_out_tool(call, invocation, *decision),
        }),
        Stage::Asked(_) => patch_check::advance(session, config, call)
            .or_else(|| patch_review::advance(session, config, call)),
        Stage::Running | Stage::Writing { .. } | Stage::Ended | Stage::Answered => None,
    }
}

fn begin_call(session: &Session, config: &SessionConfig, call: &Call) -> Option<Decision> {
    match tools::read_call(&call.item, &config.cwd, &session.world.mcp_tools) {
        ToolCall::Unusable(message) => Some(Decision::reject(call, message)),
        ToolCall::Read(tool) => Some(run_read_tool(config, call, tool)),
        ToolCall::Mcp(mcp) => Some(match tool_verdict(&config.policies, &mcp.tool, &session.state.grants) {
            ToolVerdict::Run => call_mcp(mcp.invocation(&call.id)),
            ToolVerdict::Ask => {
                question::ask_person(call, AskReason::UntrustedTool, question::tool(call, &mcp))
            }
            ToolVerdict::Refuse => Decision::reject(
                call,
                "tool call rejected: the tool is not trusted, and the approval policy is never".to_owned(),
            ),
        }),
        ToolCall::Plan(plan) => Some(Decision::facts(vec![
            Fact::PlanUpdated { call_id: call.id.clone(), plan },
            Fact::CallAnswered { item: call.answer(AnswerStatus::Completed, "Plan updated") },
        ])),
        ToolCall::Patch { .. } => Some(Decision {
            effects: verify_effect(config, call).into_iter().collect(),
            ..Decision::default()
        }),
        ToolCall::Shell(shell) => {
            // whether it may run depends on what the sandbox can hold
            let report = session.world.sandbox.as_ref()?;
            let grants = &session.state.grants;
            let verdict = exec_verdict(
                &config.policies,
                (report.level, report.no_overlay.as_deref()),
                &shell,
                grants,
                &session.world.rules,
            );
            Some(match verdict {
                Verdict::Run { sandbox } => {
                    let rules = &session.world.rules;
                    start_exec(
                        config,
                        call,
                        &shell,
                        (sandbox, false),
                        rules.allowing(&shell.argv, &shell.cwd),
                    )
                }
                Verdict::RunInOverlay { sandbox } => {
                    start_exec(config, call, &shell, (sandbox, true), Vec::new())
                }
                Verdict::Ask { why, sandbox } => {
                    // what it lacked when it last ran in the sandbox may be all it needs
                    let refused = grants
                        .refused(&shell.argv, &shell.cwd)
                        .filter(|_| matches!(why, AskReason::Escalation { .. }));
                    let subject = question::exec(session, &shell, sandbox, &why, refused);
                    question::ask_person(call, why, subject)
                }
                Verdict::Refuse { why } => Decision::reject(call, format!("exec command rejected: {why}")),
            })
        }
    }
}

fn run_read_tool(config: &SessionConfig, call: &Call, tool: ReadTool) -> Decision {
    let arguments = match &*call.item {
        Item::FunctionCall { arguments, .. } => arguments.clone(),
        _ => String::new(),
    };
    let invocation = tool.invocation(&call.id, &config.cwd, arguments);
    Decision {
        effects: vec![Effect::Read {
            call_id: call.id.clone(),
            tool,
            session_cwd: config.cwd.clone(),
            sandbox: config.policies.sandbox.clone(),
        }],
        ..Decision::facts(vec![Fact::ToolStarted { invocation }])
    }
}

fn call_mcp(invocation: ToolInvocation) -> Decision {
    let effect = Effect::CallMcp {
        call_id: invocation.call_id.clone(),
        server: invocation.server.clone().unwrap_or_default(),
        tool: invocation.tool.clone(),
        arguments: invocation.arguments.clone(),
    };
    // on disk before it goes out: nobody knows what such a tool does, so it must never be called twice
    Decision {
        effects: vec![Effect::Sync, effect],
        ..Decision::facts(vec![Fact::ToolStarted { invocation }])
    }
}

fn carry_out_tool(call: &Call, invocation: &ToolInvocation, decision: ReviewDecision) -> Decision {
    if decision.approves() {
        return call_mcp(invocation.clone());
    }
    let ended_by = ToolEndedBy::Rejected;
    let answer = answers::with_words(answers::tool(&ended_by, String::new()), call);
    Decision::facts(vec![
        Fact::ToolEnded { call_id: call.id.clone(), result: ended_by.into() },
        Fact::CallAnswered { item: call.answer(AnswerStatus::Declined, answer) },
    ])
}

/// The effect that checks the patch of a call; `None` for a call of another tool.
pub(crate) fn verify_effect(config: &SessionConfig, call: &Call) -> Option<Effect> {
    if call.copy.is_some() {
        return bring_in::read_effect(config, call);
    }
    match tools::read_call(&call.item, &config.cwd, &[]) {
        ToolCall::Patch { patch, cwd } => Some(Effect::VerifyPatch {
            call_id: call.id.clone(),
            patch,
            cwd,
            sandbox: config.policies.sandbox.clone(),
        }),
        _ => None,
    }
}

fn start_exec(
    config: &SessionConfig,
    call: &Call,
    shell: &ShellCall,
    (sandbox, overlay): (SandboxPolicy, bool),
    rules: Vec<Vec<String>>,
) -> Decision {
    let call_id = call.id.clone();
    let background = shell.background;
    let mut facts = vec![Fact::ExecStarted {
        call_id: call_id.clone(),
        argv: shell.argv.clone(),
        cwd: shell.cwd.clone(),
        sandbox: sandbox.clone(),
        background,
        overlay,
        rules,
    }];
    if background {
        let answer = format!(
            "started in the background as `{call_id}`; `command_output` reads what it prints, `stop_command` ends it"
        );
        facts.push(Fact::CallAnswered { item: call.answer(AnswerStatus::Completed, answer) });
    }
    let mut effects = Vec::new();
    let may_write = match &sandbox {
        SandboxPolicy::ReadOnly { granted, .. } => !granted.write.is_empty(),
        _ => true,
    };
    if may_write && !overlay && !command::is_safe(&shell.argv) {
        let when = CheckpointWhen::BeforeCommand { call_id: call_id.clone() };
        effects.push(Effect::Checkpoint { when });
    }
    let known_by_name = known_by_name(config, &shell.argv, &sandbox);
    effects.push(Effect::Run {
        call_id,
        request: ExecRequest {
            known_by_name,
            argv: shell.argv.clone(),
            cwd: shell.cwd.clone(),
            session_cwd: config.cwd.clone(),
            timeout_ms: shell.timeout_ms,
            sandbox,
            background,
            overlay,
        },
    });
    Decision { facts, effects, ..Decision::default() }
}

/// Runs exactly the command that was shown, or answers that it was declined.
fn carry_out_exec(
    session: &Session,
    config: &SessionConfig,
    call: &Call,
    (argv, cwd, sandbox): (&[String], &Path, &SandboxPolicy),
    decision: ReviewDecision,
) -> Decision {
    let ToolCall::Shell(mut shell) = tools::read_call(&call.item, &config.cwd, &[]) else {
        return Decision::reject(call, "the call can no longer be read".to_owned());
    };
    if decision == ReviewDecision::PreviewUsed {
        return Decision::facts(vec![effects::answered(call)]);
    }
    if decision.approves() {
        shell.argv = argv.to_vec();
        cwd.clone_into(&mut shell.cwd);
        // access was allowed, and what it changes with it was not seen yet
        let with_grant = decision == ReviewDecision::ApprovedWithGrant
            && (config.policies.approval == ApprovalPolicy::OnEffect || call.in_overlay)
            && !shell.background
            && matches!(sandbox, SandboxPolicy::WorkspaceWrite { .. });
        let overlay = with_grant || decision == ReviewDecision::Preview;
        return start_exec(config, call, &shell, (sandbox.clone(), overlay), Vec::new());
    }
    if call.in_overlay && call.held_answer.is_some() {
        return effects::go_on(session, call);
    }
    let Some(held) = &call.held_answer else {
        let answer = answers::with_words("exec command rejected by user".to_owned(), call);
        let (call_id, output) = (call.id.clone(), String::new());
        let end = EndedBy::Rejected.into();
        return Decision::facts(vec![
            Fact::ExecEnded {
                call_id,
                output,
                end,
                denied: None,
                held_answer: None,
                held_effects: None,
                as_previewed: None,
            },
            Fact::CallAnswered { item: call.answer(AnswerStatus::Declined, answer) },
        ]);
    };
    // it ran in the sandbox, and the person did not let it run again
    let answer = answers::with_words(held.clone(), call);
    Decision::facts(vec![Fact::CallAnswered {
        item: call.answer_with(AnswerStatus::Completed, false, answer, Vec::new()),
    }])
}
