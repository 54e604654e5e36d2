//! Rules of the person about commands. A rule is text, and so is a command that is checked: nothing here runs anything.

use super::error::CommandError;
use protocol::{RuleDecision, SessionId, Warning};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The person's rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RulesView {
    /// Rules that apply in the open folder first, the strictest of them first; then the others, by folder.
    pub rules: Vec<RuleView>,
    /// The file they are in, for the eye.
    pub file: String,
    /// Fault in the file: none of its rules applies then, and commands not known to be safe ask.
    pub problem: Option<CommandError>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleView {
    /// Names it: the same for the same rule.
    pub id: String,
    /// Decision about the commands.
    pub decision: RuleDecision,
    /// The words they begin with, each as it stands, made visible.
    pub words: Vec<String>,
    /// The words as one would type them.
    pub command: String,
    /// The folder it is for, for the eye; it counts in all beneath it too.
    pub folder: String,
    /// Whether it applies in the open folder.
    pub here: bool,
    /// Whether the commands run without the sandbox.
    pub without_sandbox: bool,
    /// Effect of the rule, as a sentence.
    pub says: String,
    /// Warnings about the rule.
    pub warnings: Vec<Warning>,
    /// Commands it must be about.
    pub examples: Vec<String>,
    /// Commands it must not be about.
    pub not_examples: Vec<String>,
}

/// A rule as it is typed in. It is for the open folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleDraft {
    /// Decision about the commands.
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

/// Preview of the rule that a draft would be saved as.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct RulePreview {
    /// The rule; absent when it cannot be saved.
    pub rule: Option<RuleView>,
    /// Text that would be in the file.
    pub text: String,
    /// Commands that show where it ends.
    pub samples: Vec<RuleSample>,
    /// Whether this very rule is saved already; its examples would be replaced.
    pub saved: bool,
    /// Reason why the rule cannot be saved.
    pub problem: Option<CommandError>,
}

/// A command, and whether a rule is about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleSample {
    /// The command as one would type it.
    pub command: String,
    /// Whether it is covered.
    pub covered: bool,
}

/// Arguments of `add_rule`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AddRuleArgs {
    /// The draft.
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

/// Arguments of `dry_run_command`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DryRunArgs {
    /// The command, as one types it.
    pub command: String,
    /// Whether the agent asks to run the command without the sandbox.
    pub escalated: bool,
    /// The session whose policies apply, if it is open in the open folder; else those of new sessions apply.
    pub session: Option<SessionId>,
}

/// Verdict on a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The command would run without asking.
    Runs,
    /// The command would wait for the person.
    Asks,
    /// The command would be refused.
    Refuses,
}

/// Verdict on a command, and the reason. Approvals for a session are not considered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DryRunResult {
    /// Verdict on the command.
    pub outcome: Outcome,
    /// Reason, as part of a sentence.
    pub why: String,
    /// Name of the sandbox policy it would run under, once approved if it asks.
    pub sandbox: Option<String>,
    /// The rules it was judged by.
    pub rules: Vec<RuleView>,
    /// Whether the policies of the session of the arguments apply; else those of new sessions.
    pub in_session: bool,
}
