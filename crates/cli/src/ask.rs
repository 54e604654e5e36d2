//! Asking on the terminal.

use protocol::{
    CallId, ExecApprovalRequest, FilePatch, Hunk, HunkId, HunkSelection, Op, PatchApprovalRequest,
    PatchDecision, ReviewDecision,
};
use std::io::{BufRead, IsTerminal, Write};
use view::text::visible;
use view::{Approval, ApprovalBody, approval};

/// Whether somebody is there to answer: both ends of the conversation are a terminal.
pub(crate) fn someone_is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Shows a command and asks; returns the answer as an op. Blocks.
pub(crate) fn command(request: &ExecApprovalRequest) -> Op {
    show(&approval::command(request));
    let decision = loop {
        match question("approve once [a], for this session [s], deny [d], stop [q]? ").as_str() {
            "a" | "y" => break ReviewDecision::Approved,
            "s" => break ReviewDecision::ApprovedForSession,
            "d" | "n" => break ReviewDecision::Denied,
            "q" | "" => break ReviewDecision::Abort,
            _ => {}
        }
    };
    let note = (decision == ReviewDecision::Denied).then(note).flatten();
    Op::ExecApproval { call_id: request.call_id.clone(), attempt: request.attempt, decision, note }
}

/// Shows a patch and asks, as a whole or hunk by hunk; returns the answer as an op. Blocks. `unseen` says that its lines did
/// not go to this terminal when it was proposed.
pub(crate) fn patch(request: &PatchApprovalRequest, unseen: bool) -> Op {
    let count = request.proposal.hunks().count();
    if unseen {
        for (file, hunk) in request.proposal.hunks() {
            show_hunk(file, hunk);
        }
    }
    show(&approval::patch(request));
    loop {
        match question("approve all [a], hunk by hunk [h], for this session [s], deny [d], stop [q]? ")
            .as_str()
        {
            "a" | "y" => return answer(request, ReviewDecision::Approved, None, None),
            "s" => return answer(request, ReviewDecision::ApprovedForSession, None, None),
            "h" => {
                let Some(accepted) = hunk_by_hunk(request) else {
                    return answer(request, ReviewDecision::Abort, None, None);
                };
                let note = (accepted.len() < count).then(note).flatten();
                let selection = HunkSelection { accepted, edited: Vec::new() };
                return answer(request, ReviewDecision::Approved, Some(selection), note);
            }
            "d" | "n" => return answer(request, ReviewDecision::Denied, None, note()),
            "q" | "" => return answer(request, ReviewDecision::Abort, None, None),
            _ => {}
        }
    }
}

/// What is answered when nobody is there.
pub(crate) fn nobody(call_id: CallId, attempt: u32, is_patch: bool) -> Op {
    let note = Some("nobody is at the terminal to approve this".to_owned());
    let decision = ReviewDecision::Denied;
    if is_patch {
        Op::PatchApproval { call_id, attempt, decision: PatchDecision { decision, hunks: None, note } }
    } else {
        Op::ExecApproval { call_id, attempt, decision, note }
    }
}

fn answer(
    request: &PatchApprovalRequest,
    decision: ReviewDecision,
    hunks: Option<HunkSelection>,
    note: Option<String>,
) -> Op {
    let decision = PatchDecision { decision, hunks, note };
    Op::PatchApproval { call_id: request.call_id.clone(), attempt: request.attempt, decision }
}

/// The hunks accepted one by one; `None` when the person stops.
fn hunk_by_hunk(request: &PatchApprovalRequest) -> Option<Vec<HunkId>> {
    let mut accepted = Vec::new();
    for (file, hunk) in request.proposal.hunks() {
        show_hunk(file, hunk);
        loop {
            match question("this hunk: approve [a], deny [d], stop [q]? ").as_str() {
                "a" | "y" => {
                    accepted.push(hunk.id.clone());
                    break;
                }
                "d" | "n" => break,
                "q" | "" => return None,
                _ => {}
            }
        }
    }
    Some(accepted)
}

fn show_hunk(file: &FilePatch, hunk: &Hunk) {
    eprintln!("\n  {} line {}", visible(&file.path), hunk.old_start + 1);
    for line in &hunk.old {
        eprintln!("  - {}", visible(line));
    }
    for line in &hunk.new {
        eprintln!("  + {}", visible(line));
    }
}

/// Everything the person needs to judge, but for the lines of a patch.
fn show(card: &Approval) {
    let (why, warnings) = match &card.body {
        ApprovalBody::Command(command) => {
            eprintln!("\n  run   {}", command.display);
            eprintln!("  in    {}", command.cwd);
            eprintln!("  with  {}", command.sandbox);
            (&command.why, &command.warnings)
        }
        ApprovalBody::Patch(patch) => {
            let files = if patch.files.len() == 1 { "file" } else { "files" };
            eprintln!("\n  patch of {} {files}, +{} -{}", patch.files.len(), patch.added, patch.removed);
            (&patch.why, &patch.warnings)
        }
    };
    eprintln!("  why   {why}");
    for warning in warnings {
        eprintln!("  !     {warning}");
    }
}

fn note() -> Option<String> {
    let note = question("a note to the model (Enter for none): ");
    (!note.is_empty()).then_some(note)
}

/// The answer, without the white space around it; empty at the end of the input.
fn question(text: &str) -> String {
    eprint!("{text}");
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    // an input that cannot be read answers like one that has ended
    let _ = std::io::stdin().lock().read_line(&mut line);
    line.trim().to_owned()
}
