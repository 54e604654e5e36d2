//! Section: checkpoints and undo, in projects of two sizes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::figures::{Measurement, milliseconds};
use crate::checkout::{Checkout, capture};

/// Projects: number of files, number of runs, and budget of a checkpoint when nothing has changed.
const PROJECTS: [(usize, usize, &str); 2] = [(10_000, 21, "50 ms"), (100_000, 11, "500 ms")];

/// Title of the row that is the baseline.
const DATES: &str = "the dates of all files, by one thread";

/// Beginning of the titles of rows with a budget.
const BUDGETED: &str = "nothing changed";

/// Measures the projects and returns their tables.
pub(super) fn section(checkout: &Checkout, place: &Path) -> Result<String> {
    let mut text = String::from(
        "## Checkpoints\n\nFolders of 20 files each, all of them in the system's memory; medians. The dates alone, asked for one by one, \
         and the two rows in which nothing\nchanged take turns, so that their ratios hold on a busy machine too.\n\n\
         | project | what | median | 90 % within | against the dates alone | budget |\n|---|---|---|---|---|---|\n",
    );
    for (files, runs, budget) in PROJECTS {
        let place = place.join(format!("checkpoints-{files}"));
        fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
        let mut measure = checkout.command(checkout.target().join("release/examples/measure"));
        measure.arg(&place).args([files.to_string(), runs.to_string()]);
        let told = capture(&mut measure)?;
        let rows = told.lines().map(Measurement::parse).collect::<Result<Vec<_>>>()?;
        let dates = rows.iter().find(|row| row.what == DATES).context("there is a row of the dates alone")?;
        let dates = dates.median;
        for Measurement { what, median, most } in rows {
            let budget = if what.starts_with(BUDGETED) { budget } else { "" };
            writeln!(
                text,
                "| {files} files | {what} | {} | {} | {:.1} x | {budget} |",
                milliseconds(median),
                milliseconds(most),
                median / dates,
            )?;
        }
    }
    Ok(text)
}
