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

/// Title of a measurement and its times in milliseconds.
pub(super) struct Measurement<'a> {
    pub(super) what: &'a str,
    pub(super) median: f64,
    /// 90th percentile.
    pub(super) most: f64,
}

impl<'a> Measurement<'a> {
    /// Parses a line of measurements: number of files, title, and each run in microseconds, separated by tabs.
    pub(super) fn parse(line: &'a str) -> Result<Self> {
        let mut fields = line.split('\t').skip(1);
        let what = fields.next().context("a row says what was done")?;
        let mut times: Vec<f64> =
            fields.map(|micros| Ok(micros.parse::<f64>()? / 1000.0)).collect::<Result<_>>()?;
        times.sort_unstable_by(f64::total_cmp);
        let at = |tenth: usize| times.get(times.len() * tenth / 10).copied().context("a row has runs");
        Ok(Self { what, median: at(5)?, most: at(9)? })
    }
}
