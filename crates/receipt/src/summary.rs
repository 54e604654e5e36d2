//! Counts of a receipt, for the top of a page.

use crate::record::{Authority, HunkState, ReceiptEntry, ReceiptRecord};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Counts of a receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptSummary {
    /// Hunks that a person let be written, edited ones among them.
    pub approved: u32,
    /// Hunks that were declined.
    pub declined: u32,
    /// Hunks that were written with a person's text, or without some of their lines.
    pub edited: u32,
    /// Hunks that were written without asking a person.
    pub unasked: u32,
    /// Commands that ran.
    pub commands: u32,
    /// Commands, and calls of tools, that were not let happen.
    pub refused: u32,
    /// Comments of the person on lines.
    pub comments: u32,
    /// Undos and reverts.
    pub undos: u32,
    /// Tasks.
    pub tasks: Vec<TaskSummary>,
}

/// Task of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TaskSummary {
    /// Its number.
    pub task: u32,
    /// Time it began, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// First line of its prompt.
    pub prompt: String,
    /// Whether it was undone.
    pub undone: bool,
}

/// Counts what the records of a receipt tell.
pub fn summary(records: &[ReceiptRecord]) -> ReceiptSummary {
    let mut summary = ReceiptSummary::default();
    for record in records {
        match &record.entry {
            ReceiptEntry::Task { prompt } => summary.tasks.push(TaskSummary {
                task: record.task.unwrap_or_default(),
                at_ms: record.at_ms,
                prompt: prompt.clone(),
                undone: false,
            }),
            ReceiptEntry::Patch { decision, files, .. } => {
                summary.comments += count(decision.comments.len());
                let by_person =
                    matches!(decision.authority, Authority::Person { .. } | Authority::Session { .. });
                for hunk in files.iter().flat_map(|file| &file.hunks) {
                    let is_written = hunk.state.is_written();
                    summary.approved += u32::from(is_written && by_person);
                    summary.unasked += u32::from(is_written && !by_person);
                    summary.declined += u32::from(hunk.state == HunkState::Declined);
                    summary.edited += u32::from(matches!(hunk.state, HunkState::Edited | HunkState::InPart));
                }
            }
            ReceiptEntry::Command(command) => {
                summary.commands += u32::from(command.decision.approved);
                summary.refused += u32::from(!command.decision.approved);
            }
            ReceiptEntry::Tool { decision, .. } => summary.refused += u32::from(!decision.approved),
            ReceiptEntry::Refused { .. } => summary.refused += 1,
            ReceiptEntry::Undo { of_task, redo, extent, .. } => {
                summary.undos += u32::from(!redo);
                if *extent == crate::record::UndoExtent::Task {
                    for task in summary.tasks.iter_mut().filter(|task| task.task >= *of_task) {
                        task.undone = !redo;
                    }
                }
            }
            ReceiptEntry::Session { .. }
            | ReceiptEntry::Settings { .. }
            | ReceiptEntry::Changed { .. }
            | ReceiptEntry::Ended { .. } => {}
        }
    }
    summary
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
