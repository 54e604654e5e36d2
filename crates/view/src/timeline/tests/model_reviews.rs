//! A second model's review of a patch.

use super::*;
use crate::row::{ModelReviewCard, ModelReviewState};
use protocol::{HunkComment, ModelReview, ReviewEndedBy, Reviewer, UnseenLines};

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
        unseen: vec![UnseenLines { path: "a\u{7}.rs".to_owned(), lines: 3 }],
        duration_ms: 7,
        usage: TokenUsage { input_tokens: 90, ..TokenUsage::default() },
        cost: None,
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
    let ModelReviewState::Completed { comments, summary, unseen, .. } = &card(&story).state else {
        panic!("{:?}", card(&story))
    };
    assert_eq!((comments[0].text.contains('\u{1b}'), summary.as_str()), (false, "I would not."));
    // its tokens are those of the task and the session, by its own model
    for used in [&story.session.usage, &story.session.task_usage] {
        let by_it = used.iter().find(|used| used.model == reviewer().model);
        assert_eq!(by_it.map(|used| used.tokens.input_tokens), Some(90));
    }
    assert!(unseen.len() == 1 && !unseen[0].path.contains('\u{7}'), "{unseen:?}");
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
    let ModelReviewState::Failed { message, hint, comments, .. } = &card(&story).state else {
        panic!("{:?}", card(&story))
    };
    assert_eq!((message.as_str(), hint.as_deref(), comments.len()), ("no key", Some("set one"), 1));
    for stopped in [ReviewEndedBy::Stopped, ReviewEndedBy::AppStopped] {
        story.tell(ended(stopped));
        assert!(
            matches!(&card(&story).state, ModelReviewState::Stopped { comments, .. } if comments.len() == 1)
        );
    }
}

#[test]
fn comments_stay_while_another_review_runs_and_when_that_comes_to_nothing() {
    let mut story = Story::with_task();
    let started = || EventMsg::ReviewStarted { call_id: "p".into(), reviewer: reviewer() };
    let empty = |ended_by| {
        let EventMsg::ReviewEnded { call_id, mut review } = ended(ended_by) else { unreachable!() };
        review.comments.clear();
        EventMsg::ReviewEnded { call_id, review }
    };
    story.tell_all([proposes("p"), asks_patch("p", 1), started()]);
    assert_eq!(card(&story).earlier, None);
    story.tell_all([ended(ReviewEndedBy::Completed), started()]);
    let kept = |story: &Story| card(story).earlier.as_ref().map(|earlier| earlier.comments().len());
    assert_eq!(kept(&story), Some(1));
    story.tell(empty(ReviewEndedBy::Stopped));
    assert_eq!(kept(&story), Some(1));
    story.tell_all([started(), empty(ReviewEndedBy::AppStopped), started()]);
    assert_eq!(kept(&story), Some(1));
    assert_eq!(card(&story).earlier.as_ref().unwrap().earlier, None);
    // one that is complete has nothing to say, and that counts
    story.tell(empty(ReviewEndedBy::Completed));
    assert_eq!((kept(&story), card(&story).comments().len()), (None, 0));
}
