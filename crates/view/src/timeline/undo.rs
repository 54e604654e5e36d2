//! Undo and redo (B36), as the rows and the session say it.

use super::state::{Timeline, Undo};
use crate::diff;
use crate::row::{Change, RowBody, TaskOutcome, TaskUndo, UndoneRow};
use crate::text::visible_inline;
use protocol::{ChangeSource, TaskId, TokenUsage, Undone};

/// Paths on a row.
const MAX_PATHS: usize = 200;

impl Timeline {
    /// The running task, or the one that ended last, changed files.
    pub(super) fn files_changed(&mut self) {
        self.undo.changed = true;
    }

    /// Takes in that changes in the project came to light; that may be after the end of the task.
    pub(super) fn workspace_changed(&mut self, out: &mut Vec<Change>) {
        let by_agent = |source: &ChangeSource| *source != ChangeSource::Other;
        if !self.workspace.files.iter().any(|file| file.sources.iter().any(by_agent)) {
            return;
        }
        self.undo.changed = true;
        if let Some(last) = self.undo.last.take() {
            self.undo.ended.push(last);
            self.tell_undo(out);
        }
    }

    pub(super) fn end_row(
        &mut self,
        at_ms: u64,
        task_id: TaskId,
        outcome: TaskOutcome,
        duration_ms: u64,
        out: &mut Vec<Change>,
    ) {
        let ended = (task_id, self.rows.len());
        let undo = if self.undo.changed { TaskUndo::Possible } else { TaskUndo::Nothing };
        if std::mem::take(&mut self.undo.changed) {
            self.undo.ended.push(ended);
            self.session.undoable = Some(task_id);
        } else {
            self.undo.last = Some(ended);
        }
        let usage = self.session.task_usage.clone();
        let tokens = usage.iter().fold(TokenUsage::default(), |sum, one| sum.plus(one.tokens));
        out.extend(self.add(at_ms, RowBody::TaskEnd { task_id, outcome, duration_ms, undo, tokens, usage }));
    }

    /// A task begins: what was undone before it stays undone.
    pub(super) fn keep_undone(&mut self, out: &mut Vec<Change>) {
        self.undo.last = None;
        self.undo.changed = false;
        if self.undo.undone.is_empty() {
            return;
        }
        let Undo { ended, undone, .. } = &mut self.undo;
        ended.retain(|(task, _)| !undone.iter().any(|(first, _)| first.is_some_and(|first| first <= *task)));
        let rows: Vec<_> = undone.drain(..).map(|(_, row)| row).collect();
        for row in rows {
            self.set_redo(row, false, out);
        }
        self.session.redoable = false;
    }

    pub(super) fn undone(&mut self, at_ms: u64, undone: &Undone, out: &mut Vec<Change>) {
        if let Some((_, row)) = self.undo.undone.last().copied() {
            self.set_redo(row, false, out);
        }
        if undone.redo {
            self.undo.undone.pop();
            if let Some((_, row)) = self.undo.undone.last().copied() {
                self.set_redo(row, true, out);
            }
        } else {
            let task = undone.reverted.is_none().then_some(undone.task_id);
            self.undo.undone.push((task, self.rows.len()));
        }
        let shown = |paths: &[String]| -> Vec<String> {
            paths.iter().take(MAX_PATHS).map(|path| visible_inline(path).into_owned()).collect()
        };
        let row = UndoneRow {
            redo: undone.redo,
            reverted: undone.reverted,
            count: diff::count(undone.paths.len()),
            paths: shown(&undone.paths),
            left_alone: shown(&undone.left_alone),
            can_redo: !undone.redo,
        };
        out.extend(self.add(at_ms, RowBody::Undone(row)));
        self.tell_undo(out);
    }

    /// Says of every task that changed files whether it is undone, and of the session what can be.
    fn tell_undo(&mut self, out: &mut Vec<Change>) {
        for (task, row) in self.undo.ended.clone() {
            let now = if self.undo.is_undone(task) { TaskUndo::Undone } else { TaskUndo::Possible };
            if let RowBody::TaskEnd { undo, .. } = &mut self.rows[row].body
                && *undo != now
            {
                *undo = now;
                out.extend(self.tell_row(row));
            }
        }
        let open = self.undo.ended.iter().rev().find(|(task, _)| !self.undo.is_undone(*task));
        self.session.undoable = open.map(|(task, _)| *task);
        self.session.redoable = !self.undo.undone.is_empty();
        out.extend(self.tell_session());
    }

    fn set_redo(&mut self, row: usize, can: bool, out: &mut Vec<Change>) {
        if let RowBody::Undone(undone) = &mut self.rows[row].body {
            undone.can_redo = can;
        }
        out.extend(self.tell_row(row));
    }
}
