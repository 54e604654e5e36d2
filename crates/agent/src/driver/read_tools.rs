//! Tools that change nothing of the project.

use super::driver_event::DriverEvent;
use super::running::Running;
use crate::tools::{self, PathAccess, ToolLocation, ToolRun};
use engine::{Input, ReadTool, ToolOutcome};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use protocol::{CallId, SandboxPolicy};
use std::path::PathBuf;
use std::time::Instant;

impl Running {
    /// Uses a tool for the model, beside everything else.
    pub(super) fn run_read_tool(
        &mut self,
        call_id: CallId,
        tool: ReadTool,
        session_cwd: PathBuf,
        sandbox: SandboxPolicy,
    ) {
        let cancel = self.begin(&call_id);
        let event_tx = self.event_tx.clone();
        let running: BoxFuture<'static, ToolOutcome> = match tools::run_of(tool) {
            ToolRun::OnCommands(run) => run(&self.background, cancel.clone()),
            ToolRun::OnFiles(run) => {
                let (executor, cancel) = (self.setup.executor.clone(), cancel.clone());
                async move {
                    let done = tokio::task::spawn_blocking(move || {
                        let access = PathAccess::all_but(executor.hidden(&sandbox));
                        tools::run_on_files(&ToolLocation::new(access, session_cwd, cancel), run)
                    });
                    done.await.unwrap_or_else(|_| tools::answer("the tool broke down", false))
                }
                .boxed()
            }
        };
        let started = Instant::now();
        tokio::spawn(async move {
            let mut outcome = running.await;
            outcome.result.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            // done: lets the map forget it
            cancel.cancel();
            let _ = event_tx.send(DriverEvent::Input(Input::ToolEnded { call_id, outcome }));
        });
    }
}
