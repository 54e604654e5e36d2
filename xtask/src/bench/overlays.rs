//! Section: commands on copies of a project, and isolated copies.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::figures::{Measurement, milliseconds};
use crate::checkout::{Checkout, capture};

/// Files of the project, and runs of the large commands.
const FILES: usize = 100_000;
const RUNS: usize = 9;

/// Budgets by the titles of rows.
const BUDGETS: [(&str, &str); 2] =
    [("`true` on a copy", "3 ms more than contained"), ("effects of 1,000", "200 ms")];

/// Measures the copies and returns their table.
pub(super) fn section(checkout: &Checkout, place: &Path) -> Result<String> {
    let place = place.join("overlays");
    fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
    let mut measure = checkout.command(checkout.target().join("release/examples/overlays"));
    measure.arg(&place).args([FILES.to_string(), RUNS.to_string()]);
    measure.env("COUNTERSIGN_SANDBOX_HELPER", checkout.target().join("release/countersign-sandbox"));
    let told = capture(&mut measure)?;
    let mut text = format!(
        "## Copies of a project\n\nA folder of {FILES} files; medians. The first three rows take turns.\n\n\
         | what | median | 90 % within | against contained | budget |\n|---|---|---|---|---|\n"
    );
    let mut baseline = None;
    for line in told.lines() {
        let Measurement { what, median, most } = Measurement::parse(line)?;
        let baseline = *baseline.get_or_insert(median);
        let budget =
            BUDGETS.iter().find(|(title, _)| what.starts_with(title)).map_or("", |(_, budget)| *budget);
        let more = (median - baseline).max(0.0);
        writeln!(
            text,
            "| {what} | {} | {} | {} more | {budget} |",
            milliseconds(median),
            milliseconds(most),
            milliseconds(more)
        )?;
    }
    Ok(text)
}
