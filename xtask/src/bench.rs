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

use crate::binaries::{build_sandbox, whole_workspace};
use crate::checkout::{Checkout, execute};
use crate::prerequisites::{BUILD, Prerequisites, SANDBOX};
use crate::soak::section_of;

/// A section of the report.
struct Section {
    name: &'static str,
    /// Executables that it measures or measures with, and examples.
    programs: (&'static [&'static str], &'static [&'static str]),
    /// Measures and returns the text. It may use the folder, which is empty and of this run only.
    measure: fn(&Checkout, &Path) -> Result<String>,
}

const SECTIONS: [Section; 7] = [
    Section { name: "processes", programs: (&["countersign"], &[]), measure: processes::section },
    Section { name: "turns", programs: (&["turns"], &[]), measure: turns::section },
    Section { name: "opening", programs: (&["opening"], &[]), measure: opening::section },
    Section { name: "checkpoints", programs: (&[], &["measure"]), measure: checkpoints::section },
    Section { name: "overlays", programs: (&[], &["overlays"]), measure: overlays::section },
    Section {
        name: "questions",
        programs: (&["countersign", "questions"], &[]),
        measure: questions::section,
    },
    Section { name: WINDOW_SECTION, programs: window::PROGRAMS, measure: window::section },
];

const WINDOW_SECTION: &str = "window";

/// Measures every section and writes the report; with `only`, prints that section.
pub(crate) fn bench(checkout: &Checkout, only: Option<&str>) -> Result<()> {
    let sections: Vec<Section> =
        SECTIONS.into_iter().filter(|section| only.is_none_or(|only| only == section.name)).collect();
    if sections.is_empty() {
        bail!(
            "there is no section `{}`; the sections are {}",
            only.unwrap_or_default(),
            SECTIONS.map(|section| section.name).join(", ")
        );
    }
    Prerequisites::install(&[BUILD, SANDBOX])?.require(BUILD)?;
    build(checkout, &sections)?;
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

/// Builds the programs of these sections with the profile of a release, in one go: all are linked from the same crates.
fn build(checkout: &Checkout, sections: &[Section]) -> Result<()> {
    let has_window = sections.iter().any(|section| section.name == WINDOW_SECTION);
    if has_window {
        window::prepare(checkout)?;
    }
    let mut cargo = whole_workspace(checkout, "build", has_window);
    cargo.arg("--release");
    for (executables, examples) in sections.iter().map(|section| section.programs) {
        cargo.args(executables.iter().flat_map(|name| ["--bin", name]));
        cargo.args(examples.iter().flat_map(|name| ["--example", name]));
    }
    execute(&mut cargo)?;
    build_sandbox(checkout, true).map(drop)
}

fn report(checkout: &Checkout, place: &Path, sections: &[Section]) -> Result<String> {
    let mut text = format!(
        "# Measurements\n\nWritten by `cargo xtask bench`: release build, {} processors.\n",
        std::thread::available_parallelism()?
    );
    for section in sections {
        write!(text, "\n{}", (section.measure)(checkout, place)?)?;
    }
    Ok(text)
}
