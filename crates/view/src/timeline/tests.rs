mod checks;
mod command;
mod compaction;
mod message;
mod model_reviews;
mod patch;
mod session;
mod tools;
mod undo;

use super::*;
use crate::row::{ApprovalBody, Block, BlockKind, CardStatus, TaskUndo};
use proptest::prelude::*;
use protocol::{
    ApprovalPolicy, AskReason, ChangeSource, Denial, DenialKind, DiffFile, DiffHunk, DiffStatus, EndedBy,
    ErrorKind, ExecEnd, ExecStream, FilePatch, Hunk, HunkOutcome, ModelUsage, OpId, PatchKind, PatchProposal,
    Plan, PlanStep, Policies, ReachedLimit, ReviewDecision, SandboxPolicy, SessionId, StepStatus, TaskId,
    TaskLimit, TokenUsage, ToolEndedBy, ToolInvocation, ToolResult, UndoPlan, Undone, WorkspaceDiff,
};

/// A session and a window that only gets its changes.
#[derive(Default)]
struct Story {
    timeline: Timeline,
    /// Applies events for a window that was not there meanwhile.
    unseen: Timeline,
    seq: u64,
    rows: Vec<Row>,
    session: SessionView,
    changes: ChangesView,
}

impl Story {
    fn new() -> Self {
        let mut story = Self::default();
        story.tell(EventMsg::SessionConfigured {
            session_id: SessionId::from("s1"),
            provider: "practice".to_owned(),
            model: "practice".to_owned(),
            cwd: "/p".into(),
            policies: Policies::default(),
            check: None,
            reviewer: None,
            isolated: None,
            history_log_id: 1,
            history_entry_count: 0,
            rollout_path: "/r".into(),
        });
        story
    }

    /// A session in which a task runs.
    fn with_task() -> Self {
        let mut story = Self::new();
        story.tell(EventMsg::TaskStarted { task_id: TaskId(1) });
        story
    }

    fn tell(&mut self, msg: EventMsg) {
        self.seq += 1;
        let event = Event { seq: self.seq, id: OpId::default(), at_ms: self.seq * 1000, replay: false, msg };
        let told = self.timeline.apply(&event);
        self.unseen.take_in(&event);
        self.paint(told);
    }

    fn tell_all(&mut self, events: impl IntoIterator<Item = EventMsg>) {
        events.into_iter().for_each(|msg| self.tell(msg));
    }

    fn catch_up(&mut self) {
        let due = self.timeline.catch_up();
        self.unseen.catch_up();
        self.paint(due);
    }

    fn paint(&mut self, told: impl IntoIterator<Item = Change>) {
        for change in told {
            match change {
                Change::Row { index, row } if index as usize == self.rows.len() => self.rows.push(row),
                Change::Row { index, row } => self.rows[index as usize] = row,
                Change::Blocks { index, from, blocks } => match &mut self.rows[index as usize].body {
                    RowBody::Agent { blocks: painted, .. } => {
                        assert!(from as usize <= painted.len(), "a gap between blocks");
                        painted.truncate(from as usize);
                        painted.extend(blocks);
                    }
                    other => panic!("blocks for {other:?}"),
                },
                Change::Append { index, text } => match &mut self.rows[index as usize].body {
                    RowBody::Reasoning { text: painted, .. } => painted.push_str(&text),
                    RowBody::Command(command) => command.output.push_str(&text),
                    other => panic!("text for {other:?}"),
                },
                Change::Session { session } => self.session = *session,
                Change::Changes { changes } => self.changes = changes,
            }
        }
        assert_eq!(self.rows, self.timeline.rows(0, usize::MAX));
        assert_eq!(&self.session, self.timeline.session());
        assert_eq!(&self.changes, self.timeline.changes());
    }

    #[track_caller]
    fn shows(&self, expected: &[&str]) {
        assert_eq!(self.rows.iter().map(show).collect::<Vec<_>>(), expected);
        assert_eq!(self.rows, self.unseen.rows(0, usize::MAX));
        assert_eq!(&self.session, self.unseen.session());
        assert_eq!(&self.changes, self.unseen.changes());
    }
}

/// A row as a line.
fn show(row: &Row) -> String {
    match &row.body {
        RowBody::User { content, .. } => format!("user {}", title(content)),
        RowBody::Agent { blocks, streaming, interrupted } => {
            let state = match (streaming, interrupted) {
                (true, _) => "...",
                (_, true) => "!",
                _ => "",
            };
            format!("agent{state} {}", blocks.iter().map(paragraph).collect::<Vec<_>>().join(" | "))
        }
        RowBody::Reasoning { text, streaming } => {
            format!("reasoning{} {text}", if *streaming { "..." } else { "" })
        }
        RowBody::Command(command) => format!(
            "{:?} $ {} ({}) in {:?} -> {:?} {:?} {:?}",
            command.status,
            command.display,
            command.sandbox,
            command.cwd,
            command.output,
            command.end.as_ref().and_then(|end| end.ended_by.exit_code()),
            command.denied.as_ref().or(command.rejected.as_ref())
        ),
        RowBody::Patch(patch) => format!(
            "{:?} patch {:?} +{} -{} {}/{} {:?}",
            patch.status,
            patch.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
            patch.added,
            patch.removed,
            patch.hunks_written,
            patch.hunks_total,
            patch.ended_by
        ),
        RowBody::Plan { plan } => {
            format!("plan {}", plan.plan.iter().map(|step| step.step.as_str()).collect::<Vec<_>>().join(", "))
        }
        RowBody::Notice { level, text, hint } => format!("{level:?}: {text} {hint:?}"),
        RowBody::Retry { message, retry_at_ms, attempt, max_attempts } => {
            let waits = if retry_at_ms.is_some() { "retry" } else { "no retry" };
            format!("{waits}: {message} ({attempt} of {max_attempts})")
        }
        RowBody::Looks(looks) => format!(
            "{:?} {} [{}]",
            looks.status,
            looks.summary,
            looks
                .calls
                .iter()
                .map(|call| format!("{:?} {} {:?}", call.status, call.title, call.error))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        RowBody::Mcp(call) => {
            format!("{:?} {}/{} {} -> {:?}", call.status, call.server, call.tool, call.arguments, call.output)
        }
        RowBody::BackgroundEnd { display, ended_by } => format!("ended `{display}` {ended_by:?}"),
        RowBody::Compaction(compaction) => format!(
            "{:?} summary{} {}",
            compaction.status,
            if compaction.auto { " (auto)" } else { "" },
            compaction.blocks.iter().map(paragraph).collect::<Vec<_>>().join(" | ")
        ),
        RowBody::Undone(undone) => format!(
            "{} {} {:?} left {:?}{}",
            if undone.redo { "redone" } else { "undone" },
            undone.count,
            undone.paths,
            undone.left_alone,
            if undone.can_redo { ", can be redone" } else { "" }
        ),
        RowBody::TaskEnd { task_id: _, outcome, duration_ms, undo, tokens: _, usage: _ } => {
            let undo = match undo {
                TaskUndo::Nothing => "",
                TaskUndo::Possible => " (undo)",
                TaskUndo::Undone => " (undone)",
            };
            format!("end {outcome:?} {duration_ms}{undo}")
        }
    }
}

fn paragraph(block: &Block) -> String {
    match &block.kind {
        BlockKind::Paragraph { spans } => spans.iter().map(|span| span.text.as_str()).collect(),
        other => format!("{other:?}"),
    }
}

fn user(text: &str) -> EventMsg {
    EventMsg::UserMessage { content: vec![InputItem::text(text)] }
}

fn delta(text: &str) -> EventMsg {
    EventMsg::AgentMessageDelta { delta: text.to_owned() }
}

fn message(text: &str) -> EventMsg {
    EventMsg::AgentMessage { text: text.to_owned(), interrupted: false }
}

fn done() -> EventMsg {
    EventMsg::TaskComplete { task_id: TaskId(1), last_agent_message: None, duration_ms: 1500 }
}

fn aborted(reason: AbortReason) -> EventMsg {
    EventMsg::TurnAborted { task_id: TaskId(1), reason }
}

fn argv() -> Vec<String> {
    ["bash", "-lc", "cargo test"].map(str::to_owned).to_vec()
}

fn begin(call: &str) -> EventMsg {
    EventMsg::ExecCommandBegin {
        call_id: call.into(),
        argv: argv(),
        cwd: "/p/sub".into(),
        sandbox: SandboxPolicy::workspace_write(),
        background: false,
        overlay: false,
    }
}

fn begin_in_background(call: &str) -> EventMsg {
    EventMsg::ExecCommandBegin {
        call_id: call.into(),
        argv: vec!["npm".to_owned(), "start".to_owned()],
        cwd: "/p".into(),
        sandbox: SandboxPolicy::workspace_write(),
        background: true,
        overlay: false,
    }
}

fn looks(call: &str, tool: &str, title: &str, arguments: &str) -> EventMsg {
    EventMsg::ToolCallBegin {
        invocation: ToolInvocation {
            call_id: call.into(),
            server: None,
            tool: tool.to_owned(),
            title: title.to_owned(),
            arguments: arguments.to_owned(),
        },
    }
}

fn reads(call: &str, path: &str) -> EventMsg {
    looks(call, "read_file", &format!("read {path}"), "{}")
}

fn tool_end(ok: bool) -> ToolEndedBy {
    if ok { ToolEndedBy::Succeeded } else { ToolEndedBy::Unavailable { why: "x".to_owned() } }
}

fn looked(call: &str, ended_by: ToolEndedBy, output: &str) -> EventMsg {
    let result = ToolResult { output: output.to_owned(), duration_ms: 5, ..ended_by.into() };
    EventMsg::ToolCallEnd { call_id: call.into(), result }
}

fn invocation(call: &str, arguments: &str) -> ToolInvocation {
    ToolInvocation {
        call_id: call.into(),
        server: Some("tickets".to_owned()),
        tool: "search".to_owned(),
        title: "search of tickets".to_owned(),
        arguments: arguments.to_owned(),
    }
}

fn calls(call: &str, arguments: &str) -> EventMsg {
    EventMsg::McpToolCallBegin { invocation: invocation(call, arguments) }
}

fn called(call: &str, ended_by: ToolEndedBy, output: &str) -> EventMsg {
    let result = ToolResult { output: output.to_owned(), images: 1, duration_ms: 5, ..ended_by.into() };
    EventMsg::McpToolCallEnd { call_id: call.into(), result }
}

fn asks(call: &str, attempt: u32, reason: AskReason, subject: ApprovalSubject) -> EventMsg {
    let approval = Approval { call_id: call.into(), attempt, reason, subject, binding: String::new() };
    EventMsg::ApprovalRequested { approval: Box::new(approval) }
}

fn asks_tool(call: &str, arguments: &str) -> EventMsg {
    let (invocation, description) = (invocation(call, arguments), "Finds tickets.".to_owned());
    asks(
        call,
        1,
        AskReason::UntrustedTool,
        ApprovalSubject::Tool { invocation, description, hints: protocol::ToolHints::default() },
    )
}

fn undone(task: u32, redo: bool, left_alone: &[&str]) -> EventMsg {
    let strings = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    let undone = Undone {
        task_id: TaskId(task),
        redo,
        paths: strings(&["a.rs"]),
        left_alone: strings(left_alone),
        ..Undone::default()
    };
    EventMsg::UndoApplied { undone }
}

fn prints(call: &str, chunk: &str) -> EventMsg {
    EventMsg::ExecCommandOutputDelta {
        call_id: call.into(),
        stream: ExecStream::Stdout,
        chunk: chunk.to_owned(),
    }
}

fn ends(call: &str, output: &str, ended_by: EndedBy) -> EventMsg {
    let end = ExecEnd { total_bytes: output.len() as u64, duration_ms: 20, ..ended_by.into() };
    EventMsg::ExecCommandEnd { call_id: call.into(), output: output.to_owned(), end, as_previewed: None }
}

fn denied(call: &str, what: &str) -> EventMsg {
    let denial = Denial {
        what: what.to_owned(),
        kind: DenialKind::Write,
        path: Some("/etc/x".into()),
        host: None,
        offer: None,
    };
    EventMsg::SandboxDenied { call_id: call.into(), denial }
}

fn asks_command(call: &str, attempt: u32, sandbox: SandboxPolicy) -> EventMsg {
    let (argv, cwd) = (argv(), "/p".into());
    let subject = ApprovalSubject::Exec { argv, cwd, sandbox, offer: None, rule: None, preview: None };
    asks(call, attempt, AskReason::Untrusted, subject)
}

fn proposal() -> PatchProposal {
    let hunk = |at: usize| Hunk {
        id: HunkId::new(0, at),
        old_start: 10 * u32::try_from(at).unwrap(),
        new_start: 10 * u32::try_from(at).unwrap(),
        before: vec!["before".to_owned()],
        old: vec!["old".to_owned()],
        new: vec!["new".to_owned(), "newer".to_owned()],
        after: vec![],
    };
    let file = FilePatch {
        path: "a.rs".to_owned(),
        target: "/p/a.rs".into(),
        kind: PatchKind::Update { move_to: None },
        move_target: None,
        base_sha256: None,
        move_base_sha256: None,
        hunks: vec![hunk(0), hunk(1)],
        outside: false,
        protected: None,
        loose: vec![],
        linked: vec![],
        binary: false,
        conflicts: Vec::new(),
        effect: None,
        notes: vec![],
    };
    PatchProposal { files: vec![file] }
}

fn proposes(call: &str) -> EventMsg {
    EventMsg::PatchProposed { call_id: call.into(), proposal: proposal() }
}

fn asks_patch(call: &str, attempt: u32) -> EventMsg {
    asks(call, attempt, AskReason::Review, ApprovalSubject::Patch { proposal: proposal() })
}

fn resolved(call: &str, decision: Option<ReviewDecision>) -> EventMsg {
    EventMsg::ApprovalResolved { call_id: call.into(), decision, comments: Vec::new(), check: None }
}

fn patch_ends(call: &str, ended_by: PatchEndedBy, written: usize) -> EventMsg {
    let outcomes = (0..2)
        .map(|at| {
            if at < written {
                HunkOutcome::Written { id: HunkId::new(0, at) }
            } else {
                HunkOutcome::Declined { id: HunkId::new(0, at) }
            }
        })
        .collect();
    EventMsg::PatchApplyEnd { call_id: call.into(), ended_by, outcomes }
}

/// Any event, of few calls so that they meet.
fn any_event() -> impl Strategy<Value = EventMsg> {
    let call = || prop::sample::select(vec!["a", "b"]);
    let text = || prop::sample::select(vec!["", "a", "b\n\n", "```\n", "- x\n", "\u{1b}[1m"]);
    let decision = prop::option::of(prop::sample::select(vec![
        ReviewDecision::Approved,
        ReviewDecision::ApprovedForSession,
        ReviewDecision::Denied,
        ReviewDecision::Abort,
    ]));
    prop_oneof![
        Just(EventMsg::TaskStarted { task_id: TaskId(1) }),
        text().prop_map(user),
        text().prop_map(delta),
        text().prop_map(message),
        text().prop_map(|text| EventMsg::AgentReasoningDelta { delta: text.to_owned() }),
        text().prop_map(|text| EventMsg::AgentReasoning { text: text.to_owned() }),
        call().prop_map(|call| asks_command(call, 1, SandboxPolicy::default())),
        call().prop_map(|call| asks_patch(call, 1)),
        (call(), decision).prop_map(|(call, decision)| resolved(call, decision)),
        call().prop_map(begin),
        (call(), text()).prop_map(|(call, text)| prints(call, text)),
        (call(), text()).prop_map(|(call, text)| ends(call, text, EndedBy::Exited { code: 0 })),
        call().prop_map(proposes),
        call().prop_map(|call| EventMsg::PatchApplyBegin { call_id: call.into(), auto_approved: true }),
        (call(), any::<bool>()).prop_map(|(call, written)| patch_ends(
            call,
            if written { PatchEndedBy::Written } else { PatchEndedBy::Declined },
            1
        )),
        call().prop_map(|call| denied(call, "x")),
        call().prop_map(begin_in_background),
        (call(), text()).prop_map(|(call, text)| looks(call, "read_file", text, text)),
        (call(), text(), any::<bool>()).prop_map(|(call, text, ok)| looked(call, tool_end(ok), text)),
        (call(), text()).prop_map(|(call, text)| calls(call, text)),
        (call(), text(), any::<bool>()).prop_map(|(call, text, ok)| called(call, tool_end(ok), text)),
        call().prop_map(|call| asks_tool(call, "{}")),
        any::<bool>().prop_map(|auto| EventMsg::CompactionStarted { auto }),
        text().prop_map(|text| EventMsg::ContextCompacted { summary: text.to_owned(), auto: false }),
        (1..3_u32, any::<bool>()).prop_map(|(task, redo)| undone(task, redo, &[])),
        Just(EventMsg::StreamError { message: String::new(), attempt: 2, max_attempts: 5, retry_in_ms: 0 }),
        Just(EventMsg::Error { error: ErrorInfo::new(ErrorKind::Other, "x") }),
        Just(done()),
        Just(aborted(AbortReason::Failed)),
    ]
}

proptest! {
    #[test]
    fn any_order_of_events_keeps_the_window_right(events in prop::collection::vec(any_event(), 0..60)) {
        // the story checks after each event that what was painted is what there is
        Story::new().tell_all(events);
    }
}
