//! What only looks: files, folders, pictures, and commands in the background.

use super::Running;
use crate::driver::Wake;
use crate::tools::{self, Place, Reach};
use engine::{Input, Look, ToolOutcome};
use protocol::{CallId, SandboxPolicy};
use std::path::PathBuf;
use std::time::{Duration, Instant};

impl Running {
    /// Looks at something for the model, beside everything else.
    pub(in crate::driver) fn look(
        &mut self,
        call_id: CallId,
        look: Look,
        session_cwd: PathBuf,
        sandbox: SandboxPolicy,
    ) {
        let cancel = self.begin(&call_id);
        let waker = self.waker.clone();
        let looking: futures_util::future::BoxFuture<'static, ToolOutcome> = match look {
            Look::CommandOutput { of, wait_ms } => {
                let wait = Duration::from_millis(wait_ms);
                Box::pin(self.background.output(&of, wait, cancel.clone()))
            }
            Look::StopCommand { of } => {
                let running = self.calls.get(&of).cloned();
                Box::pin(self.background.stop(&of, running))
            }
            look => {
                let (executor, cancel) = (self.setup.executor.clone(), cancel.clone());
                Box::pin(async move {
                    let looked = tokio::task::spawn_blocking(move || {
                        let reach = Reach::all_but(executor.hidden(&sandbox));
                        tools::look(&Place::new(reach, session_cwd, cancel), &look)
                    });
                    looked.await.ok().flatten().unwrap_or_else(|| tools::said("the tool broke down", false))
                })
            }
        };
        let started = Instant::now();
        tokio::spawn(async move {
            let mut outcome = looking.await;
            outcome.result.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            // done: lets the map forget it
            cancel.cancel();
            let _ = waker.send(Wake::Input(Input::ToolEnded { call_id, outcome }));
        });
    }
}
