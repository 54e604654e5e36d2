//! Events as readable text.

use crate::out::{out, outln};
use crate::patch::letter;
use protocol::{
    CallId, Event, EventMsg, HunkOutcome, PatchKind, PatchProposal, StepStatus, ToolResult, Undone,
    WorkspaceDiff,
};
use std::collections::BTreeMap;
use view::approval;
use view::text::visible;

/// Lines of what a tool of an MCP server said.
const TOOL_LINES: usize = 12;

/// Writes a session's events to standard output.
#[derive(Default)]
pub(crate) struct Render {
    /// Whether the message that is being written has begun to stream: its whole text is then not written again.
    streaming: bool,
    changes: WorkspaceDiff,
    /// Commands in the background, as they are shown. What they print is not: it would come in between everything else.
    background: BTreeMap<CallId, String>,
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
            EventMsg::ExecCommandBegin { call_id, argv, sandbox, background, .. } => {
                self.break_line();
                let shown = approval::display(argv);
                let how = if *background { ", in the background" } else { "" };
                outln!("$ {shown}   [{}{how}]", sandbox.name());
                if *background {
                    self.background.insert(call_id.clone(), shown);
                }
            }
            EventMsg::ExecCommandOutputDelta { call_id, chunk, .. }
                if !self.background.contains_key(call_id) =>
            {
                out!("{}", visible(chunk));
            }
            EventMsg::ExecCommandEnd { call_id, exit_code, duration_ms, failure, output, .. } => {
                if let Some(shown) = self.background.remove(call_id) {
                    self.break_line();
                    outln!("  in the background: {shown}");
                } else if event.replay {
                    out!("{}", visible(output));
                }
                let code = exit_code.map_or_else(|| "-".to_owned(), |code| code.to_string());
                let failure = failure.as_ref().map(|why| format!(", {}", visible(why))).unwrap_or_default();
                outln!("  exit {code}, {}{failure}\n", seconds(*duration_ms));
            }
            EventMsg::SandboxDenied { denial, .. } => {
                outln!("  the sandbox refused: {}", visible(&denial.what));
            }
            EventMsg::PatchProposed { proposal, .. } => {
                self.break_line();
                patch(proposal);
            }
            EventMsg::PatchApplyEnd { success, outcomes, message, .. } => {
                patch_end(*success, outcomes, message);
            }
            EventMsg::ToolCallBegin { invocation } => {
                self.break_line();
                outln!("- {}", visible(&invocation.title));
            }
            EventMsg::ToolCallEnd { result, .. } => looked(result),
            EventMsg::McpToolCallBegin { invocation } => {
                self.break_line();
                outln!("- {}  {}", visible(&invocation.title), visible(&invocation.arguments));
            }
            EventMsg::McpToolCallEnd { result, .. } => called(result),
            EventMsg::CompactionStarted { .. } => {
                self.break_line();
                outln!("summarising the conversation");
            }
            EventMsg::ContextCompacted { summary, .. } => {
                for line in summary.lines() {
                    outln!("  | {}", visible(line));
                }
                outln!();
            }
            EventMsg::UndoApplied { undone } => {
                self.break_line();
                put_back(undone);
            }
            EventMsg::TitleChanged { title } => {
                self.break_line();
                outln!("title: {}", visible(title));
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

/// What came of a look, where that is not what was wanted. What was seen is for the model.
fn looked(result: &ToolResult) {
    if let Some(why) = &result.failure {
        outln!("  {}", visible(why));
    } else if !result.success {
        for line in result.output.lines() {
            outln!("  {}", visible(line));
        }
    }
}

fn called(result: &ToolResult) {
    for line in result.output.lines().take(TOOL_LINES) {
        outln!("  {}", visible(line));
    }
    if let Some(more) = result.output.lines().count().checked_sub(TOOL_LINES).filter(|more| *more > 0) {
        outln!("  [... {more} more lines ...]");
    }
    let images = match result.images {
        0 => String::new(),
        1 => ", 1 image".to_owned(),
        count => format!(", {count} images"),
    };
    let how = match (&result.failure, result.success) {
        (Some(why), _) => visible(why).into_owned(),
        (None, true) => "done".to_owned(),
        (None, false) => "failed".to_owned(),
    };
    outln!("  {how}, {}{images}\n", seconds(result.duration_ms));
}

fn put_back(undone: &Undone) {
    let what = if undone.redo { "redone" } else { "undone" };
    outln!("{what}: {} files", undone.paths.len());
    for path in &undone.paths {
        outln!("  {}", visible(path));
    }
    for path in &undone.left_alone {
        outln!("  {} was changed since, and left alone", visible(path));
    }
    outln!();
}

/// A duration with one decimal, in seconds.
fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}
