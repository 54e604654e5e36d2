//! Broken rules.

use std::fmt;

/// A place that breaks a rule, and a way out.
#[derive(Clone)]
pub(super) struct Fault {
    pub(super) rule: &'static str,
    pub(super) file: String,
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}
