//! `cargo xtask bench`: measures everything that has a budget, against a baseline of the same run, so that a busy machine slows
//! both.

mod checkpoints;
mod figures;
mod opening;
mod overlays;
mod processes;
mod questions;
mod turns;
mod window;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::checkout::Checkout;
use crate::prerequisites::{BUILD, Prerequisites, SANDBOX};
use crate::soak::section_of;

/// Name of a section of the report, and the function that builds its programs, measures and returns the text. It may use the
/// folder, which is empty and of this run only.
type Section = (&'static str, fn(&Checkout, &Path) -> Result<String>);

const SECTIONS: [Section; 7] = [
    ("processes", processes::section),
    ("turns", turns::section),
    ("opening", opening::section),
    ("checkpoints", checkpoints::section),
    ("overlays", overlays::section),
    ("questions", questions::section),
    ("window", window::section),
];

/// Measures every section and writes the report; with `only`, prints that section.
pub(crate) fn bench(checkout: &Checkout, only: Option<&str>) -> Result<()> {
    let sections: Vec<Section> =
        SECTIONS.into_iter().filter(|(name, _)| only.is_none_or(|only| only == *name)).collect();
    if sections.is_empty() {
        bail!(
            "there is no section `{}`; the sections are {}",
            only.unwrap_or_default(),
            SECTIONS.map(|(name, _)| name).join(", ")
        );
    }
    Prerequisites::install(&[BUILD, SANDBOX])?.require(BUILD)?;
    let place = std::env::temp_dir().join(format!("countersign-bench-{}", std::process::id()));
    fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
    let report = report(checkout, &place, &sections);
    fs::remove_dir_all(&place).with_context(|| format!("cannot remove {}", place.display()))?;
    let report = report?;
    print!("\n{report}");
    if only.is_none() {
        let file = checkout.path("docs/bench.md");
        // what was soaked is not measured anew here
        let soaked = fs::read_to_string(&file).unwrap_or_default();
        let report = format!("{report}{}", section_of(&soaked));
        fs::write(&file, report).with_context(|| format!("cannot write {}", file.display()))?;
        println!("\nwritten to {}", file.display());
    }
    Ok(())
}

fn report(checkout: &Checkout, place: &Path, sections: &[Section]) -> Result<String> {
    let mut text = format!(
        "# Measurements\n\nWritten by `cargo xtask bench`: release build, {} processors.\n",
        std::thread::available_parallelism()?
    );
    for (_, section) in sections {
        write!(text, "\n{}", section(checkout, place)?)?;
    }
    Ok(text)
}
