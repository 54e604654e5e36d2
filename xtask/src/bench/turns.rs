//! Section: the cost of a turn at the end of a long session, against its beginning.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use super::figures::{milliseconds, value};
use crate::binaries::built;
use crate::checkout::{Checkout, capture};

/// Sessions: number of turns, and bytes that each turn's command prints.
const SESSIONS: [(usize, usize); 2] = [(300, 0), (300, 4096)];

/// Budget of the last turns, as a multiple of the first.
const BUDGET: f64 = 2.0;

/// Measures the sessions and returns their table.
pub(super) fn section(checkout: &Checkout, _: &Path) -> Result<String> {
    let mut text = String::from(
        "## Turns of a long session\n\nProcessor time and transcript bytes of the agent in one turn: the median of the second tenth of the \
         session's turns, and of the last. Each\nrequest carries the whole conversation. The peak is the process's resident memory.\n\n\
         | session | a turn at the beginning | at the end | ratio | budget | written at the beginning | at the end | peak |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for (turns, bytes) in SESSIONS {
        let mut session = checkout.command(built(checkout, true, "turns"));
        session.args([turns.to_string(), bytes.to_string()]);
        let told = capture(&mut session)?;
        let (first, last): (f64, f64) = (value(&told, "first_ms")?, value(&told, "last_ms")?);
        writeln!(
            text,
            "| {turns} turns of {bytes} bytes | {} | {} | {:.1} x | {BUDGET} x | {} bytes | {} bytes | {} MiB |",
            milliseconds(first),
            milliseconds(last),
            last / first,
            value::<u64>(&told, "first_written")?,
            value::<u64>(&told, "last_written")?,
            value::<f64>(&told, "peak_mib")?,
        )?;
    }
    Ok(text)
}
