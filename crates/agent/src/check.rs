//! Verdict on a command, with its reason, before anybody asks for it. Nothing is run.

use crate::rules::{RulesError, RulesFile, SavedRule};
use config::Home;
use engine::check::{Checked, DryRunDecision, DryRunReason, dry_run};
use engine::command;
use protocol::{AskReason, Policies, SandboxLevel};
use serde::Serialize;
use std::path::PathBuf;

/// A command, and what it is judged by beside the person's rules.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Folder it would run in, absolute; its rules count.
    pub cwd: PathBuf,
    /// Whether the model asks to run it without the sandbox.
    pub escalated: bool,
    /// The session's policies.
    pub policies: &'a Policies,
    /// How well the machine contains commands.
    pub level: SandboxLevel,
    /// Reason the machine cannot run commands in an overlay; `None` where it can.
    pub no_overlay: Option<&'a str>,
}

/// Verdict on a command that is not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DryRunVerdict {
    /// It would run, nobody asked.
    Runs,
    /// The person would be asked.
    Asks,
    /// It would not be run.
    Refuses,
}

impl DryRunVerdict {
    /// Returns its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Asks => "asks",
            Self::Refuses => "refuses",
        }
    }
}

/// Verdict on a command, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Verdict on the command.
    pub verdict: DryRunVerdict,
    /// Reason in one word: "safe", "rule", "contained", "free", "untrusted", ...
    pub reason: &'static str,
    /// Reason as a sentence; it may hold words of the command.
    pub why: String,
    /// Name of the sandbox policy it would run under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<&'static str>,
    /// Whether it is known to only read, where it runs contained.
    pub safe: bool,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Folder it would run in.
    pub cwd: PathBuf,
    /// Ids of the rules it was judged by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// Judges a command as a session in its folder that has approved nothing yet would, by the rules of `home`; and what is wrong with
/// their file when something is. Reads that file.
pub fn check(home: &Home, question: Question<'_>) -> (Answer, Option<RulesError>) {
    let Question { argv, cwd, escalated, policies, level, no_overlay } = question;
    let (rules, problem) = RulesFile::new(home).for_session(&cwd);
    let outlook = dry_run(Checked {
        argv: argv.clone(),
        cwd: cwd.clone(),
        escalated,
        policies,
        level,
        no_overlay,
        rules: &rules,
    });
    let by_rule = match &outlook {
        DryRunDecision::Runs { because, .. } => *because == DryRunReason::Rule,
        DryRunDecision::Asks { .. } | DryRunDecision::Refused { .. } => true,
    };
    let deciding = if by_rule { rules.deciding(&argv, &cwd) } else { Vec::new() };
    let (verdict, reason, why, sandbox) = match outlook {
        DryRunDecision::Runs { because, sandbox } => {
            let (reason, why) = match because {
                DryRunReason::Safe => ("safe", "it is known to only read"),
                DryRunReason::Rule => ("rule", "your rule allows it"),
                DryRunReason::Contained => ("contained", "the approval policy lets the sandbox hold it"),
                DryRunReason::Overlay => {
                    ("overlay", "it runs on a copy of the project, and you are asked about what it changed")
                }
                DryRunReason::Free => ("free", "the session has no sandbox, and asks about nothing"),
            };
            (DryRunVerdict::Runs, reason, why.to_owned(), Some(sandbox.name()))
        }
        DryRunDecision::Asks { why, sandbox } => {
            let (reason, sentence) = match why {
                AskReason::Untrusted => ("untrusted", "it is not known to be safe".to_owned()),
                AskReason::Escalation { .. } => ("escalation", "it would run without the sandbox".to_owned()),
                AskReason::NoSandbox => ("no_sandbox", "this machine has no sandbox".to_owned()),
                AskReason::NoOverlay { why } => {
                    ("no_overlay", format!("it cannot run on a copy of the project: {why}"))
                }
                AskReason::Rule { what } => ("rule", what),
                other => ("other", format!("{other:?}")),
            };
            (DryRunVerdict::Asks, reason, sentence, Some(sandbox.name()))
        }
        DryRunDecision::Refused { why } => (DryRunVerdict::Refuses, "refused", why, None),
    };
    // an allowing rule that does not reach as far as what asks or refuses here did not decide
    let decided = |rule: &protocol::CommandRule| {
        (verdict == DryRunVerdict::Runs) == (rule.decision == protocol::RuleDecision::Allow)
    };
    let rules = deciding.into_iter().filter(|rule| decided(rule));
    let rules = rules.map(|rule| SavedRule::new(rule.clone()).id()).collect();
    (
        Answer { verdict, reason, why, sandbox, safe: command::is_safe_contained(&argv), argv, cwd, rules },
        problem,
    )
}
