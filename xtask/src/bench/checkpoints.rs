//! Checkpoints and undo, in projects of two sizes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::milliseconds;
use crate::tree::{Tree, show, stdout};

/// Projects: their files, the runs of what is repeated, and what a checkpoint may take when nothing has changed.
const PROJECTS: [(usize, usize, &str); 2] = [(10_000, 21, "50 ms"), (100_000, 11, "500 ms")];

/// The row everything is held against.
const DATES: &str = "the dates of all files, by one thread";

/// How rows that have a budget begin.
const BUDGETED: &str = "nothing changed";

/// The table of projects.
pub(super) fn section(tree: &Tree, place: &Path) -> Result<String> {
    let measure = ["build", "--locked", "--release", "-p", "countersign-checkpoint", "--example", "measure"];
    show(&mut tree.cargo(measure))?;
    let mut text = String::from(
        "## Checkpoints\n\nFolders of 20 files each, all of them in the system's memory; medians. The dates alone, asked for one by one, \
         and the two rows in which nothing\nchanged take turns, so that their ratios hold on a busy machine too.\n\n\
         | project | what | median | 90 % within | against the dates alone | budget |\n|---|---|---|---|---|---|\n",
    );
    for (files, runs, budget) in PROJECTS {
        let place = place.join(format!("checkpoints-{files}"));
        fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
        let mut measure = tree.command(tree.target().join("release/examples/measure"));
        measure.arg(&place).args([files.to_string(), runs.to_string()]);
        let told = stdout(&mut measure)?;
        let rows = told.lines().map(row).collect::<Result<Vec<_>>>()?;
        let dates = rows.iter().find(|row| row.what == DATES).context("there is a row of the dates alone")?;
        let dates = dates.median;
        for Row { what, median, most } in rows {
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

/// What was done, and how many milliseconds it took.
struct Row<'a> {
    what: &'a str,
    median: f64,
    /// Nine in ten runs took no longer.
    most: f64,
}

/// A line of the measurements: how many files, what was done, and each run in microseconds, parted by tabs.
fn row(line: &str) -> Result<Row<'_>> {
    let mut fields = line.split('\t').skip(1);
    let what = fields.next().context("a row says what was done")?;
    let mut times: Vec<f64> =
        fields.map(|micros| Ok(micros.parse::<f64>()? / 1000.0)).collect::<Result<_>>()?;
    times.sort_unstable_by(f64::total_cmp);
    let at = |tenth: usize| times.get(times.len() * tenth / 10).copied().context("a row has runs");
    Ok(Row { what, median: at(5)?, most: at(9)? })
}
