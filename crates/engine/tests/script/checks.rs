//! Checks: the project's own command runs with a patch that waits, and what it says is recorded with the decision.

use crate::stage::*;
use engine::*;
use protocol::*;

fn test_command() -> ProjectCheck {
    ProjectCheck::new(vec!["make".to_owned(), "test".to_owned()])
}

/// A script whose patch of so many hunks waits, in a project with a check.
fn waiting(hunks: usize) -> Script {
    let mut script = Script::bare();
    script.input(report(SandboxLevel::Full));
    let policies = policies(ApprovalPolicy::OnRequest, true);
    let config = SessionConfig { check: Some(test_command()), ..*config(policies) };
    script.op(Op::ConfigureSession { config: Box::new(config) });
    propose(&mut script, hunks);
    script
}

fn propose(script: &mut Script, hunks: usize) {
    script.ask("go");
    script.model(1, vec![patch_call("c1")]);
    script.log.clear();
    script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", hunks, "1")) });
}

fn some(hunks: &[usize]) -> HunkSelection {
    let accepted = hunks.iter().map(|at| HunkId::new(0, *at)).collect();
    HunkSelection { accepted, ..HunkSelection::default() }
}

/// The check of run `run` exits with this code.
fn exits(script: &mut Script, run: u64, code: i32) {
    let mut outcome = ran("line 1\nline 2\n");
    outcome.end.ended_by = EndedBy::Exited { code };
    script.input(Input::CheckEnded { call_id: "c1".into(), run, outcome, unfit: false });
}

fn check_with(script: &mut Script, hunks: &[usize]) {
    let binding = script.binding("c1");
    script.op(Op::Check { call_id: "c1".into(), binding, hunks: Some(some(hunks)) });
}

fn search(script: &mut Script) {
    let binding = script.binding("c1");
    script.op(Op::FindNeeded { call_id: "c1".into(), binding, hunks: None });
}

fn decide(script: &mut Script, decision: ReviewDecision, hunks: Option<HunkSelection>) {
    let binding = script.binding("c1");
    script.op(Op::Decide {
        call_id: "c1".into(),
        binding,
        decision,
        hunks,
        note: None,
        comments: Vec::new(),
        viewed: None,
        unattended: false,
    });
}

/// The check that was recorded with the last decision.
fn recorded(script: &Script) -> Option<&CheckResult> {
    script.records.iter().rev().find_map(|record| match &record.fact {
        Fact::Decided { check, .. } => Some(check.as_deref()),
        _ => None,
    })?
}

fn finding(script: &Script) -> Option<&CheckFinding> {
    script.records.iter().rev().find_map(|record| match &record.fact {
        Fact::CheckSearchEnded { finding, .. } => Some(finding),
        _ => None,
    })
}

/// The hunks of the check that runs, and its number.
fn running(script: &Script) -> Option<(u64, Vec<String>)> {
    let line = script.log.iter().rev().find(|line| line.starts_with("> check c1 "))?;
    let (head, hunks) = line.split_once(" make test with ")?;
    let hunks = hunks.split_whitespace().map(str::to_owned).collect();
    Some((head.rsplit_once(' ')?.1.parse().ok()?, hunks))
}

#[test]
fn a_patch_that_waits_is_checked_whole_then_as_the_person_chooses_and_the_model_is_told_of_what_they_approved()
 {
    let mut script = waiting(3);
    script.check("= patch_verified\n= asked\n= check_started\n> check c1 1 make test with 0.0 0.1 0.2");
    exits(&mut script, 1, 101);
    script.check("= check_ended");
    check_with(&mut script, &[0, 2]);
    script.check("= check_started\n> check c1 2 make test with 0.0 0.2");
    exits(&mut script, 2, 0);
    script.log.clear();
    decide(&mut script, ReviewDecision::Approved, Some(some(&[2, 0])));
    let check = recorded(&script).unwrap();
    assert_eq!((check.verdict(), &check.hunks), (CheckVerdict::Passed, &some(&[0, 2])));
    script.check("= decided\n= patch_started\n> write c1 [HunkId(\"0.2\"), HunkId(\"0.0\")]");
    let outcomes = vec![
        HunkOutcome::Written { id: HunkId::new(0, 0) },
        HunkOutcome::Declined { id: HunkId::new(0, 1) },
        HunkOutcome::Written { id: HunkId::new(0, 2) },
    ];
    script.input(Input::PatchWritten { call_id: "c1".into(), result: PatchWriteResult::Written(outcomes) });
    let told = &script.outputs()[0].1;
    assert!(told.contains("The project's check `make test` passed with 2 of 3 hunks (2 s)."), "{told}");
}

#[test]
fn a_result_with_other_hunks_is_not_the_one_of_a_decision_but_a_patch_that_is_declined_says_what_failed() {
    let mut script = waiting(2);
    exits(&mut script, 1, 1);
    decide(&mut script, ReviewDecision::Approved, Some(some(&[1])));
    assert_eq!(recorded(&script), None);

    let mut script = waiting(2);
    exits(&mut script, 1, 1);
    decide(&mut script, ReviewDecision::Denied, None);
    let told = &script.outputs()[0].1;
    assert!(
        told.contains(
            "failed with the whole patch (exit code 1, 2 s). The end of its output:\nline 1\nline 2"
        ),
        "{told}"
    );
}

#[test]
fn a_new_choice_ends_the_check_before_and_so_does_the_decision() {
    let mut script = waiting(2);
    script.log.clear();
    check_with(&mut script, &[1]);
    script.check("= check_ended\n= check_started\n> check c1 2 make test with 0.1");
    // the end of the one that was replaced comes late, and says nothing
    exits(&mut script, 1, 0);
    script.check("");
    decide(&mut script, ReviewDecision::Approved, Some(some(&[1])));
    script.check("= check_ended\n= decided\n= patch_started\n> stop check c1\n> write c1 [HunkId(\"0.1\")]");
    assert_eq!(recorded(&script), None, "it did not come to its end");
    exits(&mut script, 2, 0);
    script.check("");
}

#[test]
fn one_bad_hunk_of_five_is_found_by_a_search() {
    let mut script = waiting(5);
    exits(&mut script, 1, 1);
    search(&mut script);
    for _ in 0..20 {
        let Some((run, hunks)) = running(&script).filter(|_| finding(&script).is_none()) else { break };
        exits(&mut script, run, i32::from(hunks.contains(&"0.3".to_owned())));
    }
    let hunks = vec![HunkId::new(0, 3)];
    assert_eq!(finding(&script), Some(&CheckFinding::Breaking { hunks, is_minimal: true }));
    assert!(
        script.records.iter().filter(|record| matches!(record.fact, Fact::CheckStarted { .. })).count() < 10
    );
}

#[test]
fn a_search_ends_when_it_is_stopped_or_the_check_cannot_be_run() {
    let mut script = waiting(4);
    exits(&mut script, 1, 1);
    search(&mut script);
    script.log.clear();
    script.op(Op::StopCheck { call_id: "c1".into() });
    script.check("= check_ended\n= check_search_ended\n> stop check c1");
    assert_eq!(finding(&script), Some(&CheckFinding::Stopped));

    search(&mut script);
    let (run, _) = running(&script).unwrap();
    let outcome = EndedBy::SandboxFailed { why: "no".to_owned() }.into();
    script.log.clear();
    script.input(Input::CheckEnded { call_id: "c1".into(), run, outcome, unfit: false });
    script.check("= check_ended\n= check_search_ended");

    // hunks that do not go together are hunks that do not pass
    search(&mut script);
    let (run, _) = running(&script).unwrap();
    let outcome = EndedBy::NotStarted { why: "they do not go together".to_owned() }.into();
    script.log.clear();
    script.input(Input::CheckEnded { call_id: "c1".into(), run, outcome, unfit: true });
    assert!(running(&script).is_some_and(|(next, _)| next > run), "{:?}", script.log);
}

#[test]
fn a_check_that_the_app_was_killed_in_runs_again_and_one_that_ended_does_not() {
    let mut script = waiting(2);
    script.log.clear();
    script.restart();
    script.check("= configured\n= check_ended\n= check_started\n> check c1 1 make test with 0.0 0.1");
    exits(&mut script, 1, 0);
    script.log.clear();
    script.restart();
    script.check("= configured");
    decide(&mut script, ReviewDecision::Approved, None);
    assert_eq!(recorded(&script).map(CheckResult::verdict), Some(CheckVerdict::Passed));
}

#[test]
fn where_there_are_no_overlays_a_check_says_why_and_never_runs_for_real() {
    let mut script = Script::bare();
    let config =
        SessionConfig { check: Some(test_command()), ..*config(policies(ApprovalPolicy::OnRequest, true)) };
    script.op(Op::ConfigureSession { config: Box::new(config) });
    let no_overlay = Some("the kernel has none".to_owned());
    let (layers, gaps) = (Vec::new(), Vec::new());
    propose(&mut script, 1);
    script.check("= patch_verified\n= asked");
    script.input(Input::SandboxProbed(SandboxReport { level: SandboxLevel::Full, layers, gaps, no_overlay }));
    script.check("= check_started\n= check_ended");
    let ended = script.records.iter().rev().find_map(|record| match &record.fact {
        Fact::CheckEnded { result, .. } => Some(result.ended_by.clone()),
        _ => None,
    });
    assert_eq!(ended, Some(EndedBy::SandboxFailed { why: "the kernel has none".to_owned() }));
}

#[test]
fn a_check_can_be_set_while_a_patch_waits_and_what_makes_no_sense_is_refused() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, true));
    propose(&mut script, 2);
    script.check("= patch_verified\n= asked");
    check_with(&mut script, &[0]);
    script.check("> complain this project has no check; set one first");
    script.op(Op::SetCheck { check: Some(ProjectCheck::new(Vec::new())) });
    script.check("> complain the check is empty: it needs a program, such as `cargo test`");
    script.op(Op::SetCheck { check: Some(test_command()) });
    script.check("= check_changed\n= check_started\n> check c1 1 make test with 0.0 0.1");
    check_with(&mut script, &[7]);
    script.check("> complain the patch of call c1 has no hunk `0.7`");
    let binding = "another".to_owned();
    script.op(Op::Check { call_id: "c1".into(), binding, hunks: None });
    script.check("> complain no such approval is open for call c1: it was answered, or asked anew");
    // another one ends the run of the first, and what that said is forgotten
    script.op(Op::SetCheck { check: Some(ProjectCheck::new(vec!["lint".to_owned()])) });
    script.check(
        "= check_ended\n= check_changed\n= check_started\n> stop check c1\n> check c1 2 lint with 0.0 0.1",
    );
    exits(&mut script, 2, 1);
    script.op(Op::SetCheck { check: None });
    script.check("= check_ended\n= check_changed");
    decide(&mut script, ReviewDecision::Denied, None);
    assert_eq!(recorded(&script), None);
}

#[test]
fn a_stop_ends_the_check() {
    let mut script = waiting(1);
    script.log.clear();
    script.op(Op::Interrupt);
    for line in ["> stop check c1", "= task_aborted"] {
        assert!(script.log.iter().any(|logged| logged == line), "{:?}", script.log);
    }
}
