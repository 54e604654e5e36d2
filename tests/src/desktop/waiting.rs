//! Waiting for what a test wants to see.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use anyhow::{Result, bail};

/// Timeout of everything a test waits for. Long, because the machine may be busy; events are polled many
/// times a second.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

const GLANCE: Duration = Duration::from_millis(40);

/// Looks again and again until there is something, and says what was waited for when it never comes.
pub async fn eventually<T, Seen>(what: impl Display, mut look: impl FnMut() -> Seen) -> Result<T>
where
    Seen: Future<Output = Result<Option<T>>>,
{
    let mut glances = tokio::time::interval(GLANCE);
    let mut last = None;
    let waiting = async {
        loop {
            glances.tick().await;
            match look().await {
                Ok(Some(seen)) => return seen,
                Ok(None) => last = None,
                // a page in motion: an element that is replaced between finding and reading it
                Err(error) => last = Some(error),
            }
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(seen) => Ok(seen),
        Err(_) => match last {
            Some(error) => Err(error.context(format!("waited for {what} in vain"))),
            None => bail!("waited for {what} in vain"),
        },
    }
}
