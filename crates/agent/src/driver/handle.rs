//! The queue pair: ops in, events out (B1).

use protocol::{Event, Op, OpId, Submission};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// How many submissions may wait.
const CAPACITY: usize = 64;

/// The agent has ended: nothing more can be asked of it, and nothing more will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session has ended")]
pub struct AgentGone;

/// Both ends of an agent.
#[derive(Debug)]
pub struct AgentHandle {
    submitter: Submitter,
    events: Events,
}

/// The end that asks. Clones share the count of ids.
#[derive(Clone, Debug)]
pub struct Submitter {
    submissions: mpsc::Sender<Submission>,
    next_id: Arc<AtomicU64>,
}

/// The end that listens.
#[derive(Debug)]
pub struct Events(mpsc::UnboundedReceiver<Event>);

pub(crate) fn pair() -> (AgentHandle, mpsc::Receiver<Submission>, mpsc::UnboundedSender<Event>) {
    let (submissions, submitted) = mpsc::channel(CAPACITY);
    let (said, events) = mpsc::unbounded_channel();
    let submitter = Submitter { submissions, next_id: Arc::new(AtomicU64::new(1)) };
    (AgentHandle { submitter, events: Events(events) }, submitted, said)
}

impl AgentHandle {
    /// Submits an op under the next id, which is returned.
    pub async fn submit(&self, op: Op) -> Result<OpId, AgentGone> {
        self.submitter.submit(op).await
    }

    /// Submits an op under an id of the caller's.
    pub async fn submit_with_id(&self, submission: Submission) -> Result<(), AgentGone> {
        self.submitter.submit_with_id(submission).await
    }

    /// The next event, in order.
    pub async fn next_event(&mut self) -> Result<Event, AgentGone> {
        self.events.next().await
    }

    /// The two ends apart.
    pub fn split(self) -> (Submitter, Events) {
        (self.submitter, self.events)
    }
}

impl Submitter {
    /// Numbers ops from here on beginning with `next`: those before were submitted elsewhere.
    pub(crate) fn number_from(&self, next: u64) {
        self.next_id.store(next, Ordering::Relaxed);
    }

    /// Submits an op under the next id, which is returned.
    pub async fn submit(&self, op: Op) -> Result<OpId, AgentGone> {
        let id = OpId(self.next_id.fetch_add(1, Ordering::Relaxed).to_string());
        self.submit_with_id(Submission { id: id.clone(), op }).await?;
        Ok(id)
    }

    /// Like [`Self::submit_with_id`], where blocking is allowed.
    pub(crate) fn submit_blocking(&self, submission: Submission) -> Result<(), AgentGone> {
        self.submissions.blocking_send(submission).map_err(|_| AgentGone)
    }

    /// Submits an op under an id of the caller's. Waits while 64 submissions are waiting.
    pub async fn submit_with_id(&self, submission: Submission) -> Result<(), AgentGone> {
        self.submissions.send(submission).await.map_err(|_| AgentGone)
    }
}

impl Events {
    /// The next event, in order.
    pub async fn next(&mut self) -> Result<Event, AgentGone> {
        self.0.recv().await.ok_or(AgentGone)
    }
}
