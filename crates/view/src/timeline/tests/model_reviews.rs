//! A second model's review of a patch.

use super::*;
use crate::row::{ModelReviewCard, ModelReviewState};
use protocol::{HunkComment, ModelReview, ReviewEndedBy, Reviewer};

fn reviewer() -> Reviewer {
    Reviewer { provider: "p".to_owned(), model: "crit\u{202e}ic".to_owned(), every_patch: false }
}

fn ended(ended_by: ReviewEndedBy) -> EventMsg {
    let text = "\u{1b}[31mwhy?".to_owned();
    let review = ModelReview {
        reviewer: reviewer(),
        ended_by,
        comments: vec![HunkComment { hunk: HunkId::new(0, 0), from: 1, to: 1, text }],
        summary: " I would not. ".to_owned(),
        duration_ms: 7,
        usage: TokenUsage::default(),
    };
    EventMsg::ReviewEnded { call_id: "p".into(), review: Box::new(review) }
}

fn card(story: &Story) -> &ModelReviewCard {
    story.session.approvals[0].model_review.as_ref().unwrap()
}

#[test]
fn a_review_stands_on_the_card_of_its_patch_and_stays_on_the_row() {
    let mut story = Story::with_task();
    story.tell(EventMsg::ReviewerChanged { reviewer: Some(reviewer()) });
    assert_eq!(story.session.reviewer, Some(reviewer()));
    let started = EventMsg::ReviewStarted { call_id: "p".into(), reviewer: reviewer() };
    story.tell_all([proposes("p"), asks_patch("p", 1), started]);
    assert!(matches!(card(&story).state, ModelReviewState::Running { .. }));
    assert_eq!(card(&story).model, "crit\\u{202e}ic");
    story.tell(ended(ReviewEndedBy::Completed));
    let ModelReviewState::Completed { comments, summary, .. } = &card(&story).state else {
        panic!("{:?}", card(&story))
    };
    assert_eq!((comments[0].text.contains('\u{1b}'), summary.as_str()), (false, "I would not."));
    let shown = card(&story).clone();
    let (call_id, decision) = ("p".into(), Some(ReviewDecision::Approved));
    story.tell(EventMsg::ApprovalResolved { call_id, decision, comments: Vec::new(), check: None });
    let RowBody::Patch(patch) = &story.timeline.rows(0, 9).last().unwrap().body else { panic!("a patch") };
    assert_eq!(patch.model_review.as_ref(), Some(&shown));
}

#[test]
fn a_review_that_failed_says_why_and_one_that_was_stopped_that() {
    let mut story = Story::with_task();
    story.tell_all([proposes("p"), asks_patch("p", 1)]);
    let error = ErrorInfo::new(ErrorKind::Model, "no key").with_hint("set one");
    story.tell(ended(ReviewEndedBy::Failed { error }));
    let ModelReviewState::Failed { message, hint, comments } = &card(&story).state else {
        panic!("{:?}", card(&story))
    };
    assert_eq!((message.as_str(), hint.as_deref(), comments.len()), ("no key", Some("set one"), 1));
    for stopped in [ReviewEndedBy::Stopped, ReviewEndedBy::AppStopped] {
        story.tell(ended(stopped));
        assert_eq!(card(&story).state, ModelReviewState::Stopped);
    }
}
