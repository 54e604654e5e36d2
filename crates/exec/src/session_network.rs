//! Network that the contained commands of one session share.

use crate::spawn;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Time the helper has to make the network.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Network of a session: made for the first command that needs it, there until this is dropped.
#[derive(Debug, Default)]
pub(super) struct SessionNetwork(Mutex<Option<Holder>>);

#[derive(Debug)]
struct Holder {
    /// The helper. Its stdin stays open for as long as this is there, and it is killed with it.
    child: Child,
    /// Process in the network's namespaces.
    pid: u32,
}

impl SessionNetwork {
    /// Returns the process that holds the network, started anew when the former one has ended. `None` when it cannot be started: then
    /// each command has a network of its own.
    pub(super) async fn holder(&self, helper: &Path) -> Option<u32> {
        let mut holder = self.0.lock().await;
        if let Some(holder) = holder.as_mut()
            && matches!(holder.child.try_wait(), Ok(None))
        {
            return Some(holder.pid);
        }
        match timeout(TIMEOUT, start(helper)).await {
            Ok(Ok(started)) => Some(holder.insert(started).pid),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the session's network cannot be made: each command has one of its own");
                None
            }
            Err(_) => None,
        }
    }
}

async fn start(helper: &Path) -> io::Result<Holder> {
    let mut command = Command::new(helper);
    command
        .arg("--network")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut child = spawn::spawn(command).await?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).await?;
    }
    let pid = line.trim().parse().map_err(|_| io::Error::other("the helper named no process"))?;
    Ok(Holder { child, pid })
}
