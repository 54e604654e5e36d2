//! Section: opening a long session without a window.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use super::figures::{milliseconds, value};
use crate::binaries::built;
use crate::checkout::{Checkout, capture};

/// Number of rows in the session.
const ROWS: usize = 100_000;

/// Stages: title in the table, and name in the program's output.
const STAGES: [(&str, &str); 6] = [
    ("its bytes, read", "bytes"),
    ("how it was set up, looked for in all of them", "header"),
    ("its records, parsed", "read"),
    ("folded into the session's state and its events", "replay"),
    ("made into rows", "rows"),
    ("all of that by the app, side by side, until the last rows are answered", "open"),
];

/// Measures the stages and returns their table.
pub(super) fn section(checkout: &Checkout, _: &Path) -> Result<String> {
    let mut opening = checkout.command(built(checkout, true, "opening"));
    opening.arg(ROWS.to_string());
    let told = capture(&mut opening)?;
    let bytes: f64 = value(&told, "bytes_ms")?;
    let mut text = format!(
        "## Opening a long session\n\nOne of {ROWS} rows, without a window: medians of its stages one after the other, and of the whole.\n\n\
         | what | median | against reading its bytes |\n|---|---|---|\n"
    );
    for (what, name) in STAGES {
        let took: f64 = value(&told, &format!("{name}_ms"))?;
        writeln!(text, "| {what} | {} | {:.1} x |", milliseconds(took), took / bytes)?;
    }
    Ok(text)
}
