//! Prices of models, as the config file sets them.

use protocol::ModelPrice;
use serde::Deserialize;

/// Most dollars for a million tokens that are believed to be a price.
const MAX_DOLLARS: f64 = 1e9;

/// Price of a model in dollars for a million tokens.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PriceEntry {
    input: Option<f64>,
    cached_input: Option<f64>,
    output: Option<f64>,
}

impl PriceEntry {
    /// Returns the price; cached tokens cost as much as others unless it says otherwise. An error is the key that is wrong, `None`
    /// for the whole table, with a message.
    pub(super) fn finish(&self, model: &str) -> Result<ModelPrice, (Option<&'static str>, String)> {
        let needed = |key: &'static str, value: Option<f64>| match value {
            Some(value) => read(key, value),
            None => Err((
                None,
                format!("the price of `{model}` has no `{key}`: dollars for a million tokens, such as 1.25"),
            )),
        };
        let input = needed("input", self.input)?;
        let cached_input = self.cached_input.map_or(Ok(input), |value| read("cached_input", value))?;
        Ok(ModelPrice { input, cached_input, output: needed("output", self.output)? })
    }
}

fn read(key: &'static str, value: f64) -> Result<u64, (Option<&'static str>, String)> {
    millionths(value).ok_or_else(|| {
        (
            Some(key),
            "not a price: write dollars for a million tokens, such as 1.25, and 0 for none".to_owned(),
        )
    })
}

/// Returns dollars as millionths of one; `None` for what is no sum of money.
pub(super) fn millionths(dollars: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in the range of a u64")]
    (0.0..=MAX_DOLLARS).contains(&dollars).then_some((dollars * 1e6).round() as u64)
}
