//! Events as readable text.

use crate::out::{out, outln};
use crate::patch::letter;
use crate::text;
use protocol::{
    CallId, Event, EventMsg, HunkOutcome, PatchEndedBy, PatchKind, PatchProposal, StepStatus, ToolEndedBy,
    ToolResult, Truncation, Undone, WorkspaceDiff,
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
            // the person has just typed it
            EventMsg::UserMessage { .. } if !event.replay => {}
            EventMsg::UserMessage { content } => {
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
            EventMsg::ExecCommandOutputDelta { call_id, chunk, .. } => {
                if !self.background.contains_key(call_id) {
                    out!("{}", visible(chunk));
                }
            }
            EventMsg::ExecCommandEnd { call_id, output, end } => {
                if let Some(shown) = self.background.remove(call_id) {
                    self.break_line();
                    outln!("  in the background: {shown}");
                } else if event.replay {
                    whole(output, end.truncation);
                }
                outln!("  {}, {}\n", text::exec_ended(&end.ended_by), text::seconds(end.duration_ms));
            }
            EventMsg::SandboxDenied { denial, .. } => {
                outln!("  the sandbox refused: {}", visible(&denial.what));
            }
            EventMsg::PatchProposed { proposal, .. } => {
                self.break_line();
                patch(proposal);
            }
            EventMsg::PatchApplyEnd { ended_by, outcomes, .. } => patch_end(ended_by, outcomes),
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
                    text::seconds(*retry_in_ms)
                );
            }
            EventMsg::FilesLost { lost, .. } => {
                self.break_line();
                eprintln!("  {}", view::lost_files::sentence(lost));
            }
            EventMsg::BackgroundEvent { message, .. } => eprintln!("  {}", visible(message)),
            EventMsg::Error { error } => {
                self.break_line();
                eprintln!("countersign: {}", visible(&error.message));
                if let Some(hint) = &error.hint {
                    eprintln!("  {}", visible(hint));
                }
            }
            EventMsg::TurnAborted { .. } => self.break_line(),
            EventMsg::TaskComplete { .. } => {
                if !event.replay {
                    self.summary();
                }
            }
            // asked where it can be answered, and shown in parts that come as events of their own
            EventMsg::ApprovalRequested { .. }
            | EventMsg::ApprovalResolved { .. }
            | EventMsg::PatchApplyBegin { .. }
            // thoughts are not shown here
            | EventMsg::AgentReasoningDelta { .. }
            | EventMsg::AgentReasoningRawContentDelta { .. }
            | EventMsg::AgentReasoning { .. }
            // the changed files are summed up when the task is over
            | EventMsg::TurnDiff { .. }
            // answers to ops that are not submitted here
            | EventMsg::UndoPreview { .. }
            | EventMsg::GetHistoryEntryResponse { .. }
            // the state of the session, which the prompt and the footer of other commands show
            | EventMsg::SessionConfigured { .. }
            | EventMsg::ReplayComplete
            | EventMsg::SandboxReady { .. }
            | EventMsg::PolicyChanged { .. }
            | EventMsg::TaskStarted { .. }
            | EventMsg::TokenCount { .. }
            | EventMsg::ShutdownComplete => {}
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

fn patch_end(ended_by: &PatchEndedBy, outcomes: &[HunkOutcome]) {
    if let Some(why) = text::patch_not_written(ended_by) {
        outln!("  not written: {why}\n");
        return;
    }
    let declined = outcomes.iter().filter(|outcome| matches!(outcome, HunkOutcome::Declined { .. })).count();
    outln!("  written: {} of {} hunks\n", outcomes.len() - declined, outcomes.len());
}

/// Writes a recorded output, with a line in place of the part left out.
fn whole(output: &str, truncation: Option<Truncation>) {
    let Some(gap) = truncation else { return out!("{}", visible(output)) };
    let (head, tail) = gap.split(output);
    out!("{}", visible(head));
    outln!("{}", text::left_out(gap));
    out!("{}", visible(tail));
}

/// Writes the end of a read, where it brought nothing. The text itself is for the model.
fn looked(result: &ToolResult) {
    match &result.ended_by {
        ToolEndedBy::Succeeded => {}
        ToolEndedBy::Failed => {
            for line in result.output.lines() {
                outln!("  {}", visible(line));
            }
        }
        other => outln!("  {}", text::tool_ended(other)),
    }
}

/// Writes the end of a call of an MCP tool.
fn called(result: &ToolResult) {
    for line in result.output.lines().take(TOOL_LINES) {
        outln!("  {}", visible(line));
    }
    let lines = result.output.lines().count() as u64 + result.truncation.map_or(0, |gap| gap.lines);
    if let Some(more) = lines.checked_sub(TOOL_LINES as u64).filter(|more| *more > 0) {
        outln!("  [... {more} more lines ...]");
    }
    let images = match result.images {
        0 => String::new(),
        1 => ", 1 image".to_owned(),
        count => format!(", {count} images"),
    };
    outln!("  {}, {}{images}\n", text::tool_ended(&result.ended_by), text::seconds(result.duration_ms));
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
