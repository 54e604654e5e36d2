//! Entries with their times, before they are chained.

use crate::record::ReceiptEntry;

/// Entry with its time and its task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimedEntry {
    pub(crate) at_ms: u64,
    pub(crate) task: Option<u32>,
    pub(crate) entry: ReceiptEntry,
}
