//! Decisions on bringing the changes of an isolated copy into the folder.

use crate::effect::Effect;
use crate::input::OverlayEffects;
use crate::model::call::Call;
use crate::model::session::Session;
use crate::step::decision::Decision;
use crate::step::question;
use protocol::{
    AnswerStatus, AskReason, CallId, CheckpointWhen, CopyId, Fact, OpId, PatchProposal, SessionConfig, TaskId,
};

/// Begins a task that asks about the changes of a copy.
pub(super) fn begin(session: &Session, id: OpId, copy: CopyId) -> Decision {
    if session.state.task.is_some() {
        return Decision::complain(id, "a task is running: changes can be brought in when it has ended");
    }
    if session.state.config.as_ref().is_some_and(|config| config.isolated.is_some()) {
        return Decision::complain(
            id,
            "this session works on an isolated copy itself: bring changes in with a session of the folder",
        );
    }
    let task_id = TaskId(session.state.last_task.0 + 1);
    let call_id = CallId(format!("bring_in_{task_id}"));
    Decision {
        op: id,
        facts: vec![Fact::TaskStarted { task_id }, Fact::BringInStarted { call_id, copy }],
        effects: vec![Effect::Sync, Effect::Checkpoint { when: CheckpointWhen::BeforeTask { task_id } }],
        ..Decision::default()
    }
}

/// Returns the effect that reads the copy of a call; `None` for a call of the model's.
pub(super) fn read_effect(config: &SessionConfig, call: &Call) -> Option<Effect> {
    let copy = call.copy.clone()?;
    Some(Effect::ReadCopy { call_id: call.id.clone(), copy, sandbox: config.policies.sandbox.clone() })
}

/// Decides on a copy that was read: each of its changes is asked about, whatever the policies say.
pub(super) fn read(session: &Session, call: &Call, result: Result<OverlayEffects, String>) -> Decision {
    if session.world.stopping.is_some() {
        let item = call.answer(AnswerStatus::Aborted, "interrupted before anything was asked");
        return Decision::facts(vec![Fact::CallAnswered { item }]);
    }
    let OverlayEffects { proposal, left_out } = match result {
        Ok(effects) => effects,
        Err(why) => return Decision::reject(call, why),
    };
    if proposal.files.is_empty() {
        let mut why = "there is nothing to bring in: the folder has all of the copy's changes".to_owned();
        if !left_out.is_empty() {
            why = format!("{why}, but for these: {}", left_out.join("; "));
        }
        return Decision::reject(call, why);
    }
    let asked = ask(call, &proposal, left_out);
    let verified = Fact::PatchVerified { call_id: call.id.clone(), proposal };
    Decision {
        facts: std::iter::once(verified).chain(asked.facts).collect(),
        effects: asked.effects,
        ..Decision::default()
    }
}

/// Asks about the changes of a copy.
pub(super) fn ask(call: &Call, proposal: &PatchProposal, left_out: Vec<String>) -> Decision {
    let copy = call.copy.clone().unwrap_or_default();
    question::ask_person(call, AskReason::BringIn { copy, left_out }, question::patch(proposal))
}
