//! Tokens that all sessions used.

use protocol::ModelUsage;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Arguments of `day_usage`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DayUsageArgs {
    /// Beginnings of the days, in milliseconds since the Unix epoch, in order, and the end of the last one. A day is as the person
    /// has it, which the window knows.
    pub bounds: Vec<u64>,
}

/// Tokens that all sessions used on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DayUsage {
    /// Beginning of the day.
    pub from_ms: u64,
    /// The tokens, by model; none on a day without.
    pub usage: Vec<ModelUsage>,
}

/// Days, in order.
pub type DayUsages = Vec<DayUsage>;
