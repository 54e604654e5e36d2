//! Asking on the terminal.

mod editor;
mod hunks;

pub(crate) use editor::is_editing;

use protocol::{Approval, ApprovalSubject, HunkSelection, Op, ReviewDecision};
use std::io::{BufRead, IsTerminal, Write};
use view::{ApprovalBody, ApprovalCard, approval};

/// Whether somebody is there to answer: both ends of the conversation are a terminal.
pub(crate) fn someone_is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// A person's answer to an approval.
pub(crate) struct Answer {
    decision: ReviewDecision,
    hunks: Option<HunkSelection>,
    note: Option<String>,
}

impl Answer {
    /// The answer to the whole of it, without a note.
    fn whole(decision: ReviewDecision) -> Self {
        Self { decision, hunks: None, note: None }
    }

    /// The answer that declines, with the person's note.
    fn denied(note: Option<String>) -> Self {
        Self { note, ..Self::whole(ReviewDecision::Denied) }
    }

    /// The op that submits the answer to this approval.
    fn into_op(self, approval: &Approval) -> Op {
        let Self { decision, hunks, note } = self;
        let (call_id, binding) = (approval.call_id.clone(), approval.binding.clone());
        Op::Decide { call_id, binding, decision, hunks, note }
    }
}

/// Shows an approval and asks; returns the answer as an op. Blocks. `unseen` says that the lines of a patch did not go to this
/// terminal when it was proposed.
pub(crate) fn ask(approval: &Approval, unseen: bool) -> Op {
    if let (ApprovalSubject::Patch { proposal }, true) = (&approval.subject, unseen) {
        for (file, hunk) in proposal.hunks() {
            hunks::show(file, hunk, &hunk.new);
        }
    }
    show(&approval::card(approval));
    let offers = |decision| approval.subject.offers(decision);
    // the least comes first
    let grant =
        if offers(ReviewDecision::ApprovedWithGrant) { "allow that in the sandbox [g], " } else { "" };
    let rule = if offers(ReviewDecision::ApprovedWithRule) { "always by rule [r], " } else { "" };
    let approve = match &approval.subject {
        ApprovalSubject::Exec { .. } => "approve once [a], for this session [s], ",
        ApprovalSubject::Patch { .. } => {
            "approve all [a], hunk by hunk, with edits [h], for this session [s], "
        }
        ApprovalSubject::Tool { .. } => "approve once [a], this tool for this session [s], ",
    };
    let choices = format!("{grant}{approve}{rule}deny [d], stop [q]? ");
    let answer = loop {
        match (question(&choices).as_str(), &approval.subject) {
            ("g", _) if offers(ReviewDecision::ApprovedWithGrant) => {
                break Answer::whole(ReviewDecision::ApprovedWithGrant);
            }
            ("r", _) if offers(ReviewDecision::ApprovedWithRule) => {
                break Answer::whole(ReviewDecision::ApprovedWithRule);
            }
            ("h", ApprovalSubject::Patch { proposal }) => break hunks::decide(proposal),
            ("a" | "y", _) => break Answer::whole(ReviewDecision::Approved),
            ("s", _) => break Answer::whole(ReviewDecision::ApprovedForSession),
            ("d" | "n", _) => break Answer::denied(note()),
            ("q" | "", _) => break Answer::whole(ReviewDecision::Abort),
            _ => {}
        }
    };
    answer.into_op(approval)
}

/// Returns the answer to an approval when nobody is there.
pub(crate) fn nobody(approval: &Approval) -> Op {
    Answer::denied(Some("nobody is at the terminal to approve this".to_owned())).into_op(approval)
}

/// Shows everything the person needs to judge, but for the lines of a patch.
fn show(card: &ApprovalCard) {
    match &card.body {
        ApprovalBody::Command(command) => {
            eprintln!("\n  run   {}", command.display);
            eprintln!("  in    {}", command.cwd);
            eprintln!("  with  {}", command.sandbox);
            if let Some(offer) = &command.offer {
                eprintln!("  or    in the sandbox, which may then {offer} until this session ends");
            }
            if let Some(rule) = &command.rule {
                eprintln!("  rule  {rule}");
            }
        }
        ApprovalBody::Patch(patch) => {
            let files = if patch.files.len() == 1 { "file" } else { "files" };
            eprintln!("\n  patch of {} {files}, +{} -{}", patch.files.len(), patch.added, patch.removed);
        }
        ApprovalBody::Tool(tool) => {
            eprintln!("\n  call  {} of the MCP server {}", tool.tool, tool.server);
            let blocks = [("it is", &tool.description), ("with", &tool.arguments)];
            for (name, text) in blocks.into_iter().filter(|(_, text)| !text.is_empty()) {
                eprintln!("  {name:<5} {}", text.replace('\n', "\n        "));
            }
        }
    }
    eprintln!("  why   {}", card.why);
    for warning in &card.warnings {
        eprintln!("  !     {warning}");
    }
}

fn note() -> Option<String> {
    let note = question("a note to the model (Enter for none): ");
    (!note.is_empty()).then_some(note)
}

/// The answer, without the white space around it; empty at the end of the input.
pub(crate) fn question(text: &str) -> String {
    eprint!("{text}");
    let _ = std::io::stderr().flush();
    line().unwrap_or_default().trim().to_owned()
}

/// A line without its end; `None` at the end of the input, and where it cannot be read.
fn line() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
    }
}
