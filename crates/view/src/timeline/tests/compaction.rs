//! Summaries that take the conversation's place.

use super::*;

#[test]
fn a_summary_is_a_row_that_opens() {
    let started = |auto| EventMsg::CompactionStarted { auto };
    let compacted = |auto| EventMsg::ContextCompacted { summary: "Wants X.\n\nDid Y.".to_owned(), auto };
    let mut story = Story::with_task();
    story.tell(started(false));
    story.shows(&["Running summary "]);
    assert!(story.session.compacting);
    // once more, with less
    story.tell_all([started(false), compacted(false), done()]);
    story.shows(&["Ok summary Wants X. | Did Y.", "end Complete 1500"]);
    assert!(!story.session.compacting);

    story.tell_all([EventMsg::TaskStarted { task_id: TaskId(2) }, started(true), compacted(true)]);
    assert_eq!(show(&story.rows[2]), "Ok summary (auto) Wants X. | Did Y.");
}

#[test]
fn a_summary_that_does_not_come_says_so() {
    for (reason, expected) in
        [(AbortReason::Interrupted, "Interrupted summary "), (AbortReason::Failed, "Failed summary ")]
    {
        let mut story = Story::with_task();
        story.tell_all([EventMsg::CompactionStarted { auto: false }, aborted(reason)]);
        assert_eq!(show(&story.rows[0]), expected);
        assert!(!story.session.compacting);
    }
}
