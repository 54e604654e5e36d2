//! Rules a person saved (B15), and what would become of a command.

use crate::stage::*;
use engine::check::{Checked, DryRunDecision, DryRunReason, dry_run};
use engine::*;
use protocol::*;

fn rule(decision: RuleDecision, words: &[&str], without_sandbox: bool) -> CommandRule {
    let prefix = words.iter().map(|word| (*word).to_owned()).collect();
    CommandRule { decision, prefix, project: "/w".into(), without_sandbox }
}

/// Program and arguments of a case: words as JSON, or a script.
fn argv(text: &str) -> Vec<String> {
    if text.starts_with('[') {
        return serde_json::from_str(text).unwrap();
    }
    vec!["bash".to_owned(), "-lc".to_owned(), text.replace("\\n", "\n")]
}

fn outlook(
    argv: Vec<String>,
    approval: ApprovalPolicy,
    level: SandboxLevel,
    rules: &Rules,
) -> DryRunDecision {
    let policies = Policies { approval, ..Policies::default() };
    dry_run(Checked {
        argv,
        cwd: "/w".into(),
        escalated: false,
        policies: &policies,
        level,
        no_overlay: None,
        rules,
    })
}

fn name(outlook: &DryRunDecision) -> &'static str {
    match outlook {
        DryRunDecision::Runs { because: DryRunReason::Safe, sandbox: SandboxPolicy::ReadOnly { .. } } => {
            "reads"
        }
        DryRunDecision::Runs { because: DryRunReason::Rule, sandbox: SandboxPolicy::DangerFullAccess } => {
            "bare"
        }
        DryRunDecision::Runs {
            because: DryRunReason::Rule,
            sandbox: SandboxPolicy::WorkspaceWrite { .. },
        } => "runs",
        DryRunDecision::Runs { .. } => "runs for another reason",
        DryRunDecision::Asks { why: AskReason::Rule { .. }, .. } => "by-rule",
        DryRunDecision::Asks { .. } => "asks",
        DryRunDecision::Refused { .. } => "refused",
    }
}

#[test]
fn b15_every_case_of_the_rules_file() {
    let (mut rules, mut cases) = (Vec::new(), 0);
    for line in include_str!("../data/rules.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((word, rest)) = line.split_once(' ') else {
            rules.clear();
            continue;
        };
        let words: Vec<&str> = rest.split_whitespace().collect();
        match word {
            "allow" => rules.push(rule(RuleDecision::Allow, &words, false)),
            "allow!" => rules.push(rule(RuleDecision::Allow, &words, true)),
            "ask" => rules.push(rule(RuleDecision::Ask, &words, false)),
            "deny" => rules.push(rule(RuleDecision::Deny, &words, false)),
            expected => {
                cases += 1;
                for rules in [rules.clone(), rules.iter().rev().cloned().collect()] {
                    let command = argv(rest.trim());
                    let got =
                        outlook(command, ApprovalPolicy::Untrusted, SandboxLevel::Full, &Rules::new(rules));
                    assert_eq!(name(&got), expected, "{rest}: {got:?}");
                }
            }
        }
    }
    assert!(cases > 80, "{cases} cases");
}

/// Each case of the commands file, as a session that trusts nothing would judge it.
#[test]
fn b14_what_is_safe_runs_unasked_and_everything_else_asks() {
    let mut counts = [0, 0];
    for line in include_str!("../data/commands.txt").lines() {
        let (verdict, rest) = line.split_once(' ').unwrap_or_default();
        let Some((kind, text)) = rest.split_once(' ').filter(|_| matches!(verdict, "safe" | "unsafe")) else {
            continue;
        };
        let argv = match kind {
            "argv" => serde_json::from_str(text).unwrap(),
            _ => vec!["bash".to_owned(), "-lc".to_owned(), text.replace("\\n", "\n")],
        };
        let expected = if verdict == "safe" { "reads" } else { "asks" };
        let got = outlook(argv, ApprovalPolicy::Untrusted, SandboxLevel::Full, &Rules::default());
        assert_eq!(name(&got), expected, "{line}");
        counts[usize::from(verdict == "safe")] += 1;
    }
    assert!(counts.iter().all(|count| *count >= 75), "{counts:?} cases");
}

#[test]
fn b15_rules_and_the_table() {
    use ApprovalPolicy::*;
    let allow = Rules::new(vec![rule(RuleDecision::Allow, &["make"], false)]);
    let bare = Rules::new(vec![rule(RuleDecision::Allow, &["make"], true)]);
    let ask = Rules::new(vec![rule(RuleDecision::Ask, &["make"], false)]);
    let unreadable = Rules::unreadable("no".to_owned());
    for (rules, approval, level, expected) in [
        (&allow, Untrusted, SandboxLevel::Full, "runs"),
        // it allows the command in its sandbox; there is none
        (&allow, Untrusted, SandboxLevel::None, "asks"),
        (&allow, Never, SandboxLevel::None, "refused"),
        (&bare, OnRequest, SandboxLevel::None, "bare"),
        (&bare, Never, SandboxLevel::Full, "bare"),
        (&ask, OnRequest, SandboxLevel::Full, "by-rule"),
        (&ask, Never, SandboxLevel::Full, "refused"),
        (&unreadable, OnRequest, SandboxLevel::Full, "by-rule"),
        (&unreadable, Never, SandboxLevel::Full, "refused"),
    ] {
        let got = outlook(vec!["make".to_owned()], approval, level, rules);
        assert_eq!(name(&got), expected, "{rules:?} {approval:?} {level:?}: {got:?}");
    }
    // of what the session has no sandbox for, a rule about the sandbox says nothing
    let policies =
        Policies { approval: Untrusted, sandbox: SandboxPolicy::DangerFullAccess, review_patches: false };
    let (argv, cwd) = (vec!["make".to_owned()], "/w".into());
    let free = Checked {
        argv,
        cwd,
        escalated: false,
        policies: &policies,
        level: SandboxLevel::Full,
        no_overlay: None,
        rules: &allow,
    };
    assert_eq!(name(&dry_run(free)), "asks");
}

/// The rule that is offered with the question about a command.
fn offered(approval: ApprovalPolicy, arguments: &str) -> Option<CommandRule> {
    let mut script = Script::new(policies(approval, true));
    script.ask("go");
    script.model(1, vec![shell("c1", arguments)]);
    script.records.iter().find_map(|record| match &record.fact {
        Fact::Asked { approval } => match &approval.subject {
            ApprovalSubject::Exec { rule, .. } => rule.clone(),
            other => panic!("{other:?}"),
        },
        _ => None,
    })
}

#[test]
fn b15_a_rule_is_offered_for_what_it_covers_and_nothing_wider() {
    let check = |arguments: &str, expected: &str| {
        let rule = offered(ApprovalPolicy::Untrusted, arguments);
        let text = rule.map_or("nothing".to_owned(), |rule| rule.prefix.join(" "));
        assert_eq!(text, expected, "{arguments}");
    };
    for (script, expected) in [
        ("cargo test -p core", "cargo test"),
        ("cd sub && cargo test", "cargo test"),
        ("cargo test | tail -3", "cargo test"),
        ("cargo -q test", "cargo -q test"),
        ("npm run build -- --watch", "npm run build"),
        ("git commit -m x", "git commit"),
        ("pytest -q tests/a.py", "pytest -q tests/a.py"),
        ("python3 build.py", "python3 build.py"),
        // two that it would have to cover, or none that can be named
        ("cargo test && cargo build", "nothing"),
        ("cargo test $X", "nothing"),
        ("cd .. && cargo test", "nothing"),
        ("rm -rf build", "nothing"),
        ("sudo make", "nothing"),
        ("python3 -i", "nothing"),
        ("curl example.com", "nothing"),
    ] {
        check(&serde_json::json!({ "command": ["bash", "-lc", script] }).to_string(), expected);
    }
    check(r#"{"command":["cargo","test"],"workdir":"/elsewhere"}"#, "nothing");
    check(r#"{"command":["cargo","test"],"workdir":"sub/../.."}"#, "nothing");
    let escalated = r#"{"command":["git","commit"],"with_escalated_permissions":true}"#;
    let rule = offered(ApprovalPolicy::OnRequest, escalated).unwrap();
    assert!(rule.without_sandbox, "it says so");
    let here = r#"{"command":["./build"],"with_escalated_permissions":true}"#;
    assert_eq!(
        offered(ApprovalPolicy::OnRequest, here),
        None,
        "what the model can write runs in the sandbox"
    );
}

#[test]
fn b15_a_rule_that_is_approved_is_saved_and_counts_when_it_is_told() {
    let mut script = Script::new(policies(ApprovalPolicy::Untrusted, true));
    script.ask("go");
    let make = |id: &str| shell(id, r#"{"command":["make","all"]}"#);
    script.model(1, vec![make("c1")]);
    script.log.clear();
    script.answer("c1", ReviewDecision::ApprovedWithRule, None);
    script.check(
        "= decided
         = exec_started
         > save allow make all
         > run c1 make all [workspace-write]",
    );
    script.ended("c1", ran(""));
    script.input(Input::Rules(std::sync::Arc::new(Rules::new(vec![rule(
        RuleDecision::Allow,
        &["make", "all"],
        false,
    )]))));
    script.log.clear();
    script.model(2, vec![make("c2")]);
    assert!(script.log.contains(&"> run c2 make all [workspace-write]".to_owned()), "{:?}", script.log);

    // what was not offered cannot be answered
    script.ended("c2", ran(""));
    script.model(3, vec![shell("c3", r#"{"command":["rm","x"]}"#)]);
    script.log.clear();
    script.answer("c3", ReviewDecision::ApprovedWithRule, None);
    script.check("> complain the request about call c3 offers no such answer");
}
