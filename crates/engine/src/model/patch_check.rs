//! Checks of a patch that waits, and the search for the hunks that make the difference.

use crate::model::search::{self, SearchStep};
use protocol::{
    CallId, CheckResult, CheckVerdict, EndedBy, Fact, HunkId, HunkSelection, PatchProposal, ProjectCheck,
    ReviewDecision,
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
    /// Returns the hunks to check by themselves: all of them where nothing was checked yet, or those that the app was stopped with.
    /// `None` while a run is under way, and once one has ended.
    pub(crate) fn due(&self, check: &ProjectCheck, proposal: &PatchProposal) -> Option<HunkSelection> {
        if self.running.is_some() {
            return None;
        }
        match self.results.iter().rfind(|result| result.argv == check.argv) {
            None => Some(proposal.normalized(None)),
            Some(last) => (last.ended_by == EndedBy::AppStopped).then(|| last.hunks.clone()),
        }
    }

    /// Returns the result of the run that is under way, had it ended so. `None` when there is none.
    pub(crate) fn ended(&self, ended_by: EndedBy) -> Option<CheckResult> {
        let (argv, hunks) = self.running.clone()?;
        Some(CheckResult { argv, hunks, ended_by, unfit: false, duration_ms: 0, output: String::new() })
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    pub(crate) fn is_searching(&self) -> bool {
        self.search.is_some()
    }

    /// Returns the next step of the search; `None` while there is none, or a run is under way.
    pub(crate) fn next_of_search(
        &self,
        check: &ProjectCheck,
        proposal: &PatchProposal,
    ) -> Option<SearchStep> {
        let searched = self.search.as_ref().filter(|_| self.running.is_none())?;
        // one that could not be run says nothing of any set
        let last = self.results.last();
        if last.is_some_and(|last| last.verdict() == CheckVerdict::Unknown && !last.unfit) {
            return Some(SearchStep::Stopped);
        }
        let known = |hunks: &[HunkId]| {
            let selection = restricted(proposal, searched, hunks);
            let results = self.results.iter().rev();
            let of_set = |result: &&CheckResult| result.hunks == selection && result.argv == check.argv;
            results.filter(of_set).find_map(|result| match result.verdict() {
                CheckVerdict::Passed => Some(true),
                CheckVerdict::Failed => Some(false),
                // hunks that do not go together do not pass
                CheckVerdict::Unknown => result.unfit.then_some(false),
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
        check: &ProjectCheck,
        proposal: &PatchProposal,
        (decision, hunks): (ReviewDecision, Option<&HunkSelection>),
    ) -> Option<&CheckResult> {
        let accepted = decision.approves().then(|| proposal.normalized(hunks));
        let mut told = self
            .results
            .iter()
            .rev()
            .filter(|result| result.verdict() != CheckVerdict::Unknown && result.argv == check.argv);
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

fn restricted(proposal: &PatchProposal, searched: &HunkSelection, hunks: &[HunkId]) -> HunkSelection {
    let selection = HunkSelection { accepted: hunks.to_vec(), ..searched.clone() };
    proposal.normalized(Some(&selection))
}
