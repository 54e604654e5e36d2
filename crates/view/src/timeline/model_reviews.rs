//! Reviews by a second model of the patches that wait.

use super::state::Timeline;
use crate::row::{Change, ModelReviewCard, ModelReviewState};
use crate::text::{visible, visible_inline};
use protocol::{CallId, EventMsg, HunkComment, ModelReview, ReviewEndedBy, UnseenLines};

/// Makes the card of a review that ended.
fn card_of(review: &ModelReview) -> ModelReviewCard {
    let shown =
        |comment: &HunkComment| HunkComment { text: visible(&comment.text).into_owned(), ..comment.clone() };
    let comments = || review.comments.iter().map(shown).collect();
    let state = match &review.ended_by {
        ReviewEndedBy::Completed => ModelReviewState::Completed {
            comments: comments(),
            summary: visible(review.summary.trim()).into_owned(),
            unseen: review.unseen.iter().map(shown_unseen).collect(),
            duration_ms: review.duration_ms,
            usage: review.usage,
        },
        ReviewEndedBy::Stopped | ReviewEndedBy::AppStopped => {
            ModelReviewState::Stopped { comments: comments(), usage: review.usage }
        }
        ReviewEndedBy::Failed { error } => ModelReviewState::Failed {
            message: visible_inline(&error.message).into_owned(),
            hint: error.hint.as_deref().map(|hint| visible_inline(hint).into_owned()),
            comments: comments(),
            usage: review.usage,
        },
    };
    ModelReviewCard { model: visible_inline(&review.reviewer.model).into_owned(), state, earlier: None }
}

fn shown_unseen(unseen: &UnseenLines) -> UnseenLines {
    UnseenLines { path: visible_inline(&unseen.path).into_owned(), lines: unseen.lines }
}

impl Timeline {
    /// Takes in an event about reviews by a model; any other changes nothing.
    pub(super) fn apply_model_review(&mut self, at_ms: u64, msg: &EventMsg, out: &mut Vec<Change>) {
        match msg {
            EventMsg::ReviewerChanged { reviewer } => {
                self.session.reviewer.clone_from(reviewer);
                out.extend(self.tell_session());
            }
            EventMsg::ReviewStarted { call_id, reviewer } => {
                let model = visible_inline(&reviewer.model).into_owned();
                let state = ModelReviewState::Running { since_ms: at_ms };
                self.set_model_review(call_id, ModelReviewCard { model, state, earlier: None }, out);
            }
            EventMsg::ReviewEnded { call_id, review } => {
                self.count_review(review);
                self.set_model_review(call_id, card_of(review), out);
                out.extend(self.tell_session());
            }
            _ => {}
        }
    }

    /// Sets the review of a patch that waits. Comments of the one before stay until there are others.
    fn set_model_review(&mut self, call_id: &CallId, mut review: ModelReviewCard, out: &mut Vec<Change>) {
        let waiting = self.session.approvals.iter_mut().find(|card| card.call_id == *call_id);
        if let Some(card) = waiting {
            let is_complete = matches!(review.state, ModelReviewState::Completed { .. });
            if !is_complete && review.comments().is_empty() {
                review.earlier = card.model_review.take().and_then(|mut before| {
                    let earlier = before.earlier.take();
                    if before.comments().is_empty() { earlier } else { Some(Box::new(before)) }
                });
            }
            card.model_review = Some(review);
            out.extend(self.tell_session());
        }
    }
}
