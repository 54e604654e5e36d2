//! The project's check, run on a copy of the project that has a patch.

use super::driver_event::DriverEvent;
use super::overlay_run::{self, OverlayFolders};
use super::running::Running;
use engine::{CheckRequest, ExecOutcome, ExecRequest, Input};
use exec::Executor;
use protocol::{CallId, EndedBy};
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;
use worktree::PutError;

impl Running {
    /// Runs a check of a call's patch on a copy that is made in one of `folders`, in place of the one before.
    pub(super) fn run_check(
        &mut self,
        (call_id, run): (CallId, u64),
        request: CheckRequest,
        folders: Option<&OverlayFolders>,
    ) {
        let Some(folder) = folders.map(OverlayFolders::of_check) else { return };
        let before = self.checks.replaced(&call_id);
        let (setup, event_tx) = (self.setup.clone(), self.event_tx.clone());
        let cancel = CancellationToken::new();
        let (token, id) = (cancel.clone(), call_id.clone());
        let done = tokio::spawn(async move {
            // two at once would only slow each other
            if let Some(before) = before {
                let _ = before.await;
            }
            let CheckOutcome { outcome, unfit } = run_on_copy(&setup.executor, request, folder, token).await;
            let _ = event_tx.send(DriverEvent::Input(Input::CheckEnded { call_id: id, run, outcome, unfit }));
        });
        self.checks.begun(call_id, cancel, done);
    }
}

/// Outcome of a check.
pub(crate) struct CheckOutcome {
    pub(crate) outcome: ExecOutcome,
    /// True when the hunks do not go together: nothing was run.
    pub(crate) unfit: bool,
}

impl From<EndedBy> for CheckOutcome {
    fn from(ended_by: EndedBy) -> Self {
        Self { outcome: ended_by.into(), unfit: false }
    }
}

/// Runs a check on a copy of its project that has the accepted hunks. The copy is made in `folder`, and removed. All of the project is
/// on the copy, ignored folders as well: what is built from a patch that may never be approved does not come to lie among what was built.
pub(crate) async fn run_on_copy(
    executor: &Executor,
    request: CheckRequest,
    folder: PathBuf,
    cancel: CancellationToken,
) -> CheckOutcome {
    let CheckRequest { argv, timeout_ms, cwd, sandbox, proposal, hunks } = request;
    let request = ExecRequest {
        argv,
        cwd: cwd.clone(),
        session_cwd: cwd.clone(),
        timeout_ms,
        sandbox,
        background: false,
        overlay: true,
        known_by_name: None,
    };
    if cancel.is_cancelled() {
        return EndedBy::Interrupted.into();
    }
    let overlay = match overlay_run::create_whole(folder, &request).await {
        Ok(overlay) => overlay,
        Err(why) => return EndedBy::SandboxFailed { why }.into(),
    };
    let view = overlay.clone();
    let put = tokio::task::spawn_blocking(move || view.put(&proposal, Some(&hunks), &cwd)).await;
    let outcome = match put.unwrap_or_else(|error| Err(PutError::Other(error.to_string()))) {
        Ok(()) if cancel.is_cancelled() => EndedBy::Interrupted.into(),
        Ok(()) => {
            let outcome = executor.run_in_overlay(&request, &overlay, cancel, |_, _| {}).await;
            CheckOutcome { outcome, unfit: false }
        }
        Err(PutError::Unfit(why)) => {
            CheckOutcome { outcome: EndedBy::NotStarted { why }.into(), unfit: true }
        }
        Err(PutError::Other(why)) => {
            EndedBy::Lost { why: format!("it could not run on a copy: {why}") }.into()
        }
    };
    let _ = tokio::task::spawn_blocking(move || overlay.remove()).await;
    outcome
}
