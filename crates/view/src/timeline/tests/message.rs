//! Messages while they are written.

use super::*;

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
fn a_broken_stream_begins_its_message_anew() {
    let broken = |attempt| EventMsg::StreamError {
        message: "connection lost".to_owned(),
        attempt,
        max_attempts: 5,
        retry_in_ms: 1500,
    };
    let mut story = Story::with_task();
    story.tell_all([delta("Half a sen"), broken(1), broken(2)]);
    story.shows(&["agent... Half a sen", "retry: connection lost (2 of 5)"]);
    story.tell_all([delta("Half "), delta("a sentence"), message("Half a sentence")]);
    story.shows(&["agent Half a sentence", "retry: connection lost (2 of 5)"]);
    story.tell_all([broken(1), aborted(AbortReason::Interrupted)]);
    story.shows(&[
        "agent Half a sentence",
        "retry: connection lost (2 of 5)",
        "no retry: connection lost (1 of 5)",
        "end Interrupted 8000",
    ]);
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
fn thoughts_without_end_are_cut_and_what_is_in_them_is_drawn() {
    let mut story = Story::with_task();
    let thoughts = |story: &Story| match &story.rows[0].body {
        RowBody::Reasoning { text, .. } => text.clone(),
        _ => String::new(),
    };
    let piece = format!("\u{202e}{}", "x".repeat(4089));
    for _ in 0..100 {
        story.tell(EventMsg::AgentReasoningDelta { delta: piece.clone() });
    }
    // the row and what the window was told are the same, and so is a window that is told all at once
    assert!(thoughts(&story).starts_with("\\u{202e}xxx") && thoughts(&story).len() == 64 * 1024);
    story.tell(EventMsg::AgentReasoning { text: piece.repeat(100) });
    assert!(thoughts(&story).ends_with("more characters]"), "it is not said that there is more");
}

#[test]
fn a_plan_hides_nothing_and_its_steps_have_an_end() {
    let mut story = Story::with_task();
    let step = |text: String| PlanStep { step: text, status: StepStatus::Pending };
    let plan = Plan {
        explanation: Some("be\u{202e}cause".to_owned()),
        plan: vec![step("\u{1b}[8mhidden".to_owned()), step("x".repeat(200_000))],
    };
    story.tell(EventMsg::PlanUpdate { call_id: CallId::from("p"), plan });
    let RowBody::Plan { plan } = &story.rows[0].body else { panic!("a plan is a row") };
    assert_eq!(plan.explanation.as_deref(), Some("be\\u{202e}cause"));
    assert_eq!(plan.plan[0].step, "\\u{1b}[8mhidden");
    assert!(plan.plan[1].step.ends_with("[198000 more characters]"));
}

#[test]
fn the_last_answer_is_known_as_the_model_wrote_it() {
    let source = "* one\n* two\u{a0}\n\n| a |\n|:-:|\n| 1 |\n";
    let mut story = Story::with_task();
    assert_eq!(story.timeline.last_answer(), None);
    story.tell_all([delta("* one\n* t")]);
    assert_eq!(story.timeline.last_answer(), Some("* one\n* t"), "while it is written");
    story.tell_all([message(source), user("more"), message(" \n")]);
    assert_eq!(story.timeline.last_answer(), Some(source), "a blank one is no answer");
    assert_eq!(story.unseen.last_answer(), Some(source));
    story.tell_all([delta("half of"), aborted(AbortReason::Interrupted)]);
    assert_eq!(story.timeline.last_answer(), Some("half of"), "as far as it came");
}
