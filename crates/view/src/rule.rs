//! A person's rules about commands, in words.

use crate::approval::display;
use crate::text::{Warnings, visible};
use protocol::{CommandRule, RuleDecision, Severity, Warning};

/// Says exactly what a rule does. `folder` is the rule's, for the eye.
pub fn sentence(rule: &CommandRule, folder: &str) -> String {
    let command = format!("`{}`", display(&rule.prefix));
    match rule.decision {
        RuleDecision::Allow => format!(
            "Every command that begins with {command} runs without asking{}, in {folder} and the folders beneath it, in every \
             session.",
            if rule.without_sandbox { " and without the sandbox" } else { ", in the sandbox" },
        ),
        RuleDecision::Ask => format!(
            "Every command that has {command} in it waits for you, in every session of {folder} and the folders beneath it, \
             whatever else would let it run.",
        ),
        RuleDecision::Deny => format!(
            "No command that has {command} in it is run, in any session of {folder} and the folders beneath it. The agent is \
             told why.",
        ),
    }
}

/// Warns of what to look at twice before a rule is saved.
pub fn warnings(rule: &CommandRule) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |severity, text| warnings.push(Warning { severity, text });
    if rule.without_sandbox {
        let text = "They run without the sandbox: they can read and change whatever you can.";
        warn(Severity::Error, text.to_owned());
    }
    if let ([program], RuleDecision::Allow) = (rule.prefix.as_slice(), rule.decision) {
        let text = format!("It names only a program: whatever `{}` can do is allowed.", visible(program));
        warn(Severity::Warning, text);
    }
    let mut looked_at = Warnings::default();
    for word in &rule.prefix {
        looked_at.look_at_command(word);
    }
    looked_at.sentences().into_iter().for_each(|text| warn(Severity::Warning, text));
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(decision: RuleDecision, words: &[&str], without_sandbox: bool) -> CommandRule {
        let prefix = words.iter().map(|word| (*word).to_owned()).collect();
        CommandRule { decision, prefix, project: "/p".into(), without_sandbox }
    }

    #[test]
    fn a_rule_says_what_it_does_and_what_to_look_at_twice() {
        let allow = rule(RuleDecision::Allow, &["make", "my target"], false);
        assert_eq!(
            sentence(&allow, "~/p"),
            "Every command that begins with `make 'my target'` runs without asking, in the sandbox, in ~/p and the folders beneath \
             it, in every session."
        );
        assert!(warnings(&allow).is_empty());

        let bare = rule(RuleDecision::Allow, &["m\u{430}ke"], true);
        assert!(sentence(&bare, "~/p").contains("without asking and without the sandbox"));
        let warned = warnings(&bare);
        assert!(
            warned[0].severity == Severity::Error && warned[1].text.contains("only a program"),
            "{warned:?}"
        );
        assert!(warned[2].severity == Severity::Warning && warned[2].text.contains("U+0430"), "{warned:?}");

        assert!(sentence(&rule(RuleDecision::Ask, &["make"], false), "/p").contains("waits for you"));
        assert!(sentence(&rule(RuleDecision::Deny, &["make"], false), "/p").starts_with("No command"));
        assert!(warnings(&rule(RuleDecision::Deny, &["make"], false)).is_empty());
    }
}
