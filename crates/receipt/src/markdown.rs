//! A receipt as Markdown, for a pull request.

use crate::markup::{code, escape};
use crate::record::{
    Authority, CommandRecord, HunkState, InstructionsInForce, ReceiptDecision, ReceiptEntry, ReceiptFile,
    ReceiptRecord,
};
use crate::summary::{ReceiptSummary, TaskSummary, summary};
use crate::verify::{SealStatus, VerifiedReceipt};
use crate::words::{approval_name, date, ended, hunk_state, person_answer, short};
use protocol::EndedBy;
use std::fmt::Write as _;

/// Writes a receipt as Markdown.
pub fn page(receipt: &VerifiedReceipt) -> String {
    let counts = summary(&receipt.records);
    let mut out = String::new();
    for record in &receipt.records {
        record_text(&mut out, record, &counts, receipt);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn record_text(out: &mut String, record: &ReceiptRecord, counts: &ReceiptSummary, receipt: &VerifiedReceipt) {
    match &record.entry {
        ReceiptEntry::Session { session, project, commit, branch, imported_from, .. } => {
            let _ = writeln!(out, "# Receipt: {}\n", escape(project));
            let _ = write!(out, "Session {}, begun {}", code(session), date(record.at_ms));
            if let Some(commit) = commit {
                let _ = write!(out, ", at commit {}", code(short(commit)));
            }
            if let Some(branch) = branch {
                let _ = write!(out, " on {}", code(branch));
            }
            let _ = writeln!(out, ". {}\n", signature(receipt));
            if let Some(agent) = imported_from {
                let _ = writeln!(
                    out,
                    "Imported from {}: nothing that it did before is in this receipt.\n",
                    escape(agent)
                );
            }
            let _ = writeln!(out, "**{}**\n", counts_text(counts));
        }
        ReceiptEntry::Settings {
            provider,
            model,
            reasoning_effort,
            approval,
            sandbox,
            review_patches,
            instructions,
        } => {
            let _ = write!(out, "- Model: {}", code(&format!("{provider}/{model}")));
            if let Some(effort) = reasoning_effort {
                let _ = write!(out, " ({effort} effort)");
            }
            let _ = write!(out, "; approval {}; sandbox {sandbox}", approval_name(*approval));
            if *review_patches {
                out.push_str("; every patch reviewed");
            }
            let _ = writeln!(out, "; instructions: {}", instructions_text(instructions));
        }
        ReceiptEntry::Task { prompt } => task(out, record, prompt, counts),
        ReceiptEntry::Patch { decision, of_command, failure, files, .. } => {
            let what = if *of_command { "Effects of a command" } else { "Patch" };
            let _ = writeln!(out, "- **{what}** {}", decision_text(decision, record.at_ms));
            if let Some(why) = failure {
                let _ = writeln!(out, "  - not written: {}", escape(why));
            }
            for file in files {
                file_text(out, file);
            }
            words(out, decision);
        }
        ReceiptEntry::Command(command) => command_text(out, command, record.at_ms),
        ReceiptEntry::Tool { server, tool, decision, end, .. } => {
            let name = code(&format!("{server}: {tool}"));
            let end = end.replace('_', " ");
            let _ = writeln!(out, "- **Tool** {name}: {end}; {}", decision_text(decision, record.at_ms));
            words(out, decision);
        }
        ReceiptEntry::Refused { tool, why, .. } => {
            let line = why.lines().next().unwrap_or_default();
            let _ = writeln!(out, "- **Refused** {}: {}", code(tool), escape(line));
        }
        ReceiptEntry::Changed { paths, .. } => {
            let paths: Vec<_> = paths.iter().map(|changed| code(&changed.path)).collect();
            let _ = writeln!(out, "- Changed by a command: {}", paths.join(", "));
        }
        ReceiptEntry::Undo { of_task, redo, extent, paths, left_alone } => {
            let what = match extent {
                crate::record::UndoExtent::Task => format!("task {of_task} and later"),
                crate::record::UndoExtent::File => "the changes of a file".to_owned(),
                crate::record::UndoExtent::Hunk => "a hunk".to_owned(),
            };
            let verb = if *redo { "Redone" } else { "Undone" };
            let paths: Vec<_> = paths.iter().map(|path| code(path)).collect();
            let _ = writeln!(out, "- **{verb}** {what} ({}): {}", date(record.at_ms), paths.join(", "));
            if !left_alone.is_empty() {
                let paths: Vec<_> = left_alone.iter().map(|path| code(path)).collect();
                let _ = writeln!(out, "  - left as they were: {}", paths.join(", "));
            }
        }
        ReceiptEntry::Ended { aborted: Some(why) } => {
            let _ = writeln!(out, "- The task ended early: {why}");
        }
        ReceiptEntry::Ended { aborted: None } => {}
    }
}

fn signature(receipt: &VerifiedReceipt) -> String {
    if !receipt.is_intact() {
        return "**This receipt was changed after it was written.**".to_owned();
    }
    match receipt.seal {
        SealStatus::Unsigned => "Not signed.".to_owned(),
        SealStatus::Signed(key) => format!("Signed by key {}.", code(&key.fingerprint())),
        SealStatus::Broken => "**Its signature does not fit.**".to_owned(),
    }
}

/// Words the counts.
fn counts_text(counts: &ReceiptSummary) -> String {
    let mut parts = vec![
        format!("{} approved", hunks(counts.approved)),
        format!("{} declined", counts.declined),
        format!("{} edited", counts.edited),
        format!("{} {}", counts.commands, if counts.commands == 1 { "command" } else { "commands" }),
    ];
    let more = [
        (counts.unasked, "written without asking"),
        (counts.refused, "refused"),
        (counts.comments, if counts.comments == 1 { "comment" } else { "comments" }),
        (counts.undos, if counts.undos == 1 { "undo" } else { "undos" }),
    ];
    parts.extend(more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    parts.join(", ")
}

fn hunks(count: u32) -> String {
    format!("{count} {}", if count == 1 { "hunk" } else { "hunks" })
}

fn task(out: &mut String, record: &ReceiptRecord, prompt: &str, counts: &ReceiptSummary) {
    let number = record.task.unwrap_or_default();
    let is_undone = |task: &TaskSummary| task.task == number && task.undone;
    let undone = if counts.tasks.iter().any(is_undone) { " (undone)" } else { "" };
    let prompt = if prompt.is_empty() { "no prompt" } else { prompt };
    let _ = writeln!(out, "\n## Task {number}: {}{undone}\n", escape(prompt));
}

fn file_text(out: &mut String, file: &ReceiptFile) {
    let moved = file.moved_to.as_ref().map(|to| format!(" to {}", code(to))).unwrap_or_default();
    if file.hunks.is_empty() {
        let _ = writeln!(out, "  - {}{moved}: {}", code(&file.path), file.kind);
    }
    for hunk in &file.hunks {
        let line = if file.whole { String::new() } else { format!(":{}", hunk.line) };
        let place = code(&format!("{}{line}", file.path));
        let _ = write!(out, "  - {place}{moved}: {}", hunk_state(hunk.state));
        match hunk.viewed {
            Some(true) => out.push_str(", viewed"),
            Some(false) if hunk.state != HunkState::Declined => out.push_str(", not viewed"),
            _ => {}
        }
        let _ = writeln!(out, ", SHA-256 {}", code(short(&hunk.sha256)));
    }
}

fn command_text(out: &mut String, command: &CommandRecord, at_ms: u64) {
    let line: Vec<_> = command.argv.iter().map(String::as_str).collect();
    let _ = write!(out, "- **Command** {}: {}", code(&line.join(" ")), ended(command.end.as_ref()));
    if command.decision.approved {
        let _ = write!(out, "; sandbox {}", command.sandbox);
        if command.network {
            out.push_str(" with network");
        }
        if command.on_copy {
            out.push_str(", on a copy of the project");
        }
    }
    let _ = writeln!(out, "; {}", decision_text(&command.decision, at_ms));
    for grant in &command.granted {
        let _ = writeln!(out, "  - allowed beside the sandbox: {}", code(grant));
    }
    if let Some(denied) = &command.denied {
        let _ = writeln!(out, "  - the sandbox refused: {}", escape(denied));
    }
    words(out, &command.decision);
}

/// Writes the person's note and comments.
fn words(out: &mut String, decision: &ReceiptDecision) {
    let one_line = |text: &str| escape(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    if let Some(note) = &decision.note {
        let _ = writeln!(out, "  - note: {}", one_line(note));
    }
    if let Some(check) = &decision.check {
        let result = if check.end == (EndedBy::Exited { code: 0 }) { "passed" } else { "failed" };
        let hunks = if check.hunks.len() == 1 { "hunk" } else { "hunks" };
        let command = code(&check.argv.join(" "));
        let _ = writeln!(out, "  - check {command} {result} with {} {hunks} in place", check.hunks.len());
    }
    for comment in &decision.comments {
        let place = code(&format!("{}:{}", comment.path, comment.line));
        let _ = writeln!(out, "  - comment on {place}: {}", one_line(&comment.text));
    }
}

fn decision_text(decision: &ReceiptDecision, at_ms: u64) -> String {
    let verb = if decision.approved { "approved" } else { "declined" };
    match &decision.authority {
        Authority::Person { at_ms, answer, .. } => {
            format!("{} by a person, {}", person_answer(*answer), date(*at_ms))
        }
        Authority::Nobody { at_ms } => format!("{verb}, since nobody was there to ask, {}", date(*at_ms)),
        Authority::Session { at_ms: since } => {
            format!("{verb} for the session at {}, done {}", date(*since), date(at_ms))
        }
        Authority::Rule { rules } => {
            let rules: Vec<_> = rules.iter().map(|words| code(&words.join(" "))).collect();
            format!("let run by the rule {}, {}", rules.join(", "), date(at_ms))
        }
        Authority::Policy { approval, sandbox, .. } if decision.approved => format!(
            "let happen by the policy {} with sandbox {sandbox}, {}",
            approval_name(*approval),
            date(at_ms)
        ),
        Authority::Policy { approval, .. } => {
            format!("refused by the policy {}, {}", approval_name(*approval), date(at_ms))
        }
    }
}

fn instructions_text(instructions: &InstructionsInForce) -> String {
    let base = match &instructions.base_sha256 {
        Some(sha256) => format!("replaced (SHA-256 {})", code(short(sha256))),
        None => "built in".to_owned(),
    };
    match (&instructions.project_sha256, instructions.project_bytes) {
        (Some(sha256), Some(bytes)) => {
            format!("{base}, and {bytes} bytes of the project's (SHA-256 {})", code(short(sha256)))
        }
        _ => base,
    }
}
