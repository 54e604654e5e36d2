//! Comparisons of the files with what they were, and reverts of a part of the difference.

use crate::effect::{CompareAction, CompareRequest, Effect};
use crate::model::session::Session;
use crate::step::decision::Decision;
use protocol::{ChangeScope, OpId, RevertPart};

/// Decides what follows from the wish to see the changes of a stretch of work.
pub(crate) fn compare(session: &Session, id: OpId, scope: ChangeScope) -> Decision {
    carry_out(id, session.state.checkpoints.compare_request(scope))
}

/// Decides what follows from the wish to see a file that is no text.
pub(crate) fn read_versions(session: &Session, id: OpId, scope: ChangeScope, path: String) -> Decision {
    let request = session.state.checkpoints.compare_request(scope);
    carry_out(id, request.map(|request| CompareRequest { action: CompareAction::Read(path), ..request }))
}

/// Decides what follows from the wish to revert a part of the changes.
pub(crate) fn revert(session: &Session, id: OpId, scope: ChangeScope, part: Box<RevertPart>) -> Decision {
    if session.state.task.is_some() {
        return Decision::complain(id, "a task is running: stop it, or wait for its end, and then revert");
    }
    let request = session.state.checkpoints.compare_request(scope);
    carry_out(id, request.map(|request| CompareRequest { action: CompareAction::Revert(part), ..request }))
}

fn carry_out(id: OpId, request: Result<CompareRequest, String>) -> Decision {
    match request {
        Ok(request) => Decision::effect(id.clone(), Effect::Compare { id, request }),
        Err(message) => Decision::complain(id, &message),
    }
}
