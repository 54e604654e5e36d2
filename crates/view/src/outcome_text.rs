//! Words for how commands, tools and patches ended, for the terminal and for exported pages.

use crate::text::visible;
use protocol::{EndedBy, PatchEndedBy, ToolEndedBy};

/// Words how a command ended: "exit 0", "timed out after 10.0 s".
pub fn exec_ended(ended_by: &EndedBy) -> String {
    match ended_by {
        EndedBy::Exited { code } => format!("exit {code}"),
        EndedBy::Signaled { signal } => format!("ended by signal {signal}"),
        EndedBy::TimedOut { after_ms } => format!("timed out after {}", seconds(*after_ms)),
        EndedBy::Interrupted => "stopped".to_owned(),
        EndedBy::Rejected => "declined, not run".to_owned(),
        EndedBy::AppStopped => "cut off: Countersign stopped while it ran".to_owned(),
        EndedBy::NotStarted { why } => format!("couldn't be started: {}", visible(why)),
        EndedBy::SandboxFailed { why } => {
            format!("not run: the sandbox couldn't be set up: {}", visible(why))
        }
        EndedBy::Lost { why } => format!("ended, but {}", visible(why)),
    }
}

/// Words how a tool call ended.
pub fn tool_ended(ended_by: &ToolEndedBy) -> String {
    match ended_by {
        ToolEndedBy::Succeeded => "done".to_owned(),
        ToolEndedBy::Failed => "failed".to_owned(),
        ToolEndedBy::TimedOut { after_ms } => format!("no answer within {}", seconds(*after_ms)),
        ToolEndedBy::Interrupted => "stopped".to_owned(),
        ToolEndedBy::Rejected => "declined, not called".to_owned(),
        ToolEndedBy::AppStopped => "cut off: Countersign stopped during the call".to_owned(),
        ToolEndedBy::Unavailable { why } => visible(why).into_owned(),
    }
}

/// Words why a patch was not written; `None` when it was.
pub fn patch_not_written(ended_by: &PatchEndedBy) -> Option<String> {
    match ended_by {
        PatchEndedBy::Written => None,
        PatchEndedBy::Declined => Some("declined".to_owned()),
        PatchEndedBy::Refused { why } | PatchEndedBy::Failed { why } => Some(visible(why).into_owned()),
        PatchEndedBy::Interrupted => Some("stopped before it was written".to_owned()),
        PatchEndedBy::AppStopped => Some("Countersign stopped while it was being written".to_owned()),
    }
}

/// A duration in seconds, with one decimal.
pub fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}
