//! Checks of a patch that waits, and the search for the hunks that make the difference.

use crate::model::search::{self, SearchStep};
use protocol::{
    CallId, CheckResult, CheckVerdict, EndedBy, Fact, HunkId, HunkSelection, PatchProposal, ReviewDecision,
};

/// Checks of one patch, as it is asked about.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatchCheck {
    /// Results so far, the last one last.
    results: Vec<CheckResult>,
    /// Program and arguments, and the hunks in place, of the run that is under way.
    running: Option<(Vec<String>, HunkSelection)>,
    /// Hunks that are searched.
    search: Option<HunkSelection>,
}

impl PatchCheck {
    /// Reports whether nothing was checked yet, or the app was stopped while it was, and nothing is being.
    pub(crate) fn is_due(&self) -> bool {
        let was_cut_off = |result: &CheckResult| result.ended_by == EndedBy::AppStopped;
        self.running.is_none() && self.results.last().is_none_or(was_cut_off)
    }

    /// Returns the result of the run that is under way, had it ended so. `None` when there is none.
    pub(crate) fn ended(&self, ended_by: EndedBy) -> Option<CheckResult> {
        let (argv, hunks) = self.running.clone()?;
        Some(CheckResult { argv, hunks, ended_by, duration_ms: 0, output: String::new() })
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    pub(crate) fn is_searching(&self) -> bool {
        self.search.is_some()
    }

    /// Returns the next step of the search; `None` while there is none, or a run is under way.
    pub(crate) fn next_of_search(&self, proposal: &PatchProposal) -> Option<SearchStep> {
        let searched = self.search.as_ref().filter(|_| self.running.is_none())?;
        // one that could not be run says nothing of any set
        let last = self.results.last();
        if last.is_some_and(|last| last.verdict() == CheckVerdict::Unknown && !is_unfit(last)) {
            return Some(SearchStep::Stopped);
        }
        let known = |hunks: &[HunkId]| {
            let selection = restricted(proposal, searched, hunks);
            let results = self.results.iter().rev();
            results.filter(|result| result.hunks == selection).find_map(|result| match result.verdict() {
                CheckVerdict::Passed => Some(true),
                CheckVerdict::Failed => Some(false),
                CheckVerdict::Unknown => is_unfit(result).then_some(false),
            })
        };
        Some(search::next(&searched.accepted, known))
    }

    /// Returns the selection that leaves only these of the hunks that are searched.
    pub(crate) fn searched(&self, proposal: &PatchProposal, hunks: &[HunkId]) -> HunkSelection {
        let searched = self.search.clone().unwrap_or_default();
        restricted(proposal, &searched, hunks)
    }

    /// Returns the result that belongs to a decision: with exactly the hunks that are accepted, or of a declined patch the last one.
    pub(crate) fn of_decision(
        &self,
        proposal: &PatchProposal,
        decision: ReviewDecision,
        hunks: Option<&HunkSelection>,
    ) -> Option<&CheckResult> {
        let accepted = decision.approves().then(|| proposal.normalized(hunks));
        let mut told = self.results.iter().rev().filter(|result| result.verdict() != CheckVerdict::Unknown);
        told.find(|result| accepted.as_ref().is_none_or(|accepted| result.hunks == *accepted))
    }

    /// Takes in what a record says of the checks of `call_id`.
    pub(super) fn fold(&mut self, call_id: &CallId, fact: &Fact) {
        match fact {
            Fact::CheckStarted { call_id: of, argv, hunks } if of == call_id => {
                self.running = Some((argv.clone(), hunks.clone()));
            }
            Fact::CheckEnded { call_id: of, result } if of == call_id => {
                self.running = None;
                self.results.push(result.as_ref().clone());
            }
            Fact::CheckSearchStarted { call_id: of, hunks } if of == call_id => {
                self.search = Some(hunks.clone());
                // tried once more, where it was stopped
                self.results.retain(|result| result.verdict() != CheckVerdict::Unknown);
            }
            Fact::CheckSearchEnded { call_id: of, .. } if of == call_id => self.search = None,
            _ => {}
        }
    }
}

/// Reports whether the hunks could not be put in place, or their program could not be started.
fn is_unfit(result: &CheckResult) -> bool {
    matches!(result.ended_by, EndedBy::NotStarted { .. })
}

fn restricted(proposal: &PatchProposal, searched: &HunkSelection, hunks: &[HunkId]) -> HunkSelection {
    let selection = HunkSelection { accepted: hunks.to_vec(), ..searched.clone() };
    proposal.normalized(Some(&selection))
}
