//! Commands.

use super::*;

#[test]
fn a_command_streams_and_ends() {
    let mut story = Story::with_task();
    story.tell_all([begin("c"), prints("c", "\u{1b}[32mok"), prints("c", "\u{1b}[0m\r\n")]);
    let styled = "\\u{1b}[0;32mok\\u{1b}[0m\\n";
    story.shows(&[&format!("Running $ cargo test (workspace-write) in \"sub\" -> \"{styled}\" None None")]);
    story.tell(ends("c", "ok\r\n", EndedBy::Exited { code: 0 }));
    story.shows(&["Ok $ cargo test (workspace-write) in \"sub\" -> \"ok\\n\" Some(0) None"]);
}

#[test]
fn a_command_ends_as_it_did() {
    let why = || "no\u{202e}".to_owned();
    for (ended_by, expected) in [
        (EndedBy::Exited { code: 0 }, CardStatus::Ok),
        (EndedBy::Exited { code: 1 }, CardStatus::Failed),
        (EndedBy::Signaled { signal: 9 }, CardStatus::Failed),
        (EndedBy::TimedOut { after_ms: 10_000 }, CardStatus::Failed),
        (EndedBy::Interrupted, CardStatus::Interrupted),
        (EndedBy::AppStopped, CardStatus::Interrupted),
        (EndedBy::Rejected, CardStatus::Declined),
        (EndedBy::NotStarted { why: why() }, CardStatus::Failed),
        (EndedBy::SandboxFailed { why: why() }, CardStatus::Failed),
        (EndedBy::Lost { why: why() }, CardStatus::Failed),
    ] {
        let mut story = Story::with_task();
        story.tell_all([begin("c"), ends("c", "", ended_by.clone())]);
        let RowBody::Command(command) = &story.rows[0].body else { panic!("no card") };
        assert_eq!(command.status, expected, "{ended_by:?}");
        let shown = serde_json::to_string(&command.end).unwrap();
        assert!(!shown.contains('\u{202e}'), "{shown}");
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
        denied("c", "write to /etc/x"),
        ends("c", "no", EndedBy::Exited { code: 1 }),
        asks_command("c", 2, SandboxPolicy::DangerFullAccess),
    ]);
    story.shows(&[
        "Waiting $ cargo test (danger-full-access) in \"\" -> \"no\" Some(1) Some(\"write to /etc/x\")",
    ]);
    story.tell(resolved("c", Some(ReviewDecision::Denied)));
    assert_eq!((story.session.approvals.len(), story.session.status), (0, SessionStatus::Running));
    story.shows(&[
        "Failed $ cargo test (danger-full-access) in \"\" -> \"no\" Some(1) Some(\"write to /etc/x\")",
    ]);
}

#[test]
fn a_command_in_the_background_outlives_its_task() {
    let mut story = Story::with_task();
    story.tell_all([begin_in_background("b"), prints("b", "up\n"), begin("c"), done()]);
    story.shows(&[
        "Running $ npm start (workspace-write) in \"\" -> \"up\\n\" None None",
        "Interrupted $ cargo test (workspace-write) in \"sub\" -> \"\" None None",
        "end Complete 1500",
    ]);
    let running = story.session.background[0].clone();
    assert_eq!((running.call_id.as_str(), running.display.as_str(), running.row), ("b", "npm start", 0));

    // it goes on printing, and a task that comes after does not end it
    story.tell_all([EventMsg::TaskStarted { task_id: TaskId(2) }, prints("b", "GET /\n"), done()]);
    assert_eq!(story.session.background.len(), 1);
    story.tell(ends("b", "up\nGET /\n", EndedBy::Interrupted));
    story.shows(&[
        "Interrupted $ npm start (workspace-write) in \"\" -> \"up\\nGET /\\n\" None None",
        "Interrupted $ cargo test (workspace-write) in \"sub\" -> \"\" None None",
        "end Complete 1500",
        "end Complete 1500",
        "ended `npm start` Interrupted",
    ]);
    assert!(story.session.background.is_empty());
}
