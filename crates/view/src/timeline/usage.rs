//! Tokens of the session, its tasks and turns, by model.

use super::state::Timeline;
use protocol::{ModelReview, ModelUsage, Reviewer, TokenUsage};

impl Timeline {
    /// Takes in that a task begins.
    pub(super) fn begin_usage(&mut self) {
        self.session.task_usage.clear();
        self.session.reached = None;
    }

    /// Takes in the tokens of the session after a turn of a model.
    pub(super) fn count_tokens(&mut self, total: TokenUsage, provider: &str, model: &str) {
        let tokens = total.minus(self.session.tokens);
        let turn = ModelUsage { provider: provider.to_owned(), model: model.to_owned(), tokens };
        add(&mut self.session.usage, &turn);
        add(&mut self.session.task_usage, &turn);
        self.session.turn_usage = Some(turn);
        self.session.tokens = total;
    }

    /// Takes in the tokens of a review by another model.
    pub(super) fn count_review(&mut self, review: &ModelReview) {
        let Reviewer { provider, model, .. } = review.reviewer.clone();
        if review.usage != TokenUsage::default() {
            let used = ModelUsage { provider, model, tokens: review.usage };
            add(&mut self.session.usage, &used);
            add(&mut self.session.task_usage, &used);
        }
    }
}

/// Adds tokens to those used with the same model.
fn add(sums: &mut Vec<ModelUsage>, more: &ModelUsage) {
    match sums.iter_mut().find(|sum| sum.provider == more.provider && sum.model == more.model) {
        Some(sum) => sum.tokens = sum.tokens.plus(more.tokens),
        None => sums.push(more.clone()),
    }
}
