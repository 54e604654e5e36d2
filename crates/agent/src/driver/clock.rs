//! The time of the system's clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the time now, in milliseconds since the Unix epoch; 0 for a clock set before it.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
