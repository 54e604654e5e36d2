//! Reviews of a patch that waits by a second model.

use crate::effect::ReviewFindings;
use protocol::{CallId, Fact, ModelReview, ReviewEndedBy, Reviewer};

/// Review of one patch, as it is asked about.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatchReview {
    /// Model whose review is under way.
    running: Option<Reviewer>,
    /// The last review's model, and how it ended.
    last: Option<(Reviewer, ReviewEndedBy)>,
}

impl PatchReview {
    /// Reports whether a review is to begin by itself: the first one, or the one that the app was stopped during.
    pub(crate) fn is_due(&self, reviewer: &Reviewer) -> bool {
        let is_wanted = match &self.last {
            None => reviewer.every_patch,
            // the patch goes to another model only where the person wants that
            Some((last, ReviewEndedBy::AppStopped)) => {
                reviewer.every_patch || (&last.provider, &last.model) == (&reviewer.provider, &reviewer.model)
            }
            Some(_) => false,
        };
        self.running.is_none() && is_wanted
    }

    /// Returns the result of the review that is under way, had it ended so. `None` when there is none.
    pub(crate) fn ended(&self, ended_by: ReviewEndedBy, so_far: ReviewFindings) -> Option<ModelReview> {
        Some(ModelReview {
            reviewer: self.running.clone()?,
            ended_by,
            comments: so_far.comments,
            summary: String::new(),
            unseen: Vec::new(),
            duration_ms: 0,
            usage: so_far.usage,
            cost: so_far.cost,
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
                self.last = Some((review.reviewer.clone(), review.ended_by.clone()));
            }
            _ => {}
        }
    }
}
