//! The conversation as a person saw it, as text: what the fixtures of earlier versions are compared by.

use protocol::{EndedBy, PatchEndedBy, ToolEndedBy};
use std::fmt::Write as _;
use view::{
    ApprovalBody, ApprovalCard, CardStatus, CommandRow, LookCall, McpRow, PatchRow, RowBody, Timeline,
};

/// Every row of a session, and the state around them, one a line.
pub(super) fn text(timeline: &Timeline) -> String {
    let mut text = String::new();
    for row in timeline.rows(0, timeline.total_rows()) {
        let _ = writeln!(text, "{}", line(&row.body));
    }
    let session = timeline.session();
    let _ = writeln!(
        text,
        "session {:?} title {:?} undoable {:?} redoable {} background {:?}",
        session.status,
        session.title,
        session.undoable,
        session.redoable,
        session.background.iter().map(|command| &command.display).collect::<Vec<_>>()
    );
    for approval in &session.approvals {
        let _ = writeln!(text, "{}", question(approval));
    }
    text
}

fn line(body: &RowBody) -> String {
    match body {
        RowBody::User { content, .. } => format!("user {content:?}"),
        RowBody::Agent { blocks, interrupted, .. } => {
            format!("agent {} interrupted {interrupted}", blocks.len())
        }
        RowBody::Reasoning { text, .. } => format!("reasoning {text:?}"),
        RowBody::Command(row) => command(row),
        RowBody::Patch(row) => patch(row),
        RowBody::Plan { plan } => format!("plan {:?}", plan.plan),
        RowBody::Notice { level, text, hint } => format!("notice {level:?} {text:?} {hint:?}"),
        // as the earlier version worded it
        RowBody::Retry { message, .. } => format!("notice Warning {message:?} None"),
        RowBody::Looks(looks) => {
            let calls: Vec<String> = looks.calls.iter().map(look).collect();
            format!("looks {:?} {}", looks.status, calls.join(" | "))
        }
        RowBody::Mcp(row) => mcp(row),
        RowBody::BackgroundEnd { display, ended_by } => {
            let text = format!("`{display}` in the background has ended {}", background_end(ended_by));
            format!("notice Info {text:?} None")
        }
        RowBody::Compaction(row) => format!("compaction {:?} auto {}", row.status, row.auto),
        RowBody::Undone(row) => format!(
            "undone redo {} count {} {:?} left alone {:?} can redo {}",
            row.redo, row.count, row.paths, row.left_alone, row.can_redo
        ),
        RowBody::TaskEnd { task_id, outcome, undo, .. } => format!("task_end {task_id} {outcome:?} {undo:?}"),
    }
}

/// The beginning and the end of what was printed.
fn ends(text: &str) -> String {
    let head: String = text.chars().take(60).collect();
    let tail: String = text.chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{} bytes {head:?} to {tail:?}", text.len())
}

fn status(status: CardStatus) -> String {
    format!("{status:?}")
}

fn command(row: &CommandRow) -> String {
    format!(
        "command {} {:?} in {:?} under {} background {} {} exit {:?} note {:?} hidden {} {}",
        row.call_id,
        row.display,
        row.cwd,
        row.sandbox,
        row.background,
        status(row.status),
        row.end.as_ref().and_then(|end| end.ended_by.exit_code()),
        note(row),
        row.hidden_lines,
        ends(&row.output)
    )
}

/// Words of version 0.1.0 for the way a command did not end by itself, or for the access that was refused.
fn note(row: &CommandRow) -> Option<String> {
    let denied = || row.denied.as_ref().map(|what| format!("the sandbox refused: {what}"));
    let ended_by = row.end.as_ref().map(|end| &end.ended_by);
    ended_by.and_then(exec_failure).or_else(denied).or_else(|| row.rejected.clone())
}

fn exec_failure(ended_by: &EndedBy) -> Option<String> {
    Some(match ended_by {
        EndedBy::Exited { .. } | EndedBy::Signaled { .. } => return None,
        EndedBy::TimedOut { after_ms } => format!("timed out after {after_ms} ms"),
        EndedBy::Interrupted => "interrupted".to_owned(),
        EndedBy::Rejected => "rejected by user".to_owned(),
        EndedBy::AppStopped => "the app stopped while it ran".to_owned(),
        EndedBy::NotStarted { why } => format!("could not be started: {why}"),
        EndedBy::SandboxFailed { why } => format!("the sandbox could not be set up: {why}"),
        EndedBy::Lost { why } => why.clone(),
    })
}

fn tool_failure(ended_by: &ToolEndedBy) -> Option<String> {
    Some(match ended_by {
        ToolEndedBy::Succeeded | ToolEndedBy::Failed => return None,
        ToolEndedBy::TimedOut { after_ms } => format!("timed out after {after_ms} ms"),
        ToolEndedBy::Interrupted => "interrupted".to_owned(),
        ToolEndedBy::Rejected => "rejected by user".to_owned(),
        ToolEndedBy::AppStopped => "the app stopped while it ran".to_owned(),
        ToolEndedBy::Unavailable { why } => why.clone(),
    })
}

fn patch_failure(ended_by: &PatchEndedBy) -> String {
    match ended_by {
        PatchEndedBy::Written => String::new(),
        PatchEndedBy::Declined => "declined".to_owned(),
        PatchEndedBy::Refused { why } | PatchEndedBy::Failed { why } => why.clone(),
        PatchEndedBy::Interrupted => "interrupted before it was written".to_owned(),
        PatchEndedBy::AppStopped => "the app stopped while this patch was being written".to_owned(),
    }
}

/// Words of version 0.1.0 for the end of a command in the background.
fn background_end(ended_by: &EndedBy) -> String {
    match (ended_by.exit_code(), exec_failure(ended_by)) {
        (Some(code), _) => format!("with exit code {code}"),
        (None, Some(failure)) => format!("({failure})"),
        (None, None) => "by itself".to_owned(),
    }
}

fn patch(row: &PatchRow) -> String {
    let files: Vec<String> = row
        .files
        .iter()
        .map(|file| {
            format!("{} {:?} {:?} +{} -{}", file.path, file.move_to, file.status, file.added, file.removed)
        })
        .collect();
    format!(
        "patch {} {} written {} of {} {:?} {}",
        row.call_id,
        status(row.status),
        row.hunks_written,
        row.hunks_total,
        row.ended_by.as_ref().map(patch_failure).unwrap_or_default(),
        files.join(" | ")
    )
}

fn look(call: &LookCall) -> String {
    format!(
        "{} {} {} {:?}",
        call.call_id,
        call.tool,
        status(call.status),
        call.ended_by.as_ref().and_then(tool_failure).or_else(|| call.error.clone())
    )
}

fn mcp(row: &McpRow) -> String {
    format!(
        "mcp {} {} of {} {} {:?} images {} more {} note {:?} {}",
        row.call_id,
        row.tool,
        row.server,
        status(row.status),
        row.arguments,
        row.images,
        row.more,
        row.ended_by.as_ref().and_then(tool_failure),
        ends(&row.output)
    )
}

fn question(card: &ApprovalCard) -> String {
    let body = match &card.body {
        ApprovalBody::Command(body) => format!(
            "command {:?} argv {:?} in {:?} under {} offer {:?} rule {}",
            body.display,
            body.argv,
            body.cwd,
            body.sandbox,
            body.offer,
            body.rule.is_some()
        ),
        ApprovalBody::Patch(body) => {
            format!("patch of {} files +{} -{}", body.files.len(), body.added, body.removed)
        }
        ApprovalBody::Tool(body) => {
            format!("tool {} of {} {:?} {:?}", body.tool, body.server, body.description, body.arguments)
        }
    };
    let warnings = card.warnings.len();
    format!("asks {} {} {:?} {warnings} warnings {body}", card.call_id, card.binding, card.reason)
}
