//! Who is told, and how much at a time: as fast as it is painted.

use crate::api::{Batch, Update};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;
use tokio::time::Instant;

/// JSON of one batch, unless one change alone is more.
const BATCH_BYTES: RangeInclusive<u64> = 4 * 1024..=256 * 1024;
/// What a page is told first, before it is known how fast it paints.
const FIRST_BATCH_BYTES: u64 = 16 * 1024;
/// How long a page may paint one batch: keys and clicks wait for that.
const LONGEST_PAINT: Duration = Duration::from_millis(30);

/// Takes a batch; must not block.
pub(crate) type Sink = Box<dyn Fn(Batch) + Send + Sync>;

/// Everybody who is told.
#[derive(Default)]
pub(crate) struct Sinks {
    next: u64,
    /// By number.
    attached: BTreeMap<u64, Attached>,
}

struct Attached {
    /// How many batches it got, and how many of them it said it has painted.
    sent: u64,
    heard: u64,
    /// Since when it paints the oldest that it has not painted.
    begun: Instant,
    /// How much the next may be.
    max_bytes: u64,
    sink: Sink,
}

impl Sinks {
    pub(crate) fn attach(&mut self, sink: Sink) -> u64 {
        self.next += 1;
        let attached =
            Attached { sent: 0, heard: 0, begun: Instant::now(), max_bytes: FIRST_BATCH_BYTES, sink };
        self.attached.insert(self.next, attached);
        self.next
    }

    pub(crate) fn detach(&mut self, attached: u64) {
        self.attached.remove(&attached);
    }

    /// Takes note that all up to a batch was painted.
    pub(crate) fn hear(&mut self, attached: u64, seq: u64) {
        if let Some(attached) = self.attached.get_mut(&attached) {
            attached.hear(seq);
        }
    }

    /// Whether every page has painted what it was told, but for the last batch.
    pub(crate) fn keep_up(&self) -> bool {
        self.attached.values().all(|attached| attached.sent - attached.heard <= 1)
    }

    /// How much the next batch may be; `None` when nobody is told.
    pub(crate) fn room(&self) -> Option<u64> {
        self.attached.values().map(|attached| attached.max_bytes).min()
    }

    pub(crate) fn tell(&mut self, updates: &[Update]) {
        for attached in self.attached.values_mut() {
            if attached.heard == attached.sent {
                attached.begun = Instant::now();
            }
            attached.sent += 1;
            (attached.sink)(Batch { seq: attached.sent, updates: updates.to_vec() });
        }
    }
}

impl Attached {
    /// The slower it has painted, the less the next batches are.
    fn hear(&mut self, seq: u64) {
        if seq <= self.heard || seq > self.sent {
            return;
        }
        let took = self.begun.elapsed();
        (self.heard, self.begun) = (seq, Instant::now());
        let next = match took {
            took if took > LONGEST_PAINT => self.max_bytes / 2,
            took if took < LONGEST_PAINT / 2 => self.max_bytes * 2,
            _ => self.max_bytes,
        };
        self.max_bytes = next.clamp(*BATCH_BYTES.start(), *BATCH_BYTES.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much a page is told at once after ten batches, each painted in so many milliseconds.
    async fn told_at_once(paints_in: u64) -> Option<u64> {
        let mut sinks = Sinks::default();
        let attached = sinks.attach(Box::new(|_| ()));
        for seq in 1..=10 {
            sinks.tell(&[]);
            tokio::time::advance(Duration::from_millis(paints_in)).await;
            sinks.hear(attached, seq);
        }
        sinks.room()
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_is_told_as_much_at_once_as_it_paints_in_a_moment() {
        assert_eq!(told_at_once(5).await, Some(256 * 1024));
        assert_eq!(told_at_once(30).await, Some(FIRST_BATCH_BYTES));
        assert_eq!(told_at_once(300).await, Some(4 * 1024));
    }

    #[tokio::test(start_paused = true)]
    async fn the_slowest_page_says_how_much() {
        let mut sinks = Sinks::default();
        assert_eq!(sinks.room(), None);
        let (quick, slow) = (sinks.attach(Box::new(|_| ())), sinks.attach(Box::new(|_| ())));
        sinks.tell(&[]);
        sinks.hear(quick, 1);
        tokio::time::advance(Duration::from_millis(200)).await;
        sinks.hear(slow, 1);
        assert_eq!(sinks.room(), Some(FIRST_BATCH_BYTES / 2));
        sinks.detach(slow);
        assert_eq!(sinks.room(), Some(FIRST_BATCH_BYTES * 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_never_told_is_not_heard() {
        let mut sinks = Sinks::default();
        let attached = sinks.attach(Box::new(|_| ()));
        sinks.tell(&[]);
        sinks.tell(&[]);
        assert!(!sinks.keep_up());
        sinks.hear(attached, 3);
        assert!(!sinks.keep_up());
        sinks.hear(attached, 1);
        assert!(sinks.keep_up());
    }
}
