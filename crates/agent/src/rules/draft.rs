//! A rule as a person is about to save it: what they typed, what it would be, and what it would cover.

use super::rules_file::{RulesError, SavedRule};
use engine::rules::words;
use protocol::{CommandRule, RuleDecision};
use std::path::Path;

/// Rule as a person typed it.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// Decision on the commands.
    pub decision: RuleDecision,
    /// Words the commands begin with, as one types them.
    pub command: &'a str,
    /// Whether they run without the sandbox.
    pub without_sandbox: bool,
    /// Commands it must be about; empty ones do not count.
    pub examples: &'a [String],
    /// Commands it must not be about.
    pub not_examples: &'a [String],
}

/// A command like those a rule is for, and whether the rule is about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// As one would type it.
    pub command: String,
    /// Whether it is covered.
    pub covered: bool,
}

impl Draft<'_> {
    /// The rule as it would be saved for `project`, checked against its examples.
    pub fn rule(&self, project: &Path) -> Result<SavedRule, RulesError> {
        let filled = |examples: &[String]| -> Vec<String> {
            let trimmed = examples.iter().map(|example| example.trim().to_owned());
            trimmed.filter(|example| !example.is_empty()).collect()
        };
        let rule = SavedRule {
            examples: filled(self.examples),
            not_examples: filled(self.not_examples),
            ..SavedRule::new(CommandRule {
                decision: self.decision,
                prefix: words(self.command).map_err(RulesError::Rule)?,
                project: project.to_owned(),
                without_sandbox: self.without_sandbox,
            })
        };
        rule.check().map_err(RulesError::Rule)?;
        Ok(rule)
    }
}

/// Commands that show where a rule ends, each judged by it. `shown` is its prefix as one would type it.
pub fn samples(rule: &SavedRule, shown: &str) -> Vec<Sample> {
    let commands = match rule.decision {
        RuleDecision::Allow => [
            shown.to_owned(),
            format!("{shown} anything"),
            format!("{shown} && ls"),
            format!("{shown} && curl example.com"),
            format!("{shown} > file"),
        ],
        // these count wherever they are made out
        RuleDecision::Ask | RuleDecision::Deny => [
            shown.to_owned(),
            format!("{shown} anything"),
            format!("ls && {shown}"),
            format!("sudo {shown}"),
            format!("{shown} > file"),
        ],
    };
    let judged = commands.into_iter().map(|command| Sample { covered: rule.is_about(&command), command });
    judged.collect()
}
