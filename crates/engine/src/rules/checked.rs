//! Rules that can be saved.

use crate::command;
use protocol::{CommandRule, RuleDecision};
use std::path::{Component, Path};

/// Most words of a prefix.
pub const MAX_PREFIX: usize = 32;

/// Programs that run whatever their arguments name: a rule that allows them allows everything.
const STARTERS: [&str; 20] = [
    "builtin", "chroot", "command", "doas", "env", "eval", "exec", "nice", "nohup", "parallel", "setsid",
    "source", "ssh", "stdbuf", "su", "sudo", "time", "timeout", "watch", "xargs",
];

/// Programs that run the text or the file they are given: a rule must say which.
const INTERPRETERS: [&str; 21] = [
    "bash",
    "bun",
    "dash",
    "deno",
    "expect",
    "fish",
    "gdb",
    "ksh",
    "lua",
    "node",
    "osascript",
    "perl",
    "php",
    "pwsh",
    "python",
    "python2",
    "python3",
    "ruby",
    "sh",
    "tclsh",
    "zsh",
];

/// Checks that a rule can be saved; the error names the fault.
pub fn check(rule: &CommandRule) -> Result<(), String> {
    let CommandRule { decision, prefix, project, without_sandbox } = rule;
    let Some((program, arguments)) = prefix.split_first().filter(|(program, _)| !program.is_empty()) else {
        return Err("the rule has no words".to_owned());
    };
    if prefix.len() > MAX_PREFIX {
        return Err(format!("the rule has more than {MAX_PREFIX} words"));
    }
    if let Some(word) = prefix.iter().find(|word| !command::is_visible(word)) {
        return Err(format!("the word {word:?} has characters that cannot be seen"));
    }
    if !project.is_absolute() || has_parent(project) {
        return Err(format!("the folder {} is not absolute", project.display()));
    }
    if *decision != RuleDecision::Allow {
        return if *without_sandbox {
            Err("only a rule that allows can be without the sandbox".to_owned())
        } else {
            Ok(())
        };
    }
    let name = program.rsplit('/').next().unwrap_or_default();
    if STARTERS.contains(&name) {
        return Err(format!("`{name}` runs whatever it is given; allow the program it is to run"));
    }
    let is_interpreter = INTERPRETERS.contains(&name) || name.starts_with("python3.");
    if is_interpreter && !arguments.iter().any(|word| !word.starts_with('-')) {
        return Err(format!("`{}` runs whatever it is given; name the file or module too", prefix.join(" ")));
    }
    Ok(())
}

/// Reports whether the path names a parent folder.
pub(super) fn has_parent(path: &Path) -> bool {
    path.components().any(|component| component == Component::ParentDir)
}
