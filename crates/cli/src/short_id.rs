//! Ids as they are printed.

/// Digits of an id that are printed: enough to tell those apart that were made by hand.
const SHORT_ID: usize = 13;

/// Returns the beginning of an id.
pub(crate) fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}
