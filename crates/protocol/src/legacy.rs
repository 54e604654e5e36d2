//! Facts of version 0.1.0, read as the facts of today. This is the only place that reads sentences, since that version recorded
//! outcomes in words.

use crate::approval::{
    Approval, ApprovalSubject, AskReason, HunkOutcome, HunkSelection, ReviewDecision, ToolHints,
};
use crate::denial::{Denial, SandboxOffer};
use crate::diff::PatchProposal;
use crate::ids::CallId;
use crate::item::{AnswerStatus, Item, ToolOutput};
use crate::outcome::{EndedBy, ExecEnd, PatchEndedBy, ToolEndedBy, Truncation};
use crate::policy::SandboxPolicy;
use crate::record::Fact;
use crate::rule::CommandRule;
use crate::tool::{ToolInvocation, ToolResult};
use serde::Deserialize;
use std::path::PathBuf;

/// Kinds of facts that only version 0.1.0 wrote.
const KINDS: [&str; 9] = [
    "exec_approval_asked",
    "patch_approval_asked",
    "tool_approval_asked",
    "exec_decided",
    "patch_decided",
    "tool_decided",
    "exec_ended",
    "tool_ended",
    "patch_ended",
];

/// Reports whether only version 0.1.0 wrote facts of this kind.
pub(super) fn is_legacy(kind: &str) -> bool {
    KINDS.contains(&kind)
}

/// A fact as version 0.1.0 wrote it, where that differs.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LegacyFact {
    ExecApprovalAsked { request: LegacyExecRequest },
    PatchApprovalAsked { request: LegacyPatchRequest },
    ToolApprovalAsked { request: LegacyToolRequest },
    ExecDecided(LegacyDecided),
    PatchDecided(LegacyDecided),
    ToolDecided(LegacyDecided),
    ExecEnded(LegacyExecEnded),
    ToolEnded { call_id: CallId, result: LegacyToolResult },
    PatchEnded { call_id: CallId, success: bool, outcomes: Vec<HunkOutcome>, message: String },
}

#[derive(Deserialize)]
pub(super) struct LegacyExecRequest {
    call_id: CallId,
    attempt: u32,
    argv: Vec<String>,
    cwd: PathBuf,
    sandbox: SandboxPolicy,
    reason: AskReason,
    #[serde(default)]
    offer: Option<SandboxOffer>,
    #[serde(default)]
    rule: Option<CommandRule>,
    binding: String,
}

#[derive(Deserialize)]
pub(super) struct LegacyPatchRequest {
    call_id: CallId,
    attempt: u32,
    proposal: PatchProposal,
    reason: AskReason,
    binding: String,
}

#[derive(Deserialize)]
pub(super) struct LegacyToolRequest {
    invocation: ToolInvocation,
    description: String,
    attempt: u32,
    reason: AskReason,
    binding: String,
}

#[derive(Deserialize)]
pub(super) struct LegacyDecided {
    call_id: CallId,
    decision: ReviewDecision,
    #[serde(default)]
    hunks: Option<HunkSelection>,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct LegacyExecEnded {
    call_id: CallId,
    output: String,
    total_bytes: u64,
    #[serde(default)]
    exit_code: Option<i32>,
    duration_ms: u64,
    #[serde(default)]
    failure: Option<String>,
    #[serde(default)]
    denied: Option<Denial>,
    #[serde(default)]
    held_answer: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct LegacyToolResult {
    output: String,
    #[serde(default)]
    images: u32,
    success: bool,
    duration_ms: u64,
    #[serde(default)]
    failure: Option<String>,
}

impl From<LegacyFact> for Fact {
    fn from(fact: LegacyFact) -> Self {
        match fact {
            LegacyFact::ExecApprovalAsked { request } => asked(request.into()),
            LegacyFact::PatchApprovalAsked { request } => asked(request.into()),
            LegacyFact::ToolApprovalAsked { request } => asked(request.into()),
            LegacyFact::ExecDecided(decided)
            | LegacyFact::PatchDecided(decided)
            | LegacyFact::ToolDecided(decided) => {
                let LegacyDecided { call_id, decision, hunks, note } = decided;
                Self::Decided {
                    call_id,
                    decision,
                    hunks,
                    note,
                    comments: Vec::new(),
                    viewed: None,
                    unattended: false,
                    check: None,
                }
            }
            LegacyFact::ExecEnded(ended) => ended.into(),
            LegacyFact::ToolEnded { call_id, result } => Self::ToolEnded { call_id, result: result.into() },
            LegacyFact::PatchEnded { call_id, success, outcomes, message } => {
                Self::PatchEnded { call_id, ended_by: patch_ended_by(success, message), outcomes }
            }
        }
    }
}

fn asked(approval: Approval) -> Fact {
    Fact::Asked { approval: Box::new(approval) }
}

impl From<LegacyExecRequest> for Approval {
    fn from(request: LegacyExecRequest) -> Self {
        let LegacyExecRequest { call_id, attempt, argv, cwd, sandbox, reason, offer, rule, binding } =
            request;
        Self {
            call_id,
            attempt,
            reason,
            subject: ApprovalSubject::Exec { argv, cwd, sandbox, offer, rule, preview: None },
            binding,
        }
    }
}

impl From<LegacyPatchRequest> for Approval {
    fn from(request: LegacyPatchRequest) -> Self {
        let LegacyPatchRequest { call_id, attempt, proposal, reason, binding } = request;
        Self { call_id, attempt, reason, subject: ApprovalSubject::Patch { proposal }, binding }
    }
}

impl From<LegacyToolRequest> for Approval {
    fn from(request: LegacyToolRequest) -> Self {
        let LegacyToolRequest { invocation, description, attempt, reason, binding } = request;
        let call_id = invocation.call_id.clone();
        Self {
            call_id,
            attempt,
            reason,
            subject: ApprovalSubject::Tool { invocation, description, hints: ToolHints::default() },
            binding,
        }
    }
}

impl From<LegacyExecEnded> for Fact {
    fn from(ended: LegacyExecEnded) -> Self {
        let LegacyExecEnded {
            call_id,
            output,
            total_bytes,
            exit_code,
            duration_ms,
            failure,
            denied,
            held_answer,
        } = ended;
        let ended_by = match (exit_code, failure) {
            (Some(code), _) => EndedBy::Exited { code },
            (None, Some(failure)) => exec_ended_by(failure),
            (None, None) => EndedBy::Lost { why: "its exit code is not known".to_owned() },
        };
        let (output, truncation) = without_gap(output, Some(total_bytes));
        let end = ExecEnd { ended_by, total_bytes, truncation, duration_ms };
        Self::ExecEnded { call_id, output, end, denied, held_answer, held_effects: None, as_previewed: None }
    }
}

fn exec_ended_by(failure: String) -> EndedBy {
    let timed_out = failure.strip_prefix("timed out after ").and_then(|rest| rest.strip_suffix(" ms"));
    if let Some(after_ms) = timed_out.and_then(|ms| ms.parse().ok()) {
        return EndedBy::TimedOut { after_ms };
    }
    if let Some(why) = failure.strip_prefix("could not be started: ") {
        return EndedBy::NotStarted { why: why.to_owned() };
    }
    if let Some(why) = failure.strip_prefix("the sandbox could not be set up: ") {
        return EndedBy::SandboxFailed { why: why.to_owned() };
    }
    match failure.as_str() {
        "interrupted" => EndedBy::Interrupted,
        "rejected by user" => EndedBy::Rejected,
        "the app stopped while it ran" => EndedBy::AppStopped,
        _ => EndedBy::Lost { why: failure },
    }
}

impl From<LegacyToolResult> for ToolResult {
    fn from(answer: LegacyToolResult) -> Self {
        let LegacyToolResult { output, images, success, duration_ms, failure } = answer;
        let ended_by = match (success, failure) {
            (true, _) => ToolEndedBy::Succeeded,
            (false, None) => ToolEndedBy::Failed,
            (false, Some(failure)) => match failure.as_str() {
                "interrupted" | "interrupted before it was called" => ToolEndedBy::Interrupted,
                "rejected by user" => ToolEndedBy::Rejected,
                "the app stopped while it ran" => ToolEndedBy::AppStopped,
                _ => ToolEndedBy::Unavailable { why: failure },
            },
        };
        let (output, truncation) = without_gap(output, None);
        Self { output, truncation, images, ended_by, duration_ms }
    }
}

fn patch_ended_by(success: bool, message: String) -> PatchEndedBy {
    match message.as_str() {
        _ if success => PatchEndedBy::Written,
        "declined" => PatchEndedBy::Declined,
        "interrupted before it was written" => PatchEndedBy::Interrupted,
        "the app stopped while this patch was being written" => PatchEndedBy::AppStopped,
        "the patch is empty" => PatchEndedBy::Refused { why: message },
        why if why.ends_with("the approval policy is never") => PatchEndedBy::Refused { why: message },
        _ => PatchEndedBy::Failed { why: message },
    }
}

/// Takes the line "[... 12 lines left out ...]" out of the middle of a text, and returns it as data. The number of bytes that were
/// printed in all is known of commands; without it, a text as long as the limit of that version is taken for a shortened one.
fn without_gap(text: String, total_bytes: Option<u64>) -> (String, Option<Truncation>) {
    const NEARLY_THE_LIMIT: usize = 32 * 1024;
    let shortened = match total_bytes {
        Some(total) => total > text.len() as u64,
        None => text.len() > NEARLY_THE_LIMIT,
    };
    // the gap is in the middle, so that the one nearest to it is the app's own, whatever was printed
    let half = text.len() / 2;
    let found = shortened
        .then(|| text.match_indices("[... ").filter_map(|(at, _)| Some((at, gap_at(&text, at)?))))
        .and_then(|gaps| gaps.min_by_key(|(at, _)| at.abs_diff(half)));
    let Some((at, (end, lines))) = found else { return (text, None) };
    let left = format!("{}{}", &text[..at], &text[end..]);
    let bytes = total_bytes.map_or(0, |total| total.saturating_sub(left.len() as u64));
    (left, Some(Truncation { at: at as u64, lines, bytes }))
}

/// End of the line at `at` and its number, if it is one that says how many lines are left out.
fn gap_at(text: &str, at: usize) -> Option<(usize, u64)> {
    let at_start = at == 0 || text.as_bytes()[at - 1] == b'\n';
    let length = text[at..].find('\n').filter(|_| at_start)?;
    let line = &text[at..at + length];
    let (count, _) = line.strip_prefix("[... ")?.strip_suffix(" left out ...]")?.split_once(" line")?;
    Some((at + length + 1, count.parse().ok().filter(|count| *count > 0)?))
}

/// Gives an answer of version 0.1.0 its status, and the person's note.
pub(super) fn complete(fact: &mut Fact) {
    if let Fact::CallAnswered { item: Item::CallOutput { output, .. } } = fact
        && output.status.is_none()
    {
        output.note = note_in(&output.text);
        output.status = Some(status_of(output));
    }
}

fn status_of(output: &ToolOutput) -> AnswerStatus {
    let text = output.text.as_str();
    let begins = |words: &[&str]| words.iter().any(|words| text.starts_with(words));
    if begins(&["aborted", r#"{"metadata":{"duration_seconds":"#]) && is_aborted(text) {
        AnswerStatus::Aborted
    } else if begins(&[
        "exec command rejected by user",
        "tool call rejected by user",
        "patch rejected by user",
    ]) {
        AnswerStatus::Declined
    } else if begins(&[
        "exec command rejected: ",
        "tool call rejected: ",
        "patch rejected: ",
        "unsupported call: ",
    ]) {
        AnswerStatus::Refused
    } else if begins(&["the patch ", "failed to parse "]) {
        AnswerStatus::Failed
    } else if text.lines().next().is_some_and(|line| line.ends_with(" edited by the person.")) {
        AnswerStatus::Partial
    } else {
        AnswerStatus::Completed
    }
}

/// Reports whether a call was ended by the person before its answer, or a command while it ran.
fn is_aborted(text: &str) -> bool {
    let first = |text: &str| {
        text.lines().next().is_some_and(|line| line == "aborted" || line.starts_with("aborted: "))
    };
    let printed = || serde_json::from_str::<serde_json::Value>(text).ok();
    first(text)
        || printed().is_some_and(|ran| {
            ran["metadata"]["exit_code"] == 124 && ran["output"].as_str().is_some_and(first)
        })
}

fn note_in(text: &str) -> Option<String> {
    let (_, note) = text.split_once("\nnote from the person: ")?;
    Some(note.trim().to_owned()).filter(|note| !note.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_in_words_become_data() {
        for (failure, expected) in [
            ("timed out after 400 ms", EndedBy::TimedOut { after_ms: 400 }),
            ("interrupted", EndedBy::Interrupted),
            ("rejected by user", EndedBy::Rejected),
            ("the app stopped while it ran", EndedBy::AppStopped),
            ("could not be started: no", EndedBy::NotStarted { why: "no".to_owned() }),
            ("the sandbox could not be set up: no", EndedBy::SandboxFailed { why: "no".to_owned() }),
            ("timed out after a while", EndedBy::Lost { why: "timed out after a while".to_owned() }),
        ] {
            assert_eq!(exec_ended_by(failure.to_owned()), expected);
        }
        for (success, message, expected) in [
            (true, "", PatchEndedBy::Written),
            (false, "declined", PatchEndedBy::Declined),
            (false, "interrupted before it was written", PatchEndedBy::Interrupted),
            (false, "the app stopped while this patch was being written", PatchEndedBy::AppStopped),
            (false, "the patch is empty", PatchEndedBy::Refused { why: "the patch is empty".to_owned() }),
            (false, "the disk is full", PatchEndedBy::Failed { why: "the disk is full".to_owned() }),
        ] {
            assert_eq!(patch_ended_by(success, message.to_owned()), expected);
        }
    }

    #[test]
    fn the_gap_in_the_middle_becomes_data_and_lines_like_it_stay() {
        let text = "[... 2 lines left out ...]\nhead\n[... 7 lines left out ...]\ntail\n[... 3 lines left out ...]\n";
        let (left, gap) = without_gap(text.to_owned(), Some(1_000));
        assert_eq!(left, "[... 2 lines left out ...]\nhead\ntail\n[... 3 lines left out ...]\n");
        let gap = gap.unwrap();
        assert_eq!((gap.lines, gap.bytes), (7, 1_000 - left.len() as u64));
        assert!(gap.split(&left).1.starts_with("tail\n"));
        assert_eq!(without_gap(text.to_owned(), Some(3)), (text.to_owned(), None));
        assert_eq!(without_gap("[... a lines left out ...]\n".to_owned(), Some(99)).1, None);
        assert_eq!(without_gap(text.to_owned(), None).1, None);
    }

    #[test]
    fn answers_get_their_status_and_note() {
        for (text, expected) in [
            ("aborted", AnswerStatus::Aborted),
            ("aborted: the app stopped while this command ran", AnswerStatus::Aborted),
            (
                r#"{"metadata":{"duration_seconds":0.5,"exit_code":124},"output":"aborted\nx"}"#,
                AnswerStatus::Aborted,
            ),
            (
                r#"{"metadata":{"duration_seconds":0.5,"exit_code":1},"output":"aborted\n"}"#,
                AnswerStatus::Completed,
            ),
            ("exec command rejected by user\nnote from the person: no", AnswerStatus::Declined),
            ("exec command rejected: your rule denies `rm`", AnswerStatus::Refused),
            ("the patch does not apply; nothing was written\n", AnswerStatus::Failed),
            ("1 of 2 hunks were written, 1 declined, 0 edited by the person.\n", AnswerStatus::Partial),
            ("Done: the whole patch was written.\n", AnswerStatus::Completed),
        ] {
            let output = ToolOutput { text: text.to_owned(), ..ToolOutput::default() };
            assert_eq!(status_of(&output), expected, "{text}");
        }
        assert_eq!(note_in("x\nnote from the person: not \"that\"\n").as_deref(), Some("not \"that\""));
        assert_eq!(note_in("x"), None);
    }
}
