//! Rule a person is offered when they are asked about a command.

use crate::command;
use crate::rules::checked::check;
use crate::rules::project_rules::{ClassifiedCommand, Rules};
use protocol::{CommandRule, RuleDecision, SandboxPolicy};
use std::path::Path;

/// Programs whose second word says what they do.
const WITH_VERBS: [&str; 33] = [
    "apt", "brew", "bundle", "bun", "cargo", "cmake", "composer", "deno", "docker", "dotnet", "dune",
    "flutter", "gh", "git", "go", "gradle", "helm", "just", "kubectl", "make", "meson", "mix", "mvn", "nix",
    "npm", "pip", "pnpm", "poetry", "rails", "rustup", "swift", "uv", "yarn",
];

/// Of these, the second words that are followed by what is run.
const RUNS: [&str; 4] = ["exec", "run", "run-script", "x"];

/// Programs that one allows one by one: what they do is in the words after the ones a rule names.
const NEVER: [&str; 15] = [
    "chmod", "chown", "cp", "curl", "dd", "git-push", "install", "ln", "mkfs", "mv", "rm", "rsync", "shred",
    "truncate", "wget",
];

/// Most words of an offered prefix.
const MAX_WORDS: usize = 8;

/// The rule that would let a command and its like run unasked in `project`, under `sandbox`; `None` where there is no good one.
pub(crate) fn offer(
    rules: &Rules,
    argv: &[String],
    cwd: &Path,
    project: &Path,
    sandbox: &SandboxPolicy,
) -> Option<CommandRule> {
    let without_sandbox = *sandbox == SandboxPolicy::DangerFullAccess;
    let commands = command::plain_commands(argv)?;
    let mut uncovered = commands.iter().filter(|words| without_sandbox || !command::is_safe(words));
    let (words, more) = (uncovered.next()?, uncovered.next());
    let program = words.first()?;
    if more.is_some() || NEVER.contains(&program.as_str()) || (without_sandbox && program.contains('/')) {
        return None;
    }
    let rule = CommandRule {
        decision: RuleDecision::Allow,
        prefix: prefix(words)?,
        project: project.to_owned(),
        without_sandbox,
    };
    check(&rule).ok()?;
    // it must do what it says: nothing stricter in its way, and the command it is offered for covered whole
    let mut with = rules.all().to_vec();
    with.push(rule.clone());
    let judged = Rules::new(with).classify(argv, cwd);
    (judged == ClassifiedCommand::Allowed { without_sandbox }).then_some(rule)
}

fn prefix(words: &[String]) -> Option<Vec<String>> {
    let verb = |word: &String| {
        !word.starts_with('-')
            && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
    };
    let count = match words {
        [program, first, second, ..]
            if WITH_VERBS.contains(&program.as_str()) && RUNS.contains(&first.as_str()) && verb(second) =>
        {
            3
        }
        // `cargo run`, `make`: there is nothing more to name
        [program, first, ..] if WITH_VERBS.contains(&program.as_str()) && verb(first) => 2,
        _ => words.len(),
    };
    (count <= MAX_WORDS).then(|| words[..count].to_vec())
}
