//! `countersign patch-check`: the command that tells whether a project is in order, run beside each of its patches.

use crate::out::{errln, outln};
use crate::settings::{folder, home};
use crate::text::{exec_ended, seconds};
use anyhow::{Context, Result, bail};
use clap::Args;
use config::ProjectChecks;
use protocol::{CheckFinding, CheckResult, CheckVerdict, HunkSelection, ProjectCheck};
use std::path::PathBuf;
use std::process::ExitCode;
use view::approval::display;

/// Options of `countersign patch-check`.
#[derive(Args)]
pub(crate) struct PatchCheckArgs {
    /// Folder of the project; the current one when absent.
    #[arg(long, short = 'C', value_name = "DIR")]
    cd: Option<PathBuf>,
    /// Seconds it may take.
    #[arg(long, value_name = "SECONDS", requires = "command", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
    /// Removes the project's check.
    #[arg(long, conflicts_with = "command")]
    remove: bool,
    /// The command and its arguments; without it, the present one is printed.
    #[arg(last = true)]
    command: Vec<String>,
}

/// Prints, sets or removes the check of a project.
pub(crate) fn run(args: PatchCheckArgs) -> Result<ExitCode> {
    let (home, folder) = (home()?, folder(args.cd.as_deref())?);
    if args.remove {
        ProjectChecks::set(&home, &folder, None).context("the check could not be removed")?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.command.is_empty() {
        match ProjectChecks::load(&home).of(&folder) {
            Some(check) => outln!("{}  (at most {})", display(&check.argv), seconds(check.timeout_ms)),
            None => errln!("this project has no check; set one: countersign patch-check -- cargo test"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    if args.command[0].is_empty() {
        bail!("the check is empty: it needs a program, such as `cargo test`");
    }
    let mut check = ProjectCheck::new(args.command);
    if let Some(seconds) = args.timeout {
        check.timeout_ms = seconds.saturating_mul(1000);
    }
    ProjectChecks::set(&home, &folder, Some(&check)).context("the check could not be saved")?;
    Ok(ExitCode::SUCCESS)
}

/// Words the beginning of a check: "check `cargo test` with 3 of 5 hunks".
pub(crate) fn started(argv: &[String], hunks: &HunkSelection, all: Option<usize>) -> String {
    format!("check `{}`{}", display(argv), with(hunks, all))
}

/// Words the end of a check: "check `cargo test` with 3 of 5 hunks: passed, 3.2 s".
pub(crate) fn ended(result: &CheckResult, all: Option<usize>) -> String {
    let CheckResult { argv, hunks, ended_by, duration_ms, .. } = result;
    let said = match result.verdict() {
        CheckVerdict::Passed => format!("passed, {}", seconds(*duration_ms)),
        CheckVerdict::Failed => format!("failed, {}, {}", exec_ended(ended_by), seconds(*duration_ms)),
        CheckVerdict::Unknown => exec_ended(ended_by),
    };
    format!("{}: {said}", started(argv, hunks, all))
}

/// Words the result of a search.
pub(crate) fn found(finding: &CheckFinding) -> String {
    let listed =
        |hunks: &[protocol::HunkId]| hunks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match finding {
        CheckFinding::Needed { hunks, .. } if hunks.is_empty() => {
            "the check passes without any of these hunks".to_owned()
        }
        CheckFinding::Needed { hunks, .. } => format!("the check needs only these hunks: {}", listed(hunks)),
        CheckFinding::Breaking { hunks, .. } => {
            format!("the check passes without these hunks: {}", listed(hunks))
        }
        CheckFinding::NothingPasses { tried, .. } => {
            format!("the check passes with none of {tried} sets of hunks")
        }
        CheckFinding::Stopped => "the search was stopped".to_owned(),
    }
}

fn with(hunks: &HunkSelection, all: Option<usize>) -> String {
    let count = hunks.accepted.len();
    match all {
        Some(all) if all != count => format!(" with {count} of {all} hunks"),
        _ => String::new(),
    }
}
