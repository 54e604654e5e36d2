//! Section: how often a person is asked, under each policy.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use super::figures::value;
use crate::binaries::built;
use crate::checkout::{Checkout, capture};

/// Policies: name in the config file, and in the program's output.
const POLICIES: [(&str, &str); 3] =
    [("untrusted", "untrusted"), ("on-request", "on_request"), ("on-effect", "on_effect")];

/// Runs the session under each policy and returns the table.
pub(super) fn section(checkout: &Checkout, _: &Path) -> Result<String> {
    let told = capture(&mut checkout.command(built(checkout, true, "questions")))?;
    let mut text = format!(
        "## Questions to the person\n\nA session of {} everyday commands (looking around, building, testing, formatting, generating code, changing dependencies) in a real \
         crate of more than 100\nfiles. Whatever is asked is approved.\n\n| policy | asked about a command's text | asked about what it changed | in all |\n|---|---|---|---|\n",
        value::<usize>(&told, "count")?
    );
    for (policy, name) in POLICIES {
        let commands: usize = value(&told, &format!("{name}_commands"))?;
        let changes: usize = value(&told, &format!("{name}_changes"))?;
        writeln!(text, "| {policy} | {commands} | {changes} | {} |", commands + changes)?;
    }
    Ok(text)
}
