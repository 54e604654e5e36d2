//! The person's rules about commands. A rule is text, and so is a command that is asked about: nothing here runs anything.

use super::CommandError;
use protocol::{RuleDecision, Warning};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The person's rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RulesView {
    /// Those that count in the open folder first, the strictest of them first; then the others, by folder.
    pub rules: Vec<RuleView>,
    /// The file they are in, for the eye.
    pub file: String,
    /// What is wrong with the file: then none of its rules counts, and what is not known to be safe is asked about.
    pub problem: Option<CommandError>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleView {
    /// Names it: the same for the same rule.
    pub id: String,
    /// What it says of the commands.
    pub decision: RuleDecision,
    /// The words they begin with, each as it stands, made visible.
    pub words: Vec<String>,
    /// The same as one would type it.
    pub command: String,
    /// The folder it is for, for the eye; it counts in all beneath it too.
    pub folder: String,
    /// Whether it counts in the open folder.
    pub here: bool,
    /// Whether the commands run without the sandbox.
    pub without_sandbox: bool,
    /// What it does, as a sentence.
    pub says: String,
    /// What to look at twice, as sentences.
    pub warnings: Vec<Warning>,
    /// Commands it must be about.
    pub examples: Vec<String>,
    /// Commands it must not be about.
    pub not_examples: Vec<String>,
}

/// A rule as it is typed in. It is for the open folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleDraft {
    /// What it is to say of the commands.
    pub decision: RuleDecision,
    /// The words they begin with, as one types them: one plain command.
    pub command: String,
    /// Whether they run without the sandbox.
    pub without_sandbox: bool,
    /// Commands it must be about, checked.
    pub examples: Vec<String>,
    /// Commands it must not be about, checked.
    pub not_examples: Vec<String>,
}

/// What a draft would be saved as.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct RulePreview {
    /// The rule; absent when it cannot be saved.
    pub rule: Option<RuleView>,
    /// As it would stand in the file.
    pub text: String,
    /// Commands that show where it ends.
    pub samples: Vec<RuleSample>,
    /// Whether this very rule is saved already; its examples would be replaced.
    pub saved: bool,
    /// Why it cannot be saved.
    pub problem: Option<CommandError>,
}

/// A command, and whether a rule is about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleSample {
    /// As one would type it.
    pub command: String,
    /// Whether it is covered.
    pub covered: bool,
}

/// Arguments of `add_rule`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AddRuleArgs {
    /// What was typed in.
    pub draft: RuleDraft,
    /// Id of the rule the person was shown; nothing else is saved.
    pub shown: String,
}

/// Arguments that name a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleArgs {
    /// Its id.
    pub id: String,
}

/// Arguments of `foresee_command`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForeseeArgs {
    /// The command, as one types it.
    pub command: String,
    /// As if the agent asked to run it without the sandbox.
    pub escalated: bool,
}

/// What would become of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It would run, nobody asked.
    Runs,
    /// The person would be asked.
    Asks,
    /// It would not be run.
    Refuses,
}

/// What would become of a command, and why. What was approved for a session is left aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForeseenCommand {
    /// What would become of it.
    pub outcome: Outcome,
    /// Why, as part of a sentence.
    pub why: String,
    /// Name of the sandbox policy it would run under, once approved if it asks.
    pub sandbox: Option<String>,
    /// The rules it was judged by.
    pub rules: Vec<RuleView>,
    /// Whether by the policies of the session that is shown; else by those of new sessions.
    pub in_session: bool,
}
