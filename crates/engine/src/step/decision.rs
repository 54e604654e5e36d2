//! Facts and effects that follow from one look at a session.

use crate::effect::Effect;
use crate::model::call::Call;
use crate::model::world::StopCause;
use protocol::{AnswerStatus, ErrorInfo, ErrorKind, Fact, Op, OpId};

/// Decision that follows from one look at the state.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    pub(crate) op: OpId,
    pub(crate) facts: Vec<Fact>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) stop: Option<StopCause>,
    /// Everything has stopped.
    pub(crate) stopped: bool,
    /// Stops everything that runs, and decides this op after that.
    pub(crate) defer: Option<(OpId, Op)>,
}

impl Decision {
    /// Decides on facts alone.
    pub(crate) fn facts(facts: Vec<Fact>) -> Self {
        Self { facts, ..Self::default() }
    }

    /// Decides on one effect that follows from `op`.
    pub(crate) fn effect(op: OpId, effect: Effect) -> Self {
        Self { op, effects: vec![effect], ..Self::default() }
    }

    /// Decides that the op `id` was wrong.
    pub(crate) fn complain(id: OpId, message: &str) -> Self {
        let error = ErrorInfo::new(ErrorKind::BadRequest, message);
        Self::effect(id.clone(), Effect::Complain { id, error })
    }

    /// Answers a call that is not done, with the reason.
    pub(crate) fn reject(call: &Call, message: String) -> Self {
        Self::facts(vec![
            Fact::CallRejected {
                call_id: call.id.clone(),
                name: call.tool_name().to_owned(),
                message: message.clone(),
            },
            Fact::CallAnswered { item: call.answer(AnswerStatus::Refused, message) },
        ])
    }
}
