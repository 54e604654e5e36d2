//! Summaries that take the conversation's place (B32).

use super::state::Timeline;
use crate::markdown::Markdown;
use crate::row::{CardStatus, Change, CompactionRow, RowBody, TaskOutcome};

impl Timeline {
    pub(super) fn compaction_starts(&mut self, at_ms: u64, auto: bool, out: &mut Vec<Change>) {
        let body =
            RowBody::Compaction(CompactionRow { auto, status: CardStatus::Running, blocks: Vec::new() });
        // it may be begun a second time, with outputs cut short
        out.extend(match self.compaction {
            Some(row) => self.replace(row, body),
            None => {
                self.compaction = Some(self.rows.len());
                self.add(at_ms, body)
            }
        });
        self.session.compacting = true;
        out.extend(self.tell_session());
    }

    pub(super) fn compacted(&mut self, at_ms: u64, summary: &str, auto: bool, out: &mut Vec<Change>) {
        let blocks = Markdown::of(summary);
        let body = RowBody::Compaction(CompactionRow { auto, status: CardStatus::Ok, blocks });
        out.extend(match self.compaction.take() {
            Some(row) => self.replace(row, body),
            None => self.add(at_ms, body),
        });
        self.session.compacting = false;
        out.extend(self.tell_session());
    }

    /// The task is over, and no summary came.
    pub(super) fn end_compaction(&mut self, outcome: TaskOutcome, out: &mut Vec<Change>) {
        let Some(row) = self.compaction.take() else { return };
        if let RowBody::Compaction(compaction) = &mut self.rows[row].body {
            compaction.status = match outcome {
                TaskOutcome::Interrupted => CardStatus::Interrupted,
                TaskOutcome::Complete | TaskOutcome::Failed => CardStatus::Failed,
            };
        }
        out.extend(self.tell_row(row));
        self.session.compacting = false;
    }
}
