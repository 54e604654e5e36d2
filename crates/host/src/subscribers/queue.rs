//! Changes of one session that wait to be sent to one subscriber. They are merged while they wait, so that a slow subscriber gets
//! fewer and larger ones, and the agent never waits for it.
//!
//! The output of running commands waits apart from the rows, and is bounded however much a command prints: past a limit the row is
//! sent whole instead. A change is numbered when it is sent.

use std::collections::{BTreeMap, HashMap, VecDeque};
use view::{CardStatus, Change, Row, RowBody};

/// Most changes of rows that wait; beyond it the subscriber has to ask for a snapshot.
const MAX_WAITING: usize = 4096;
/// Most blocks of an answer in one change, but for one whose blocks change again: a window that lays out hundreds at once does
/// nothing else meanwhile.
pub(super) const MAX_BLOCKS: usize = 40;
/// Bytes of a command's output that wait as text; beyond it the row is sent as it is then.
const MAX_OUTPUT_BYTES: usize = 32 * 1024;

/// Changes of one session for one subscriber.
#[derive(Debug, Default)]
pub(super) struct SessionQueue {
    /// Number of the last change that was sent.
    seq: u64,
    /// Rows that the subscriber has, or that wait.
    total_rows: u32,
    waiting: VecDeque<PendingChange>,
    /// Number of `waiting[0]` among all that ever waited.
    first: u64,
    /// Where a change of the same thing waits, as a number among all that ever waited.
    mergeable: HashMap<Slot, u64>,
    /// PendingOutput of running commands, by row.
    output: BTreeMap<u32, PendingOutput>,
    lagged: Lag,
}

/// Whether changes were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lag {
    #[default]
    None,
    /// They were, and the subscriber has yet to hear it.
    Unsent,
    /// They were, and the subscriber knows.
    Sent,
}

/// Change of a row or of the session that waits.
#[derive(Debug)]
enum PendingChange {
    Change(Change),
    /// The row as it is when it is sent.
    Row(u32),
}

/// Output of a command that waits.
#[derive(Debug)]
enum PendingOutput {
    Text(String),
    /// The row as it is when it is sent.
    Row,
}

/// Thing that a change is a change of.
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

/// Item that a queue gives up to be sent.
#[derive(Debug, PartialEq)]
pub(super) enum QueuedUpdate {
    /// A change, numbered.
    Change(u64, Box<Change>),
    /// Changes were left out.
    Lagged,
}

impl SessionQueue {
    /// Forgets what waits, because a snapshot with `total_rows` contains it. Returns the number of the last change sent.
    pub(super) fn restart(&mut self, total_rows: u32) -> u64 {
        *self = Self { seq: self.seq, total_rows, ..Self::default() };
        self.seq
    }

    /// Queues a change, merged into the one that waits for the same thing where that is possible. `row` is the row it is of, as
    /// it is with the change.
    pub(super) fn push(&mut self, change: Change, row: Option<&Row>) {
        if self.lagged != Lag::None {
            return;
        }
        let is_running = row.is_some_and(is_running_command);
        match change {
            Change::Append { index, text } if is_running => self.push_output(index, text),
            Change::Row { index, .. } if is_running && index < self.total_rows => {
                if !self.is_row_waiting(index) {
                    self.output.insert(index, PendingOutput::Row);
                }
            }
            change => self.push_change(change),
        }
        if self.waiting.len() > MAX_WAITING {
            self.invalidate();
        }
    }

    /// Forgets what waits, and has the subscriber ask for a new snapshot.
    pub(super) fn invalidate(&mut self) {
        *self = Self { seq: self.seq, lagged: Lag::Unsent, ..Self::default() };
    }

    fn push_output(&mut self, index: u32, text: String) {
        if self.is_row_waiting(index) {
            return;
        }
        match self.output.entry(index).or_insert_with(|| PendingOutput::Text(String::new())) {
            PendingOutput::Row => {}
            PendingOutput::Text(waiting) if waiting.len() + text.len() > MAX_OUTPUT_BYTES => {
                self.output.insert(index, PendingOutput::Row);
            }
            PendingOutput::Text(waiting) => waiting.push_str(&text),
        }
    }

    fn push_change(&mut self, change: Change) {
        let slot = Slot::of(&change);
        if let Change::Row { index, .. } = &change {
            // the row holds what was printed
            self.output.remove(index);
            self.total_rows = self.total_rows.max(index + 1);
        }
        let change = match self.mergeable(slot) {
            Some(PendingChange::Row(_)) => return,
            Some(PendingChange::Change(waiting)) => match merge(waiting, change) {
                None => return,
                Some(change) => change,
            },
            None => change,
        };
        self.mergeable.insert(slot, self.first + self.waiting.len() as u64);
        self.waiting.push_back(match change {
            Change::Row { index, row: Row { body: RowBody::Command(_), .. } } => PendingChange::Row(index),
            change => PendingChange::Change(change),
        });
    }

    fn mergeable(&mut self, slot: Slot) -> Option<&mut PendingChange> {
        let at = self.mergeable.get(&slot)?.checked_sub(self.first)?;
        self.waiting.get_mut(usize::try_from(at).ok()?)
    }

    fn is_row_waiting(&mut self, index: u32) -> bool {
        matches!(self.mergeable(Slot::Row(index)), Some(PendingChange::Row(_)))
    }

    /// Reports whether a change of a row or of the session waits.
    pub(super) fn has_rows(&self) -> bool {
        !self.waiting.is_empty() || self.lagged == Lag::Unsent
    }

    /// Reports whether output of a command waits.
    pub(super) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    /// Takes the oldest change of a row or of the session. `row` returns a row as it is now.
    pub(super) fn pop_row(&mut self, row: impl Fn(u32) -> Option<Row>) -> Option<QueuedUpdate> {
        if self.lagged == Lag::Unsent {
            self.lagged = Lag::Sent;
            return Some(QueuedUpdate::Lagged);
        }
        while let Some(waiting) = self.waiting.pop_front() {
            let slot = match &waiting {
                PendingChange::Change(change) => Slot::of(change),
                PendingChange::Row(index) => Slot::Row(*index),
            };
            if self.mergeable.get(&slot) == Some(&self.first) {
                self.mergeable.remove(&slot);
            }
            self.first += 1;
            let change = match waiting {
                PendingChange::Change(change) => Some(change),
                PendingChange::Row(index) => row(index).map(|row| Change::Row { index, row }),
            };
            if let Some(change) = change {
                return Some(self.number(change));
            }
        }
        None
    }

    /// Takes the output of one command. `row` returns a row as it is now.
    pub(super) fn pop_output(&mut self, row: impl Fn(u32) -> Option<Row>) -> Option<QueuedUpdate> {
        while let Some((index, output)) = self.output.pop_first() {
            let change = match output {
                PendingOutput::Text(text) => Some(Change::Append { index, text }),
                PendingOutput::Row => row(index).map(|row| Change::Row { index, row }),
            };
            if let Some(change) = change {
                return Some(self.number(change));
            }
        }
        None
    }

    fn number(&mut self, change: Change) -> QueuedUpdate {
        self.seq += 1;
        QueuedUpdate::Change(self.seq, Box::new(change))
    }
}

fn is_running_command(row: &Row) -> bool {
    matches!(&row.body, RowBody::Command(command) if command.status == CardStatus::Running)
}

/// Merges `next` into the change that waits; returns it when it does not fit.
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
        (_, next) => Some(next),
    }
}

#[cfg(test)]
mod tests;
