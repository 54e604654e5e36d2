//! Checks of patches that run.

use protocol::CallId;
use std::collections::HashMap;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Checks that run, by the call whose patch they are of.
#[derive(Default)]
pub(super) struct CheckRuns(HashMap<CallId, CheckRun>);

struct CheckRun {
    cancel: CancellationToken,
    done: JoinHandle<()>,
}

impl CheckRuns {
    /// Stops the check of a call.
    pub(super) fn stop(&self, call_id: &CallId) {
        if let Some(run) = self.0.get(call_id) {
            run.cancel.cancel();
        }
    }

    /// Stops the check of a call and gives up on it. Returns the task that ends with it.
    pub(super) fn replaced(&mut self, call_id: &CallId) -> Option<JoinHandle<()>> {
        self.stop(call_id);
        self.0.retain(|other, run| other == call_id || !run.done.is_finished());
        self.0.remove(call_id).map(|run| run.done)
    }

    /// Takes in a check that runs until `done` is over or `cancel` ends it.
    pub(super) fn begun(&mut self, call_id: CallId, cancel: CancellationToken, done: JoinHandle<()>) {
        self.0.insert(call_id, CheckRun { cancel, done });
    }

    pub(super) fn stop_all(&mut self) {
        for (_, run) in self.0.drain() {
            run.cancel.cancel();
        }
    }
}
