//! Channel to each subscriber: attach, subscribe, send batches, acknowledge them.

use crate::api::{CommandError, DecisionRef, SessionSnapshot, SubscribeArgs, Update, UpdateBatch};
use crate::clock::now_ms;
use crate::host::Host;
use protocol::{CallId, SessionId};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use view::Row;

/// Least time between two batches: one frame.
const FRAME: Duration = Duration::from_millis(16);
/// Timeout for a subscriber's acknowledgement.
const ACK_TIMEOUT: Duration = Duration::from_secs(1);
/// Rows of a snapshot.
const SNAPSHOT_ROWS: usize = 200;

/// Result of one attempt to send a batch.
enum Flushed {
    Sent,
    NothingWaits,
    Detached,
}

impl Host {
    /// Adds a subscriber: `sink` gets batches that are numbered from 1, the first with the whole view of the app. It must not block.
    /// A subscriber that does not [acknowledge](Host::ack) gets one batch a second. Returns the number of the subscriber, which
    /// `subscribe` and [`Host::detach`] take. Call it inside a Tokio runtime.
    pub fn attach(self: &Arc<Self>, sink: impl Fn(UpdateBatch) + Send + Sync + 'static) -> u64 {
        let wake = Arc::new(Notify::new());
        let subscriber = self.subscribers().attach(Arc::new(sink), wake.clone());
        tokio::spawn(send_batches(Arc::downgrade(self), subscriber, wake));
        subscriber
    }

    /// Acknowledges that a subscriber has painted every batch up to `seq`.
    pub fn ack(&self, subscriber: u64, seq: u64) {
        self.subscribers().ack(subscriber, seq);
    }

    /// Removes a subscriber.
    pub fn detach(&self, subscriber: u64) {
        let sessions = self.subscribers().detach(subscriber);
        for session in &sessions {
            self.leave(session);
        }
    }

    /// Asks every subscriber to show a session, as a click on a notification does.
    pub fn reveal(&self, session: SessionId) {
        self.subscribers().publish_event(&Update::Reveal { id: session });
    }

    /// Asks every subscriber to show what waits, and that decision first where one is named.
    pub fn reveal_inbox(&self, first: Option<(SessionId, CallId)>) {
        let first = first.map(|(session, call_id)| DecisionRef { session, call_id });
        self.subscribers().publish_event(&Update::RevealInbox { first });
    }

    #[allow(clippy::unused_async, reason = "the table calls all of them alike")]
    pub(crate) async fn subscribe(&self, args: SubscribeArgs) -> Result<SessionSnapshot, CommandError> {
        let SubscribeArgs { subscriber, session: id } = args;
        let mut sessions = self.sessions();
        let open = sessions.get_mut(&id).ok_or_else(CommandError::session_not_open)?;
        let mut subscribers = self.subscribers();
        // what was held back for a while is in the snapshot, and the other subscribers get it
        if let Some(change) = open.timeline.catch_up() {
            subscribers.publish(&id, &change, None);
        }
        let total = open.timeline.total_rows();
        let total_rows = u32::try_from(total).unwrap_or(u32::MAX);
        let seq = subscribers
            .get_mut(subscriber)
            .map(|subscriber| subscriber.subscribe(&id, total_rows))
            .ok_or_else(|| CommandError::with_hint("this subscriber is not attached", "reload the window"))?;
        let first = total.saturating_sub(SNAPSHOT_ROWS);
        Ok(SessionSnapshot {
            project: open.project.clone(),
            seq,
            session: open.timeline.session().clone(),
            changes: open.timeline.changes().clone(),
            total_rows,
            first_row: u32::try_from(first).unwrap_or(u32::MAX),
            rows: open.timeline.rows(first, SNAPSHOT_ROWS).to_vec(),
            id,
        })
    }

    #[allow(clippy::unused_async, reason = "the table calls all of them alike")]
    pub(crate) async fn unsubscribe(&self, args: SubscribeArgs) -> Result<(), CommandError> {
        let was_subscribed = self
            .subscribers()
            .get_mut(args.subscriber)
            .is_some_and(|subscriber| subscriber.unsubscribe(&args.session));
        if was_subscribed {
            self.leave(&args.session);
        }
        Ok(())
    }

    /// Removes a session that has ended and that nobody follows any more: it stayed only to be read.
    fn leave(&self, id: &SessionId) {
        let mut sessions = self.sessions();
        if self.subscribers().has(id) {
            return;
        }
        if let Some(open) = sessions.get_mut(id) {
            open.used_ms = now_ms();
            if open.has_ended() {
                sessions.remove(id);
            }
        }
    }

    /// Sends one batch to a subscriber, if something waits.
    fn flush(&self, number: u64) -> Flushed {
        let dirty = match self.subscribers().get_mut(number) {
            Some(subscriber) => subscriber.take_dirty(),
            None => return Flushed::Detached,
        };
        let parts: Vec<_> = dirty.into_iter().map(|part| (part, self.app_update(part))).collect();
        let batch = {
            let mut sessions = self.sessions();
            let mut subscribers = self.subscribers();
            let Some(followed) = subscribers.get_mut(number).map(|subscriber| subscriber.sessions()) else {
                return Flushed::Detached;
            };
            for id in followed {
                let change = sessions.get_mut(&id).and_then(|open| open.timeline.catch_up());
                if let Some(change) = change {
                    subscribers.publish(&id, &change, None);
                }
            }
            let Some(subscriber) = subscribers.get_mut(number) else { return Flushed::Detached };
            for (part, update) in parts {
                subscriber.put_part(part, update);
            }
            subscriber.next_batch(|id, index| -> Option<Row> {
                sessions.get(id)?.timeline.rows(index as usize, 1).first().cloned()
            })
        };
        let Some((sink, batch)) = batch else { return Flushed::NothingWaits };
        sink(batch);
        Flushed::Sent
    }
}

/// Sends what waits for one subscriber, at most one batch a frame. A page that paints slowly gets fewer batches, of changes that were
/// merged meanwhile: what it has not painted yet must not pile up before it, where keys and clicks would wait behind it.
async fn send_batches(host: Weak<Host>, subscriber: u64, wake: Arc<Notify>) {
    let is_behind = || host.upgrade().is_some_and(|host| !host.subscribers().all_acked(subscriber));
    loop {
        wake.notified().await;
        loop {
            match host.upgrade().map(|host| host.flush(subscriber)) {
                None | Some(Flushed::Detached) => return,
                Some(Flushed::NothingWaits) => break,
                Some(Flushed::Sent) => {}
            }
            tokio::time::sleep(FRAME).await;
            let caught_up = async {
                while is_behind() {
                    wake.notified().await;
                }
            };
            // a page that is hidden paints nothing, and gets updates all the same
            let _ = tokio::time::timeout(ACK_TIMEOUT, caught_up).await;
        }
    }
}

#[cfg(test)]
mod tests;
