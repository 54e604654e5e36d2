//! Checkpoints and undo, in projects of two sizes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::milliseconds;
use crate::tree::{Tree, show, stdout};

/// Projects: their files, the runs of what is repeated, and what a checkpoint may take when nothing has changed.
const PROJECTS: [(usize, usize, &str); 2] = [(10_000, 21, "50 ms"), (100_000, 11, "500 ms")];

/// How rows that have a budget begin.
const BUDGETED: &str = "nothing changed";

/// The table of projects.
pub(super) fn section(tree: &Tree, place: &Path) -> Result<String> {
    let measure = ["build", "--locked", "--release", "-p", "countersign-checkpoint", "--example", "measure"];
    show(&mut tree.cargo(measure))?;
    let mut text = String::from(
        "## Checkpoints\n\nFolders of 20 files each, read before; medians.\n\n\
         | project | what | median | 90 % within | budget |\n|---|---|---|---|---|\n",
    );
    for (files, runs, budget) in PROJECTS {
        let place = place.join(format!("checkpoints-{files}"));
        fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
        let mut measure = tree.command(tree.target().join("release/examples/measure"));
        measure.arg(&place).args([files.to_string(), runs.to_string()]);
        for line in stdout(&mut measure)?.lines() {
            let mut fields = line.split('\t').skip(1);
            let what = fields.next().context("a row says what was done")?;
            let mut times: Vec<f64> =
                fields.map(|micros| Ok(micros.parse::<f64>()? / 1000.0)).collect::<Result<_>>()?;
            times.sort_unstable_by(f64::total_cmp);
            let at = |tenth: usize| times.get(times.len() * tenth / 10).copied().context("a row has runs");
            let budget = if what.starts_with(BUDGETED) { budget } else { "" };
            writeln!(
                text,
                "| {files} files | {what} | {} | {} | {budget} |",
                milliseconds(at(5)?),
                milliseconds(at(9)?)
            )?;
        }
    }
    Ok(text)
}
