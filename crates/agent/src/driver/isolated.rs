//! Isolated copies as the driver meets them: the limit of the one it works on, and the reading of one that is brought in.

use super::driver_event::DriverEvent;
use super::event_loop::Driver;
use super::running::Running;
use crate::copies;
use engine::Input;
use protocol::{CallId, CopyId, ErrorInfo, ErrorKind, SandboxPolicy};
use std::path::PathBuf;
use worktree::Roots;

/// Bytes in a megabyte, as the limit counts them.
const MEGABYTE: u64 = 1_000_000;

impl Driver {
    /// Returns the complaint that the copy which the session works on takes more than the person allowed it.
    pub(super) async fn over_copy_limit(&self) -> Option<ErrorInfo> {
        let copy = self.session.config()?.isolated.clone()?;
        let limit = self.setup.config.isolated_copy_limit_mb;
        let home = self.setup.home.clone();
        let taken = tokio::task::spawn_blocking(move || copies::size(&home, &copy)).await.ok()?;
        let message = || {
            format!(
                "the isolated copy takes {} MB, more than the {limit} MB it may",
                taken.div_ceil(MEGABYTE)
            )
        };
        (taken > limit.saturating_mul(MEGABYTE)).then(|| {
            ErrorInfo::new(ErrorKind::Storage, message()).with_hint(
                "bring its changes in and discard it, or raise isolated_copy_limit_mb in config.toml and open the session again",
            )
        })
    }
}

impl Running {
    /// Reads what a copy changed, against the folder as it is.
    pub(super) fn read_copy(
        &self,
        call_id: CallId,
        copy: CopyId,
        (sandbox, folder): (SandboxPolicy, PathBuf),
        staging: PathBuf,
    ) {
        let (event_tx, executor, home) =
            (self.event_tx.clone(), self.setup.executor.clone(), self.setup.home.clone());
        tokio::spawn(async move {
            let read = tokio::task::spawn_blocking(move || {
                let sandbox = sandbox.for_copy();
                let roots = Roots::of(&sandbox, &folder).hiding(executor.hidden(&sandbox));
                copies::changes(&home, &copy, &roots, &folder, &staging)
            });
            let result = read
                .await
                .unwrap_or_else(|error| Err(format!("the isolated copy could not be read: {error}")));
            let _ = event_tx.send(DriverEvent::Input(Input::CopyRead { call_id, result }));
        });
    }
}
