//! The conversation as a person saw it, as text: what the fixtures of earlier versions are compared by.

use std::fmt::Write as _;
use view::{Approval, ApprovalBody, CardStatus, CommandRow, LookCall, McpRow, PatchRow, RowBody, Timeline};

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
        RowBody::User { content } => format!("user {content:?}"),
        RowBody::Agent { blocks, interrupted, .. } => {
            format!("agent {} interrupted {interrupted}", blocks.len())
        }
        RowBody::Reasoning { text, .. } => format!("reasoning {text:?}"),
        RowBody::Command(row) => command(row),
        RowBody::Patch(row) => patch(row),
        RowBody::Plan { plan } => format!("plan {:?}", plan.plan),
        RowBody::Notice { level, text, hint } => format!("notice {level:?} {text:?} {hint:?}"),
        RowBody::Looks(looks) => {
            let calls: Vec<String> = looks.calls.iter().map(look).collect();
            format!("looks {:?} {}", looks.status, calls.join(" | "))
        }
        RowBody::Mcp(row) => mcp(row),
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
        row.exit_code,
        row.note,
        row.hidden_lines,
        ends(&row.output)
    )
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
        row.message,
        files.join(" | ")
    )
}

fn look(call: &LookCall) -> String {
    format!("{} {} {} {:?}", call.call_id, call.tool, status(call.status), call.note)
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
        row.note,
        ends(&row.output)
    )
}

fn question(approval: &Approval) -> String {
    match &approval.body {
        ApprovalBody::Command(card) => format!(
            "asks {} {} {:?} {} warnings command {:?} argv {:?} in {:?} under {} offer {:?} rule {}",
            approval.call_id,
            card.binding,
            card.reason,
            card.warnings.len(),
            card.display,
            card.argv,
            card.cwd,
            card.sandbox,
            card.offer,
            card.rule.is_some()
        ),
        ApprovalBody::Patch(card) => format!(
            "asks {} {} {:?} {} warnings patch of {} files +{} -{}",
            approval.call_id,
            card.binding,
            card.reason,
            card.warnings.len(),
            card.files.len(),
            card.added,
            card.removed
        ),
        ApprovalBody::Tool(card) => format!(
            "asks {} {} {:?} {} warnings tool {} of {} {:?} {:?}",
            approval.call_id,
            card.binding,
            card.reason,
            card.warnings.len(),
            card.tool,
            card.server,
            card.description,
            card.arguments
        ),
    }
}
