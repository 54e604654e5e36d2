//! Subscribers of the host: each gets the app's view and the changes of the sessions it subscribed to, in batches as large and as
//! frequent as it paints them.
//!
//! Each kind of update has a share of every batch (deficit round robin): a session that prints without end, or a list that changes
//! all the time, uses up its own share and delays no other kind.

mod queue;

use crate::api::{Update, UpdateBatch};
use crate::json_size::json_size;
use protocol::SessionId;
use queue::{QueuedUpdate, SessionQueue};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use view::{Change, Row};

/// Bytes of JSON in one batch; the last update of each kind may exceed its share.
const BATCH_BYTES: RangeInclusive<u64> = 4 * 1024..=256 * 1024;
/// Bytes of the first batch, before it is known how fast the subscriber paints.
const FIRST_BATCH_BYTES: u64 = 16 * 1024;
/// Longest time in which a page should paint one batch: keys and clicks wait for that.
const LONGEST_PAINT: Duration = Duration::from_millis(30);

/// Function that delivers a batch to a subscriber; it must not block.
pub(crate) type BatchSink = Arc<dyn Fn(UpdateBatch) + Send + Sync>;

/// Part of the app's view that is sent as one update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum AppPart {
    /// All of them.
    All,
    /// Approvals that wait.
    Inbox,
    /// Folders, and the open one.
    Projects,
    /// Sessions of the open folder.
    Sessions,
    /// Settings in effect.
    Settings,
    /// Providers and the keychain.
    Providers,
    /// Report of the sandbox probe.
    Sandbox,
    /// Status of MCP servers.
    Mcp,
}

/// Sequence of updates with a share of its own in each batch, in the order in which they are sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum UpdateFlow {
    App(AppPart),
    Events,
    Rows(SessionId),
    Output(SessionId),
}

impl UpdateFlow {
    /// Share of a batch, relative to the other flows that have something to send.
    fn weight(&self) -> u64 {
        match self {
            Self::Rows(_) => 4,
            Self::Output(_) | Self::App(AppPart::All | AppPart::Inbox) | Self::Events => 2,
            Self::App(_) => 1,
        }
    }
}

/// All subscribers, by number.
#[derive(Default)]
pub(crate) struct Subscribers {
    last: u64,
    attached: BTreeMap<u64, Subscriber>,
}

/// One page, or one test, and everything that waits to be sent to it.
pub(crate) struct Subscriber {
    sink: BatchSink,
    /// Notified when something waits, and when a batch was acknowledged.
    wake: Arc<Notify>,
    sent: u64,
    acked: u64,
    /// When it started to paint the oldest batch that is not acknowledged.
    paint_started: Instant,
    max_bytes: u64,
    /// Parts of the app's view that changed since they were collected.
    dirty: BTreeSet<AppPart>,
    /// Parts that wait for their share of a batch.
    parts: BTreeMap<AppPart, Update>,
    events: VecDeque<Update>,
    sessions: BTreeMap<SessionId, SessionQueue>,
    /// Bytes that a flow may still send; negative after an update that exceeded its share.
    credit: HashMap<UpdateFlow, i64>,
}

impl Subscribers {
    /// Adds a subscriber, which gets the whole view of the app first. Returns its number.
    pub(crate) fn attach(&mut self, sink: BatchSink, wake: Arc<Notify>) -> u64 {
        self.last += 1;
        let subscriber = Subscriber {
            sink,
            wake,
            sent: 0,
            acked: 0,
            paint_started: Instant::now(),
            max_bytes: FIRST_BATCH_BYTES,
            dirty: BTreeSet::from([AppPart::All]),
            parts: BTreeMap::new(),
            events: VecDeque::new(),
            sessions: BTreeMap::new(),
            credit: HashMap::new(),
        };
        subscriber.wake.notify_one();
        self.attached.insert(self.last, subscriber);
        self.last
    }

    /// Removes a subscriber. Returns the sessions it was subscribed to.
    pub(crate) fn detach(&mut self, number: u64) -> Vec<SessionId> {
        let Some(gone) = self.attached.remove(&number) else { return Vec::new() };
        gone.wake.notify_one();
        gone.sessions.into_keys().collect()
    }

    /// Acknowledges every batch up to `seq` as painted. A number that was never sent is ignored.
    pub(crate) fn ack(&mut self, number: u64, seq: u64) {
        if let Some(subscriber) = self.attached.get_mut(&number) {
            subscriber.ack(seq);
            subscriber.wake.notify_one();
        }
    }

    /// Reports whether a subscriber has painted all but the last batch, or is attached no more.
    pub(crate) fn all_acked(&self, number: u64) -> bool {
        self.attached.get(&number).is_none_or(|subscriber| subscriber.sent - subscriber.acked <= 1)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut Subscriber> {
        self.attached.get_mut(&number)
    }

    /// Marks a part of the app's view as changed, for every subscriber.
    pub(crate) fn mark_app_dirty(&mut self, part: AppPart) {
        for subscriber in self.attached.values_mut() {
            subscriber.dirty.insert(part);
            subscriber.wake.notify_one();
        }
    }

    /// Sends an event to every subscriber.
    pub(crate) fn publish_event(&mut self, event: &Update) {
        for subscriber in self.attached.values_mut() {
            subscriber.events.push_back(event.clone());
            subscriber.wake.notify_one();
        }
    }

    /// Reports whether anybody is subscribed to a session.
    pub(crate) fn has(&self, session: &SessionId) -> bool {
        self.attached.values().any(|subscriber| subscriber.sessions.contains_key(session))
    }

    /// Sends a change of a session to those subscribed to it. `row` is the row it is of, as it is with the change.
    pub(crate) fn publish(&mut self, session: &SessionId, change: &Change, row: Option<&Row>) {
        for subscriber in self.attached.values_mut() {
            if let Some(queue) = subscriber.sessions.get_mut(session) {
                queue.push(change.clone(), row);
                subscriber.wake.notify_one();
            }
        }
    }

    /// Has everybody who follows a session ask for a new snapshot.
    pub(crate) fn invalidate(&mut self, session: &SessionId) {
        for subscriber in self.attached.values_mut() {
            if let Some(queue) = subscriber.sessions.get_mut(session) {
                queue.invalidate();
                subscriber.wake.notify_one();
            }
        }
    }

    /// Ends every subscription to a session that is open no more.
    pub(crate) fn close(&mut self, session: &SessionId) {
        for subscriber in self.attached.values_mut() {
            if subscriber.sessions.remove(session).is_some() {
                subscriber.events.push_back(Update::Closed { id: session.clone() });
                subscriber.wake.notify_one();
            }
        }
    }
}

impl Subscriber {
    /// Starts, or starts again, to follow a session from a snapshot with `total_rows`. Returns the number of the last change that the
    /// snapshot contains.
    pub(crate) fn subscribe(&mut self, session: &SessionId, total_rows: u32) -> u64 {
        self.sessions.entry(session.clone()).or_default().restart(total_rows)
    }

    /// Stops following a session. Reports whether it was followed.
    pub(crate) fn unsubscribe(&mut self, session: &SessionId) -> bool {
        self.credit.remove(&UpdateFlow::Rows(session.clone()));
        self.credit.remove(&UpdateFlow::Output(session.clone()));
        self.sessions.remove(session).is_some()
    }

    /// Returns the sessions that are followed.
    pub(crate) fn sessions(&self) -> Vec<SessionId> {
        self.sessions.keys().cloned().collect()
    }

    /// Takes the parts of the app's view that changed.
    pub(crate) fn take_dirty(&mut self) -> BTreeSet<AppPart> {
        let dirty = std::mem::take(&mut self.dirty);
        if dirty.contains(&AppPart::All) {
            // contains all that waits
            self.parts.clear();
            return BTreeSet::from([AppPart::All]);
        }
        dirty
    }

    /// Queues a part of the app's view in place of an older one.
    pub(crate) fn put_part(&mut self, part: AppPart, update: Update) {
        self.parts.insert(part, update);
    }

    /// Takes the next batch and the sink to give it to; `None` when nothing waits. `row` returns a row of a session as it is now.
    pub(crate) fn next_batch(
        &mut self,
        row: impl Fn(&SessionId, u32) -> Option<Row>,
    ) -> Option<(BatchSink, UpdateBatch)> {
        let updates = self.fill(&row);
        if updates.is_empty() {
            return None;
        }
        if self.acked == self.sent {
            self.paint_started = Instant::now();
        }
        self.sent += 1;
        Some((self.sink.clone(), UpdateBatch { seq: self.sent, updates }))
    }

    /// Takes updates from every flow that has some, each within its share of a batch.
    fn fill(&mut self, row: &impl Fn(&SessionId, u32) -> Option<Row>) -> Vec<Update> {
        let mut updates = Vec::new();
        loop {
            let flows = self.flows();
            if flows.is_empty() || !updates.is_empty() {
                return updates;
            }
            let weights: u64 = flows.iter().map(UpdateFlow::weight).sum();
            for flow in flows {
                let share = i64::try_from(self.max_bytes * flow.weight() / weights).unwrap_or(i64::MAX);
                let mut credit = self.credit.remove(&flow).unwrap_or(0) + share;
                while credit > 0 {
                    let Some(update) = self.pop(&flow, row) else { break };
                    credit -= i64::try_from(json_size(&update)).unwrap_or(i64::MAX);
                    updates.push(update);
                }
                // what is left of a share is not saved up
                if credit < 0 {
                    self.credit.insert(flow, credit);
                }
            }
        }
    }

    /// Returns the flows that have something to send.
    fn flows(&self) -> Vec<UpdateFlow> {
        let parts = self.parts.keys().map(|part| UpdateFlow::App(*part));
        let events = (!self.events.is_empty()).then_some(UpdateFlow::Events);
        let rows = self.sessions.iter().filter(|(_, queue)| queue.has_rows());
        let output = self.sessions.iter().filter(|(_, queue)| queue.has_output());
        parts
            .chain(events)
            .chain(rows.map(|(id, _)| UpdateFlow::Rows(id.clone())))
            .chain(output.map(|(id, _)| UpdateFlow::Output(id.clone())))
            .collect()
    }

    fn pop(&mut self, flow: &UpdateFlow, row: &impl Fn(&SessionId, u32) -> Option<Row>) -> Option<Update> {
        match flow {
            UpdateFlow::App(part) => self.parts.remove(part),
            UpdateFlow::Events => self.events.pop_front(),
            UpdateFlow::Rows(id) => {
                let sent = self.sessions.get_mut(id)?.pop_row(|index| row(id, index))?;
                Some(session_update(id, sent))
            }
            UpdateFlow::Output(id) => {
                let sent = self.sessions.get_mut(id)?.pop_output(|index| row(id, index))?;
                Some(session_update(id, sent))
            }
        }
    }

    /// The slower it has painted, the less the next batches are.
    fn ack(&mut self, seq: u64) {
        if seq <= self.acked || seq > self.sent {
            return;
        }
        let took = self.paint_started.elapsed();
        (self.acked, self.paint_started) = (seq, Instant::now());
        let next = match took {
            took if took > LONGEST_PAINT => self.max_bytes / 2,
            took if took < LONGEST_PAINT / 2 => self.max_bytes * 2,
            _ => self.max_bytes,
        };
        self.max_bytes = next.clamp(*BATCH_BYTES.start(), *BATCH_BYTES.end());
    }
}

fn session_update(id: &SessionId, sent: QueuedUpdate) -> Update {
    match sent {
        QueuedUpdate::Change(seq, change) => Update::Session { id: id.clone(), seq, change },
        QueuedUpdate::Lagged => Update::Lagged { id: id.clone() },
    }
}

#[cfg(test)]
mod tests;
