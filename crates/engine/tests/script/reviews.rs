//! Reviews by a second model: it reads a patch that waits, and its comments are recorded.

use crate::stage::*;
use engine::*;
use protocol::*;

fn reviewer(every_patch: bool) -> Reviewer {
    Reviewer { provider: "other".to_owned(), model: "critic".to_owned(), every_patch }
}

/// A script whose patch of two hunks waits, in a session with this reviewer.
fn waiting(reviewer: Option<Reviewer>) -> Script {
    let mut script = Script::bare();
    script.input(report(SandboxLevel::Full));
    let policies = policies(ApprovalPolicy::OnRequest, true);
    let config = SessionConfig { reviewer, ..*config(policies) };
    script.op(Op::ConfigureSession { config: Box::new(config) });
    script.ask("go");
    script.model(1, vec![patch_call("c1")]);
    script.log.clear();
    script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", 2, "1")) });
    script
}

fn ends(script: &mut Script, run: u64, ended_by: ReviewEndedBy) {
    let comment = HunkComment { hunk: HunkId::new(0, 0), from: 1, to: 1, text: "why?".to_owned() };
    let review = ModelReview {
        reviewer: reviewer(false),
        ended_by,
        comments: vec![comment],
        summary: "I would not.".to_owned(),
        unseen: Vec::new(),
        duration_ms: 5,
        usage: TokenUsage::default(),
        cost: None,
    };
    script.input(Input::ReviewEnded { call_id: "c1".into(), run, review: Box::new(review) });
}

fn ask_for_review(script: &mut Script) {
    let binding = script.binding("c1");
    script.op(Op::ReviewPatch { call_id: "c1".into(), binding });
}

#[test]
fn a_patch_is_reviewed_when_the_person_asks_and_again_in_place_of_a_review_under_way() {
    let mut script = waiting(Some(reviewer(false)));
    script.check("= patch_verified\n= asked");
    ask_for_review(&mut script);
    script.check("= review_started\n> review c1 1 by critic");
    ask_for_review(&mut script);
    script.check("= review_ended\n= review_started\n> review c1 2 by critic");
    // the first one is of no interest any more
    ends(&mut script, 1, ReviewEndedBy::Completed);
    script.check("");
    ends(&mut script, 2, ReviewEndedBy::Completed);
    script.check("= review_ended");
    let last = script.records.iter().rev().find_map(|record| match &record.fact {
        Fact::ReviewEnded { review, .. } => Some(review),
        _ => None,
    });
    assert_eq!(last.unwrap().comments[0].text, "why?");
    ask_for_review(&mut script);
    script.check("= review_started\n> review c1 3 by critic");
    let comment = HunkComment { hunk: HunkId::new(0, 1), from: 0, to: 0, text: "found".to_owned() };
    let usage = TokenUsage { input_tokens: 7, ..TokenUsage::default() };
    let findings = ReviewFindings { comments: vec![comment.clone()], usage, cost: Some(9) };
    for run in [3, 2] {
        // what another one came to is not taken for it
        let findings = if run == 3 { findings.clone() } else { ReviewFindings::default() };
        script.input(Input::ReviewWent { call_id: "c1".into(), run, findings });
    }
    script.op(Op::StopReview { call_id: "c1".into() });
    script.check("= review_ended\n> stop review c1");
    let Some(Fact::ReviewEnded { review, .. }) = script.records.last().map(|record| &record.fact) else {
        panic!("{:?}", script.records.last());
    };
    assert_eq!((&review.comments, review.usage, review.cost), (&vec![comment], usage, Some(9)));
    assert_eq!(review.ended_by, ReviewEndedBy::Stopped);
}

#[test]
fn what_a_review_used_is_recorded_when_its_task_is_stopped_or_the_app_ends() {
    for (op, ended_by, rest) in [
        (Op::Interrupt, ReviewEndedBy::Stopped, "= task_aborted"),
        (Op::Shutdown, ReviewEndedBy::AppStopped, "> shutdown"),
    ] {
        let mut script = waiting(Some(reviewer(true)));
        let usage = TokenUsage { input_tokens: 7, ..TokenUsage::default() };
        let findings = ReviewFindings { comments: Vec::new(), usage, cost: Some(9) };
        script.input(Input::ReviewWent { call_id: "c1".into(), run: 1, findings });
        script.log.clear();
        script.op(op);
        let log = script.log.join("\n");
        let (ended, stopped) = (log.find("= review_ended"), log.find(rest));
        assert!(ended.is_some() && ended < stopped, "{log}");
        let review = script.records.iter().rev().find_map(|record| match &record.fact {
            Fact::ReviewEnded { review, .. } => Some(review),
            _ => None,
        });
        let review = review.unwrap();
        assert_eq!((&review.ended_by, review.usage, review.cost), (&ended_by, usage, Some(9)));
    }
}

#[test]
fn every_patch_is_reviewed_once_unasked_where_that_is_wanted_and_a_decision_ends_it() {
    let mut script = waiting(Some(reviewer(true)));
    script.check("= patch_verified\n= asked\n= review_started\n> review c1 1 by critic");
    script.log.clear();
    script.answer("c1", ReviewDecision::Denied, None);
    assert!(
        script.log.starts_with(&["= review_ended".to_owned(), "= decided".to_owned()]),
        "{:?}",
        script.log
    );
    assert!(script.log.contains(&"> stop review c1".to_owned()), "{:?}", script.log);
    script.log.clear();
    ends(&mut script, 1, ReviewEndedBy::Completed);
    script.check("");
}

#[test]
fn a_review_that_the_app_was_stopped_during_begins_again_and_one_that_failed_does_not() {
    let mut script = waiting(Some(reviewer(true)));
    script.log.clear();
    script.restart();
    let log = script.log.join("\n");
    assert!(log.contains("= review_ended") && log.contains("= review_started\n> review c1 "), "{log}");
    let run = script
        .log
        .iter()
        .rev()
        .find_map(|line| line.strip_prefix("> review c1 ")?.split_once(' ')?.0.parse().ok());
    let error = ErrorInfo::new(ErrorKind::Model, "no");
    script.log.clear();
    ends(&mut script, run.unwrap(), ReviewEndedBy::Failed { error });
    script.check("= review_ended");
}

#[test]
fn a_review_that_was_cut_off_does_not_begin_again_with_another_model() {
    for (other, every_patch, begins) in [
        (reviewer(false), false, true),
        (Reviewer { model: "another".to_owned(), ..reviewer(false) }, false, false),
        (Reviewer { provider: "elsewhere".to_owned(), ..reviewer(false) }, false, false),
        (Reviewer { model: "another".to_owned(), ..reviewer(true) }, true, true),
    ] {
        let mut script = waiting(Some(reviewer(false)));
        ask_for_review(&mut script);
        // it is chosen while the other one reads
        script.op(Op::SetReviewer { reviewer: Some(other.clone()) });
        script.log.clear();
        script.restart();
        let log = script.log.join("\n");
        assert!(log.contains("= review_ended"), "{log}");
        assert_eq!(log.contains("= review_started"), begins, "{every_patch} {other:?}: {log}");
    }
}

#[test]
fn without_a_reviewer_or_a_patch_there_is_nothing_to_review() {
    let mut script = waiting(None);
    script.log.clear();
    ask_for_review(&mut script);
    script.check("> complain there is no reviewer; choose one in the settings first");
    script.op(Op::ReviewPatch { call_id: "c1".into(), binding: "another".to_owned() });
    script.check("> complain no such approval is open for call c1: it was answered, or asked anew");
    script.op(Op::SetReviewer { reviewer: Some(Reviewer { model: " ".to_owned(), ..reviewer(false) }) });
    script.check("> complain the reviewer has no name: it needs a model");
    script.op(Op::SetReviewer { reviewer: Some(reviewer(true)) });
    script.check("= reviewer_changed\n= review_started\n> review c1 1 by critic");
    script.op(Op::SetReviewer { reviewer: Some(reviewer(true)) });
    script.check("");
    script.op(Op::SetReviewer { reviewer: None });
    script.check("= reviewer_changed");
}
