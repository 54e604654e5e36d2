//! Decisions on the outcomes of calls.

use crate::answers;
use crate::effect::Effect;
use crate::input::{ExecOutcome, PatchWriteResult, ToolOutcome};
use crate::model::call::Call;
use crate::model::session::Session;
use crate::step::decision::Decision;
use crate::step::turn::verify_effect;
use crate::step::{preview, question};
use crate::tools::{self, ToolCall};
use protocol::{
    AnswerStatus, Approval, ApprovalPolicy, AskReason, CallId, EndedBy, Fact, HeldEffects, HunkOutcome, Item,
    PatchEndedBy, PatchProposal, PreviewResult, SandboxPolicy, ToolEndedBy,
};

/// Decides on a patch that was checked against the files.
pub(super) fn verified(call: &Call, result: Result<PatchProposal, String>) -> Decision {
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

/// Decides on a command that ended.
pub(super) fn exec_ended(session: &Session, call: &Call, outcome: ExecOutcome) -> Decision {
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
    let mut ended = ended_fact(call.id.clone(), outcome, held_answer, None);
    if let Fact::ExecEnded { as_previewed, .. } = &mut ended {
        *as_previewed = call.as_previewed(session.state.config.as_deref()).map(Box::new);
    }
    Decision { facts: vec![ended, next], effects: vec![Effect::Sync], ..Decision::default() }
}

/// Decides on the end of a command that was left in the background; its call was answered when it began.
pub(super) fn background_ended(call_id: CallId, outcome: ExecOutcome) -> Decision {
    Decision { facts: vec![ended_fact(call_id, outcome, None, None)], ..Decision::default() }
}

/// Returns the fact of a command that ended.
pub(super) fn ended_fact(
    call_id: CallId,
    outcome: ExecOutcome,
    held_answer: Option<String>,
    held_effects: Option<HeldEffects>,
) -> Fact {
    let ExecOutcome { end, output, denied, .. } = outcome;
    let held_effects = held_effects.map(Box::new);
    Fact::ExecEnded { call_id, output, end, denied, held_answer, held_effects, as_previewed: None }
}

/// Decides on a tool call that ended.
pub(super) fn tool_ended(call: &Call, outcome: ToolOutcome) -> Decision {
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
    if config.policies.approval == ApprovalPolicy::OnFailure {
        ask_for_access(session, call, outcome)
    } else {
        None
    }
}

/// Returns the question whether a command may run again that the sandbox refused something, if it ended by itself.
pub(super) fn ask_for_access(session: &Session, call: &Call, outcome: &ExecOutcome) -> Option<Approval> {
    let config = session.state.config.as_ref()?;
    let denial = outcome.denied.as_ref()?;
    let stopping = session.world.stopping.is_some();
    let by_itself = outcome.end.ended_by.exit_code().is_some();
    if stopping || !by_itself {
        return None;
    }
    let ToolCall::Shell(shell) = tools::read_call(&call.item, &config.cwd, &[]) else {
        return None;
    };
    let reason = AskReason::SandboxDenied { what: denial.what.clone(), in_overlay: call.in_overlay };
    let bare = SandboxPolicy::DangerFullAccess;
    let subject = question::exec(session, &shell, bare, &reason, denial.offer.as_ref());
    Some(question::ask(call, reason, subject))
}

/// Decides on a patch that was written, or not.
pub(super) fn written(session: &Session, call: &Call, result: PatchWriteResult) -> Decision {
    let Some(proposal) = &call.proposal else { return Decision::default() };
    let declined = || answers::all_declined(proposal);
    let result = match result {
        // the command ran on what the files were: its changes fit no others
        PatchWriteResult::Changed(paths) if call.in_overlay => PatchWriteResult::Failed(format!(
            "changed since the command ran: {}; run it again",
            paths.join(", ")
        )),
        result => result,
    };
    let (ended_by, outcomes, item) = match result {
        PatchWriteResult::Written(outcomes) => {
            let item = written_answer(call, proposal, &outcomes);
            (PatchEndedBy::Written, outcomes, item)
        }
        PatchWriteResult::Failed(why) if call.previewed.is_some() && session.world.stopping.is_none() => {
            let ended_by = PatchEndedBy::Failed { why: why.clone() };
            let ended = Fact::PatchEnded { call_id: call.id.clone(), ended_by, outcomes: declined() };
            let asked = preview::ask_again(session, call, Some(PreviewResult::Failed { why }));
            return Decision {
                facts: std::iter::once(ended).chain(asked).collect(),
                effects: vec![Effect::Sync],
                ..Decision::default()
            };
        }
        PatchWriteResult::Failed(why) => {
            let answer = answers::with_words(not_written(call, &why), call);
            (PatchEndedBy::Failed { why }, declined(), call.answer(AnswerStatus::Failed, answer))
        }
        PatchWriteResult::Interrupted => {
            let answer = not_written(call, "interrupted before it was written");
            let answer = answers::with_words(answer, call);
            (PatchEndedBy::Interrupted, declined(), call.answer(AnswerStatus::Aborted, answer))
        }
        // the approved patch is no longer the one that would be written: look again, and ask again
        PatchWriteResult::Changed(_) => {
            let config = session.state.config.as_ref();
            let call = config.and_then(|config| verify_effect(config, call));
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

/// Returns the answer to a patch that was not written.
fn not_written(call: &Call, why: &str) -> String {
    match &call.held_answer {
        Some(held) if call.in_overlay => {
            format!(
                "{held}\nwhat this command changed could not be applied, and the project is as it was: {why}"
            )
        }
        _ => format!("the patch could not be written, and nothing was changed: {why}"),
    }
}

/// Returns the answer to a patch that was written.
pub(super) fn written_answer(call: &Call, proposal: &PatchProposal, outcomes: &[HunkOutcome]) -> Item {
    let as_proposed = outcomes.iter().all(|outcome| matches!(outcome, HunkOutcome::Written { .. }));
    let status = if as_proposed { AnswerStatus::Completed } else { AnswerStatus::Partial };
    let answer = if call.in_overlay {
        answers::effects(call, proposal, outcomes)
    } else {
        answers::patch(proposal, outcomes)
    };
    call.answer(status, answers::with_words(answer, call))
}
