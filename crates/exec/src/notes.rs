//! Remarks on a command that has ended, at the end of its output: facts that the output does not tell.

use engine::ExecOutcome;
use protocol::{Denial, DenialKind};
use sandbox_linux::SetAside;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Maximum number of programs that are named.
const MAX_NAMED: usize = 5;

/// Tells that programs were left running (`server &`) and ended with the command.
pub(super) fn left_running(outcome: &mut ExecOutcome, programs: &[String]) {
    if programs.is_empty() {
        return;
    }
    let mut counts = BTreeMap::new();
    for program in programs {
        *counts.entry(program.as_str()).or_insert(0_usize) += 1;
    }
    let mut named = String::new();
    for (index, (program, count)) in counts.iter().take(MAX_NAMED).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(named, "{comma}{program}");
        if *count > 1 {
            let _ = write!(named, " ({count})");
        }
    }
    if counts.len() > MAX_NAMED {
        let _ = write!(named, " and {} more", counts.len() - MAX_NAMED);
    }
    add(
        outcome,
        &format!(
            "[still running when the command ended, and ended with it: {named}. To leave a program running, run it as a command \
             of its own with background: true]"
        ),
    );
}

/// Tells that repositories the command made got another name, and how to have them all the same.
pub(super) fn set_aside(outcome: &mut ExecOutcome, repositories: &[SetAside]) {
    for SetAside { from, to, why } in repositories {
        let (from, why) = (from.display(), why.escape_debug());
        let line = match to {
            Some(to) => format!(
                "[the repository {from} has {why}, which would run a program outside of the sandbox; it was renamed to {}. Make it anew \
                 without that, or ask for the command to run without the sandbox]",
                to.display()
            ),
            None => format!(
                "[the repository {from} has {why}, which would run a program outside of the sandbox, and could not be renamed: remove it]"
            ),
        };
        add(outcome, &line);
    }
}

/// Keeps what the sandbox refused, and tells the model of it: what a program says of it is often something else.
pub(super) fn denied(outcome: &mut ExecOutcome, denied: Option<Denial>) {
    if let Some(denial) = &denied {
        let is_git =
            denial.path.iter().flat_map(|path| path.components()).any(|part| part.as_os_str() == ".git");
        let way = match denial.kind {
            DenialKind::Write if is_git => {
                "commands in the sandbox cannot change a repository: to commit, run git by itself with with_escalated_permissions"
            }
            DenialKind::Network => {
                "there is no network in the sandbox: if it is needed, run the command with with_escalated_permissions"
            }
            DenialKind::Write | DenialKind::Read | DenialKind::Call => {
                "do without it, or run the command with with_escalated_permissions"
            }
        };
        end_line(&mut outcome.model_output);
        let _ = writeln!(outcome.model_output, "[the sandbox refused: {}. {way}]", denial.what);
    }
    outcome.denied = denied;
}

/// Adds a line to all that is told of the output.
fn add(outcome: &mut ExecOutcome, line: &str) {
    for text in [&mut outcome.output, &mut outcome.model_output] {
        end_line(text);
        text.push_str(line);
        text.push('\n');
    }
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}
