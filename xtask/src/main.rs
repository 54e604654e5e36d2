//! The commands of this repository: `cargo xtask run | test | bench | package | bindings`.
//!
//! Each sets up what it needs by itself. Nothing here is part of the app, and nothing of the app is needed to compile it,
//! so that the first line shows within seconds of a fresh clone.
#![expect(clippy::print_stdout, reason = "talking on the terminal is what these commands do")]

mod bench;
mod binaries;
mod chromium;
mod macos;
mod node;
mod package;
mod playwright;
mod prerequisites;
mod python;
mod run;
mod servers;
mod terminal;
mod test;
mod tidy;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::tree::Tree;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, runs, checks, measures and packages Countersign")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
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
    /// Check everything, as CI does
    Test {
        /// Run only this step
        step: Option<String>,
        /// Print the steps and run none
        #[arg(long)]
        list: bool,
    },
    /// Measure what has a budget, against a baseline of the same run; writes docs/bench.md
    Bench {
        /// Measure only this, and write nothing
        section: Option<String>,
    },
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
    let tree = Tree::here();
    let done = match Args::parse().task {
        Task::Run { dir, release, practice } => run::run(&tree, dir.as_deref(), release, practice),
        Task::Test { list: true, .. } => {
            test::list();
            Ok(())
        }
        Task::Test { step, list: false } => test::test(&tree, step.as_deref()),
        Task::Bench { section } => bench::bench(&tree, section.as_deref()),
        Task::CheckMacos => macos::check(&tree),
        Task::Package => package::package(&tree),
        Task::Bindings { check } => binaries::bindings(&tree, check),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
