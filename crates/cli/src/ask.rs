//! Asking on the terminal.

mod answer;
mod editor;
mod hunks;
pub(crate) mod limit;
pub(crate) mod question;

pub(crate) use editor::is_editing;
pub(crate) use question::question;

use crate::drawn_patch;
use crate::foreign::drawn;
use crate::out::{err, err_has_colors, errln};
use anstyle::Style;
use answer::TerminalAnswer;
use protocol::{Approval, ApprovalSubject, Op, PatchProposal, ReviewDecision};
use question::note;
use std::io::IsTerminal;
use view::{ApprovalBody, ApprovalCard, PreviewCard, approval};

/// Whether somebody is there to answer: both ends of the conversation are a terminal.
pub(crate) fn someone_is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Shows an approval and asks; returns the answer as an op. Blocks. `unseen` says that the lines of a patch did not go to this
/// terminal when it was proposed.
pub(crate) fn ask(approval: &Approval, unseen: bool) -> Op {
    let mut card = card(&approval::card(approval));
    if let (ApprovalSubject::Patch { proposal }, true) = (&approval.subject, unseen) {
        card = format!("{}\n{card}", drawn_patch::patch(proposal).trim_end());
    }
    let lines = card.lines().count();
    err!("\n{}\n{card}", heading("approval"));
    if rustix::termios::tcgetwinsize(std::io::stderr()).is_ok_and(|size| usize::from(size.ws_row) < lines + 3)
    {
        errln!("{}", heading(&format!("these were {lines} lines: scroll up to where \"approval\" stands")));
    }
    let offers = |decision| approval.offers(decision);
    // the least comes first
    let grant =
        if offers(ReviewDecision::ApprovedWithGrant) { "allow that in the sandbox [g], " } else { "" };
    let rule = if offers(ReviewDecision::ApprovedWithRule) { "always by rule [r], " } else { "" };
    let approve = match &approval.subject {
        ApprovalSubject::Exec { .. } => "approve once [a], for this session [s], ",
        // each hunk that the project changed as well wants a decision of its own
        ApprovalSubject::Patch { proposal } if has_conflicts(proposal) => "hunk by hunk, with edits [h], ",
        ApprovalSubject::Patch { .. } if !offers(ReviewDecision::ApprovedForSession) => {
            "approve all [a], hunk by hunk, with edits [h], "
        }
        ApprovalSubject::Patch { .. } => {
            "approve all [a], hunk by hunk, with edits [h], for this session [s], "
        }
        ApprovalSubject::Tool { .. } => "approve once [a], this tool for this session [s], ",
    };
    let preview = if offers(ReviewDecision::Preview) { "preview its changes [p], " } else { "" };
    let used = if offers(ReviewDecision::PreviewUsed) { "use the preview's output [u], " } else { "" };
    let back = if offers(ReviewDecision::PreviewDiscarded) { "back to the command [b], " } else { "" };
    let choices = format!("{grant}{used}{preview}{approve}{back}{rule}deny [d], stop [q]? ");
    let answer = loop {
        match (question(&choices).as_str(), &approval.subject) {
            ("g", _) if offers(ReviewDecision::ApprovedWithGrant) => {
                break TerminalAnswer::whole(ReviewDecision::ApprovedWithGrant);
            }
            ("r", _) if offers(ReviewDecision::ApprovedWithRule) => {
                break TerminalAnswer::whole(ReviewDecision::ApprovedWithRule);
            }
            ("p", _) if offers(ReviewDecision::Preview) => {
                break TerminalAnswer::whole(ReviewDecision::Preview);
            }
            ("u", _) if offers(ReviewDecision::PreviewUsed) => {
                break TerminalAnswer::whole(ReviewDecision::PreviewUsed);
            }
            ("b", _) if offers(ReviewDecision::PreviewDiscarded) => {
                break TerminalAnswer::whole(ReviewDecision::PreviewDiscarded);
            }
            ("h", ApprovalSubject::Patch { proposal }) => break hunks::decide(proposal),
            ("a" | "y", ApprovalSubject::Patch { proposal }) if has_conflicts(proposal) => {}
            ("a" | "y", _) => break TerminalAnswer::whole(ReviewDecision::Approved),
            ("s", _) if offers(ReviewDecision::ApprovedForSession) => {
                break TerminalAnswer::whole(ReviewDecision::ApprovedForSession);
            }
            ("d" | "n", _) => break TerminalAnswer::denied(note()),
            ("q" | "", _) => break TerminalAnswer::whole(ReviewDecision::Abort),
            _ => {}
        }
    };
    answer.into_op(approval)
}

fn has_conflicts(proposal: &PatchProposal) -> bool {
    proposal.conflicts().next().is_some()
}

/// Returns the answer to an approval when nobody is there.
pub(crate) fn nobody(approval: &Approval) -> Op {
    let note = "nobody is at the terminal to approve this".to_owned();
    TerminalAnswer { unattended: true, ..TerminalAnswer::denied(Some(note)) }.into_op(approval)
}

/// Draws everything the person needs to judge, but for the lines of a patch.
fn card(card: &ApprovalCard) -> String {
    let mut out = String::new();
    let mut field = |label: &str, text: &str| out.push_str(&drawn(&format!("  {label:<5}"), text));
    match &card.body {
        ApprovalBody::Command(command) => {
            field("run", &command.display);
            field("in", &command.cwd);
            field("with", &command.sandbox);
            if let Some(offer) = &command.offer {
                field("or", &format!("in the sandbox, which may then {offer} until this session ends"));
            }
            if let Some(rule) = &command.rule {
                field("rule", rule);
            }
            if let Some(preview) = command.preview.as_ref().and_then(previewed) {
                field("copy", &preview);
            }
            if !command.preview_reach.is_empty() {
                field(
                    "copy",
                    &format!("previewed on a copy of the project: {}", command.preview_reach.join(" ")),
                );
            }
        }
        ApprovalBody::Patch(patch) => {
            let files = if patch.files.len() == 1 { "file" } else { "files" };
            field("patch", &format!("of {} {files}, +{} -{}", patch.files.len(), patch.added, patch.removed));
        }
        ApprovalBody::Tool(tool) => {
            field("call", &format!("{} of the MCP server {}", tool.tool, tool.server));
            let blocks = [("it is", &tool.description), ("with", &tool.arguments)];
            for (name, text) in blocks.into_iter().filter(|(_, text)| !text.is_empty()) {
                field(name, text);
            }
        }
    }
    field("why", &card.why);
    for warning in &card.warnings {
        field("!", warning);
    }
    out
}

/// Says what became of a command's preview, or why there is none; `None` where there was none yet.
fn previewed(preview: &PreviewCard) -> Option<String> {
    match preview {
        PreviewCard::Possible => None,
        PreviewCard::Unchanged { left_out } if left_out.is_empty() => {
            Some("it ran on a copy of the project, and changed no files there".to_owned())
        }
        PreviewCard::Unchanged { left_out } => Some(format!(
            "it ran on a copy of the project, and changed nothing that can be applied: {}",
            left_out.join(", ")
        )),
        PreviewCard::Failed { why } => Some(format!("there is nothing to look at of the preview: {why}")),
        PreviewCard::Impossible { why } => Some(format!("its changes can't be previewed: {why}")),
    }
}

/// Draws the line that begins a card: nothing that somebody else has put into the card begins in the first column.
fn heading(text: &str) -> String {
    let style = if err_has_colors() { Style::new().bold() } else { Style::new() };
    format!("{style}countersign: {text}{style:#}")
}
