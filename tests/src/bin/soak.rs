//! `soak PART [--short] [--seed N]`: runs a part of the soak tests, and prints what it found.
//!
//! Its output is lines of a name and a number; faults go to standard error, and any makes it fail.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it found")]

use anyhow::{Context, Result, bail};
use countersign_tests::soak::{
    Findings, Program, kill_at_random_moments, kill_at_system_calls, undo_random_tasks,
};

const USAGE: &str = "usage: soak system-calls|moments|undo [--short] [--seed N]";

#[tokio::main]
async fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let part = words.next().context(USAGE)?;
    let (mut short, mut seed) = (false, fastrand::u64(..));
    while let Some(word) = words.next() {
        match word.as_str() {
            "--short" => short = true,
            "--seed" => seed = words.next().context(USAGE)?.parse().context(USAGE)?,
            _ => bail!(USAGE),
        }
    }
    fastrand::seed(seed);
    let program = Program::beside_this()?;
    let Findings { runs, faults } = match part.as_str() {
        "system-calls" => kill_at_system_calls(&program, if short { 23 } else { 1 }).await?,
        "moments" => kill_at_random_moments(&program, if short { 15 } else { 200 }).await?,
        "undo" => undo_random_tasks(&program, if short { 15 } else { 150 }, seed).await?,
        _ => bail!(USAGE),
    };
    println!("runs {runs}\nfaults {}", faults.len());
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        bail!("{} faults in {runs} runs; the seed was {seed}", faults.len());
    }
    Ok(())
}
