//! What is to be done next, seen from the state alone: calls one after another, then the model again, then the end.

use crate::answers;
use crate::effect::{Effect, ExecRequest};
use crate::prompt::Prompt;
use crate::safety::{Verdict, exec_verdict, patch_verdict};
use crate::session::{Decision, Session, Stop};
use crate::state::{Call, Phase, Stage, Task};
use crate::tools::{self, ShellCall, ToolCall};
use protocol::{
    AbortReason, ApprovalPolicy, AskReason, CallId, ExecApprovalRequest, Fact, PatchDecision, ReviewDecision,
    SandboxPolicy, SessionConfig,
};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

static BASE_INSTRUCTIONS: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from(include_str!("instructions.md")));

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
    if let Some(call) = task.current_call() {
        return advance_call(session, config, call);
    }
    match task.phase {
        Phase::Sampling => None,
        // asked for each time: a clock that was set back, or a restart, has lost the alarm
        Phase::Backoff { at_ms } if now_ms < at_ms => (session.world.alarm != Some(at_ms))
            .then(|| Decision { effects: vec![Effect::WakeAt(at_ms)], ..Decision::default() }),
        Phase::Ready | Phase::Backoff { .. } => Some(sample(session, config, task, now_ms)),
        Phase::Settled if !task.calls.is_empty() || !task.pending.is_empty() => {
            Some(sample(session, config, task, now_ms))
        }
        Phase::Settled => Some(complete(task, now_ms)),
        Phase::Failed => {
            Some(facts(vec![Fact::TaskAborted { task_id: task.id, reason: AbortReason::Failed }]))
        }
    }
}

/// The end of a stop, once nothing runs any more.
fn stopped(session: &Session, stop: &Stop) -> Option<Decision> {
    if !session.world.in_flight.is_empty() {
        return None;
    }
    match (stop, &session.state.task) {
        (Stop::Abort(reason), Some(task)) => Some(Decision {
            facts: vec![Fact::TaskAborted { task_id: task.id, reason: *reason }],
            effects: vec![Effect::Sync],
            stopped: true,
            ..Decision::default()
        }),
        (Stop::Abort(_), None) => Some(Decision { stopped: true, ..Decision::default() }),
        (Stop::Shutdown(id), _) => Some(Decision {
            op: id.clone(),
            effects: vec![Effect::Sync, Effect::Shutdown { id: id.clone() }],
            stopped: true,
            ..Decision::default()
        }),
    }
}

fn complete(task: &Task, now_ms: u64) -> Decision {
    let last_agent_message = task.last_message.clone();
    Decision {
        facts: vec![Fact::TaskCompleted {
            task_id: task.id,
            last_agent_message: last_agent_message.clone(),
            duration_ms: now_ms.saturating_sub(task.started_ms),
        }],
        effects: vec![
            Effect::Sync,
            Effect::Notify {
                turn_id: task.op.clone(),
                input_messages: task.said.clone(),
                last_agent_message,
            },
        ],
        op: task.op.clone(),
        ..Decision::default()
    }
}

fn sample(session: &Session, config: &SessionConfig, task: &Task, now_ms: u64) -> Decision {
    let context = environment_context(session, config, now_ms);
    let context = (session.state.context.as_ref() != Some(&context)).then_some(context);
    let fact = Fact::SamplingStarted { context: context.clone(), attempt: task.attempts + 1 };

    // the prompt is what the history will be once the record is folded
    let mut history = session.state.history.clone();
    if let Some(text) = context {
        history.push(protocol::Item::Context { text });
    }
    for items in &task.pending {
        history.push_user(items.clone());
    }
    let prompt = Prompt {
        model: config.model.clone(),
        instructions: config
            .base_instructions
            .as_deref()
            .map_or_else(|| BASE_INSTRUCTIONS.clone(), Arc::from),
        items: history.into_items(),
        tools: session.setup.tools.clone(),
        reasoning_effort: config.reasoning_effort,
        store: !config.disable_response_storage,
        cache_key: session.setup.cache_key.clone(),
    };
    let effect = Effect::Sample { sampling: session.world.samplings + 1, prompt: Box::new(prompt) };
    Decision { facts: vec![fact], effects: vec![effect], ..Decision::default() }
}

/// Where the model works and what it may do there (B6).
fn environment_context(session: &Session, config: &SessionConfig, now_ms: u64) -> String {
    let policies = &config.policies;
    let mut text = String::from("<environment_context>\n");
    let _ = writeln!(text, "cwd: {}", config.cwd.display());
    let approval = match policies.approval {
        ApprovalPolicy::Untrusted => "untrusted (anything not known to be harmless is asked)",
        ApprovalPolicy::OnFailure => "on-failure (what the sandbox refuses may be allowed by the person)",
        ApprovalPolicy::OnRequest => "on-request (you may ask for more with with_escalated_permissions)",
        ApprovalPolicy::Never => "never (nobody is there to ask; work within the sandbox)",
    };
    let _ = writeln!(text, "approval policy: {approval}");
    let _ = match &policies.sandbox {
        SandboxPolicy::ReadOnly { .. } => writeln!(text, "sandbox: read-only"),
        SandboxPolicy::WorkspaceWrite { writable_roots, .. } => {
            let further: Vec<String> = writable_roots.iter().map(|root| root.display().to_string()).collect();
            writeln!(
                text,
                "sandbox: workspace-write (writable: cwd, temporary folders{}{}; .git and editor settings are read-only)",
                if further.is_empty() { "" } else { ", " },
                further.join(", ")
            )
        }
        SandboxPolicy::DangerFullAccess => writeln!(text, "sandbox: none (danger-full-access)"),
    };
    let network = match policies.sandbox.network() {
        protocol::NetworkAccess::None => "none but 127.0.0.1 inside the sandbox",
        protocol::NetworkAccess::Full => "full",
    };
    let _ = writeln!(text, "network: {network}");
    if policies.review_patches && policies.approval != ApprovalPolicy::Never {
        text.push_str("patches: each is reviewed by the person, hunk by hunk, before it is written\n");
    }
    if let Some(report) = &session.world.sandbox
        && report.level != protocol::SandboxLevel::Full
    {
        let _ = writeln!(text, "sandbox level: {:?} ({})", report.level, report.gaps.join("; "));
    }
    text.push_str("shell: bash\n");
    let (year, month, day) = civil_date(now_ms);
    let _ = writeln!(text, "date: {year:04}-{month:02}-{day:02}");
    text.push_str("</environment_context>");
    text
}

/// The date in UTC of a time in milliseconds since the Unix epoch, by the proleptic Gregorian calendar.
fn civil_date(now_ms: u64) -> (u64, u64, u64) {
    // years are counted from March, so that the leap day is the last of its year
    let days = now_ms / 86_400_000 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

fn advance_call(session: &Session, config: &SessionConfig, call: &Call) -> Option<Decision> {
    if session.world.in_flight.contains(&call.id) {
        return None;
    }
    match &call.stage {
        Stage::New => begin_call(session, config, call),
        Stage::Verified { changed } => Some(judge_patch(session, config, call, changed.as_deref())),
        Stage::DecidedExec { request, decision } => Some(carry_out_exec(config, call, request, *decision)),
        Stage::DecidedPatch { decision } => Some(carry_out_patch(call, decision)),
        Stage::AskedExec(_)
        | Stage::AskedPatch(_)
        | Stage::Running
        | Stage::Writing
        | Stage::Ended
        | Stage::Answered => None,
    }
}

fn begin_call(session: &Session, config: &SessionConfig, call: &Call) -> Option<Decision> {
    match tools::read_call(&call.item, &config.cwd) {
        ToolCall::Unusable(message) => Some(reject(call, message)),
        ToolCall::Plan(plan) => Some(facts(vec![
            Fact::PlanUpdated { call_id: call.id.clone(), plan },
            Fact::CallAnswered { item: call.output("Plan updated", true) },
        ])),
        ToolCall::Patch { .. } => Some(Decision {
            effects: verify_effect(config, call).into_iter().collect(),
            ..Decision::default()
        }),
        ToolCall::Shell(shell) => {
            // whether it may run depends on what the sandbox can hold
            let report = session.world.sandbox.as_ref()?;
            Some(match exec_verdict(&config.policies, report.level, &shell, &session.state.grants) {
                Verdict::Run { sandbox } => start_exec(config, &call.id, &shell, sandbox),
                Verdict::Ask { why, sandbox } => Decision {
                    facts: vec![Fact::ExecApprovalAsked {
                        request: Box::new(answers::exec_request(call, &shell, sandbox, why)),
                    }],
                    effects: vec![Effect::Sync],
                    ..Decision::default()
                },
                Verdict::Refuse { why } => reject(call, format!("exec command rejected: {why}")),
            })
        }
    }
}

/// The effect that checks the patch of a call; `None` for a call of another tool.
pub(crate) fn verify_effect(config: &SessionConfig, call: &Call) -> Option<Effect> {
    match tools::read_call(&call.item, &config.cwd) {
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
    call_id: &CallId,
    shell: &ShellCall,
    sandbox: SandboxPolicy,
) -> Decision {
    Decision {
        facts: vec![Fact::ExecStarted {
            call_id: call_id.clone(),
            argv: shell.argv.clone(),
            cwd: shell.cwd.clone(),
            sandbox: sandbox.clone(),
        }],
        effects: vec![Effect::Run {
            call_id: call_id.clone(),
            request: ExecRequest {
                argv: shell.argv.clone(),
                cwd: shell.cwd.clone(),
                session_cwd: config.cwd.clone(),
                timeout_ms: shell.timeout_ms,
                sandbox,
            },
        }],
        ..Decision::default()
    }
}

fn carry_out_exec(
    config: &SessionConfig,
    call: &Call,
    request: &ExecApprovalRequest,
    decision: ReviewDecision,
) -> Decision {
    let ToolCall::Shell(mut shell) = tools::read_call(&call.item, &config.cwd) else {
        return reject(call, "the call can no longer be read".to_owned());
    };
    if matches!(decision, ReviewDecision::Approved | ReviewDecision::ApprovedForSession) {
        // exactly what was shown is what runs
        shell.argv.clone_from(&request.argv);
        shell.cwd.clone_from(&request.cwd);
        return start_exec(config, &call.id, &shell, request.sandbox.clone());
    }
    let answer = match &call.held_answer {
        Some(answer) => answers::with_note(answer.clone(), call.note.as_deref()),
        None => answers::with_note("exec command rejected by user".to_owned(), call.note.as_deref()),
    };
    let mut end = Vec::new();
    if call.held_answer.is_none() {
        end.push(Fact::ExecEnded {
            call_id: call.id.clone(),
            output: String::new(),
            total_bytes: 0,
            exit_code: None,
            duration_ms: 0,
            failure: Some("rejected by user".to_owned()),
            denied: None,
            held_answer: None,
        });
    }
    end.push(Fact::CallAnswered { item: call.output(answer, false) });
    facts(end)
}

fn judge_patch(
    session: &Session,
    config: &SessionConfig,
    call: &Call,
    changed: Option<&[String]>,
) -> Decision {
    let Some(proposal) = &call.proposal else { return reject(call, "the patch is empty".to_owned()) };
    // it could not be written though nothing changed: trying again would go on for ever
    if changed.is_some_and(<[String]>::is_empty) {
        let why = "its files changed while it was written, or it gets in its own way".to_owned();
        return end_patch(
            call,
            format!("the patch could not be written, and nothing was changed: {why}"),
            why,
        );
    }
    let verdict = match (patch_verdict(&config.policies, proposal, &session.state.grants), changed) {
        // a file that is no longer what was shown is asked about again, whoever approved it (B37)
        (Verdict::Run { sandbox } | Verdict::Ask { sandbox, .. }, Some(paths))
            if config.policies.approval != ApprovalPolicy::Never =>
        {
            Verdict::Ask { why: AskReason::Changed { paths: paths.to_vec() }, sandbox }
        }
        (verdict, _) => verdict,
    };
    let ask =
        |why| Fact::PatchApprovalAsked { request: Box::new(answers::patch_request(call, proposal, why)) };
    match verdict {
        Verdict::Run { .. } => write_patch(call, true, None),
        Verdict::Ask { why, .. } => {
            Decision { facts: vec![ask(why)], effects: vec![Effect::Sync], ..Decision::default() }
        }
        Verdict::Refuse { why } => end_patch(call, format!("patch rejected: {why}"), why),
    }
}

fn carry_out_patch(call: &Call, decision: &PatchDecision) -> Decision {
    let accepts = matches!(decision.decision, ReviewDecision::Approved | ReviewDecision::ApprovedForSession)
        && decision.hunks.as_ref().is_none_or(|selection| !selection.accepted.is_empty());
    if accepts {
        return write_patch(call, false, decision.hunks.clone());
    }
    let count = call.proposal.as_ref().map_or(0, |proposal| proposal.hunks().count());
    let answer = format!("patch rejected by user: all {count} hunks were declined, nothing was written");
    end_patch(call, answers::with_note(answer, decision.note.as_deref()), "declined".to_owned())
}

fn write_patch(call: &Call, auto_approved: bool, hunks: Option<protocol::HunkSelection>) -> Decision {
    let Some(proposal) = call.proposal.clone() else { return Decision::default() };
    let call_id = call.id.clone();
    Decision {
        facts: vec![Fact::PatchStarted { call_id: call_id.clone(), auto_approved }],
        effects: vec![Effect::WritePatch { call_id, proposal, hunks }],
        ..Decision::default()
    }
}

fn end_patch(call: &Call, answer: String, message: String) -> Decision {
    let outcomes = call.proposal.as_ref().map(answers::all_declined).unwrap_or_default();
    facts(vec![
        Fact::PatchEnded { call_id: call.id.clone(), success: false, outcomes, message },
        Fact::CallAnswered { item: call.output(answer, false) },
    ])
}

fn reject(call: &Call, message: String) -> Decision {
    facts(vec![
        Fact::CallRejected {
            call_id: call.id.clone(),
            name: call.tool_name().to_owned(),
            message: message.clone(),
        },
        Fact::CallAnswered { item: call.output(message, false) },
    ])
}

fn facts(facts: Vec<Fact>) -> Decision {
    Decision { facts, ..Decision::default() }
}

#[cfg(test)]
mod tests {
    use super::civil_date;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let day = 86_400_000;
        for (days, date) in
            [(0, (1970, 1, 1)), (59, (1970, 3, 1)), (11_016, (2000, 2, 29)), (20_779, (2026, 11, 22))]
        {
            assert_eq!(civil_date(days * day), date);
            assert_eq!(civil_date(days * day + day - 1), date);
        }
    }
}
