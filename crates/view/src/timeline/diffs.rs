//! Diffs that are shown of a session, and the files that their paths stand for.

use super::state::Timeline;
use crate::text::visible_inline;
use protocol::{CallId, ChangeScope, PatchProposal, UndoPlan, WorkspaceDiff};
use std::collections::BTreeSet;
use std::path::PathBuf;

impl Timeline {
    /// Returns the changes that are shown of a stretch of work; `None` where it was not compared.
    pub fn shown_changes(&self, scope: ChangeScope) -> Option<&WorkspaceDiff> {
        match scope {
            ChangeScope::Task => Some(&self.workspace),
            _ => self.compared.get(&scope),
        }
    }

    /// Returns the plan of the undo that was looked at last.
    pub fn shown_undo(&self) -> &UndoPlan {
        &self.undo_plan
    }

    /// Returns a patch that waits for a decision.
    pub fn proposal(&self, call_id: &CallId) -> Option<&PatchProposal> {
        self.proposals.get(call_id)
    }

    /// The file that a path of a diff or of a waiting patch stands for, as it is on disk. `None` also where several could be it, whose
    /// names look alike.
    pub fn changed_file(&self, path: &str) -> Option<PathBuf> {
        let diffs = std::iter::once(&self.workspace).chain(self.compared.values());
        let changed = diffs
            .flat_map(|diff| &diff.files)
            .filter(|file| visible_inline(&file.path) == path)
            .map(|file| self.cwd.join(&file.path));
        let mut found: BTreeSet<PathBuf> = changed.collect();
        if found.is_empty() {
            let files = self.proposals.values().flat_map(|proposal| &proposal.files);
            let proposed = files.filter(|file| visible_inline(&file.path) == path);
            found.extend(proposed.map(|file| file.target.clone()));
        }
        let one = found.pop_first();
        one.filter(|_| found.is_empty())
    }
}
