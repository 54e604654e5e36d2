//! Judgement of commands by the person's rules (B15).

use crate::command;
use crate::rules::checked::has_parent;
use protocol::{CommandRule, RuleDecision};
use std::path::Path;

/// The rules of a session's project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<CommandRule>,
    /// Reason the rules cannot be read, when they cannot.
    unreadable: Option<String>,
}

/// Decision of the rules on a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassifiedCommand {
    /// Nothing.
    Silent,
    /// It runs without asking.
    Allowed {
        /// Runs without the sandbox.
        without_sandbox: bool,
    },
    /// The person is asked; why, for people.
    Asks(String),
    /// It is not run; why, for people.
    Denied(String),
}

impl Rules {
    /// These, in any order.
    pub fn new(rules: Vec<CommandRule>) -> Self {
        Self { rules, unreadable: None }
    }

    /// Rules that are there and cannot be read: nobody knows what they forbid, so what is not known to be safe is asked.
    pub fn unreadable(why: String) -> Self {
        Self { rules: Vec::new(), unreadable: Some(why) }
    }

    /// The rules.
    pub fn all(&self) -> &[CommandRule] {
        &self.rules
    }

    /// Judges a command that is to run in `cwd`.
    pub fn classify(&self, argv: &[String], cwd: &Path) -> ClassifiedCommand {
        if let Some(why) = &self.unreadable {
            return if command::is_safe(argv) {
                ClassifiedCommand::Silent
            } else {
                ClassifiedCommand::Asks(why.clone())
            };
        }
        match self.strictest(argv) {
            Some(rule) if rule.decision == RuleDecision::Deny => {
                ClassifiedCommand::Denied(format!("your rule denies `{}`", rule.prefix.join(" ")))
            }
            Some(rule) => {
                ClassifiedCommand::Asks(format!("your rule asks about `{}`", rule.prefix.join(" ")))
            }
            None => self.allowed(argv, cwd),
        }
    }

    /// The rules [`Rules::classify`] goes by: the strictest that asks or denies, or else those that allow the command's parts.
    pub fn deciding(&self, argv: &[String], cwd: &Path) -> Vec<&CommandRule> {
        match self.classify(argv, cwd) {
            ClassifiedCommand::Silent => Vec::new(),
            ClassifiedCommand::Asks(_) | ClassifiedCommand::Denied(_) => {
                self.strictest(argv).into_iter().collect()
            }
            ClassifiedCommand::Allowed { .. } => {
                let commands = command::plain_commands(argv).unwrap_or_default();
                let allowing = self.rules.iter().filter(|rule| rule.decision == RuleDecision::Allow);
                allowing
                    .filter(|rule| cwd.starts_with(&rule.project))
                    .filter(|rule| commands.iter().any(|words| begins(words, &rule.prefix)))
                    .collect()
            }
        }
    }

    /// Returns the beginnings of commands of the rules that let a command run unasked; none when they do not.
    pub(crate) fn allowing(&self, argv: &[String], cwd: &Path) -> Vec<Vec<String>> {
        match self.classify(argv, cwd) {
            ClassifiedCommand::Allowed { .. } => {
                self.deciding(argv, cwd).into_iter().map(|rule| rule.prefix.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The strictest rule that asks about the command or denies it.
    fn strictest(&self, argv: &[String]) -> Option<&CommandRule> {
        // of other projects nothing is known here, so that an ask or a deny counts wherever the command runs
        let recognised = command::recognised(argv);
        self.rules
            .iter()
            .filter(|rule| rule.decision != RuleDecision::Allow)
            .filter(|rule| recognised.iter().any(|words| is_about(words, &rule.prefix)))
            .max_by_key(|rule| rule.decision)
    }

    fn allowed(&self, argv: &[String], cwd: &Path) -> ClassifiedCommand {
        if has_parent(cwd) {
            return ClassifiedCommand::Silent;
        }
        let Some(commands) = command::plain_commands(argv) else { return ClassifiedCommand::Silent };
        let (mut sandboxed, mut bare) = (false, true);
        for words in &commands {
            let mut matching = self
                .rules
                .iter()
                .filter(|rule| rule.decision == RuleDecision::Allow)
                .filter(|rule| cwd.starts_with(&rule.project) && begins(words, &rule.prefix))
                .peekable();
            let covered = matching.peek().is_some();
            sandboxed |= covered;
            // what only reads may read secrets where there is no sandbox
            bare &= matching.any(|rule| rule.without_sandbox);
            let only_reads = command::is_safe(words) && stays(words);
            if !covered && !only_reads {
                return ClassifiedCommand::Silent;
            }
        }
        if sandboxed {
            ClassifiedCommand::Allowed { without_sandbox: bare }
        } else {
            ClassifiedCommand::Silent
        }
    }
}

/// Reports whether the words begin with a rule's.
fn begins(words: &[String], prefix: &[String]) -> bool {
    !prefix.is_empty() && words.starts_with(prefix)
}

/// Reports whether the words begin with a rule's, wherever the program lies.
fn is_about(words: &[String], prefix: &[String]) -> bool {
    let (Some((program, arguments)), Some((name, rest))) = (words.split_first(), prefix.split_first()) else {
        return false;
    };
    (program == name || program.rsplit('/').next() == Some(name)) && arguments.starts_with(rest)
}

/// Reports whether the rest of a script still runs in the same project.
fn stays(words: &[String]) -> bool {
    match words {
        [cd, operands @ ..] if cd == "cd" => {
            matches!(operands, [folder] if Path::new(folder).is_relative() && !has_parent(Path::new(folder)))
        }
        _ => true,
    }
}
