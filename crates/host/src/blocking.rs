//! Work that waits for the disk, kept off the async threads.

use crate::api::CommandError;

/// Runs `work` on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CommandError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| CommandError::new(format!("the app stumbled: {error}")))
}
