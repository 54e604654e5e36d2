//! The check of a project.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Time a check may take unless the person says otherwise, in milliseconds.
pub const CHECK_TIMEOUT_MS: u64 = 10 * 60 * 1000;

/// Command by which a person tells whether a project is in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProjectCheck {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Time it may take, in milliseconds.
    pub timeout_ms: u64,
}

impl ProjectCheck {
    /// Makes a check that may take the usual time.
    pub fn new(argv: Vec<String>) -> Self {
        Self { argv, timeout_ms: CHECK_TIMEOUT_MS }
    }
}
