//! Rules about commands that a person saved for a project (B15).

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// Decision of a rule on the commands it is about. The strictest one that matches counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RuleDecision {
    /// They run without asking.
    Allow,
    /// The person is asked, whatever else would let them run.
    Ask,
    /// They are never run.
    Deny,
}

impl RuleDecision {
    /// Its name as it stands in the file and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// A rule about the commands that begin with certain words, in one project.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct CommandRule {
    /// Decision on them.
    pub decision: RuleDecision,
    /// The words they begin with: the program and as many of its arguments as are here, each as it stands.
    pub prefix: Vec<String>,
    /// The folder it is for, absolute, and all beneath it.
    #[ts(type = "string")]
    pub project: PathBuf,
    /// Runs them without the sandbox. Only with [`RuleDecision::Allow`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_sandbox: bool,
}
