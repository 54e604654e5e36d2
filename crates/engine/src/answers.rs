//! Answers to the model: the only place that words what became of a call for it.

use crate::input::ExecOutcome;
use crate::model::call::Call;
use protocol::{
    AnswerCut, CheckResult, CheckVerdict, EndedBy, HunkOutcome, Ignored, LooseMatch, PatchKind,
    PatchProposal, PatchSide, ReviewComment, ToolEndedBy,
};
use std::fmt::Write as _;

/// Returns the answer to a command that ended (B17, B18).
pub(crate) fn exec(outcome: &ExecOutcome) -> String {
    let printed = &outcome.model_output;
    let output = match &outcome.end.ended_by {
        EndedBy::TimedOut { after_ms } => {
            format!("command timed out after {after_ms} milliseconds\n{printed}")
        }
        EndedBy::Interrupted => format!("aborted\n{printed}"),
        EndedBy::NotStarted { why } => format!("the command could not be started: {why}"),
        EndedBy::SandboxFailed { why } => {
            format!("the sandbox could not be set up, and nothing was run: {why}")
        }
        EndedBy::Lost { why } => format!("{why}\n{printed}"),
        EndedBy::Exited { .. } | EndedBy::Signaled { .. } | EndedBy::Rejected | EndedBy::AppStopped => {
            printed.clone()
        }
    };
    let exit_code = outcome.end.ended_by.exit_code().unwrap_or(124);
    let tenths = (outcome.end.duration_ms + 50) / 100;
    #[allow(clippy::cast_precision_loss, reason = "tenths of seconds of a command fit a f64 many times over")]
    let duration_seconds = tenths as f64 / 10.0;
    serde_json::json!({
        "output": output,
        "metadata": { "exit_code": exit_code, "duration_seconds": duration_seconds },
    })
    .to_string()
}

/// Tells the model that its answer was cut.
pub(crate) fn cut_off(cut: AnswerCut) -> String {
    let why = match cut {
        AnswerCut::Length => "it reached the limit of what you may say at once",
        AnswerCut::Filter => "the content filter of your vendor ended it",
        AnswerCut::Unsaid => "it was not said why",
    };
    format!(
        "<cut_off>\nYour last answer was cut off: {why}. What you see of it is all there is; a call that was not complete was not \
         made. Go on from there, in smaller steps: a long file in several patches, a long answer in parts.\n</cut_off>"
    )
}

/// Returns how a command in the background ended, as a phrase.
pub fn ended(ended_by: &EndedBy) -> String {
    match ended_by {
        EndedBy::Exited { code } => format!("exit code {code}"),
        EndedBy::Signaled { signal } => format!("exit code {}", 128 + signal),
        EndedBy::TimedOut { after_ms } => format!("timed out after {after_ms} ms"),
        EndedBy::Interrupted => "interrupted".to_owned(),
        EndedBy::Rejected => "rejected by user".to_owned(),
        EndedBy::AppStopped => "the app stopped while it ran".to_owned(),
        EndedBy::NotStarted { why } => format!("could not be started: {why}"),
        EndedBy::SandboxFailed { why } => format!("the sandbox could not be set up: {why}"),
        EndedBy::Lost { why } => why.clone(),
    }
}

/// Returns the answer to a tool call that ended, with the text it brought.
pub(crate) fn tool(ended_by: &ToolEndedBy, text: String) -> String {
    let why = match ended_by {
        ToolEndedBy::Succeeded | ToolEndedBy::Failed => return text,
        #[allow(clippy::cast_precision_loss, reason = "a time limit in milliseconds fits a f64")]
        ToolEndedBy::TimedOut { after_ms } => {
            format!("the tool did not answer within {} s", *after_ms as f64 / 1000.0)
        }
        ToolEndedBy::Interrupted => "interrupted".to_owned(),
        ToolEndedBy::Rejected => "tool call rejected by user".to_owned(),
        ToolEndedBy::AppStopped => {
            "aborted: the app stopped while this tool ran; it may have done its work".to_owned()
        }
        ToolEndedBy::Unavailable { why } => why.clone(),
    };
    if text.is_empty() { why } else { format!("{why}\n{text}") }
}

/// Returns the answer to a call that is given up; `otherwise` where nothing of it was done.
pub(crate) fn aborted(call: &Call, otherwise: &str) -> String {
    match &call.held_answer {
        // a command that ran and may run once more has its output already
        Some(held) if call.in_overlay && call.proposal.is_some() => {
            format!("{held}\naborted: none of what this command changed was applied")
        }
        Some(held) => held.clone(),
        None => otherwise.to_owned(),
    }
}

/// Returns the answer to a command in an overlay of whose changes something was applied: its output, and the outcome of each hunk.
pub(crate) fn effects(call: &Call, proposal: &PatchProposal, outcomes: &[HunkOutcome]) -> String {
    let held = call.held_answer.as_deref().unwrap_or_default();
    let applied = patch(proposal, outcomes);
    format!(
        "{held}\nThis command ran on a copy of the project. Of what it changed, this was applied:\n{applied}"
    )
}

/// Returns the notice about changes that the person brought in, of which `outcome` tells.
pub(crate) fn brought_in(outcome: &str) -> String {
    format!(
        "<brought_in>\nThe person had changes of an isolated copy of this folder brought into it. {}\n</brought_in>",
        outcome.trim()
    )
}

/// Returns the answer to a patch that was written: exactly the outcome of each hunk (B25).
pub(crate) fn patch(proposal: &PatchProposal, outcomes: &[HunkOutcome]) -> String {
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
        if !file.linked.is_empty() {
            let names: Vec<_> = file.linked.iter().map(|name| name.display().to_string()).collect();
            let _ = writeln!(text, "  its other names (hard links) changed with it: {}", names.join(", "));
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
    text
}

/// Appends the person's comments and note about a call to its answer.
pub(crate) fn with_words(mut text: String, call: &Call) -> String {
    if !call.comments.is_empty() {
        text.push_str("\ncomments from the person on lines of this patch:\n");
        for comment in &call.comments {
            text.push_str(&commented(comment));
        }
    }
    if let Some(result) = call.checked.as_deref() {
        text.push_str(&checked(result, call));
    }
    if let Some(note) = call.note.as_deref().map(str::trim).filter(|note| !note.is_empty()) {
        let _ = write!(text, "\nnote from the person: {note}");
    }
    text
}

/// Returns what the project's check said of the hunks that were decided on.
fn checked(result: &CheckResult, call: &Call) -> String {
    let CheckResult { argv, hunks, ended_by, duration_ms, output, .. } = result;
    let (accepted, all) = (hunks.accepted.len(), call.proposal.as_ref().map_or(0, |all| all.hunks().count()));
    let with = match (accepted == all, hunks.edited.is_empty() && hunks.partial.is_empty()) {
        (true, true) => "the whole patch".to_owned(),
        (true, false) => "the patch as the person edited it".to_owned(),
        (false, true) => format!("{accepted} of {all} hunks"),
        (false, false) => format!("{accepted} of {all} hunks, as the person edited them"),
    };
    let seconds = duration_ms.div_ceil(1000);
    let command = argv.join(" ");
    if result.verdict() == CheckVerdict::Passed {
        return format!("\nThe project's check `{command}` passed with {with} ({seconds} s).");
    }
    let ended = ended(ended_by);
    let mut text = format!("\nThe project's check `{command}` failed with {with} ({ended}, {seconds} s).");
    if !output.trim().is_empty() {
        let _ = write!(text, " The end of its output:\n{}", output.trim_end());
    }
    text
}

/// Returns a comment with its file, its lines and what they say.
fn commented(comment: &ReviewComment) -> String {
    let ReviewComment { path, side, line, to_line, quoted, more, text } = comment;
    let lines = if line == to_line { format!("line {line}") } else { format!("lines {line}-{to_line}") };
    let side = match side {
        PatchSide::Before => "as the file was",
        PatchSide::After => "with the whole patch",
    };
    let mut out = format!("\n{path}, {lines} ({side}):\n");
    for line in quoted {
        let _ = writeln!(out, "> {line}");
    }
    if *more > 0 {
        let _ = writeln!(out, "> [... {more} more lines ...]");
    }
    let _ = writeln!(out, "{text}");
    out
}

/// Returns an outcome for each hunk of a patch that was not written.
pub(crate) fn all_declined(proposal: &PatchProposal) -> Vec<HunkOutcome> {
    proposal.hunks().map(|(_, hunk)| HunkOutcome::Declined { id: hunk.id.clone() }).collect()
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
            linked: vec![],
            binary: false,
            conflicts: Vec::new(),
            effect: None,
            notes: vec![],
        };
        let told = patch(&PatchProposal { files: vec![file] }, &[]);
        assert_eq!(
            told,
            "Done: the whole patch was written.\nupdate a.py\n  line 3: the patch matched only by ignoring \
             indentation, and inserted lines were indented as the file is\n"
        );
    }
}
