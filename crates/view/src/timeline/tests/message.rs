//! What is said, while it is said.

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
