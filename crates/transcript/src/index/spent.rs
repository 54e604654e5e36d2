//! Asks the index for the tokens of a time.

use super::catalogue::{clamp, unclamp};
use protocol::{ModelUsage, TokenUsage};
use rusqlite::{Connection, params};

/// Sums the tokens that were used from `from_ms` on and before `to_ms`, by model, over all sessions, those in the trash included.
/// A session and its forks have the answers they share counted once.
pub(super) fn used(connection: &Connection, from_ms: u64, to_ms: u64) -> rusqlite::Result<Vec<ModelUsage>> {
    let mut statement = connection.prepare_cached(
        "SELECT provider, model, sum(input), sum(cached_input), sum(output), sum(reasoning) FROM (
            SELECT DISTINCT at_ms, provider, model, input, cached_input, output, reasoning FROM used
            WHERE at_ms >= ?1 AND at_ms < ?2
        ) GROUP BY provider, model ORDER BY sum(input) + sum(output) DESC, provider, model",
    )?;
    let rows = statement.query_map(params![clamp(from_ms), clamp(to_ms)], |row| {
        Ok(ModelUsage {
            provider: row.get(0)?,
            model: row.get(1)?,
            tokens: TokenUsage {
                input_tokens: unclamp(row.get(2)?),
                cached_input_tokens: unclamp(row.get(3)?),
                output_tokens: unclamp(row.get(4)?),
                reasoning_output_tokens: unclamp(row.get(5)?),
            },
        })
    })?;
    rows.collect()
}
