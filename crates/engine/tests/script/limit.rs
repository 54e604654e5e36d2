//! Limits of what a task uses.

use crate::compact::overflow;
use crate::stage::*;
use engine::*;
use protocol::*;
use std::collections::BTreeMap;

const TASK: TaskId = TaskId(1);

fn limited(limit: TaskLimit, price: Option<ModelPrice>) -> Script {
    let mut script = Script::bare();
    script.input(report(SandboxLevel::Full));
    let config =
        SessionConfig { task_limit: limit, price, ..*config(policies(ApprovalPolicy::OnRequest, true)) };
    script.op(Op::ConfigureSession { config: Box::new(config) });
    script.ask("look around");
    script.log.clear();
    script
}

/// The model calls a command, and has used so many tokens for that.
fn turn(script: &mut Script, sampling: u64, input_tokens: u64) {
    let call = format!("c{sampling}");
    let item = shell(&call, r#"{"command":["ls"]}"#);
    script.input(Input::Model { sampling, event: ModelEvent::ItemDone(item) });
    let usage = Some(TokenUsage { input_tokens, output_tokens: 100, ..TokenUsage::default() });
    script.input(Input::Model { sampling, event: ModelEvent::Completed { usage, cut: None } });
    script.ended(&call, ran("a.rs"));
    script.log.retain(|line| {
        line.starts_with("= limit") || line.starts_with("> sample") || line.starts_with("= task_")
    });
}

fn tokens(tokens: u64) -> TaskLimit {
    TaskLimit { tokens: Some(tokens), cost: None }
}

fn reached(script: &Script) -> ReachedLimit {
    let reached = script.records.iter().rev().find_map(|record| match record.fact {
        Fact::LimitReached { reached } => Some(reached),
        _ => None,
    });
    reached.unwrap()
}

/// Lets a task go on from the limit that was reached last.
fn raise(script: &Script, task_id: TaskId, no_limit: bool) -> Op {
    Op::RaiseLimit { task_id, used: reached(script).used, no_limit }
}

#[test]
fn a_task_that_has_used_its_tokens_waits_and_goes_on_for_as_much_again() {
    let mut script = limited(tokens(1000), None);
    turn(&mut script, 1, 800);
    script.check("> sample 2");
    turn(&mut script, 2, 800);
    script.check("= limit_reached");
    let said = reached(&script);
    assert_eq!((said.task_id, said.used.total(), said.cost, said.limit), (TASK, 1800, None, tokens(1000)));

    // a prompt that comes meanwhile is taken in, and asks nothing yet
    script.ask("and the tests");
    script.check("= input");
    script.op(raise(&script, TaskId(7), false));
    script.check("> complain this task does not wait at a limit: it was let go on, or has ended");
    script.op(raise(&script, TASK, false));
    script.check("= limit_raised\n= sampling_started\n> sample 3");
    script.op(raise(&script, TASK, false));
    script.check("> complain this task does not wait at a limit: it was let go on, or has ended");

    turn(&mut script, 3, 500);
    script.check("> sample 4");
    let first = raise(&script, TASK, false);
    turn(&mut script, 4, 500);
    script.check("= limit_reached");
    // an answer to the question before
    script.op(first);
    script.check("> complain this task does not wait at a limit: it was let go on, or has ended");
    script.op(raise(&script, TASK, true));
    script.check("= limit_raised\n= sampling_started\n> sample 5");
    turn(&mut script, 5, 900_000);
    script.check("> sample 6");
}

#[test]
fn a_cost_counts_once_its_price_is_known_and_the_listed_one_goes_first() {
    let price = ModelPrice { input: 1_000_000, cached_input: 1_000_000, output: 1_000_000 };
    let cent = TaskLimit { cost: Some(10_000), tokens: None };
    let mut script = limited(cent, Some(price));
    turn(&mut script, 1, 9_900);
    script.check("= limit_reached");
    assert_eq!(reached(&script).cost, Some(10_000));

    let mut script = limited(cent, None);
    assert!(script.session.lacks_price());
    turn(&mut script, 1, 9_900);
    script.check("> sample 2");
    let listed = |price| Input::ModelListed { context_window: None, price: Some(price) };
    script.input(listed(price));
    assert!(!script.session.lacks_price());
    turn(&mut script, 2, 9_900);
    script.check("= limit_reached");
    assert_eq!(reached(&script).cost, Some(20_000));

    let mut script = limited(cent, Some(price));
    script.input(listed(ModelPrice::default()));
    turn(&mut script, 1, 9_900);
    script.check("> sample 2");
}

#[test]
fn what_the_person_was_told_of_is_what_they_answer_whatever_is_counted_by_now() {
    let mut script = limited(tokens(1000), None);
    turn(&mut script, 1, 1000);
    script.check("= limit_reached");
    // as a version wrote it that counted less
    for record in &mut script.records {
        if let Fact::LimitReached { reached } = &mut record.fact {
            reached.used.input_tokens -= 7;
        }
    }
    script.restart();
    script.log.clear();
    script.op(raise(&script, TASK, false));
    script.check("= limit_raised\n= sampling_started\n> sample 1");
}

#[test]
fn a_review_by_another_model_counts_at_its_own_price() {
    let price = ModelPrice { input: 1_000_000, cached_input: 1_000_000, output: 1_000_000 };
    let cost = TaskLimit { cost: Some(4_000), tokens: None };
    let usage = TokenUsage { input_tokens: 1_700, output_tokens: 300, ..TokenUsage::default() };
    let limits = [
        (tokens(2_500), Some(price), (usage, 1), (3_000, Some(1_001))),
        (cost, Some(price), (TokenUsage::default(), 3_500), (1_000, Some(4_500))),
        // that of the session's own model is not known
        (cost, None, (TokenUsage::default(), 4_500), (1_000, Some(4_500))),
    ];
    for (limit, price, (usage, cost), all) in limits {
        let mut script = limited(limit, price);
        script.input(Input::Model { sampling: 1, event: ModelEvent::ItemDone(patch_call("c1")) });
        let own = TokenUsage { input_tokens: 900, output_tokens: 100, ..TokenUsage::default() };
        script.input(Input::Model {
            sampling: 1,
            event: ModelEvent::Completed { usage: Some(own), cut: None },
        });
        script.input(Input::PatchVerified { call_id: "c1".into(), result: Ok(proposal("a.rs", 2, "1")) });
        let reviewer =
            Reviewer { provider: "other".to_owned(), model: "critic".to_owned(), every_patch: false };
        script.op(Op::SetReviewer { reviewer: Some(reviewer.clone()) });
        let binding = script.binding("c1");
        script.op(Op::ReviewPatch { call_id: "c1".into(), binding });
        let review = ModelReview {
            reviewer,
            ended_by: ReviewEndedBy::Completed,
            comments: Vec::new(),
            summary: "Good.".to_owned(),
            unseen: Vec::new(),
            duration_ms: 5,
            usage,
            cost: Some(cost),
        };
        script.input(Input::ReviewEnded { call_id: "c1".into(), run: 1, review: Box::new(review) });
        script.log.clear();
        script.answer("c1", ReviewDecision::Denied, None);
        assert!(script.log.contains(&"= limit_reached".to_owned()), "{:?}", script.log);
        let said = reached(&script);
        assert_eq!((said.used.total(), said.cost), all);
    }
}

#[test]
fn the_limit_is_asked_about_again_after_a_restart_and_the_end_is_one_too() {
    let mut script = limited(tokens(1000), None);
    turn(&mut script, 1, 1000);
    script.check("= limit_reached");
    script.restart();
    script.check("= configured");
    assert!(script.session.has_task());
    // whatever the limit is by now
    let config =
        SessionConfig { task_limit: TaskLimit::default(), ..script.session.config().unwrap().clone() };
    script.restart_as(Box::new(config), BTreeMap::new(), Vec::new());
    script.check("= configured");
    script.op(raise(&script, TASK, false));
    script.check("= limit_raised\n= sampling_started\n> sample 1");

    let mut script = limited(tokens(1000), None);
    turn(&mut script, 1, 1000);
    script.log.clear();
    script.op(Op::Interrupt);
    script.check("= task_aborted");
    script.op(raise(&script, TASK, false));
    script.check("> complain this task does not wait at a limit: it was let go on, or has ended");
    script.ask("again");
    script.check("= task_started\n= input\n= sampling_started\n> sample 2");
}

#[test]
fn a_task_that_has_nothing_left_to_do_ends_whatever_it_used() {
    let mut script = limited(tokens(10), None);
    script.input(Input::Model { sampling: 1, event: ModelEvent::ItemDone(text("done")) });
    let usage = Some(TokenUsage { input_tokens: 1000, ..TokenUsage::default() });
    script.input(Input::Model { sampling: 1, event: ModelEvent::Completed { usage, cut: None } });
    script.check("= model_item\n= sampling_ended\n= task_completed\n> notify");
}

#[test]
fn what_a_summary_that_is_empty_cost_counts_too() {
    let mut script = limited(tokens(1000), None);
    turn(&mut script, 1, 200);
    script.check("> sample 2");
    script.input(Input::ModelFailed { sampling: 2, failure: overflow() });
    let usage = Some(TokenUsage { input_tokens: 800, ..TokenUsage::default() });
    script.input(Input::Model { sampling: 3, event: ModelEvent::Completed { usage, cut: None } });
    assert_eq!(reached(&script).used.total(), 1100);
}
