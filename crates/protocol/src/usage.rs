//! Costs of tokens, and limits of a task.

use crate::ids::TaskId;
use crate::item::TokenUsage;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Tokens that a price is of.
const MILLION: u128 = 1_000_000;

/// Price of a model, in millionths of a dollar for a million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ModelPrice {
    /// Of tokens sent.
    pub input: u64,
    /// Of tokens sent that the vendor had cached.
    pub cached_input: u64,
    /// Of tokens received.
    pub output: u64,
}

impl ModelPrice {
    /// Returns the cost of tokens, in millionths of a dollar, rounded up.
    pub fn cost(&self, used: &TokenUsage) -> u64 {
        let cached = used.cached_input_tokens.min(used.input_tokens);
        let times = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
        let sum = times(used.input_tokens - cached, self.input)
            .saturating_add(times(cached, self.cached_input))
            .saturating_add(times(used.output_tokens, self.output));
        u64::try_from(sum.div_ceil(MILLION)).unwrap_or(u64::MAX)
    }
}

/// Tokens used with one model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ModelUsage {
    /// Key of the provider.
    pub provider: String,
    /// Name of the model.
    pub model: String,
    /// The tokens.
    pub tokens: TokenUsage,
}

/// Limit of what a task uses; the person is asked before more is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TaskLimit {
    /// Cost, in millionths of a dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cost: Option<u64>,
    /// Tokens sent and received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub tokens: Option<u64>,
}

impl TaskLimit {
    /// Reports whether nothing is limited.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    pub fn is_none(&self) -> bool {
        self.cost.is_none() && self.tokens.is_none()
    }
}

/// Task that reached its limit, and waits for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReachedLimit {
    /// The task.
    pub task_id: TaskId,
    /// Tokens it used.
    pub used: TokenUsage,
    /// Cost of these, in millionths of a dollar, as far as prices are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cost: Option<u64>,
    /// The limit: of all the task used, or of what it used since the person last let it go on.
    pub limit: TaskLimit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_have_a_price_of_their_own_and_no_sum_overflows() {
        let price = ModelPrice { input: 1_250_000, cached_input: 125_000, output: 10_000_000 };
        let used = TokenUsage {
            input_tokens: 1_000_000,
            cached_input_tokens: 400_000,
            output_tokens: 50_000,
            reasoning_output_tokens: 10_000,
        };
        assert_eq!(price.cost(&used), 750_000 + 50_000 + 500_000);
        assert_eq!(price.cost(&TokenUsage { output_tokens: 1, ..TokenUsage::default() }), 10);
        assert_eq!(
            ModelPrice { input: 1, ..price }.cost(&TokenUsage { input_tokens: 1, ..TokenUsage::default() }),
            1
        );
        let all = ModelPrice { input: u64::MAX, cached_input: u64::MAX, output: u64::MAX };
        let most = TokenUsage { input_tokens: u64::MAX, output_tokens: u64::MAX, ..TokenUsage::default() };
        assert_eq!(all.cost(&most), u64::MAX);
        // a vendor that counts more cached tokens than sent ones
        let odd =
            TokenUsage { input_tokens: 1_000_000, cached_input_tokens: 2_000_000, ..TokenUsage::default() };
        assert_eq!(price.cost(&odd), 125_000);
    }
}
