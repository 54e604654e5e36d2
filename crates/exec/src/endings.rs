//! Ends of commands that the sandbox or the system reports.

use engine::ExecRequest;
use protocol::EndedBy;
use sandbox_linux::Failure;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// Returns how a program ended.
pub(super) fn ended_by(status: ExitStatus) -> EndedBy {
    match (status.code(), status.signal()) {
        (Some(code), _) => EndedBy::Exited { code },
        (None, Some(signal)) => EndedBy::Signaled { signal },
        (None, None) => EndedBy::Lost { why: "its exit code is not known".to_owned() },
    }
}

/// Returns the failure of a program that could not be started, or of the sandbox that should have.
pub(super) fn start_failure(request: &ExecRequest, is_contained: bool, error: &std::io::Error) -> EndedBy {
    if is_contained {
        return EndedBy::SandboxFailed { why: format!("cannot start the sandbox: {error}") };
    }
    let program = request.argv.first().map(String::as_str).unwrap_or_default();
    EndedBy::NotStarted { why: format!("cannot start {program} in {}: {error}", request.cwd.display()) }
}

/// Returns the failure that the sandbox reported.
pub(super) fn helper_failure(failure: &Failure, stderr: &str, nonce: &str) -> EndedBy {
    match failure {
        Failure::Setup(_) => EndedBy::SandboxFailed { why: Failure::explain(stderr, nonce) },
        Failure::Start(message) => EndedBy::NotStarted { why: message.clone() },
    }
}
