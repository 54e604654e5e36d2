//! Asking on the terminal.

mod editor;
mod hunks;

pub(crate) use editor::is_editing;

use protocol::{
    EventMsg, ExecApprovalRequest, Op, PatchApprovalRequest, PatchDecision, ReviewDecision,
    ToolApprovalRequest,
};
use std::io::{BufRead, IsTerminal, Write};
use view::{Approval, ApprovalBody, approval};

/// Whether somebody is there to answer: both ends of the conversation are a terminal.
pub(crate) fn someone_is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Shows a command and asks; returns the answer as an op. Blocks.
pub(crate) fn command(request: &ExecApprovalRequest) -> Op {
    show(&approval::command(request));
    // the least comes first
    let grant = if request.offer.is_some() { "allow that in the sandbox [g], " } else { "" };
    let rule = if request.rule.is_some() { "always by rule [r], " } else { "" };
    let choices = format!("{grant}approve once [a], for this session [s], {rule}deny [d], stop [q]? ");
    let decision = loop {
        match question(&choices).as_str() {
            "g" if request.offer.is_some() => break ReviewDecision::ApprovedWithGrant,
            "r" if request.rule.is_some() => break ReviewDecision::ApprovedWithRule,
            "a" | "y" => break ReviewDecision::Approved,
            "s" => break ReviewDecision::ApprovedForSession,
            "d" | "n" => break ReviewDecision::Denied,
            "q" | "" => break ReviewDecision::Abort,
            _ => {}
        }
    };
    let note = (decision == ReviewDecision::Denied).then(note).flatten();
    Op::ExecApproval { call_id: request.call_id.clone(), binding: request.binding.clone(), decision, note }
}

/// Shows a call of an MCP tool and asks; returns the answer as an op. Blocks.
pub(crate) fn tool(request: &ToolApprovalRequest) -> Op {
    show(&approval::tool(request));
    let decision = loop {
        match question("approve once [a], this tool for this session [s], deny [d], stop [q]? ").as_str() {
            "a" | "y" => break ReviewDecision::Approved,
            "s" => break ReviewDecision::ApprovedForSession,
            "d" | "n" => break ReviewDecision::Denied,
            "q" | "" => break ReviewDecision::Abort,
            _ => {}
        }
    };
    let note = (decision == ReviewDecision::Denied).then(note).flatten();
    let call_id = request.invocation.call_id.clone();
    Op::ToolApproval { call_id, binding: request.binding.clone(), decision, note }
}

/// Shows a patch and asks, as a whole or hunk by hunk; returns the answer as an op. Blocks. `unseen` says that its lines did
/// not go to this terminal when it was proposed.
pub(crate) fn patch(request: &PatchApprovalRequest, unseen: bool) -> Op {
    if unseen {
        for (file, hunk) in request.proposal.hunks() {
            hunks::show(file, hunk, &hunk.new);
        }
    }
    show(&approval::patch(request));
    let whole = |decision, note| PatchDecision { decision, hunks: None, note };
    let decision = loop {
        match question(
            "approve all [a], hunk by hunk, with edits [h], for this session [s], deny [d], stop [q]? ",
        )
        .as_str()
        {
            "a" | "y" => break whole(ReviewDecision::Approved, None),
            "s" => break whole(ReviewDecision::ApprovedForSession, None),
            "h" => break hunks::decide(request),
            "d" | "n" => break whole(ReviewDecision::Denied, note()),
            "q" | "" => break whole(ReviewDecision::Abort, None),
            _ => {}
        }
    };
    Op::PatchApproval { call_id: request.call_id.clone(), binding: request.binding.clone(), decision }
}

/// What a request for approval is answered when nobody is there; `None` for any other event.
pub(crate) fn nobody(request: &EventMsg) -> Option<Op> {
    let note = Some("nobody is at the terminal to approve this".to_owned());
    let decision = ReviewDecision::Denied;
    match request {
        EventMsg::ExecApprovalRequest { request } => {
            let (call_id, binding) = (request.call_id.clone(), request.binding.clone());
            Some(Op::ExecApproval { call_id, binding, decision, note })
        }
        EventMsg::ApplyPatchApprovalRequest { request } => {
            let (call_id, binding) = (request.call_id.clone(), request.binding.clone());
            let decision = PatchDecision { decision, hunks: None, note };
            Some(Op::PatchApproval { call_id, binding, decision })
        }
        EventMsg::ToolApprovalRequest { request } => {
            let (call_id, binding) = (request.invocation.call_id.clone(), request.binding.clone());
            Some(Op::ToolApproval { call_id, binding, decision, note })
        }
        _ => None,
    }
}

/// Everything the person needs to judge, but for the lines of a patch.
fn show(card: &Approval) {
    let (why, warnings) = match &card.body {
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
            (&command.why, &command.warnings)
        }
        ApprovalBody::Patch(patch) => {
            let files = if patch.files.len() == 1 { "file" } else { "files" };
            eprintln!("\n  patch of {} {files}, +{} -{}", patch.files.len(), patch.added, patch.removed);
            (&patch.why, &patch.warnings)
        }
        ApprovalBody::Tool(tool) => {
            eprintln!("\n  call  {} of the MCP server {}", tool.tool, tool.server);
            let blocks = [("it is", &tool.description), ("with", &tool.arguments)];
            for (name, text) in blocks.into_iter().filter(|(_, text)| !text.is_empty()) {
                eprintln!("  {name:<5} {}", text.replace('\n', "\n        "));
            }
            (&tool.why, &tool.warnings)
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
