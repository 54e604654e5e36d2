//! Findings of a soak test.

/// Findings of a part.
#[derive(Debug, Default)]
pub struct Findings {
    /// Runs that counted: for kills, those that hit.
    pub runs: usize,
    /// Sentences on what was wrong, each with what it takes to see it again.
    pub faults: Vec<String>,
}

/// Attempts that are made, at most, for each run that is to count.
const ATTEMPTS: usize = 4;

impl Findings {
    /// Reports whether another attempt is to be made after these `attempts`, so that `wanted` runs count. That too few do is a fault.
    pub(super) fn needs_another(&mut self, attempts: usize, wanted: usize) -> bool {
        let runs = self.runs;
        if runs == wanted {
            return false;
        }
        let may = attempts < wanted * ATTEMPTS;
        self.check(may, || format!("of {attempts} attempts only {runs} counted, and {wanted} were wanted"));
        may
    }

    pub(super) fn check(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }
}
