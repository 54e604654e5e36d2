//! The project's check, run on a copy of the project that has a patch.

use super::driver_event::DriverEvent;
use super::overlay_run::{self, OverlayFolders};
use super::running::Running;
use engine::{CheckRequest, ExecOutcome, ExecRequest, Input};
use exec::Executor;
use protocol::{CallId, EndedBy};
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;
use worktree::Roots;

impl Running {
    /// Runs a check of a call's patch on a copy that is made in one of `folders`, in place of the one before.
    pub(super) fn run_check(
        &mut self,
        (call_id, run): (CallId, u64),
        request: CheckRequest,
        folders: Option<&OverlayFolders>,
    ) {
        let Some(folder) = folders.map(|folders| folders.of_check(&call_id)) else { return };
        let before = self.checks.replaced(&call_id);
        let (setup, event_tx) = (self.setup.clone(), self.event_tx.clone());
        let cancel = CancellationToken::new();
        let (token, id) = (cancel.clone(), call_id.clone());
        let done = tokio::spawn(async move {
            // its folder is theirs as well
            if let Some(before) = before {
                let _ = before.await;
            }
            let outcome = run_on_copy(&setup.executor, request, folder, token).await;
            let _ = event_tx.send(DriverEvent::Input(Input::CheckEnded { call_id: id, run, outcome }));
        });
        self.checks.begun(call_id, cancel, done);
    }
}

/// Runs a check on a copy of its project that has the accepted hunks. The copy is made in `folder`, and removed.
pub(crate) async fn run_on_copy(
    executor: &Executor,
    request: CheckRequest,
    folder: PathBuf,
    cancel: CancellationToken,
) -> ExecOutcome {
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
    let roots = Roots::of(&request.sandbox, &cwd).hiding(executor.hidden(&request.sandbox));
    let overlay = match overlay_run::create(folder, &request, roots).await {
        Ok(overlay) => overlay,
        Err(why) => return EndedBy::SandboxFailed { why }.into(),
    };
    let view = overlay.clone();
    let put = blocking(move || view.put(&proposal, Some(&hunks), &cwd)).await;
    let outcome = match put {
        Ok(()) => executor.run_in_overlay(&request, &overlay, cancel, |_, _| {}).await,
        Err(why) => EndedBy::NotStarted { why }.into(),
    };
    let _ = blocking(move || {
        overlay.remove();
        Ok(())
    })
    .await;
    outcome
}

async fn blocking(work: impl FnOnce() -> Result<(), String> + Send + 'static) -> Result<(), String> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(error.to_string()))
}
