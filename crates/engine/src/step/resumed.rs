//! Decision on resuming a session that was left, or killed.

use crate::answers;
use crate::effect::Effect;
use crate::input::PatchFate;
use crate::model::call::{Call, Stage};
use crate::model::session::Session;
use crate::model::task::{TaskPhase, TaskState};
use crate::step::call_ended::{ended_fact, tool_ended, written_answer};
use crate::step::decision::Decision;
use crate::step::undo::files_changed_facts;
use crate::step::{patch_check, patch_review, preview};
use crate::tools;
use protocol::{
    AbortReason, AnswerStatus, CallId, ChangeSource, CheckpointWhen, EndedBy, Fact, PatchEndedBy,
    PreviewResult, ReviewEndedBy, ToolEndedBy, Undone,
};
use std::collections::BTreeMap;

/// Reason given to the model for what did not end by itself.
const STOPPED: &str = "the app stopped";

/// The app was not running for a while. What ran then is over, and nothing of it is done again; what waits for the person
/// still does.
pub(super) fn decide_resumed(
    session: &Session,
    patches: &BTreeMap<CallId, PatchFate>,
    undone: Vec<Undone>,
) -> Decision {
    let ended = |call_id: &CallId| ended_fact(call_id.clone(), EndedBy::AppStopped.into(), None, None);
    let mut facts: Vec<Fact> =
        session.state.background.iter().map(|command| ended(&command.call_id)).collect();
    let unrecorded = undone.into_iter().filter(|undone| !session.state.checkpoints.is_recorded(undone));
    facts.extend(unrecorded.map(|undone| Fact::Undone { undone }));
    let Some(task) = &session.state.task else {
        return Decision { facts, effects: vec![Effect::Sync], ..Decision::default() };
    };
    for call in &task.calls {
        match &call.stage {
            Stage::Running if tools::is_command(&call.item) => {
                if !session.state.has_background(&call.id) {
                    facts.push(ended(&call.id));
                }
                if let Some(asked) = preview::ask_again(session, call, Some(stopped_preview())) {
                    facts.push(asked);
                    continue;
                }
                let answer = if call.in_overlay {
                    format!(
                        "aborted: {STOPPED} while this command ran on a copy of the project; nothing of what it changed was applied"
                    )
                } else {
                    format!("aborted: {STOPPED} while this command ran; what it did up to then is done")
                };
                facts.push(Fact::CallAnswered { item: call.answer(AnswerStatus::Aborted, answer) });
            }
            Stage::Running => facts.extend(tool_ended(call, ToolEndedBy::AppStopped.into()).facts),
            Stage::Writing { .. } => {
                let fate = patches.get(&call.id);
                if let Some(PatchFate::Written { paths, .. }) = fate {
                    let paths = session.state.checkpoints.unrecorded(task.id, paths);
                    facts.extend(files_changed_facts(task.id, Some(&call.id), source_of(call), &paths));
                }
                facts.extend(patch_ended(call, fate));
            }
            Stage::Asked(_) => {
                facts.extend(patch_check::cut_off_facts(call));
                facts.extend(patch_review::ended_fact(session, call, ReviewEndedBy::AppStopped));
            }
            // the end was recorded, the answer was not
            Stage::Ended => {
                let answer = answers::aborted(call, &format!("aborted: {STOPPED}"));
                facts.push(Fact::CallAnswered { item: call.answer(AnswerStatus::Aborted, answer) });
            }
            _ => {}
        }
    }
    if task.phase == TaskPhase::Sampling {
        facts.push(Fact::SamplingEnded { usage: None, cut: None });
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

/// Result of a preview that did not end.
fn stopped_preview() -> PreviewResult {
    PreviewResult::Failed { why: format!("{STOPPED} while it ran") }
}

/// Returns whose doing it is what a patch changes.
fn source_of(call: &Call) -> ChangeSource {
    if call.in_overlay { ChangeSource::Command } else { ChangeSource::Patch }
}

fn waits_for_person(task: &TaskState) -> bool {
    let waits = |call: &Call| match call.stage {
        Stage::Asked(_) | Stage::Decided { .. } | Stage::Verified { .. } => true,
        // what was previewed is asked about again
        Stage::Running => call.previewed.is_some(),
        _ => false,
    };
    task.budget.reached.is_some() || task.calls.iter().any(waits)
}

/// Returns the end of a patch that was being written: what became of it, as far as that is known.
fn patch_ended(call: &Call, fate: Option<&PatchFate>) -> [Fact; 2] {
    let declined = || call.proposal.as_ref().map(answers::all_declined).unwrap_or_default();
    let held = call.held_answer.as_ref().filter(|_| call.in_overlay);
    let printed = held.map(|held| format!("{held}\n")).unwrap_or_default();
    let aborted = |answer: String| call.answer(AnswerStatus::Aborted, format!("{printed}aborted: {answer}"));
    let while_written = format!("{STOPPED} while this patch was being written");
    let (ended_by, outcomes, item) = match (fate, &call.proposal) {
        (Some(PatchFate::Written { outcomes, .. }), Some(proposal)) => {
            (PatchEndedBy::Written, outcomes.clone(), written_answer(call, proposal, outcomes))
        }
        (Some(PatchFate::NotWritten { stuck }), _) if stuck.is_empty() => {
            let answer = aborted(format!("{STOPPED}, and nothing of this patch was written"));
            let why = format!("{while_written}; nothing was written");
            (PatchEndedBy::Failed { why }, declined(), answer)
        }
        (Some(PatchFate::NotWritten { stuck }), _) => {
            let why = format!("{while_written}; it was taken back, but for this: {}", stuck.join("; "));
            let answer = aborted(format!("{why}; read the files again before you go on"));
            (PatchEndedBy::Failed { why }, declined(), answer)
        }
        // nothing is known of it
        (None | Some(PatchFate::Written { .. }), _) => {
            let answer = aborted(format!("{while_written}; read the files again before you go on"));
            (PatchEndedBy::AppStopped, declined(), answer)
        }
    };
    [Fact::PatchEnded { call_id: call.id.clone(), ended_by, outcomes }, Fact::CallAnswered { item }]
}
