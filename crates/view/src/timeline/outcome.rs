//! Outcomes on cards: their status, and their words with no character that hides or reorders others.

use crate::row::CardStatus;
use crate::text::visible;
use protocol::{EndedBy, PatchEndedBy, ToolEndedBy};

/// Returns the status of a command's card.
pub(super) fn exec_status(ended_by: &EndedBy) -> CardStatus {
    match ended_by {
        EndedBy::Exited { code: 0 } => CardStatus::Ok,
        EndedBy::Interrupted | EndedBy::AppStopped => CardStatus::Interrupted,
        EndedBy::Rejected => CardStatus::Declined,
        EndedBy::Exited { .. }
        | EndedBy::Signaled { .. }
        | EndedBy::TimedOut { .. }
        | EndedBy::NotStarted { .. }
        | EndedBy::SandboxFailed { .. }
        | EndedBy::Lost { .. } => CardStatus::Failed,
    }
}

/// Returns the outcome of a command as a card may show it.
pub(super) fn exec(ended_by: &EndedBy) -> EndedBy {
    let why = |why: &String| visible(why).into_owned();
    match ended_by {
        EndedBy::NotStarted { why: words } => EndedBy::NotStarted { why: why(words) },
        EndedBy::SandboxFailed { why: words } => EndedBy::SandboxFailed { why: why(words) },
        EndedBy::Lost { why: words } => EndedBy::Lost { why: why(words) },
        other => other.clone(),
    }
}

/// Returns the status of the card or line of a tool call.
pub(super) fn tool_status(ended_by: &ToolEndedBy) -> CardStatus {
    match ended_by {
        ToolEndedBy::Succeeded => CardStatus::Ok,
        ToolEndedBy::Interrupted | ToolEndedBy::AppStopped => CardStatus::Interrupted,
        ToolEndedBy::Rejected => CardStatus::Declined,
        ToolEndedBy::Failed | ToolEndedBy::TimedOut { .. } | ToolEndedBy::Unavailable { .. } => {
            CardStatus::Failed
        }
    }
}

/// Returns the outcome of a tool call as a card may show it.
pub(super) fn tool(ended_by: &ToolEndedBy) -> ToolEndedBy {
    match ended_by {
        ToolEndedBy::Unavailable { why } => ToolEndedBy::Unavailable { why: visible(why).into_owned() },
        other => other.clone(),
    }
}

/// Returns the status of a patch's card.
pub(super) fn patch_status(ended_by: &PatchEndedBy) -> CardStatus {
    match ended_by {
        PatchEndedBy::Written => CardStatus::Ok,
        PatchEndedBy::Declined | PatchEndedBy::Refused { .. } => CardStatus::Declined,
        PatchEndedBy::Interrupted => CardStatus::Interrupted,
        // its files may be half written: a person has to look
        PatchEndedBy::Failed { .. } | PatchEndedBy::AppStopped => CardStatus::Failed,
    }
}

/// Returns the outcome of a patch as a card may show it.
pub(super) fn patch(ended_by: &PatchEndedBy) -> PatchEndedBy {
    match ended_by {
        PatchEndedBy::Refused { why } => PatchEndedBy::Refused { why: visible(why).into_owned() },
        PatchEndedBy::Failed { why } => PatchEndedBy::Failed { why: visible(why).into_owned() },
        other => other.clone(),
    }
}
