//! The chain of records: each holds the hash of the text of the one before.

use crate::line::sha256_hex;
use crate::record::ReceiptRecord;
use crate::timeline::TimedEntry;

/// Hash before the first record.
pub(crate) const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Chains entries, and returns the text of each record with the hash of the last one.
pub(crate) fn chain(entries: Vec<TimedEntry>) -> serde_json::Result<(Vec<String>, String)> {
    let mut previous = FIRST.to_owned();
    let mut texts = Vec::with_capacity(entries.len());
    for (number, timed) in (1..).zip(entries) {
        let TimedEntry { at_ms, task, entry } = timed;
        let text = serde_json::to_string(&ReceiptRecord { number, previous, at_ms, task, entry })?;
        previous = sha256_hex(text.as_bytes());
        texts.push(text);
    }
    Ok((texts, previous))
}
