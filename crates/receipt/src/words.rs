//! Words for what records hold.

use crate::record::HunkState;
use jiff::Timestamp;
use protocol::{ApprovalPolicy, EndedBy, PatchEndedBy, ReviewDecision, ToolEndedBy};

/// End of a tool's call that the person declined.
pub(crate) const REJECTED: &str = "rejected";

/// Characters of a hash that are enough to tell it from others.
const SHORT_CHARS: usize = 12;

/// Returns the beginning of a hash.
pub(crate) fn short(hash: &str) -> &str {
    hash.get(..SHORT_CHARS).unwrap_or(hash)
}

/// Returns a time as "2026-11-30 09:15 UTC".
pub fn date(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok());
    at.map_or_else(|| "at an unknown time".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// Returns how the call of a tool ended, as receipts hold it.
pub(crate) fn tool_end(ended_by: &ToolEndedBy) -> &'static str {
    match ended_by {
        ToolEndedBy::Succeeded => "succeeded",
        ToolEndedBy::Failed => "failed",
        ToolEndedBy::TimedOut { .. } => "timed_out",
        ToolEndedBy::Interrupted => "interrupted",
        ToolEndedBy::Rejected => REJECTED,
        ToolEndedBy::AppStopped => "app_stopped",
        ToolEndedBy::Unavailable { .. } => "unavailable",
    }
}

/// Returns why a patch was not written, where that was not a person's choice.
pub(crate) fn patch_failure(ended_by: &PatchEndedBy) -> Option<String> {
    match ended_by {
        PatchEndedBy::Written | PatchEndedBy::Declined => None,
        PatchEndedBy::Refused { why } | PatchEndedBy::Failed { why } => Some(why.clone()),
        PatchEndedBy::Interrupted => Some("it was stopped".to_owned()),
        PatchEndedBy::AppStopped => Some("the app stopped meanwhile".to_owned()),
    }
}

/// Returns the end of a command.
pub(crate) fn ended(end: Option<&EndedBy>) -> String {
    match end {
        Some(EndedBy::Exited { code }) => format!("exit code {code}"),
        Some(EndedBy::Signaled { signal }) => format!("ended by signal {signal}"),
        Some(EndedBy::TimedOut { .. }) => "timed out".to_owned(),
        Some(EndedBy::Interrupted) => "stopped".to_owned(),
        Some(EndedBy::Rejected) => "not run".to_owned(),
        Some(EndedBy::AppStopped) => "the app stopped meanwhile".to_owned(),
        Some(EndedBy::NotStarted { .. }) => "could not be started".to_owned(),
        Some(EndedBy::SandboxFailed { .. }) => "the sandbox could not be set up".to_owned(),
        Some(EndedBy::Lost { .. }) | None => "its end is not known".to_owned(),
    }
}

/// Returns what became of a hunk.
pub(crate) fn hunk_state(state: HunkState) -> &'static str {
    match state {
        HunkState::Written => "written as shown",
        HunkState::Edited => "written with the person's text",
        HunkState::InPart => "written in part",
        HunkState::Declined => "declined",
        HunkState::NotWritten => "not written",
    }
}

/// Returns what a person answered.
pub(crate) fn person_answer(answer: ReviewDecision) -> &'static str {
    match answer {
        ReviewDecision::Approved => "approved",
        ReviewDecision::ApprovedForSession => "approved for the session",
        ReviewDecision::ApprovedWithGrant => "approved with more access in the sandbox",
        ReviewDecision::ApprovedWithRule => "approved with a rule",
        ReviewDecision::Preview => "previewed on a copy of the project",
        ReviewDecision::PreviewUsed => "answered with the output of its preview",
        ReviewDecision::PreviewDiscarded => "discarded as a preview",
        ReviewDecision::Denied => "declined",
        ReviewDecision::Abort => "declined, and the task stopped,",
    }
}

/// Returns an approval policy as the config file names it.
pub fn approval_name(approval: ApprovalPolicy) -> &'static str {
    match approval {
        ApprovalPolicy::Untrusted => "untrusted",
        ApprovalPolicy::OnEffect => "on-effect",
        ApprovalPolicy::OnFailure => "on-failure",
        ApprovalPolicy::OnRequest => "on-request",
        ApprovalPolicy::Never => "never",
    }
}
