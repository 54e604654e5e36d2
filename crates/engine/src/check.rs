//! Verdict on a command before anybody asks for it.

use crate::command;
use crate::model::grants::Grants;
use crate::rules::{ClassifiedCommand, Rules};
use crate::safety::{Verdict, exec_verdict};
use crate::tools::ShellCall;
use protocol::{AskReason, Policies, SandboxLevel, SandboxPolicy};
use std::path::PathBuf;

/// A command, and what it is judged by.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Folder it would run in, absolute.
    pub cwd: PathBuf,
    /// Whether it is to run without the sandbox.
    pub escalated: bool,
    /// The session's policies.
    pub policies: &'a Policies,
    /// How well the machine contains commands.
    pub level: SandboxLevel,
    /// Reason the machine cannot run commands in an overlay; `None` where it can.
    pub no_overlay: Option<&'a str>,
    /// The project's rules.
    pub rules: &'a Rules,
}

/// Decision on a command that is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DryRunDecision {
    /// The command would run, nobody asked.
    Runs {
        /// Reason.
        because: DryRunReason,
        /// Sandbox it would run in.
        sandbox: SandboxPolicy,
    },
    /// The person would be asked.
    Asks {
        /// Reason.
        why: AskReason,
        /// Sandbox it would run in once approved.
        sandbox: SandboxPolicy,
    },
    /// It would not be run.
    Refused {
        /// Reason.
        why: String,
    },
}

/// Reason that nobody would be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRunReason {
    /// It is known to only read.
    Safe,
    /// A rule of the person's allows it.
    Rule,
    /// The sandbox holds it.
    Contained,
    /// It would run on a copy-on-write view of the project, and the person be asked about what it changed.
    Overlay,
    /// The session has no sandbox, and asks about nothing.
    Free,
}

/// Judges a command as a session that has approved nothing yet would.
pub fn dry_run(checked: Checked<'_>) -> DryRunDecision {
    let Checked { argv, cwd, escalated, policies, level, no_overlay, rules } = checked;
    let call = ShellCall { argv, cwd, timeout_ms: 0, escalated, background: false, justification: None };
    match exec_verdict(policies, (level, no_overlay), &call, &Grants::default(), rules) {
        Verdict::Run { sandbox } => {
            let reads_only = matches!(sandbox, SandboxPolicy::ReadOnly { .. });
            let because =
                if command::is_safe(&call.argv) || (reads_only && command::is_safe_contained(&call.argv)) {
                    DryRunReason::Safe
                } else if matches!(rules.classify(&call.argv, &call.cwd), ClassifiedCommand::Allowed { .. }) {
                    DryRunReason::Rule
                } else if sandbox == SandboxPolicy::DangerFullAccess {
                    DryRunReason::Free
                } else {
                    DryRunReason::Contained
                };
            DryRunDecision::Runs { because, sandbox }
        }
        Verdict::RunInOverlay { sandbox } => DryRunDecision::Runs { because: DryRunReason::Overlay, sandbox },
        Verdict::Ask { why, sandbox } => DryRunDecision::Asks { why, sandbox },
        Verdict::Refuse { why } => DryRunDecision::Refused { why },
    }
}
