//! Start and end of the app.

use crate::desktop::Desktop;
use crate::drafts;
use crate::host::{Host, HostError, HostOptions};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Longest time in which sessions may end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);

impl Host {
    /// Starts the app: reads what is set and saved, opens the folder of the options, and starts to probe providers and sandbox
    /// without waiting for either.
    pub async fn start(options: HostOptions, desktop: Arc<dyn Desktop>) -> Result<Arc<Self>, HostError> {
        let HostOptions { home, practice, open } = options;
        let host = Arc::new(Self::load(home, practice, desktop)?);
        tokio::spawn(probe_sandbox(Arc::downgrade(&host)));
        let swept = host.home.clone();
        tokio::task::spawn_blocking(move || drafts::sweep(&swept));
        let probing = host.clone();
        tokio::spawn(async move { probing.refresh_providers(false).await });
        if let Some(folder) = open {
            host.open_folder(&folder).await.map_err(|error| HostError::Open(error.message))?;
        }
        Ok(host)
    }

    /// Ends every session, and waits until what they know is on disk: at most four seconds.
    pub async fn shutdown(&self) {
        let submitters: Vec<_> = self.sessions().iter().map(|(_, open)| open.submitter.clone()).collect();
        for submitter in submitters {
            // one that has ended needs no op
            let _ = submitter.submit(protocol::Op::Shutdown).await;
        }
        self.running.close();
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, self.running.wait()).await.is_err() {
            tracing::warn!("not every session ended in time");
        }
    }
}

/// Finds out how well commands are contained here.
async fn probe_sandbox(host: Weak<Host>) {
    let Some(executor) = host.upgrade().map(|host| host.executor.clone()) else { return };
    let report = executor.probe().await;
    if let Some(host) = host.upgrade() {
        host.set_sandbox(report);
    }
}
