//! The commands of this repository: `cargo xtask run | test | tidy | bench | soak | screens | check-macos | package | bindings`.
//!
//! Each installs its own prerequisites. No crate of the app is a dependency, so that the first line shows within seconds of
//! a fresh clone.
#![expect(clippy::print_stdout, reason = "these commands print to the terminal")]

mod bench;
mod binaries;
mod checkout;
mod chromium;
mod deps;
mod macos;
mod node;
mod package;
mod playwright;
mod prerequisites;
mod python;
mod run;
mod screens;
mod servers;
mod soak;
mod terminal;
mod test;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::checkout::Checkout;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, runs, checks, measures and packages Countersign")]
struct XtaskArgs {
    #[command(subcommand)]
    task: XtaskCommand,
}

#[derive(Subcommand)]
enum XtaskCommand {
    /// Build the app and open its window; without a display, run the practice conversation on the terminal
    Run {
        /// Folder to open; the welcome screen when absent
        dir: Option<PathBuf>,
        /// Build with optimisations
        #[arg(long)]
        release: bool,
        /// Offer the practice model only, which needs no key and no network
        #[arg(long)]
        practice: bool,
    },
    /// Run every check of CI, or one step
    Test {
        /// Run only this step
        step: Option<String>,
        /// Go on after a step that failed
        #[arg(long)]
        keep_going: bool,
        /// Print the steps and run none
        #[arg(long)]
        list: bool,
    },
    /// Check the rules of the code base that no compiler checks (also the step `tidy` of `test`)
    Tidy {
        /// Remove the debts that are gone from xtask/tidy-debts.txt, and check nothing
        #[arg(long)]
        write_debts: bool,
        /// Also add new debts to the list
        #[arg(long, requires = "write_debts")]
        allow_new: bool,
    },
    /// Measure everything that has a budget, and write docs/bench.md
    Bench {
        /// Measure only this section, and write nothing
        section: Option<String>,
    },
    /// Kill the program at every system call and at random moments, undo random tasks, and write the figures into docs/bench.md
    Soak {
        /// A sample of it, as `cargo xtask test` runs it; writes nothing
        #[arg(long)]
        short: bool,
    },
    /// Take a picture of every screen in light, dark and high contrast, and write docs/screens
    Screens,
    /// Type-check the command line and the desktop app for macOS; about 11 minutes the first time
    CheckMacos,
    /// Build the .deb
    Package,
    /// Write the window's TypeScript from the Rust types
    Bindings {
        /// Write nothing; fail when something differs
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let checkout = Checkout::here();
    let done = match XtaskArgs::parse().task {
        XtaskCommand::Run { dir, release, practice } => {
            run::run(&checkout, dir.as_deref(), release, practice)
        }
        XtaskCommand::Test { list: true, .. } => {
            test::list();
            Ok(())
        }
        XtaskCommand::Test { step, keep_going, list: false } => {
            test::test(&checkout, step.as_deref(), keep_going)
        }
        XtaskCommand::Tidy { write_debts: true, allow_new } => tidy::write_debts(&checkout, allow_new),
        XtaskCommand::Tidy { .. } => tidy::check(&checkout),
        XtaskCommand::Bench { section } => bench::bench(&checkout, section.as_deref()),
        XtaskCommand::Soak { short } => soak::soak(&checkout, short),
        XtaskCommand::Screens => screens::screens(&checkout),
        XtaskCommand::CheckMacos => macos::check(&checkout),
        XtaskCommand::Package => package::package(&checkout),
        XtaskCommand::Bindings { check } => binaries::bindings(&checkout, check),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
