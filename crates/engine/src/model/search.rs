//! Search for the hunks that make the difference between a check that passes and one that fails: delta debugging (Zeller and
//! Hildebrandt, "Simplifying and Isolating Failure-Inducing Input"), bounded in runs.
//!
//! It keeps no state: from the results so far it is gone through again up to the first set that nothing is known of.

use protocol::{CheckFinding, HunkId};
use std::cell::RefCell;
use std::collections::HashSet;

/// Most sets that are looked at.
const MAX_SETS: usize = 64;

/// Next step of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SearchStep {
    /// Check these hunks, in the patch's order.
    Check(Vec<HunkId>),
    /// It is over.
    Found(CheckFinding),
    /// The check cannot be run.
    Stopped,
}

/// Reason a search cannot go on.
enum Halt {
    /// Nothing is known of this set.
    Unknown(Vec<HunkId>),
    /// It looked at as many sets as it may.
    Limit,
}

/// Verdicts on sets of hunks.
struct Oracle<'a> {
    all: &'a [HunkId],
    known: &'a dyn Fn(&[HunkId]) -> Option<bool>,
    /// Sets that were looked at.
    sets: RefCell<HashSet<Vec<HunkId>>>,
}

impl Oracle<'_> {
    /// Reports whether the check passes with these hunks.
    fn passes(&self, hunks: &[HunkId]) -> Result<bool, Halt> {
        let mut sets = self.sets.borrow_mut();
        if !sets.contains(hunks) {
            if sets.len() >= MAX_SETS {
                return Err(Halt::Limit);
            }
            sets.insert(hunks.to_vec());
        }
        (self.known)(hunks).ok_or_else(|| Halt::Unknown(hunks.to_vec()))
    }

    /// Number of sets that were looked at.
    fn tried(&self) -> u32 {
        u32::try_from(self.sets.borrow().len()).unwrap_or(u32::MAX)
    }

    /// Reports whether the check passes with all hunks but these.
    fn passes_without(&self, hunks: &[HunkId]) -> Result<bool, Halt> {
        self.passes(&without(self.all, hunks))
    }
}

/// Returns the next step of the search over `all`, hunks in the patch's order. `known` says whether the check passes with a set of
/// them, where that was tried.
pub(crate) fn next(all: &[HunkId], known: impl Fn(&[HunkId]) -> Option<bool>) -> SearchStep {
    let oracle = Oracle { all, known: &known, sets: RefCell::default() };
    match search(&oracle) {
        Ok(finding) => SearchStep::Found(finding),
        Err(Halt::Unknown(hunks)) => SearchStep::Check(hunks),
        Err(Halt::Limit) => {
            SearchStep::Found(CheckFinding::NothingPasses { tried: oracle.tried(), is_complete: false })
        }
    }
}

fn search(oracle: &Oracle<'_>) -> Result<CheckFinding, Halt> {
    let passes_whole = oracle.passes(oracle.all)?;
    let passes_bare = oracle.passes(&[])?;
    if passes_whole {
        if passes_bare {
            return Ok(CheckFinding::Needed { hunks: Vec::new(), is_minimal: true });
        }
        let (hunks, is_minimal) = smallest(oracle.all, |hunks| oracle.passes(hunks))?;
        return Ok(CheckFinding::Needed { hunks, is_minimal });
    }
    if passes_bare {
        let (hunks, is_minimal) = smallest(oracle.all, |hunks| oracle.passes_without(hunks))?;
        return Ok(CheckFinding::Breaking { hunks, is_minimal });
    }
    // it fails either way: perhaps one hunk mends it, or one spoils what the others mend
    for hunk in oracle.all {
        if oracle.passes_without(std::slice::from_ref(hunk))? {
            return Ok(CheckFinding::Breaking { hunks: vec![hunk.clone()], is_minimal: true });
        }
    }
    for hunk in oracle.all {
        if oracle.passes(std::slice::from_ref(hunk))? {
            return Ok(CheckFinding::Needed { hunks: vec![hunk.clone()], is_minimal: true });
        }
    }
    Ok(CheckFinding::NothingPasses { tried: oracle.tried(), is_complete: true })
}

/// Reduces `all`, of which `holds` is true, to a part of which it is true and from which none can be left out. False beside it when
/// the limit was reached first.
fn smallest(
    all: &[HunkId],
    holds: impl Fn(&[HunkId]) -> Result<bool, Halt>,
) -> Result<(Vec<HunkId>, bool), Halt> {
    let mut part = all.to_vec();
    let mut pieces = 2;
    while part.len() > 1 {
        match reduced(&part, pieces, &holds) {
            Ok(Some((smaller, next))) => (part, pieces) = (smaller, next),
            Ok(None) if pieces >= part.len() => break,
            Ok(None) => pieces = (pieces * 2).min(part.len()),
            Err(Halt::Limit) => return Ok((part, false)),
            Err(halt) => return Err(halt),
        }
    }
    Ok((part, true))
}

/// Returns a smaller part of which `holds` is true, and how many pieces to cut that into.
fn reduced(
    part: &[HunkId],
    pieces: usize,
    holds: impl Fn(&[HunkId]) -> Result<bool, Halt>,
) -> Result<Option<(Vec<HunkId>, usize)>, Halt> {
    let chunks = || part.chunks(part.len().div_ceil(pieces));
    for chunk in chunks() {
        if holds(chunk)? {
            return Ok(Some((chunk.to_vec(), 2)));
        }
    }
    // with two pieces, what is left without one is the other
    if pieces > 2 {
        for chunk in chunks() {
            let rest = without(part, chunk);
            if holds(&rest)? {
                let next = (pieces - 1).clamp(2, rest.len().max(2));
                return Ok(Some((rest, next)));
            }
        }
    }
    Ok(None)
}

fn without(all: &[HunkId], hunks: &[HunkId]) -> Vec<HunkId> {
    all.iter().filter(|hunk| !hunks.contains(hunk)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn ids(count: usize) -> Vec<HunkId> {
        (0..count).map(|at| HunkId::new(0, at)).collect()
    }

    /// Searches with a check that passes where `passes` says so. Returns the finding and the number of runs.
    fn found(all: &[HunkId], passes: impl Fn(&[HunkId]) -> bool) -> (CheckFinding, usize) {
        let mut results: HashMap<Vec<HunkId>, bool> = HashMap::new();
        loop {
            match next(all, |hunks| results.get(hunks).copied()) {
                SearchStep::Check(hunks) => {
                    let verdict = passes(&hunks);
                    assert!(results.insert(hunks, verdict).is_none(), "no set is checked twice");
                }
                SearchStep::Found(finding) => return (finding, results.len()),
                SearchStep::Stopped => panic!("nothing stopped it"),
            }
        }
    }

    #[test]
    fn one_bad_hunk_of_five_is_named() {
        let all = ids(5);
        let (finding, runs) = found(&all, |hunks| !hunks.contains(&all[3]));
        assert_eq!(finding, CheckFinding::Breaking { hunks: vec![all[3].clone()], is_minimal: true });
        assert!(runs <= 10, "{runs}");
    }

    #[test]
    fn hunks_that_are_needed_together_are_named_together() {
        let all = ids(8);
        let (finding, _) = found(&all, |hunks| hunks.contains(&all[1]) && hunks.contains(&all[6]));
        let hunks = vec![all[1].clone(), all[6].clone()];
        assert_eq!(finding, CheckFinding::Needed { hunks, is_minimal: true });
    }

    #[test]
    fn what_passes_without_the_patch_needs_none_of_it_and_what_never_passes_says_so() {
        let all = ids(3);
        assert_eq!(found(&all, |_| true).0, CheckFinding::Needed { hunks: vec![], is_minimal: true });
        assert_eq!(found(&all, |_| false).0, CheckFinding::NothingPasses { tried: 8, is_complete: true });
        let (finding, _) = found(&all, |hunks| hunks.len() == 2);
        assert_eq!(finding, CheckFinding::Breaking { hunks: vec![all[0].clone()], is_minimal: true });
    }

    #[test]
    fn what_is_counted_are_sets_and_a_search_that_is_cut_off_before_it_found_any_says_so() {
        let all = ids(1);
        assert_eq!(found(&all, |_| false).0, CheckFinding::NothingPasses { tried: 2, is_complete: true });
        let (finding, runs) = found(&ids(40), |_| false);
        assert_eq!(finding, CheckFinding::NothingPasses { tried: 64, is_complete: false });
        assert_eq!(runs, MAX_SETS);
    }

    #[test]
    fn one_of_two_ways_to_pass_is_found_and_none_of_it_can_be_left_out() {
        let all = ids(4);
        let passes = |hunks: &[HunkId]| {
            hunks.contains(&all[3]) || (hunks.contains(&all[0]) && hunks.contains(&all[1]))
        };
        let (finding, _) = found(&all, passes);
        let CheckFinding::Needed { hunks, is_minimal: true } = finding else { panic!("{finding:?}") };
        assert!(passes(&hunks));
        for hunk in &hunks {
            assert!(!passes(&without(&hunks, std::slice::from_ref(hunk))), "{hunks:?}");
        }
    }

    #[test]
    fn a_search_is_bounded_and_gives_what_it_has() {
        let all = ids(60);
        // each second one is needed: there is nothing to halve
        let needed: Vec<&HunkId> = all.iter().step_by(2).collect();
        let (finding, runs) = found(&all, |hunks| needed.iter().all(|id| hunks.contains(id)));
        let CheckFinding::Needed { hunks, is_minimal: false } = finding else { panic!("{finding:?}") };
        assert!(needed.iter().all(|id| hunks.contains(id)), "{hunks:?}");
        assert!(runs <= MAX_SETS, "{runs}");
    }

    proptest! {
        #[test]
        fn what_is_found_of_any_needed_set_passes_and_cannot_be_less(
            count in 1usize..9,
            needed in proptest::collection::btree_set(0usize..9, 1..4),
        ) {
            let all = ids(count);
            let needed: Vec<HunkId> = needed.into_iter().filter(|at| *at < count).map(|at| HunkId::new(0, at)).collect();
            let passes = |hunks: &[HunkId]| needed.iter().all(|id| hunks.contains(id));
            let (finding, _) = found(&all, passes);
            prop_assert_eq!(finding, CheckFinding::Needed { hunks: needed.clone(), is_minimal: true });
            let breaks = |hunks: &[HunkId]| !needed.iter().any(|id| hunks.contains(id));
            if !needed.is_empty() {
                let (finding, _) = found(&all, breaks);
                prop_assert_eq!(finding, CheckFinding::Breaking { hunks: needed.clone(), is_minimal: true });
            }
        }
    }
}
