//! What waits to be told to the window: changes merged while they wait, so that a slow window gets fewer and larger ones, and
//! the agent never waits for it.
//!
//! A change's number is given when its place in the queue is made and stays while later changes merge into it. A snapshot
//! [seals](Queue::seal) what is queued: nothing merges into that any more, so everything numbered up to the snapshot's number is
//! in the snapshot, and everything above is not.

use crate::api::Update;
use protocol::SessionId;
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::io;
use view::{Change, Row, RowBody};

/// The queue of one host.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    entries: VecDeque<Entry>,
    /// Number of `entries[0]` among all entries ever.
    first: u64,
    /// Where a change of the same thing waits, as a number among all entries ever.
    open: HashMap<(SessionId, Slot), u64>,
    numbers: HashMap<SessionId, u64>,
}

#[derive(Debug)]
struct Entry {
    session: SessionId,
    number: u64,
    change: Change,
}

/// What a change is a change of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Slot {
    Row(u32),
    Session,
    Changes,
}

impl Slot {
    fn of(change: &Change) -> Self {
        match change {
            Change::Row { index, .. } | Change::Blocks { index, .. } | Change::Append { index, .. } => {
                Self::Row(*index)
            }
            Change::Session { .. } => Self::Session,
            Change::Changes { .. } => Self::Changes,
        }
    }
}

impl Queue {
    /// Queues a change, merged into the one that waits for the same thing where that is possible.
    pub(crate) fn push(&mut self, session: &SessionId, change: Change) {
        let key = (session.clone(), Slot::of(&change));
        let waiting = self
            .open
            .get(&key)
            .and_then(|at| at.checked_sub(self.first))
            .and_then(|at| usize::try_from(at).ok());
        let change = match waiting.and_then(|at| self.entries.get_mut(at)) {
            Some(entry) => match merge(&mut entry.change, change) {
                None => return,
                Some(change) => change,
            },
            None => change,
        };
        let number = self.numbers.entry(session.clone()).or_default();
        *number += 1;
        self.open.insert(key, self.first + self.entries.len() as u64);
        self.entries.push_back(Entry { session: session.clone(), number: *number, change });
    }

    /// Ends merging into what is queued for a session, and says the number of its last change: what a snapshot taken now holds.
    pub(crate) fn seal(&mut self, session: &SessionId) -> u64 {
        self.open.retain(|(owner, _), _| owner != session);
        self.numbers.get(session).copied().unwrap_or(0)
    }

    /// Forgets what is queued, where nobody is there to be told. Numbers go on.
    pub(crate) fn clear(&mut self) {
        self.first += self.entries.len() as u64;
        self.entries.clear();
        self.open.clear();
    }

    /// Takes the oldest changes, at least one, as long as their JSON stays under `max_bytes`.
    pub(crate) fn take(&mut self, max_bytes: u64) -> Vec<Update> {
        let mut updates = Vec::new();
        let mut bytes = 0;
        while let Some(entry) = self.entries.front() {
            let size = json_size(&entry.change);
            if !updates.is_empty() && bytes + size > max_bytes {
                break;
            }
            bytes += size;
            let Some(entry) = self.entries.pop_front() else { break };
            let key = (entry.session.clone(), Slot::of(&entry.change));
            if self.open.get(&key) == Some(&self.first) {
                self.open.remove(&key);
            }
            self.first += 1;
            updates.push(Update::Session {
                id: entry.session,
                seq: entry.number,
                change: Box::new(entry.change),
            });
        }
        updates
    }
}

/// So many blocks of an answer are one change at the most, but for what is changed twice: a window that puts hundreds on the page at
/// once does nothing else meanwhile.
const MAX_BLOCKS: usize = 40;

/// Merges `next` into the change that waits; gives it back when it does not fit.
fn merge(waiting: &mut Change, next: Change) -> Option<Change> {
    match (waiting, next) {
        (waiting, next @ (Change::Row { .. } | Change::Session { .. } | Change::Changes { .. })) => {
            *waiting = next;
            None
        }
        (
            Change::Row { row: Row { body: RowBody::Agent { blocks: held, .. }, .. }, .. },
            Change::Blocks { from, blocks, .. },
        ) if held.len() < MAX_BLOCKS => {
            held.truncate(from as usize);
            held.extend(blocks);
            None
        }
        (Change::Blocks { from: start, blocks: held, .. }, Change::Blocks { from, blocks, .. })
            if held.len() < MAX_BLOCKS =>
        {
            held.truncate(from.saturating_sub(*start) as usize);
            *start = from.min(*start);
            held.extend(blocks);
            None
        }
        (Change::Append { text: held, .. }, Change::Append { text, .. })
        | (
            Change::Row { row: Row { body: RowBody::Reasoning { text: held, .. }, .. }, .. },
            Change::Append { text, .. },
        ) => {
            held.push_str(&text);
            None
        }
        (
            Change::Row { row: Row { body: RowBody::Command(command), .. }, .. },
            Change::Append { text, .. },
        ) => {
            command.output.push_str(&text);
            None
        }
        (_, next) => Some(next),
    }
}

/// How long the JSON of something is, without making it.
pub(crate) fn json_size(value: &impl Serialize) -> u64 {
    struct Count(u64);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // types of our own, with text as keys: writing them out does not fail
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests;
