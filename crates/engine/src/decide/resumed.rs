//! What follows from going on with a session that was left, or killed.

use crate::answers;
use crate::effect::Effect;
use crate::input::PatchFate;
use crate::session::{Decision, Session};
use crate::state::{Call, Phase, Stage, Task};
use crate::tools;
use protocol::{AbortReason, CallId, CheckpointWhen, Fact, ToolResult, Undone};
use std::collections::BTreeMap;

/// The app was not running for a while. What ran then is over, and nothing of it is done again; what waits for the person
/// still does.
pub(super) fn decide_resumed(
    session: &Session,
    patches: &BTreeMap<CallId, PatchFate>,
    undone: Vec<Undone>,
) -> Decision {
    let stopped = "the app stopped";
    let ended = |call_id: &CallId| Fact::ExecEnded {
        call_id: call_id.clone(),
        output: String::new(),
        total_bytes: 0,
        exit_code: None,
        duration_ms: 0,
        failure: Some(format!("{stopped} while it ran")),
        denied: None,
        held_answer: None,
    };
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
                let answer =
                    format!("aborted: {stopped} while this command ran; what it did up to then is done");
                facts.push(Fact::CallAnswered { item: call.output(answer, false) });
            }
            Stage::Running => {
                let failure = Some(format!("{stopped} while it ran"));
                let result = ToolResult { failure, ..ToolResult::default() };
                facts.push(Fact::ToolEnded { call_id: call.id.clone(), result });
                let answer = format!("aborted: {stopped} while this tool ran; it may have done its work");
                facts.push(Fact::CallAnswered { item: call.output(answer, false) });
            }
            Stage::Writing { .. } => facts.extend(patch_ended(call, patches.get(&call.id), stopped)),
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
    task.calls.iter().any(|call| {
        call.is_waiting()
            || matches!(
                call.stage,
                Stage::DecidedExec { .. }
                    | Stage::DecidedPatch { .. }
                    | Stage::DecidedTool { .. }
                    | Stage::Verified { .. }
            )
    })
}

/// The end of a patch that was being written: what became of it, as far as that is known.
fn patch_ended(call: &Call, fate: Option<&PatchFate>, stopped: &str) -> [Fact; 2] {
    let declined = || call.proposal.as_ref().map(answers::all_declined).unwrap_or_default();
    let while_written = format!("{stopped} while this patch was being written");
    let (success, outcomes, message, answer) = match (fate, &call.proposal) {
        (Some(PatchFate::Written(outcomes)), Some(proposal)) => {
            let note = call.note.as_deref();
            (true, outcomes.clone(), String::new(), answers::patch(proposal, outcomes, note))
        }
        (Some(PatchFate::NotWritten { stuck }), _) if stuck.is_empty() => {
            let message = format!("{while_written}; nothing was written");
            let answer = format!("aborted: {stopped}, and nothing of this patch was written");
            (false, declined(), message, answer)
        }
        (Some(PatchFate::NotWritten { stuck }), _) => {
            let message = format!("{while_written}; it was taken back, but for this: {}", stuck.join("; "));
            let answer = format!("aborted: {message}; read the files again before you go on");
            (false, declined(), message, answer)
        }
        (None | Some(PatchFate::Written(_)), _) => {
            let answer = format!("aborted: {while_written}; read the files again before you go on");
            (false, declined(), while_written, answer)
        }
    };
    [
        Fact::PatchEnded { call_id: call.id.clone(), success, outcomes, message },
        Fact::CallAnswered { item: call.output(answer, success) },
    ]
}
