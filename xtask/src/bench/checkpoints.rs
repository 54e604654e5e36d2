//! Section: checkpoints and undo, in projects of two sizes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::figures::milliseconds;
use crate::checkout::{Checkout, capture, execute};

/// Projects: number of files, number of runs, and budget of a checkpoint when nothing has changed.
const PROJECTS: [(usize, usize, &str); 2] = [(10_000, 21, "50 ms"), (100_000, 11, "500 ms")];

/// Title of the row that is the baseline.
const DATES: &str = "the dates of all files, by one thread";

/// Beginning of the titles of rows with a budget.
const BUDGETED: &str = "nothing changed";

/// Measures the projects and returns their tables.
pub(super) fn section(checkout: &Checkout, place: &Path) -> Result<String> {
    let measure = ["build", "--locked", "--release", "-p", "countersign-worktree", "--example", "measure"];
    execute(&mut checkout.cargo(measure))?;
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
        let rows = told.lines().map(row).collect::<Result<Vec<_>>>()?;
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

/// Title of a measurement and its times in milliseconds.
struct Measurement<'a> {
    what: &'a str,
    median: f64,
    /// 90th percentile.
    most: f64,
}

/// Parses a line of measurements: number of files, title, and each run in microseconds, separated by tabs.
fn row(line: &str) -> Result<Measurement<'_>> {
    let mut fields = line.split('\t').skip(1);
    let what = fields.next().context("a row says what was done")?;
    let mut times: Vec<f64> =
        fields.map(|micros| Ok(micros.parse::<f64>()? / 1000.0)).collect::<Result<_>>()?;
    times.sort_unstable_by(f64::total_cmp);
    let at = |tenth: usize| times.get(times.len() * tenth / 10).copied().context("a row has runs");
    Ok(Measurement { what, median: at(5)?, most: at(9)? })
}
