//! Events as readable text.

use crate::drawn_patch::{commented, patch};
use crate::foreign::drawn;
use crate::out::{err, errln, out, out_has_colors, outln};
use crate::patch::letter;
use crate::{model_review, patch_check, text};
use anstyle::{AnsiColor, Style};
use protocol::{
    CallId, CheckResult, CheckVerdict, Event, EventMsg, HunkOutcome, ModelReview, PatchEndedBy,
    PatchProposal, StepStatus, ToolEndedBy, ToolResult, Undone, WorkspaceDiff,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::IsTerminal;
use terminal_text::{Styles, TerminalText};
use view::approval;
use view::text::{legible, visible, visible_inline};

/// Lines of output of a tool of an MCP server.
const TOOL_LINES: usize = 12;

const COMMAND: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const FAINT: Style = Style::new().dimmed();

/// Writes a session's events. On a terminal all of them go to standard output; elsewhere only the answer does, as it is, and all
/// else goes to standard error.
pub(crate) struct Render {
    is_terminal: bool,
    has_colors: bool,
    /// The part of the message that has been written as it streamed.
    streamed: String,
    /// Whether the last line that was written has no end yet.
    in_line: bool,
    /// The last whole message, which is the answer when nothing follows it.
    held: Option<String>,
    changes: WorkspaceDiff,
    /// Commands in the foreground, by call.
    outputs: BTreeMap<CallId, CommandOutput>,
    /// Commands in the background, as they are shown. What they print is not: it would come in between everything else.
    background: BTreeMap<CallId, String>,
    /// Patches that were shown.
    patches: BTreeMap<CallId, PatchProposal>,
}

/// Output of a running command.
struct CommandOutput {
    terminal: TerminalText,
    /// Whether the line that is being printed stands on the terminal already, to be drawn anew.
    is_line_shown: bool,
}

impl Default for Render {
    fn default() -> Self {
        Self {
            is_terminal: std::io::stdout().is_terminal(),
            has_colors: out_has_colors(),
            streamed: String::new(),
            in_line: false,
            held: None,
            changes: WorkspaceDiff::default(),
            outputs: BTreeMap::new(),
            background: BTreeMap::new(),
            patches: BTreeMap::new(),
        }
    }
}

impl Render {
    /// Reports whether the lines of a patch were shown on a terminal.
    pub(crate) fn has_shown_patch(&self, call_id: &CallId) -> bool {
        self.is_terminal && self.patches.contains_key(call_id)
    }

    /// Writes one event. What was said before a resume is not said again.
    pub(crate) fn event(&mut self, event: &Event) {
        if event.replay {
            return;
        }
        match &event.msg {
            EventMsg::AgentMessageDelta { delta } => self.message_part(delta),
            EventMsg::AgentMessage { text, .. } => self.message(text),
            EventMsg::ExecCommandBegin { call_id, argv, sandbox, background, overlay, .. } => {
                let shown = approval::display(argv);
                let how = match (background, overlay) {
                    (true, _) => ", in the background",
                    (_, true) => ", on a copy of the project",
                    _ => "",
                };
                let mark = self.styled(COMMAND, "$");
                self.lines(&format!("{mark}{}", &drawn("$", &shown)[1..]));
                self.line(&self.styled(FAINT, &format!("  [{}{how}]", sandbox.name())));
                if *background {
                    self.background.insert(call_id.clone(), shown);
                } else {
                    let output = CommandOutput {
                        terminal: TerminalText::append_only(Styles::Dropped),
                        is_line_shown: false,
                    };
                    self.outputs.insert(call_id.clone(), output);
                }
            }
            EventMsg::ExecCommandOutputDelta { call_id, chunk, .. } => self.command_prints(call_id, chunk),
            EventMsg::ExecCommandEnd { call_id, end, as_previewed, .. } => {
                if let Some(shown) = self.background.remove(call_id) {
                    self.lines(&drawn("  in the background:", &shown));
                }
                self.command_output_ends(call_id);
                let style = if end.ended_by.exit_code() == Some(0) { GOOD } else { BAD };
                let ended = self.styled(style, &text::exec_ended(&end.ended_by));
                let previewed = as_previewed.as_deref().map(text::as_previewed).unwrap_or_default();
                self.line(&format!("  {ended}, {}{previewed}\n", text::seconds(end.duration_ms)));
            }
            EventMsg::SandboxDenied { denial, .. } => {
                self.lines(&drawn("  the sandbox refused:", &denial.what));
            }
            EventMsg::PatchProposed { call_id, proposal } => {
                self.patches.insert(call_id.clone(), proposal.clone());
                self.lines(&patch(proposal));
            }
            EventMsg::PatchApplyEnd { ended_by, outcomes, .. } => self.patch_end(ended_by, outcomes),
            EventMsg::ToolCallBegin { invocation } => {
                self.line(&format!("- {}", visible_inline(&invocation.title)));
            }
            EventMsg::ToolCallEnd { result, .. } => self.looked(result),
            EventMsg::McpToolCallBegin { invocation } => {
                self.line(&format!("- {}", visible_inline(&invocation.title)));
                self.lines(&drawn("  with", &invocation.arguments));
            }
            EventMsg::McpToolCallProgress { progress, .. } => {
                self.lines(&drawn("  ...", &text::progress(progress)));
            }
            EventMsg::McpToolCallEnd { result, .. } => self.called(result),
            EventMsg::CompactionStarted { .. } => self.line("summarizing the conversation"),
            EventMsg::ContextCompacted { summary, .. } => self.lines(&format!("{}\n", drawn(" ", summary))),
            EventMsg::UndoApplied { undone } => self.lines(&put_back(undone)),
            EventMsg::TitleChanged { title } => self.line(&format!("title: {}", visible_inline(title))),
            EventMsg::ToolCallRejected { name, message, .. } => {
                let not_done = self.styled(BAD, "not done:");
                if !name.is_empty() {
                    self.line(&format!("- {}", visible_inline(name)));
                }
                self.lines(&format!("  {not_done}\n{}\n", drawn("   ", message)));
            }
            EventMsg::PlanUpdate { plan, .. } => {
                let mut lines = "plan\n".to_owned();
                for step in &plan.plan {
                    let mark = match step.status {
                        StepStatus::Completed => "x",
                        StepStatus::InProgress => ">",
                        StepStatus::Pending => " ",
                    };
                    let _ = writeln!(lines, "  [{mark}] {}", visible_inline(&step.step));
                }
                self.lines(&(lines + "\n"));
            }
            EventMsg::WorkspaceDiff { diff } => self.changes = diff.clone(),
            EventMsg::StreamError { message, attempt, max_attempts, retry_in_ms } => {
                self.end_line();
                // the next attempt begins the message anew
                self.streamed.clear();
                errln!(
                    "  {} (retry {attempt} of {max_attempts} in {})",
                    visible_inline(message),
                    text::seconds(*retry_in_ms)
                );
            }
            EventMsg::FilesLost { lost, .. } => {
                self.end_line();
                err!("{}", drawn(" ", &view::lost_files::sentence(lost)));
            }
            EventMsg::BackgroundEvent { message, .. } => {
                self.end_line();
                err!("{}", drawn(" ", message));
            }
            EventMsg::Error { error } => {
                self.end_line();
                errln!("countersign: {}", visible(&error.message).replace('\n', "\n  | "));
                if let Some(hint) = &error.hint {
                    errln!("  {}", visible(hint));
                }
            }
            EventMsg::TurnAborted { .. } => {
                self.end_line();
                self.release();
            }
            EventMsg::TaskComplete { last_agent_message, .. } => {
                self.end_line();
                self.summary();
                self.answer(last_agent_message.as_deref());
            }
            EventMsg::CheckEnded { call_id, result } => {
                self.check_result(result, self.patches.get(call_id).map(|patch| patch.hunks().count()));
            }
            EventMsg::ReviewEnded { call_id, review } => self.review_ended(call_id, review),
            EventMsg::CheckSearchEnded { finding, .. } => {
                self.line(&format!("  {}", patch_check::found(finding)));
            }
            EventMsg::ApprovalResolved { comments, .. } => self.lines(&commented(comments)),
            // the person has just typed it
            EventMsg::UserMessage { .. }
            // asked where it can be answered, and shown in parts that come as events of their own
            | EventMsg::ApprovalRequested { .. }
            | EventMsg::LimitReached { .. }
            | EventMsg::LimitRaised { .. }
            | EventMsg::PatchApplyBegin { .. }
            // said when it has ended
            | EventMsg::CheckStarted { .. }
            | EventMsg::CheckSearchStarted { .. }
            | EventMsg::CheckChanged { .. }
            | EventMsg::ReviewStarted { .. }
            | EventMsg::ReviewerChanged { .. }
            // thoughts are not shown here
            | EventMsg::AgentReasoningDelta { .. }
            | EventMsg::AgentReasoningRawContentDelta { .. }
            | EventMsg::AgentReasoning { .. }
            // the changed files are summed up when the task is over
            | EventMsg::TurnDiff { .. }
            // answers to ops that are not submitted here
            | EventMsg::UndoPreview { .. }
            | EventMsg::Compared { .. }
            | EventMsg::VersionsRead { .. }
            | EventMsg::GetHistoryEntryResponse { .. }
            | EventMsg::SideAnswerDelta { .. }
            | EventMsg::SideAnswer { .. }
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

    /// Writes the result of the check of the files that a task left.
    pub(crate) fn final_check(&mut self, result: &CheckResult) {
        self.end_line();
        self.check_result(result, None);
    }

    fn review_ended(&mut self, call_id: &CallId, review: &ModelReview) {
        self.lines(&model_review::ended(review, self.patches.get(call_id)));
    }

    /// Writes the end of a check, with the end of its output where it failed.
    fn check_result(&mut self, result: &CheckResult, hunks: Option<usize>) {
        let text = patch_check::ended(result, hunks);
        let style = match result.verdict() {
            CheckVerdict::Passed => GOOD,
            CheckVerdict::Failed => BAD,
            CheckVerdict::Unknown => FAINT,
        };
        self.line(&format!("  {}", self.styled(style, &text)));
        if result.verdict() == CheckVerdict::Failed && !result.output.trim().is_empty() {
            self.lines(&drawn("   ", result.output.trim_end()));
        }
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if self.has_colors { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Writes a line that is no answer.
    fn line(&mut self, line: &str) {
        self.lines(&format!("{line}\n"));
    }

    /// Writes lines that are no answer. A message before them was none either.
    fn lines(&mut self, lines: &str) {
        self.end_line();
        self.release();
        self.write(lines);
    }

    fn write(&self, text: &str) {
        if self.is_terminal { out!("{text}") } else { err!("{text}") }
    }

    fn end_line(&mut self) {
        if std::mem::take(&mut self.in_line) {
            self.write("\n");
        }
    }

    fn message_part(&mut self, delta: &str) {
        // elsewhere than on a terminal a message is written when it is whole, and only the last one to standard output
        if self.is_terminal {
            out!("{}", legible(delta));
            self.streamed.push_str(delta);
            self.in_line = !delta.ends_with('\n');
        }
    }

    fn message(&mut self, text: &str) {
        let streamed = std::mem::take(&mut self.streamed);
        if !self.is_terminal {
            self.release();
            self.held = Some(text.to_owned());
            return;
        }
        let rest = match text.strip_prefix(&streamed) {
            Some(rest) => rest,
            None => {
                self.end_line();
                text
            }
        };
        out!("{}", legible(rest));
        self.in_line |= !rest.is_empty() && !rest.ends_with('\n');
        self.end_line();
        outln!();
    }

    /// Writes the message that was held back, which is not the answer.
    fn release(&mut self) {
        if let Some(text) = self.held.take() {
            err!("{}\n", drawn(" ", &text));
        }
    }

    /// Writes the answer, where it is all that standard output gets.
    fn answer(&mut self, last: Option<&str>) {
        let held = self.held.take();
        if self.is_terminal {
            return;
        }
        if let Some(answer) = held.as_deref().or(last) {
            let end = if answer.ends_with('\n') { "" } else { "\n" };
            out!("{}{end}", legible(answer));
        }
    }

    fn command_prints(&mut self, call_id: &CallId, chunk: &str) {
        let Some(output) = self.outputs.get_mut(call_id) else { return };
        let lines = output.terminal.push(chunk);
        let line = output.terminal.live();
        let was_shown = std::mem::replace(&mut output.is_line_shown, self.is_terminal && !line.is_empty());
        let is_shown = output.is_line_shown;
        if was_shown {
            self.wipe_line();
        }
        if let Some(lines) = lines.strip_suffix('\n') {
            self.lines(&drawn(" ", lines));
        }
        if is_shown {
            self.end_line();
            // one line of the terminal, to be drawn anew when more comes
            let drawing = drawn(" ", &line);
            self.write(drawing.lines().last().unwrap_or_default());
            self.in_line = true;
        }
    }

    fn command_output_ends(&mut self, call_id: &CallId) {
        let Some(mut output) = self.outputs.remove(call_id) else { return };
        if output.is_line_shown {
            self.wipe_line();
        }
        let rest = output.terminal.finish();
        if !rest.is_empty() {
            self.lines(&drawn(" ", rest.strip_suffix('\n').unwrap_or(&rest)));
        }
    }

    /// Wipes the line that has no end out, if nothing has come after it.
    fn wipe_line(&mut self) {
        if std::mem::take(&mut self.in_line) {
            self.write("\r\u{1b}[2K");
        }
    }

    fn summary(&mut self) {
        if self.changes.files.is_empty() {
            return;
        }
        let mut lines = "changed\n".to_owned();
        for file in &self.changes.files {
            let (added, removed) = (
                self.styled(GOOD, &format!("+{}", file.added)),
                self.styled(BAD, &format!("-{}", file.removed)),
            );
            let _ = writeln!(
                lines,
                "  {} {}  {added} {removed}",
                letter(file.status),
                visible_inline(&file.path)
            );
        }
        // not by way of `lines`: the message before it is the answer
        self.write(&lines);
    }

    fn patch_end(&mut self, ended_by: &PatchEndedBy, outcomes: &[HunkOutcome]) {
        if let Some(why) = text::patch_not_written(ended_by) {
            let not_written = self.styled(BAD, "not written:");
            return self.lines(&format!("  {not_written}\n{}\n", drawn("   ", &why)));
        }
        let declined =
            outcomes.iter().filter(|outcome| matches!(outcome, HunkOutcome::Declined { .. })).count();
        let written = self.styled(GOOD, "written:");
        self.line(&format!("  {written} {} of {} hunks\n", outcomes.len() - declined, outcomes.len()));
    }

    /// Writes the end of a read, where it brought nothing. The text itself is for the model.
    fn looked(&mut self, result: &ToolResult) {
        match &result.ended_by {
            ToolEndedBy::Succeeded => {}
            ToolEndedBy::Failed => self.lines(&drawn(" ", &result.output)),
            other => self.line(&format!("  {}", text::tool_ended(other))),
        }
    }

    /// Writes the end of a call of an MCP tool.
    fn called(&mut self, result: &ToolResult) {
        let output = TerminalText::convert(&result.output, Styles::Dropped);
        let shown: Vec<_> = output.lines().take(TOOL_LINES).collect();
        if !shown.is_empty() {
            self.lines(&drawn(" ", &shown.join("\n")));
        }
        let lines = output.lines().count() as u64 + result.truncation.map_or(0, |gap| gap.lines);
        if let Some(more) = lines.checked_sub(TOOL_LINES as u64).filter(|more| *more > 0) {
            self.line(&format!("  [... {more} more lines ...]"));
        }
        let images = match result.images {
            0 => String::new(),
            1 => ", 1 image".to_owned(),
            count => format!(", {count} images"),
        };
        let ended = text::tool_ended(&result.ended_by);
        self.line(&format!("  {ended}, {}{images}\n", text::seconds(result.duration_ms)));
    }
}

fn put_back(undone: &Undone) -> String {
    let what = text::undo_name(undone);
    format!("{what}: {}\n", text::put_back(undone))
}
