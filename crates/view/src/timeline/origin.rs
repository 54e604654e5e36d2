//! The part of the conversation that a change came from.

use super::hunk_of::HunkOf;
use super::proposed_lines::ProposedLines;
use super::state::Timeline;
use crate::diff;
use crate::row::{HunkOrigin, LineKind, Row, RowBody};
use crate::text::{visible_inline, visible_line};
use protocol::{CallId, HunkId, PatchProposal};
use std::hash::{DefaultHasher, Hash, Hasher};

impl Timeline {
    /// Remembers which lines the patch of a row changes.
    pub(super) fn remember_lines(&mut self, row: usize, proposal: &PatchProposal) {
        self.proposed_lines.retain(|known| known.row != row);
        for file in &proposal.files {
            let lines = file.hunks.iter().flat_map(|hunk| {
                let removed = hunk.old.iter().map(|line| hash(LineKind::Removed, &visible_line(line)));
                removed.chain(hunk.new.iter().map(|line| hash(LineKind::Added, &visible_line(line))))
            });
            let moved_to = file.move_target.as_ref().and_then(|_| diff::status_of(&file.kind).1);
            let path = visible_inline(moved_to.as_deref().unwrap_or(&file.path)).into_owned();
            self.proposed_lines.push(ProposedLines { row, path, lines: lines.flatten().collect() });
        }
    }

    /// Returns the part of the conversation that a hunk came from: the patch that proposed it, or the last written one that changed
    /// most of its lines, and what was said and asked before. `None` where no patch of the session made the change.
    pub fn hunk_origin(&self, of: HunkOf<'_>, path: &str, hunk: &HunkId) -> Option<HunkOrigin> {
        let row = match of {
            HunkOf::Patch(call_id) => self.row_of_patch(call_id)?,
            HunkOf::Changes | HunkOf::Preview | HunkOf::Compared(_) => {
                let lines = self.hunk_lines(of, path, hunk, 0, usize::MAX)?;
                let changed = lines.iter().filter(|line| line.kind != LineKind::Context);
                let hashes: Vec<u64> = changed.filter_map(|line| hash(line.kind, &line.text)).collect();
                let known = self.proposed_lines.iter().filter(|known| known.path == path);
                let known = known.filter(|known| self.was_written(known.row)).map(|known| {
                    (hashes.iter().filter(|line| known.lines.contains(line)).count(), known.row)
                });
                // of equals the last
                known.filter(|(count, _)| *count > 0).max()?.1
            }
        };
        let before = self.rows.get(..row)?;
        let task = before.iter().rposition(|row| matches!(row.body, RowBody::User { .. })).unwrap_or(0);
        let in_task = before.get(task..)?;
        let is_said = |row: &&Row| matches!(row.body, RowBody::Agent { .. });
        let is_thought = |row: &&Row| matches!(row.body, RowBody::Reasoning { .. });
        let said = in_task.iter().rfind(is_said).or_else(|| in_task.iter().rfind(is_thought));
        Some(HunkOrigin {
            row: diff::count(row),
            asked: in_task.first().filter(|row| matches!(row.body, RowBody::User { .. })).cloned(),
            said: said.cloned(),
        })
    }

    fn row_of_patch(&self, call_id: &CallId) -> Option<usize> {
        let is_it = |row: &Row| matches!(&row.body, RowBody::Patch(patch) if patch.call_id == *call_id);
        self.rows.iter().rposition(is_it)
    }

    fn was_written(&self, row: usize) -> bool {
        matches!(self.rows.get(row).map(|row| &row.body), Some(RowBody::Patch(patch)) if patch.hunks_written > 0)
    }
}

/// Hashes a line that says something.
fn hash(kind: LineKind, line: &str) -> Option<u64> {
    let line = line.trim();
    if line.is_empty() {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    (kind == LineKind::Added, line).hash(&mut hasher);
    Some(hasher.finish())
}
