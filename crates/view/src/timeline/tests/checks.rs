//! The project's check beside a patch.

use super::*;
use crate::row::{CheckCard, CheckState};
use protocol::{CheckFinding, CheckResult, HunkSelection, ProjectCheck};

fn hunks(numbers: &[usize]) -> HunkSelection {
    let accepted = numbers.iter().map(|number| HunkId::new(0, *number)).collect();
    HunkSelection { accepted, ..HunkSelection::default() }
}

fn starts(numbers: &[usize]) -> EventMsg {
    EventMsg::CheckStarted { call_id: "p".into(), argv: vec!["make".to_owned()], hunks: hunks(numbers) }
}

fn result(numbers: &[usize], ended_by: EndedBy) -> CheckResult {
    let output = "\u{1b}[31mred\u{1b}[0m\n".to_owned();
    CheckResult {
        argv: vec!["make".to_owned()],
        hunks: hunks(numbers),
        ended_by,
        unfit: false,
        duration_ms: 7,
        output,
    }
}

fn ends_with(numbers: &[usize], ended_by: EndedBy) -> EventMsg {
    EventMsg::CheckEnded { call_id: "p".into(), result: Box::new(result(numbers, ended_by)) }
}

fn check(story: &Story) -> &CheckCard {
    story.session.approvals[0].check.as_ref().unwrap()
}

#[test]
fn a_check_stands_on_the_card_of_its_patch_and_its_result_on_the_row() {
    let mut story = Story::with_task();
    story.tell_all([proposes("p"), asks_patch("p", 1), starts(&[0, 1])]);
    assert!(matches!(check(&story).state, CheckState::Running { .. }));
    story.tell(ends_with(&[0, 1], EndedBy::Exited { code: 2 }));
    let CheckState::Failed { output, .. } = &check(&story).state else { panic!("{:?}", check(&story)) };
    assert!(output.contains("31mred"), "{output:?}");
    let recorded = Some(Box::new(result(&[1], EndedBy::Exited { code: 0 })));
    let (call_id, decision) = ("p".into(), Some(ReviewDecision::Approved));
    story.tell(EventMsg::ApprovalResolved { call_id, decision, comments: Vec::new(), check: recorded });
    let RowBody::Patch(patch) = &story.timeline.rows(0, 9).last().unwrap().body else { panic!("a patch") };
    let shown = patch.check.as_ref().unwrap();
    assert_eq!((&shown.state, &shown.hunks), (&CheckState::Passed { duration_ms: 7 }, &hunks(&[1])));
}

#[test]
fn a_search_leaves_the_result_of_what_the_person_chose() {
    let mut story = Story::with_task();
    story.tell_all([
        proposes("p"),
        asks_patch("p", 1),
        starts(&[0, 1]),
        ends_with(&[0, 1], EndedBy::Exited { code: 1 }),
    ]);
    story.tell(EventMsg::CheckSearchStarted { call_id: "p".into(), hunks: hunks(&[0, 1]) });
    story.tell_all([starts(&[0]), ends_with(&[0], EndedBy::Exited { code: 0 })]);
    assert_eq!((check(&story).search_runs, &check(&story).hunks), (Some(1), &hunks(&[0, 1])));
    assert!(matches!(check(&story).state, CheckState::Failed { .. }));
    let finding = CheckFinding::Breaking { hunks: vec![HunkId::new(0, 1)], is_minimal: true };
    story.tell(EventMsg::CheckSearchEnded { call_id: "p".into(), finding: finding.clone() });
    assert_eq!((check(&story).search_runs, &check(&story).finding), (None, &Some(finding)));
}

#[test]
fn the_check_of_the_session_is_shown_as_one_types_it_and_why_it_cannot_run() {
    let mut story = Story::new();
    assert_eq!(story.session.check, None);
    let argv = ["bash", "-c", "make && make test"].map(str::to_owned).to_vec();
    story.tell(EventMsg::CheckChanged { check: Some(ProjectCheck::new(argv)) });
    assert_eq!(story.session.check.as_deref(), Some("make && make test"));
    story.tell(EventMsg::TaskStarted { task_id: TaskId(1) });
    story.tell_all([proposes("p"), asks_patch("p", 1), starts(&[0])]);
    story.tell(ends_with(&[0], EndedBy::SandboxFailed { why: "no\u{202e} overlay.".to_owned() }));
    assert_eq!(check(&story).state, CheckState::Impossible { why: "no\\u{202e} overlay".to_owned() });
    story.tell(ends_with(&[0], EndedBy::Interrupted));
    assert_eq!(check(&story).state, CheckState::Stopped);
}
