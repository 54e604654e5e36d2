//! Conversation with the sandbox's helper: the policy one way, its report the other, over the helper's stdin.

use protocol::EndedBy;
use sandbox_linux::{Policy, RunReport};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::Command;
use tokio::time::timeout;

/// Maximum size of a report, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// Time for a report that is still on its way when the helper has ended.
const TIMEOUT: Duration = Duration::from_secs(1);

/// This end of a helper's stdin.
pub(super) struct Channel {
    stream: UnixStream,
    policy: Vec<u8>,
}

/// This end of a helper's stdin, once the policy was sent.
pub(super) struct ReportReader(UnixStream);

impl Channel {
    /// Gives a helper that is about to be started its end.
    pub(super) fn open(command: &mut Command, policy: &Policy) -> Result<Self, EndedBy> {
        let failed = |error: &dyn std::fmt::Display| EndedBy::SandboxFailed { why: error.to_string() };
        let policy = serde_json::to_vec(policy).map_err(|error| failed(&error))?;
        let (ours, theirs) = StdStream::pair().map_err(|error| failed(&error))?;
        ours.set_nonblocking(true).map_err(|error| failed(&error))?;
        let stream = UnixStream::from_std(ours).map_err(|error| failed(&error))?;
        command.stdin(OwnedFd::from(theirs));
        Ok(Self { stream, policy })
    }

    /// Sends the policy. A helper that does not read it says why on stderr.
    pub(super) async fn send_policy(mut self) -> ReportReader {
        let _ = self.stream.write_all(&self.policy).await;
        let _ = self.stream.shutdown().await;
        ReportReader(self.stream)
    }
}

impl ReportReader {
    /// Reads the report of a helper that has ended; an empty one when it made none.
    pub(super) async fn read(self) -> RunReport {
        let mut json = Vec::new();
        let mut limited = self.0.take(MAX_BYTES);
        match timeout(TIMEOUT, limited.read_to_end(&mut json)).await {
            Ok(Ok(_)) => serde_json::from_slice(&json).unwrap_or_default(),
            Ok(Err(_)) | Err(_) => RunReport::default(),
        }
    }
}
