//! Findings of a soak test.

/// Findings of a part.
#[derive(Debug, Default)]
pub struct Findings {
    /// Runs that counted: for kills, those that hit.
    pub runs: usize,
    /// Sentences on what was wrong, each with what it takes to see it again.
    pub faults: Vec<String>,
}

impl Findings {
    pub(super) fn check(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }
}
