//! The session as a whole.

use super::*;

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
        EventMsg::BackgroundEvent { severity: Severity::Info, message: "cut".to_owned() },
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
        count(usage, usage.plus(usage), "m"),
        EventMsg::PolicyChanged { policies: policies.clone() },
    ]);
    assert_eq!((story.session.context_used, story.session.tokens.input_tokens), (10, 20));
    assert_eq!((story.session.context_window, &story.session.policies), (Some(100), &policies));
    story.tell(EventMsg::TitleChanged { title: "A name".to_owned() });
    assert_eq!(story.session.title, "A name");
    story.tell(user("Not a title"));
    assert_eq!(story.session.title, "A name");
    story.tell(EventMsg::ShutdownComplete);
    assert_eq!(story.session.status, SessionStatus::Ended);
}

fn count(last: TokenUsage, total: TokenUsage, model: &str) -> EventMsg {
    let (provider, model) = ("p".to_owned(), model.to_owned());
    EventMsg::TokenCount { last, total, context_window: Some(100), provider, model }
}

#[test]
fn tokens_are_told_of_the_turn_the_task_and_the_session_by_model() {
    let sent = |input_tokens| TokenUsage { input_tokens, ..TokenUsage::default() };
    let by = |usage: &[ModelUsage]| {
        usage.iter().map(|one| (one.model.clone(), one.tokens.input_tokens)).collect::<Vec<_>>()
    };
    let mut story = Story::with_task();
    story.tell_all([count(sent(10), sent(10), "a"), count(sent(30), sent(40), "a"), done()]);
    let RowBody::TaskEnd { usage, tokens, .. } = &story.rows.last().unwrap().body else { panic!() };
    assert_eq!((by(usage), tokens.input_tokens), (vec![("a".to_owned(), 40)], 40));
    story.tell_all([EventMsg::TaskStarted { task_id: TaskId(2) }, count(sent(5), sent(45), "b")]);
    assert_eq!(by(&story.session.usage), [("a".to_owned(), 40), ("b".to_owned(), 5)]);
    assert_eq!(by(&story.session.task_usage), [("b".to_owned(), 5)]);
    assert_eq!(story.session.turn_usage.as_ref().unwrap().tokens, sent(5));
}

#[test]
fn a_task_at_its_limit_waits_until_it_is_let_go_on_or_ends() {
    let reached = ReachedLimit {
        task_id: TaskId(1),
        used: TokenUsage { input_tokens: 10, ..TokenUsage::default() },
        cost: None,
        limit: TaskLimit { cost: None, tokens: Some(10) },
    };
    let mut story = Story::with_task();
    story.tell(EventMsg::LimitReached { reached });
    assert_eq!((story.session.status, story.session.reached), (SessionStatus::Waiting, Some(reached)));
    story.tell(EventMsg::LimitRaised { task_id: TaskId(1), no_limit: false });
    assert_eq!((story.session.status, story.session.reached), (SessionStatus::Running, None));
    story.tell(EventMsg::LimitReached { reached });
    story.tell(EventMsg::TurnAborted { task_id: TaskId(1), reason: AbortReason::Interrupted });
    assert_eq!((story.session.status, story.session.reached), (SessionStatus::Idle, None));
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
        ends("c", "failed\n", EndedBy::Exited { code: 1 }),
        proposes("p"),
        asks_patch("p", 1),
        resolved("p", Some(ReviewDecision::Approved)),
        EventMsg::PatchApplyBegin { call_id: "p".into(), auto_approved: false },
        patch_ends("p", PatchEndedBy::Written, 2),
        reads("r", "a.rs"),
        looked("r", ToolEndedBy::Succeeded, "1 x"),
        asks_tool("m", "{}"),
        resolved("m", Some(ReviewDecision::Approved)),
        calls("m", "{}"),
        called("m", ToolEndedBy::Succeeded, "x"),
        begin_in_background("b"),
        EventMsg::CompactionStarted { auto: true },
        EventMsg::ContextCompacted { summary: "All of it.".to_owned(), auto: true },
        message("Done."),
        done(),
        ends("b", "up\n", EndedBy::Exited { code: 0 }),
        undone(1, false, &[]),
    ];
    let mut resumed = Story::with_task();
    resumed.tell_all(records.clone());
    let mut live = Story::with_task();
    for record in records {
        match &record {
            EventMsg::AgentMessage { text, .. } => {
                text.chars().for_each(|c| live.tell(delta(&c.to_string())));
            }
            EventMsg::ExecCommandEnd { call_id, .. } => live.tell(prints(call_id.as_str(), "failed\n")),
            _ => {}
        }
        live.tell(record);
    }
    let ids =
        |story: &Story| story.rows.iter().map(|row| (row.id.clone(), row.body.clone())).collect::<Vec<_>>();
    assert_eq!(ids(&resumed), ids(&live));
}
