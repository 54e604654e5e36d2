//! Reviews of a patch that waits by a second model.

use protocol::{CallId, Fact, ModelReview, ReviewEndedBy, Reviewer, TokenUsage};

/// Review of one patch, as it is asked about.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatchReview {
    /// Model whose review is under way.
    running: Option<Reviewer>,
    /// How the last review ended.
    last: Option<ReviewEndedBy>,
}

impl PatchReview {
    /// Reports whether a review is to begin by itself: the first one, or the one that the app was stopped during.
    pub(crate) fn is_due(&self, reviewer: &Reviewer) -> bool {
        let is_cut_off = self.last == Some(ReviewEndedBy::AppStopped);
        self.running.is_none() && (is_cut_off || (reviewer.every_patch && self.last.is_none()))
    }

    /// Returns the result of the review that is under way, had it ended so. `None` when there is none.
    pub(crate) fn ended(&self, ended_by: ReviewEndedBy) -> Option<ModelReview> {
        Some(ModelReview {
            reviewer: self.running.clone()?,
            ended_by,
            comments: Vec::new(),
            summary: String::new(),
            duration_ms: 0,
            usage: TokenUsage::default(),
        })
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Takes in what a record says of the reviews of `call_id`.
    pub(super) fn fold(&mut self, call_id: &CallId, fact: &Fact) {
        match fact {
            Fact::ReviewStarted { call_id: of, reviewer } if of == call_id => {
                self.running = Some(reviewer.clone());
            }
            Fact::ReviewEnded { call_id: of, review } if of == call_id => {
                self.running = None;
                self.last = Some(review.ended_by.clone());
            }
            _ => {}
        }
    }
}
