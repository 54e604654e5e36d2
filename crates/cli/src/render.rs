//! Events as readable text.

use crate::out::{out, outln};
use crate::patch::letter;
use protocol::{Event, EventMsg, HunkOutcome, PatchKind, PatchProposal, StepStatus, WorkspaceDiff};
use view::approval;
use view::text::visible;

/// Writes a session's events to standard output.
#[derive(Default)]
pub(crate) struct Render {
    /// Whether the message that is being written has begun to stream: its whole text is then not written again.
    streaming: bool,
    changes: WorkspaceDiff,
}

impl Render {
    /// Writes one event.
    pub(crate) fn event(&mut self, event: &Event) {
        match &event.msg {
            EventMsg::AgentMessageDelta { delta } => {
                self.streaming = true;
                out!("{}", visible(delta));
            }
            EventMsg::AgentMessage { text, .. } => {
                if std::mem::take(&mut self.streaming) {
                    outln!("\n");
                } else {
                    outln!("{}\n", visible(text));
                }
            }
            EventMsg::UserMessage { content } if event.replay => {
                for item in content {
                    if let protocol::InputItem::Text { text } = item {
                        outln!("> {}\n", visible(text));
                    }
                }
            }
            EventMsg::ExecCommandBegin { argv, sandbox, .. } => {
                self.break_line();
                outln!("$ {}   [{}]", approval::display(argv), sandbox.name());
            }
            EventMsg::ExecCommandOutputDelta { chunk, .. } => {
                out!("{}", visible(chunk));
            }
            EventMsg::ExecCommandEnd { exit_code, duration_ms, failure, output, .. } => {
                if event.replay {
                    out!("{}", visible(output));
                }
                let code = exit_code.map_or_else(|| "-".to_owned(), |code| code.to_string());
                let failure = failure.as_ref().map(|why| format!(", {}", visible(why))).unwrap_or_default();
                outln!("  exit {code}, {}{failure}\n", seconds(*duration_ms));
            }
            EventMsg::SandboxDenied { what, .. } => outln!("  the sandbox refused: {}", visible(what)),
            EventMsg::PatchProposed { proposal, .. } => {
                self.break_line();
                patch(proposal);
            }
            EventMsg::PatchApplyEnd { success, outcomes, message, .. } => {
                patch_end(*success, outcomes, message);
            }
            EventMsg::ToolCallRejected { message, .. } => outln!("  not done: {}\n", visible(message)),
            EventMsg::PlanUpdate { plan, .. } => {
                self.break_line();
                outln!("plan");
                for step in &plan.plan {
                    let mark = match step.status {
                        StepStatus::Completed => "x",
                        StepStatus::InProgress => ">",
                        StepStatus::Pending => " ",
                    };
                    outln!("  [{mark}] {}", visible(&step.step));
                }
                outln!();
            }
            EventMsg::WorkspaceDiff { diff } => self.changes = diff.clone(),
            EventMsg::StreamError { message, attempt, max_attempts, retry_in_ms } => {
                self.break_line();
                eprintln!(
                    "  {} (retry {attempt} of {max_attempts} in {})",
                    visible(message),
                    seconds(*retry_in_ms)
                );
            }
            EventMsg::BackgroundEvent { message } => eprintln!("  {}", visible(message)),
            EventMsg::Error { error } => {
                self.break_line();
                eprintln!("countersign: {}", visible(&error.message));
                if let Some(hint) = &error.hint {
                    eprintln!("  {}", visible(hint));
                }
            }
            EventMsg::TurnAborted { .. } => self.break_line(),
            EventMsg::TaskComplete { .. } if !event.replay => self.summary(),
            _ => {}
        }
    }

    fn break_line(&mut self) {
        if std::mem::take(&mut self.streaming) {
            outln!();
        }
    }

    fn summary(&mut self) {
        if self.changes.files.is_empty() {
            return;
        }
        outln!("changed");
        for file in &self.changes.files {
            outln!("  {} {}  +{} -{}", letter(file.status), visible(&file.path), file.added, file.removed);
        }
    }
}

fn patch(proposal: &PatchProposal) {
    outln!("patch");
    for file in &proposal.files {
        let (mark, to) = match &file.kind {
            PatchKind::Add => ("A", None),
            PatchKind::Delete => ("D", None),
            PatchKind::Update { move_to } => ("M", move_to.as_ref()),
        };
        let to = to.map(|to| format!(" -> {}", visible(to))).unwrap_or_default();
        outln!("  {mark} {}{to}", visible(&file.path));
        for hunk in &file.hunks {
            outln!("    @@ line {}", hunk.old_start + 1);
            let lines = |mark: char, lines: &[String]| {
                for line in lines {
                    outln!("    {mark} {}", visible(line));
                }
            };
            lines(' ', &hunk.before);
            lines('-', &hunk.old);
            lines('+', &hunk.new);
            lines(' ', &hunk.after);
        }
    }
    outln!();
}

fn patch_end(success: bool, outcomes: &[HunkOutcome], message: &str) {
    if success {
        let declined =
            outcomes.iter().filter(|outcome| matches!(outcome, HunkOutcome::Declined { .. })).count();
        outln!("  written: {} of {} hunks\n", outcomes.len() - declined, outcomes.len());
    } else {
        outln!("  not written: {}\n", visible(message));
    }
}

/// A duration with one decimal, in seconds.
fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}
