//! What the model and the person are told about commands and patches.

use crate::input::{ExecFailure, ExecOutcome};
use crate::rules;
use crate::session::Session;
use crate::state::Call;
use crate::tools::{McpCall, ShellCall};
use protocol::{
    AskReason, ExecApprovalRequest, HunkOutcome, Ignored, LooseMatch, PatchApprovalRequest, PatchKind,
    PatchProposal, SandboxGrant, SandboxPolicy, ToolApprovalRequest,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// What is said of a patch of which the person accepted nothing.
pub(crate) const DECLINED: &str = "declined";

/// What the model reads about a command that ended (B17, B18).
pub(crate) fn exec(outcome: &ExecOutcome) -> String {
    let output = match &outcome.failure {
        Some(ExecFailure::TimedOut(ms)) => {
            format!("command timed out after {ms} milliseconds\n{}", outcome.model_output)
        }
        Some(ExecFailure::Spawn(why)) => format!("the command could not be started: {why}"),
        Some(ExecFailure::Sandbox(why)) => {
            format!("the sandbox could not be set up, and nothing was run: {why}")
        }
        Some(ExecFailure::Cancelled) => format!("aborted\n{}", outcome.model_output),
        None => outcome.model_output.clone(),
    };
    let exit_code = outcome.exit_code.unwrap_or(if outcome.failure.is_some() { 124 } else { 1 });
    let tenths = (outcome.duration_ms + 50) / 100;
    #[allow(clippy::cast_precision_loss, reason = "tenths of seconds of a command fit a f64 many times over")]
    let duration_seconds = tenths as f64 / 10.0;
    serde_json::json!({
        "output": output,
        "metadata": { "exit_code": exit_code, "duration_seconds": duration_seconds },
    })
    .to_string()
}

/// What the model reads about a patch that was written: exactly what became of each hunk (B25).
pub(crate) fn patch(proposal: &PatchProposal, outcomes: &[HunkOutcome], note: Option<&str>) -> String {
    let declined = outcomes.iter().filter(|outcome| matches!(outcome, HunkOutcome::Declined { .. })).count();
    let edited = outcomes.iter().filter(|outcome| matches!(outcome, HunkOutcome::Edited { .. })).count();
    let written = outcomes.len() - declined;
    let mut text = if declined == 0 && edited == 0 {
        "Done: the whole patch was written.\n".to_owned()
    } else {
        format!(
            "{written} of {} hunks were written, {declined} declined, {edited} edited by the person.\n",
            outcomes.len()
        )
    };
    for file in &proposal.files {
        let what = match &file.kind {
            PatchKind::Add => "add",
            PatchKind::Delete => "delete",
            PatchKind::Update { .. } => "update",
        };
        let _ = write!(text, "{what} {}", file.path);
        if let PatchKind::Update { move_to: Some(to) } = &file.kind {
            let _ = write!(text, " -> {to}");
        }
        text.push('\n');
        for LooseMatch { line, ignored } in &file.loose {
            let ignored = match ignored {
                Ignored::TrailingSpace => "trailing spaces",
                Ignored::Indentation => "indentation, and inserted lines were indented as the file is",
                Ignored::Typography => "typographic characters and indentation",
            };
            let _ = writeln!(text, "  line {line}: the patch matched only by ignoring {ignored}");
        }
        if declined == 0 && edited == 0 {
            continue;
        }
        for (number, hunk) in file.hunks.iter().enumerate() {
            let line = hunk.old_start + 1;
            let outcome = outcomes.iter().find(|outcome| outcome.id() == &hunk.id);
            let _ = match outcome {
                Some(HunkOutcome::Written { .. }) => {
                    writeln!(text, "  hunk {} at line {line}: written", number + 1)
                }
                Some(HunkOutcome::Edited { new_text, .. }) => writeln!(
                    text,
                    "  hunk {} at line {line}: written with the person's text instead:\n{new_text}",
                    number + 1
                ),
                Some(HunkOutcome::Declined { .. }) | None => writeln!(
                    text,
                    "  hunk {} at line {line}: declined, not written (old text kept: {:?})",
                    number + 1,
                    hunk.old.first().map_or("", |line| line.trim())
                ),
            };
        }
    }
    with_note(text, note)
}

/// An answer with the person's note, when there is one.
pub(crate) fn with_note(mut text: String, note: Option<&str>) -> String {
    if let Some(note) = note.map(str::trim).filter(|note| !note.is_empty()) {
        let _ = write!(text, "\nnote from the person: {note}");
    }
    text
}

/// Every hunk of a patch, declined.
pub(crate) fn all_declined(proposal: &PatchProposal) -> Vec<HunkOutcome> {
    proposal.hunks().map(|(_, hunk)| HunkOutcome::Declined { id: hunk.id.clone() }).collect()
}

/// The question about a command. `refused` is what would let it through in the sandbox after all.
pub(crate) fn exec_request(
    session: &Session,
    call: &Call,
    shell: &ShellCall,
    sandbox: SandboxPolicy,
    reason: AskReason,
    refused: Option<&SandboxGrant>,
) -> ExecApprovalRequest {
    let config = session.state.config.as_ref();
    let bare = sandbox == SandboxPolicy::DangerFullAccess;
    let offer = refused
        .filter(|_| bare)
        .zip(config)
        .and_then(|(grant, config)| session.state.grants.offer(&config.policies.sandbox, grant));
    let rule = config.filter(|_| !matches!(reason, AskReason::Rule { .. })).and_then(|config| {
        rules::offer(&session.world.rules, &shell.argv, &shell.cwd, &config.cwd, &sandbox)
    });
    ExecApprovalRequest {
        call_id: call.id.clone(),
        attempt: call.asks + 1,
        argv: shell.argv.clone(),
        cwd: shell.cwd.clone(),
        binding: binding(call, &(&shell.argv, &shell.cwd, &sandbox, &reason, &offer, &rule)),
        sandbox,
        reason,
        offer,
        rule,
    }
}

/// The question about a call of an MCP tool.
pub(crate) fn tool_request(call: &Call, mcp: &McpCall, reason: AskReason) -> ToolApprovalRequest {
    let invocation = mcp.invocation(&call.id);
    ToolApprovalRequest {
        binding: binding(call, &(&invocation, &mcp.tool.description, &reason)),
        description: mcp.tool.description.clone(),
        attempt: call.asks + 1,
        invocation,
        reason,
    }
}

/// The question about a patch.
pub(crate) fn patch_request(
    call: &Call,
    proposal: &PatchProposal,
    reason: AskReason,
) -> PatchApprovalRequest {
    PatchApprovalRequest {
        call_id: call.id.clone(),
        attempt: call.asks + 1,
        binding: binding(call, &(proposal, &reason)),
        proposal: proposal.clone(),
        reason,
    }
}

/// SHA-256 (hex) over everything a question shows and which asking of its call it is: what its approval is bound to.
fn binding(call: &Call, shown: &impl Serialize) -> String {
    // a value made of strings and numbers always serialises; were it ever not to, the call and its number would still bind
    let bytes = serde_json::to_vec(&(&call.id, call.asks, shown))
        .unwrap_or_else(|_| format!("{} {}", call.id, call.asks).into_bytes());
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::FilePatch;

    #[test]
    fn b25_a_match_that_ignored_indentation_is_told_to_the_model() {
        let file = FilePatch {
            path: "a.py".to_owned(),
            target: "/p/a.py".into(),
            kind: PatchKind::Update { move_to: None },
            move_target: None,
            base_sha256: None,
            move_base_sha256: None,
            hunks: vec![],
            outside: false,
            protected: None,
            loose: vec![LooseMatch { line: 3, ignored: Ignored::Indentation }],
            notes: vec![],
        };
        let told = patch(&PatchProposal { files: vec![file] }, &[], None);
        assert_eq!(
            told,
            "Done: the whole patch was written.\nupdate a.py\n  line 3: the patch matched only by ignoring \
             indentation, and inserted lines were indented as the file is\n"
        );
    }
}
