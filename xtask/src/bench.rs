//! `cargo xtask bench`: what has a budget, against a baseline measured in the same run, so that a busy machine slows both.

mod checkpoints;
mod opening;
mod processes;
mod turns;
mod window;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};

use crate::prerequisites::{BUILD, Prerequisites, SANDBOX};
use crate::tree::Tree;

/// Something that is measured: its name, and what builds what it needs, measures, and returns a section of the report. The folder
/// is an empty one of this run.
type Section = (&'static str, fn(&Tree, &Path) -> Result<String>);

const SECTIONS: [Section; 5] = [
    ("processes", processes::section),
    ("turns", turns::section),
    ("opening", opening::section),
    ("checkpoints", checkpoints::section),
    ("window", window::section),
];

/// Measures everything and writes the report, or one section and only prints it.
pub(crate) fn bench(tree: &Tree, only: Option<&str>) -> Result<()> {
    let sections: Vec<Section> =
        SECTIONS.into_iter().filter(|(name, _)| only.is_none_or(|only| only == *name)).collect();
    if sections.is_empty() {
        bail!(
            "there is nothing called `{}` to measure, but {}",
            only.unwrap_or_default(),
            SECTIONS.map(|(name, _)| name).join(", ")
        );
    }
    Prerequisites::install(&[BUILD, SANDBOX])?.require(BUILD)?;
    let place = std::env::temp_dir().join(format!("countersign-bench-{}", std::process::id()));
    fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
    let report = report(tree, &place, &sections);
    fs::remove_dir_all(&place).with_context(|| format!("cannot remove {}", place.display()))?;
    let report = report?;
    print!("\n{report}");
    if only.is_none() {
        let file = tree.path("docs/bench.md");
        fs::write(&file, report).with_context(|| format!("cannot write {}", file.display()))?;
        println!("\nwritten to {}", file.display());
    }
    Ok(())
}

fn report(tree: &Tree, place: &Path, sections: &[Section]) -> Result<String> {
    let mut text = format!(
        "# Measurements\n\nWritten by `cargo xtask bench`: release build, {} processors.\n",
        std::thread::available_parallelism()?
    );
    for (_, section) in sections {
        write!(text, "\n{}", section(tree, place)?)?;
    }
    Ok(text)
}

fn milliseconds(milliseconds: f64) -> String {
    format!("{milliseconds:.2} ms")
}

/// A value of the lines `name=value`.
fn value<T: FromStr>(told: &str, name: &str) -> Result<T> {
    let value = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.and_then(|value| value.parse().ok()).with_context(|| format!("no {name} in {told:?}"))
}
