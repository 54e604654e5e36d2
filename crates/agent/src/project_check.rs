//! The project's check on the files as they are, outside of any session.

use crate::driver::check_run::{CheckOutcome, run_on_copy};
use crate::driver::{self, check_folder_name, overlays_dir};
use config::{Config, Home};
use engine::CheckRequest;
use protocol::{CheckResult, HunkSelection, PatchProposal, ProjectCheck, SandboxPolicy};
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Runs a check on a copy of the project in `folder`, contained: the project stays as it is. Must be called
/// within a tokio runtime.
pub async fn check_project(
    (home, config): (&Home, &Config),
    folder: &Path,
    sandbox: &SandboxPolicy,
    check: ProjectCheck,
    cancel: CancellationToken,
) -> CheckResult {
    let ProjectCheck { argv, timeout_ms } = check;
    let request = CheckRequest {
        argv: argv.clone(),
        timeout_ms,
        cwd: folder.to_owned(),
        sandbox: sandbox.for_copy(),
        proposal: PatchProposal::default(),
        hunks: HunkSelection::default(),
    };
    let copy = overlays_dir(home).join(check_folder_name());
    let CheckOutcome { outcome, unfit } =
        run_on_copy(&driver::executor(home, config), request, copy, cancel).await;
    CheckResult {
        argv,
        hunks: HunkSelection::default(),
        ended_by: outcome.end.ended_by,
        unfit,
        duration_ms: outcome.end.duration_ms,
        output: outcome.output,
    }
}
