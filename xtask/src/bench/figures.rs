//! Reading and writing the figures of a report.

use std::str::FromStr;

use anyhow::{Context, Result};

pub(super) fn milliseconds(milliseconds: f64) -> String {
    format!("{milliseconds:.2} ms")
}

/// Returns the value of a line `name=value`.
pub(super) fn value<T: FromStr>(told: &str, name: &str) -> Result<T> {
    let value = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.and_then(|value| value.parse().ok()).with_context(|| format!("no {name} in {told:?}"))
}
