//! An undo before it is done: the same diff, and the files somebody changed since.

use crate::row::UndoView;
use crate::text::visible_inline;
use crate::{diff, lost_files};
use protocol::UndoPlan;

/// Makes a plan visible.
pub fn preview(plan: &UndoPlan) -> UndoView {
    UndoView {
        task_id: plan.task_id,
        redo: plan.redo,
        changes: diff::workspace(&plan.diff),
        lost: (!plan.lost.is_empty()).then(|| lost_files::sentence(&plan.lost)),
        conflicts: plan.conflicts.iter().map(|path| visible_inline(path).into_owned()).collect(),
    }
}
