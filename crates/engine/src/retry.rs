//! When a broken stream is tried again (B8). Pure: the jitter comes from the numbers handed in.

use crate::input::ModelFailure;

/// Maximum number of retries, for each of the two ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryBudget {
    /// Retries of a request that could not be opened.
    pub request: u32,
    /// Retries of a stream that broke.
    pub stream: u32,
}

impl RetryBudget {
    pub(crate) fn of(self, failure: &ModelFailure) -> u32 {
        if failure.opened { self.stream } else { self.request }
    }
}

/// Returns the wait before retry number `retry` (counted from 1), in milliseconds: 200 ms doubled each time up to a minute,
/// give or take a tenth, and never sooner than the vendor asks.
pub(crate) fn wait_ms(retry: u32, failure: &ModelFailure, seed: u64) -> u64 {
    let base = 200_u64.saturating_mul(1 << retry.saturating_sub(1).min(20)).min(60_000);
    // splitmix64: any two seeds that differ give unrelated tenths
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let percent = 90 + (z ^ (z >> 31)) % 21;
    (base * percent / 100).max(failure.retry_after_ms.unwrap_or(0))
}
