//! Commands that are left running while the task goes on.

use super::driver_event::DriverEvent;
use super::project::ProjectWatch;
use super::running::{Running, emit_output};
use engine::{ExecRequest, Input};
use exec::OutputBuffer;
use protocol::{CallId, EndedBy};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Silence of a command after which changed files are no longer taken for its doing.
const QUIET: Duration = Duration::from_secs(2);

impl Running {
    /// Runs a command until it ends, is stopped, or the session ends.
    pub(super) fn run_in_background(
        &mut self,
        call_id: CallId,
        request: ExecRequest,
        project: Option<&ProjectWatch>,
    ) {
        let cancel = self.begin(&call_id);
        let (setup, event_tx, baseline) = (self.setup.clone(), self.event_tx.clone(), self.baseline.clone());
        let project = project.cloned();
        let (network, own_network) = watch::channel(false);
        let output = self.background.begin(call_id.clone(), cancel.clone(), own_network);
        tokio::spawn(async move {
            let outcome = if cancel.run_until_cancelled(baseline).await.is_none() {
                EndedBy::Interrupted.into()
            } else {
                network.send_replace(setup.executor.has_own_network(&request.sandbox).await);
                let over = CancellationToken::new();
                let said = emit_output(&call_id, &event_tx);
                let running = async {
                    let outcome = setup.executor.run_buffered(&request, cancel.clone(), &output, said).await;
                    over.cancel();
                    outcome
                };
                let marking = async {
                    if let Some(project) = project {
                        mark(&project, &call_id, &output, &over, &event_tx).await;
                    }
                };
                tokio::join!(running, marking).0
            };
            // done: lets the map forget it
            cancel.cancel();
            // the session knows of the end before whoever waits for it
            let how = match &outcome.end.ended_by {
                EndedBy::Interrupted => "stopped".to_owned(),
                other => engine::ended(other),
            };
            let _ = event_tx.send(DriverEvent::Input(Input::ExecEnded { call_id, outcome }));
            output.end(how);
        });
    }
}

/// Says whose doing it is that files change while a command runs, until it is `over`.
///
/// A server or a watcher may run for hours, in which the person works on the same files, so its running alone says nothing. It is
/// taken for what changes files as it starts, while it prints (a watcher says what it does) until it has been quiet for a while,
/// and as it ends. What it changes without a word looks like somebody else's doing: rather that than to call the person's work
/// a command's.
async fn mark(
    project: &ProjectWatch,
    call_id: &CallId,
    output: &OutputBuffer,
    over: &CancellationToken,
    event_tx: &mpsc::UnboundedSender<DriverEvent>,
) {
    let mut progress = output.progress();
    loop {
        let until_quiet = over.run_until_cancelled(async {
            while let Ok(Ok(())) = tokio::time::timeout(QUIET, progress.changed()).await {}
        });
        project.while_changing(call_id, event_tx, until_quiet).await;
        if over.run_until_cancelled(progress.changed()).await.is_none() {
            return;
        }
    }
}
