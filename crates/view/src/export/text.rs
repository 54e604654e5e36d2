//! Words of an export, and the parts that are the same in each format.

use crate::outcome_text::{exec_ended, patch_not_written, seconds, tool_ended};
use crate::row::{
    CommandRow, DiffLine, FileView, LineKind, McpRow, PatchRow, Row, SessionView, TaskOutcome, UndoneRow,
};
use jiff::Timestamp;
use protocol::{CallId, StepStatus};
use std::collections::BTreeMap;

use crate::export::header::ExportHeader;

/// A session as the pages are made from it.
pub(super) struct Pages<'a> {
    pub(super) session: &'a SessionView,
    pub(super) rows: Vec<&'a Row>,
    /// Files of each proposed patch, by its call.
    pub(super) patches: &'a BTreeMap<CallId, Vec<FileView>>,
}

pub(super) fn title(session: &SessionView) -> &str {
    if session.title.is_empty() { "Untitled session" } else { &session.title }
}

/// Words where the session is from: "semver-lite, started 2026-11-29 16:20 UTC, with gpt-5.2".
pub(super) fn origin(session: &SessionView, header: &ExportHeader) -> String {
    let mut parts = vec![header.project.clone(), format!("started {}", date(header.started_ms))];
    if !session.model.is_empty() {
        parts.push(format!("with {}", session.model));
    }
    let tokens = session.tokens;
    if tokens.total() > 0 {
        parts.push(format!("{} tokens sent, {} received", tokens.input_tokens, tokens.output_tokens));
    }
    parts.join(", ")
}

/// Words what was done about secrets.
pub(super) fn about_secrets(removed: u32) -> String {
    let what = match removed {
        0 => "No secrets were found in it".to_owned(),
        1 => "1 secret was removed from it".to_owned(),
        count => format!("{count} secrets were removed from it"),
    };
    format!(
        "Exported from Countersign. {what}: keys that are known here, and text that has the form of one. Read it before you share it."
    )
}

/// Formats a time, in milliseconds since the Unix epoch.
pub(super) fn date(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok());
    at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

pub(super) fn command_end(row: &CommandRow) -> String {
    match &row.end {
        Some(end) if end.duration_ms > 0 => {
            format!("{}, {}", exec_ended(&end.ended_by), seconds(end.duration_ms))
        }
        Some(end) => exec_ended(&end.ended_by),
        None if row.rejected.is_some() => "refused".to_owned(),
        None if row.background => "runs in the background".to_owned(),
        None => "not ended".to_owned(),
    }
}

pub(super) fn mcp_end(row: &McpRow) -> String {
    row.ended_by.as_ref().map_or_else(|| "not ended".to_owned(), tool_ended)
}

pub(super) fn patch_title(row: &PatchRow) -> String {
    let files = if row.files.len() == 1 { "file" } else { "files" };
    let end = match (&row.ended_by, row.hunks_written < row.hunks_total) {
        (None, _) => "not decided".to_owned(),
        (Some(end), partly) => patch_not_written(end).unwrap_or_else(|| {
            if partly {
                format!("{} of {} hunks written", row.hunks_written, row.hunks_total)
            } else {
                "written".to_owned()
            }
        }),
    };
    format!("Patch of {} {files}, +{} -{}: {end}", row.files.len(), row.added, row.removed)
}

/// Words the lines of a hunk that are not in the export.
pub(super) fn lines_left_out(count: usize) -> String {
    format!("... {count} more lines ...")
}

pub(super) fn hidden_lines(count: u64) -> String {
    format!("... {count} lines before ...")
}

pub(super) fn sign(kind: LineKind) -> char {
    match kind {
        LineKind::Context => ' ',
        LineKind::Removed => '-',
        LineKind::Added => '+',
    }
}

/// Returns the lines of a file's hunks as they stand in a patch, each with its kind where it is one of the text.
pub(super) fn diff_lines(file: &FileView) -> Vec<(Option<LineKind>, String)> {
    let mut lines = Vec::new();
    for hunk in &file.hunks {
        lines.push((None, hunk.header.clone()));
        let of = |line: &DiffLine| (Some(line.kind), format!("{}{}", sign(line.kind), line.text));
        lines.extend(hunk.lines.iter().map(of));
        let left_out = (hunk.line_count as usize).saturating_sub(hunk.lines.len());
        if left_out > 0 {
            lines.push((None, lines_left_out(left_out)));
        }
    }
    lines
}

pub(super) fn step_box(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Completed => "[x]",
        StepStatus::InProgress => "[~]",
        StepStatus::Pending => "[ ]",
    }
}

pub(super) fn task_end(outcome: TaskOutcome, duration_ms: u64) -> String {
    let how = match outcome {
        TaskOutcome::Complete => "Done",
        TaskOutcome::Interrupted => "Stopped",
        TaskOutcome::Failed => "Failed",
    };
    format!("{how} after {}", seconds(duration_ms))
}

pub(super) fn undone(row: &UndoneRow) -> String {
    let what = match (row.reverted, row.redo) {
        (None, false) => "Undone",
        (Some(_), false) => "Reverted by you",
        (None, true) => "Redone",
        (Some(_), true) => "Brought back by you",
    };
    let paths = if row.count == 1 { "path" } else { "paths" };
    format!("{what}: {} {paths} put back", row.count)
}

/// Removes the colors of an output.
pub(super) fn plain(output: &str) -> String {
    let mut text = String::with_capacity(output.len());
    let mut rest = output;
    while let Some(at) = rest.find("\u{1b}[") {
        text.push_str(&rest[..at]);
        rest = rest[at..].split_once('m').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    text
}
