//! Questions that are open, and the hunks that an answer may name.

use crate::model::call::Stage;
use crate::model::session::Session;
use protocol::{Approval, ApprovalSubject, CallId, HunkId, HunkSelection};

/// Returns the open approval of `call_id` if `binding` matches the hash of what was shown.
pub(super) fn open_approval<'a>(
    session: &'a Session,
    call_id: &CallId,
    binding: &str,
) -> Option<&'a Approval> {
    match &session.call(call_id)?.stage {
        Stage::Asked(approval) => Some(&**approval).filter(|approval| approval.binding == binding),
        _ => None,
    }
}

/// Returns the complaint about a selection that names hunks the approval does not have.
pub(super) fn wrong_hunks(approval: &Approval, selection: &HunkSelection) -> Option<String> {
    let call_id = &approval.call_id;
    let ApprovalSubject::Patch { proposal } = &approval.subject else {
        return Some(format!("the request about call {call_id} is not about a patch, and has no hunks"));
    };
    let edited = selection.edited.iter().map(|edit| &edit.id);
    let mut named =
        selection.accepted.iter().chain(edited).chain(selection.partial.iter().map(|part| &part.id));
    let hunk = |id: &HunkId| proposal.hunks().map(|(_, hunk)| hunk).find(|hunk| hunk.id == *id);
    if let Some(unknown) = named.find(|id| hunk(id).is_none()) {
        return Some(format!("the patch of call {call_id} has no hunk `{unknown}`"));
    }
    let file = |id: &HunkId| proposal.hunks().find(|(_, hunk)| hunk.id == *id).map(|(file, _)| file);
    let mut parts =
        selection.edited.iter().map(|edit| &edit.id).chain(selection.partial.iter().map(|part| &part.id));
    let whole = |id: &HunkId| file(id)?.effect.as_ref().filter(|effect| effect.is_whole);
    if let Some(id) = parts.find(|id| whole(id).is_some()) {
        return Some(format!(
            "hunk `{id}` of call {call_id} changes its path as a whole and cannot be edited; accept or decline it"
        ));
    }
    selection.partial.iter().find_map(|part| {
        if selection.edited.iter().any(|edit| edit.id == part.id) {
            return Some(format!("hunk `{}` of call {call_id} is both edited and taken in part", part.id));
        }
        let line = part
            .left_out
            .iter()
            .find(|line| !hunk(&part.id).is_some_and(|hunk| hunk.changes_line(**line)))?;
        Some(format!("line {line} of hunk `{}` of call {call_id} is not one that it changes", part.id))
    })
}
