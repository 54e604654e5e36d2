use super::*;
use crate::row::{ApprovalBody, Block, BlockKind, CardStatus};
use proptest::prelude::*;
use protocol::{
    ApprovalPolicy, AskReason, DiffFile, DiffHunk, DiffStatus, ErrorKind, ExecStream, FilePatch, Hunk,
    HunkOutcome, OpId, PatchKind, Plan, PlanStep, Policies, ReviewDecision, SandboxPolicy, SessionId,
    StepStatus, TaskId, TokenUsage,
};

/// A session and a window that only gets its changes.
#[derive(Default)]
struct Story {
    timeline: Timeline,
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
        self.paint(told);
    }

    fn tell_all(&mut self, events: impl IntoIterator<Item = EventMsg>) {
        events.into_iter().for_each(|msg| self.tell(msg));
    }

    fn catch_up(&mut self) {
        let due = self.timeline.catch_up();
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
                Change::Session { session } => self.session = session,
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
    }
}

/// A row as a line.
fn show(row: &Row) -> String {
    match &row.body {
        RowBody::User { content } => format!("user {}", title(content)),
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
            command.exit_code,
            command.note
        ),
        RowBody::Patch(patch) => format!(
            "{:?} patch {:?} +{} -{} {}/{} {:?}",
            patch.status,
            patch.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
            patch.added,
            patch.removed,
            patch.hunks_written,
            patch.hunks_total,
            patch.message
        ),
        RowBody::Plan { plan } => {
            format!("plan {}", plan.plan.iter().map(|step| step.step.as_str()).collect::<Vec<_>>().join(", "))
        }
        RowBody::Notice { level, text, hint } => format!("{level:?}: {text} {hint:?}"),
        RowBody::TaskEnd { outcome, duration_ms } => format!("end {outcome:?} {duration_ms}"),
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
    }
}

fn prints(call: &str, chunk: &str) -> EventMsg {
    EventMsg::ExecCommandOutputDelta {
        call_id: call.into(),
        stream: ExecStream::Stdout,
        chunk: chunk.to_owned(),
    }
}

fn ends(call: &str, output: &str, exit_code: Option<i32>, failure: Option<&str>) -> EventMsg {
    EventMsg::ExecCommandEnd {
        call_id: call.into(),
        output: output.to_owned(),
        total_bytes: output.len() as u64,
        exit_code,
        duration_ms: 20,
        failure: failure.map(str::to_owned),
    }
}

fn asks_command(call: &str, attempt: u32, sandbox: SandboxPolicy) -> EventMsg {
    EventMsg::ExecApprovalRequest {
        request: Box::new(ExecApprovalRequest {
            call_id: call.into(),
            attempt,
            argv: argv(),
            cwd: "/p".into(),
            sandbox,
            reason: AskReason::Untrusted,
            binding: String::new(),
        }),
    }
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
        notes: vec![],
    };
    PatchProposal { files: vec![file] }
}

fn proposes(call: &str) -> EventMsg {
    EventMsg::PatchProposed { call_id: call.into(), proposal: proposal() }
}

fn asks_patch(call: &str, attempt: u32) -> EventMsg {
    EventMsg::ApplyPatchApprovalRequest {
        request: Box::new(PatchApprovalRequest {
            call_id: call.into(),
            attempt,
            proposal: proposal(),
            reason: AskReason::Review,
            binding: String::new(),
        }),
    }
}

fn resolved(call: &str, decision: Option<ReviewDecision>) -> EventMsg {
    EventMsg::ApprovalResolved { call_id: call.into(), decision }
}

fn patch_ends(call: &str, success: bool, written: usize, message: &str) -> EventMsg {
    let outcomes = (0..2)
        .map(|at| {
            if at < written {
                HunkOutcome::Written { id: HunkId::new(0, at) }
            } else {
                HunkOutcome::Declined { id: HunkId::new(0, at) }
            }
        })
        .collect();
    EventMsg::PatchApplyEnd { call_id: call.into(), success, outcomes, message: message.to_owned() }
}

#[test]
fn a_task_from_prompt_to_end() {
    let mut story = Story::with_task();
    story.tell_all([
        user("Fix it\nplease"),
        EventMsg::AgentReasoningDelta { delta: "hm".to_owned() },
        EventMsg::AgentReasoningDelta { delta: "m".to_owned() },
        EventMsg::AgentReasoning { text: "hmm.".to_owned() },
        delta("On "),
        delta("it.\n\nFirst"),
    ]);
    story.shows(&["user Fix it", "reasoning hmm.", "agent... On it. | First"]);
    assert_eq!(story.session.status, SessionStatus::Running);
    story.tell_all([message("On it.\n\nFirst"), done()]);
    story.shows(&["user Fix it", "reasoning hmm.", "agent On it. | First", "end Complete 1500"]);
    assert_eq!((story.session.title.as_str(), story.session.status), ("Fix it", SessionStatus::Idle));
    assert_eq!(story.session.task_started_ms, None);
}

#[test]
fn a_command_streams_and_ends() {
    let mut story = Story::with_task();
    story.tell_all([begin("c"), prints("c", "\u{1b}[32mok"), prints("c", "\u{1b}[0m\r\n")]);
    story.shows(&["Running $ cargo test (workspace-write) in \"sub\" -> \"ok\\n\" None None"]);
    story.tell(ends("c", "ok\r\n", Some(0), None));
    story.shows(&["Ok $ cargo test (workspace-write) in \"sub\" -> \"ok\\n\" Some(0) None"]);
}

#[test]
fn a_command_ends_as_it_did() {
    for (exit_code, failure, expected) in [
        (Some(0), None, CardStatus::Ok),
        (Some(1), None, CardStatus::Failed),
        (None, Some("timed out after 10000 ms"), CardStatus::Failed),
        (None, Some("interrupted"), CardStatus::Interrupted),
        (None, Some("the app stopped while it ran"), CardStatus::Interrupted),
        (None, Some("rejected by user"), CardStatus::Declined),
    ] {
        let mut story = Story::with_task();
        story.tell_all([begin("c"), ends("c", "", exit_code, failure)]);
        let RowBody::Command(command) = &story.rows[0].body else { panic!("no card") };
        assert_eq!((command.status, command.note.as_deref()), (expected, failure));
    }
}

#[test]
fn endless_output_keeps_its_end() {
    let mut story = Story::with_task();
    story.tell(begin("c"));
    for number in 0..1000 {
        story.tell(prints("c", &format!("line {number}\n")));
    }
    let RowBody::Command(command) = &story.rows[0].body else { panic!("no card") };
    assert!(command.output.ends_with("line 999\n") && command.output.lines().count() <= 200);
    assert_eq!(command.hidden_lines + command.output.lines().count() as u64, 1000);
}

#[test]
fn a_command_asks_runs_and_asks_to_run_again() {
    let mut story = Story::with_task();
    story.tell(asks_command("c", 1, SandboxPolicy::workspace_write()));
    story.shows(&["Waiting $ cargo test (workspace-write) in \"\" -> \"\" None None"]);
    assert_eq!((story.session.approvals.len(), story.session.status), (1, SessionStatus::Waiting));
    story.tell_all([
        resolved("c", Some(ReviewDecision::Approved)),
        begin("c"),
        EventMsg::SandboxDenied { call_id: "c".into(), what: "write to /etc/x".to_owned() },
        ends("c", "no", Some(1), None),
        asks_command("c", 2, SandboxPolicy::DangerFullAccess),
    ]);
    story.shows(&[
        "Waiting $ cargo test (danger-full-access) in \"\" -> \"no\" Some(1) Some(\"the sandbox refused: write to /etc/x\")",
    ]);
    story.tell(resolved("c", Some(ReviewDecision::Denied)));
    assert_eq!((story.session.approvals.len(), story.session.status), (0, SessionStatus::Running));
    story.shows(&[
        "Failed $ cargo test (danger-full-access) in \"\" -> \"no\" Some(1) Some(\"the sandbox refused: write to /etc/x\")",
    ]);
}

#[test]
fn a_patch_is_approved_in_part() {
    let mut story = Story::with_task();
    story.tell_all([proposes("p"), asks_patch("p", 1)]);
    story.shows(&["Waiting patch [\"a.rs\"] +4 -2 0/2 \"\""]);
    assert!(
        matches!(&story.session.approvals[0].body, ApprovalBody::Patch(card) if card.files[0].hunks.len() == 2)
    );
    let lines = story.timeline.hunk_lines(Some(&"p".into()), "a.rs", &HunkId::new(0, 1), 1, 2).unwrap();
    assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["old", "new"]);
    story.tell_all([
        resolved("p", Some(ReviewDecision::Approved)),
        EventMsg::PatchApplyBegin { call_id: "p".into(), auto_approved: false },
        patch_ends("p", true, 1, ""),
    ]);
    story.shows(&["Ok patch [\"a.rs\"] +4 -2 1/2 \"\""]);
    assert!(story.timeline.hunk_lines(Some(&"p".into()), "a.rs", &HunkId::new(0, 1), 0, 1).is_none());
}

#[test]
fn a_patch_that_is_not_written_says_who_said_no() {
    let begin = || EventMsg::PatchApplyBegin { call_id: "p".into(), auto_approved: true };
    for (events, expected) in [
        (
            vec![
                asks_patch("p", 1),
                resolved("p", Some(ReviewDecision::Denied)),
                patch_ends("p", false, 0, "declined"),
            ],
            CardStatus::Declined,
        ),
        // approved, but with no hunk at all
        (
            vec![
                asks_patch("p", 1),
                resolved("p", Some(ReviewDecision::Approved)),
                patch_ends("p", false, 0, "declined"),
            ],
            CardStatus::Declined,
        ),
        (vec![patch_ends("p", false, 0, "outside the writable roots")], CardStatus::Declined),
        (vec![begin(), patch_ends("p", false, 0, "disk full")], CardStatus::Failed),
        (
            vec![asks_patch("p", 1), resolved("p", None), aborted(AbortReason::Interrupted)],
            CardStatus::Interrupted,
        ),
        (vec![begin(), aborted(AbortReason::Interrupted)], CardStatus::Interrupted),
        // a file changed after it was approved: proposed and asked again
        (
            vec![
                asks_patch("p", 1),
                resolved("p", Some(ReviewDecision::Approved)),
                begin(),
                proposes("p"),
                asks_patch("p", 2),
            ],
            CardStatus::Waiting,
        ),
    ] {
        let mut story = Story::with_task();
        story.tell(proposes("p"));
        story.tell_all(events.clone());
        let RowBody::Patch(patch) = &story.rows[0].body else { panic!("no card") };
        assert_eq!(patch.status, expected, "{events:?}");
    }
}

#[test]
fn asking_again_takes_the_place_of_asking() {
    let mut story = Story::with_task();
    story.tell_all([asks_patch("p", 1), asks_command("c", 1, SandboxPolicy::default()), asks_patch("p", 2)]);
    let asked: Vec<_> = story.session.approvals.iter().map(|approval| approval.call_id.as_str()).collect();
    assert_eq!(asked, ["c", "p"]);
    assert_eq!(story.rows.len(), 2);
    story.tell(aborted(AbortReason::Interrupted));
    assert!(story.session.approvals.is_empty());
}

#[test]
fn a_broken_stream_begins_its_message_anew() {
    let broken = |attempt| EventMsg::StreamError {
        message: "connection lost".to_owned(),
        attempt,
        max_attempts: 5,
        retry_in_ms: 1500,
    };
    let mut story = Story::with_task();
    story.tell_all([delta("Half a sen"), broken(1), broken(2)]);
    story.shows(&["agent... Half a sen", "Warning: connection lost; trying again in 1.5 s (2 of 5) None"]);
    story.tell_all([delta("Half "), delta("a sentence"), message("Half a sentence")]);
    story.shows(&["agent Half a sentence", "Warning: connection lost; trying again in 1.5 s (2 of 5) None"]);
}

#[test]
fn what_is_interrupted_says_so() {
    let mut story = Story::with_task();
    story.tell_all([begin("c"), delta("I was ab"), aborted(AbortReason::Interrupted)]);
    story.shows(&[
        "Interrupted $ cargo test (workspace-write) in \"sub\" -> \"\" None None",
        "agent! I was ab",
        "end Interrupted 3000",
    ]);
}

#[test]
fn what_failed_was_not_interrupted() {
    let mut story = Story::with_task();
    story.tell_all([delta("I was ab"), aborted(AbortReason::Failed)]);
    story.shows(&["agent I was ab", "end Failed 2000"]);
}

#[test]
fn failures_stay_until_the_next_task() {
    let mut story = Story::with_task();
    let error = ErrorInfo::new(ErrorKind::Unauthorized, "the key was refused").with_hint("store another one");
    story.tell_all([EventMsg::Error { error: error.clone() }, aborted(AbortReason::Failed)]);
    story.shows(&["Error: the key was refused Some(\"store another one\")", "end Failed 2000"]);
    assert_eq!(story.session.error, Some(error));
    story.tell(EventMsg::TaskStarted { task_id: TaskId(2) });
    assert_eq!(story.session.error, None);
}

#[test]
fn one_plan_a_task_and_notices_for_the_rest() {
    let plan = |steps: &[&str]| EventMsg::PlanUpdate {
        call_id: "c".into(),
        plan: Plan {
            explanation: None,
            plan: steps
                .iter()
                .map(|step| PlanStep { step: (*step).to_owned(), status: StepStatus::Pending })
                .collect(),
        },
    };
    let rejected = |call: &str| EventMsg::ToolCallRejected {
        call_id: call.into(),
        name: "shell".to_owned(),
        message: "refused".to_owned(),
    };
    let mut story = Story::with_task();
    story.tell_all([
        plan(&["a"]),
        EventMsg::BackgroundEvent { message: "cut".to_owned() },
        plan(&["a", "b"]),
    ]);
    story.tell_all([
        rejected("x"),
        begin("c"),
        rejected("c"),
        EventMsg::TaskStarted { task_id: TaskId(2) },
        plan(&["c"]),
    ]);
    story.shows(&[
        "plan a, b",
        "Info: cut None",
        "Warning: shell: refused None",
        "Declined $ cargo test (workspace-write) in \"sub\" -> \"\" None Some(\"refused\")",
        "plan c",
    ]);
}

#[test]
fn the_session_shows_tokens_and_policies() {
    let mut story = Story::new();
    assert_eq!(story.session.status, SessionStatus::Idle);
    let usage = TokenUsage { input_tokens: 10, ..TokenUsage::default() };
    let policies = Policies { approval: ApprovalPolicy::Untrusted, ..Policies::default() };
    story.tell_all([
        EventMsg::TokenCount { last: usage, total: usage.plus(usage), context_window: Some(100) },
        EventMsg::PolicyChanged { policies: policies.clone() },
    ]);
    assert_eq!((story.session.context_used, story.session.tokens.input_tokens), (10, 20));
    assert_eq!((story.session.context_window, &story.session.policies), (Some(100), &policies));
    story.tell(EventMsg::ShutdownComplete);
    assert_eq!(story.session.status, SessionStatus::Ended);
}

#[test]
fn the_changes_panel_finds_its_files_and_lines() {
    let file = DiffFile {
        path: "a\u{202e}b.rs".to_owned(),
        old_path: None,
        status: DiffStatus::Modified,
        sources: vec![],
        added: 1,
        removed: 0,
        binary: false,
        too_large: false,
        hunks: vec![DiffHunk {
            old_start: 1,
            old_lines: 0,
            new_start: 1,
            new_lines: 1,
            lines: vec!["+x".to_owned()],
        }],
    };
    let mut story = Story::new();
    story.tell(EventMsg::WorkspaceDiff { diff: WorkspaceDiff { files: vec![file], notes: vec![] } });
    let shown = story.changes.files[0].path.clone();
    assert_eq!((shown.as_str(), story.changes.added), ("a\\u{202e}b.rs", 1));
    let lines = story.timeline.hunk_lines(None, &shown, &HunkId::new(0, 0), 0, 10).unwrap();
    assert_eq!(lines[0].text, "x");
    assert_eq!(story.timeline.changed_file(&shown), Some("/p/a\u{202e}b.rs".into()));
    assert_eq!(story.timeline.changed_file("/etc/passwd"), None);
}

#[test]
fn a_long_open_block_is_parsed_when_the_window_is_told() {
    let mut story = Story::with_task();
    story.tell(delta("```\n"));
    let line = "x".repeat(1000) + "\n";
    for _ in 0..100 {
        story.tell(delta(&line));
    }
    let painted = |story: &Story| match &story.rows[0].body {
        RowBody::Agent { blocks, .. } => paragraph(&blocks[0]).len(),
        _ => 0,
    };
    assert!(painted(&story) < 10_000, "deltas into a long block are not parsed one by one");
    story.catch_up();
    assert!(painted(&story) > 100_000);
    story.catch_up();
    story.tell_all([delta("end\n```\n\nafter"), delta("wards")]);
    story.catch_up();
    assert!(show(&story.rows[0]).ends_with("| afterwards"));
}

#[test]
fn an_event_costs_the_same_after_a_hundred_thousand_rows() {
    let mut timeline = Timeline::default();
    let mut told = 0;
    for seq in 0..100_000 {
        let event = Event { seq, id: OpId::default(), at_ms: seq, replay: true, msg: message("One more.") };
        told += timeline.apply(&event).len();
    }
    assert_eq!((timeline.total_rows(), told), (100_000, 100_000));
    assert_eq!(timeline.rows(99_999, 500).len(), 1);
    assert!(timeline.rows(100_000, 1).is_empty());
}

#[test]
fn what_is_told_again_after_a_resume_reads_the_same() {
    let records = [
        user("Fix it"),
        message("I run the tests."),
        begin("c"),
        ends("c", "failed\n", Some(1), None),
        proposes("p"),
        asks_patch("p", 1),
        resolved("p", Some(ReviewDecision::Approved)),
        EventMsg::PatchApplyBegin { call_id: "p".into(), auto_approved: false },
        patch_ends("p", true, 2, ""),
        message("Done."),
        done(),
    ];
    let mut resumed = Story::with_task();
    resumed.tell_all(records.clone());
    let mut live = Story::with_task();
    for record in records {
        match &record {
            EventMsg::AgentMessage { text, .. } => {
                text.chars().for_each(|c| live.tell(delta(&c.to_string())));
            }
            EventMsg::ExecCommandEnd { .. } => live.tell(prints("c", "failed\n")),
            _ => {}
        }
        live.tell(record);
    }
    let ids =
        |story: &Story| story.rows.iter().map(|row| (row.id.clone(), row.body.clone())).collect::<Vec<_>>();
    assert_eq!(ids(&resumed), ids(&live));
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
        (call(), text()).prop_map(|(call, text)| ends(call, text, Some(0), None)),
        call().prop_map(proposes),
        call().prop_map(|call| EventMsg::PatchApplyBegin { call_id: call.into(), auto_approved: true }),
        (call(), any::<bool>()).prop_map(|(call, success)| patch_ends(call, success, 1, "")),
        call().prop_map(|call| EventMsg::SandboxDenied { call_id: call.into(), what: "x".to_owned() }),
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
