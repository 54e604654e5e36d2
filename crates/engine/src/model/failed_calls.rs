//! Calls of a task that failed, so that one that fails again and again can be told from one that is worked on.

use protocol::{AnswerStatus, Item, ToolOutput};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Equal failures after which a task is stopped.
pub(crate) const MAX_EQUAL_FAILURES: u32 = 3;

/// Failed calls since a task last made progress.
///
/// Progress is a call that succeeds and was not made before: what succeeds again, between two failures, changes nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct FailedCalls {
    failed: BTreeMap<u64, u32>,
    succeeded: BTreeSet<u64>,
    /// Calls of the answer that is carried out: what a model calls twice at once has failed once.
    counted: BTreeSet<u64>,
}

impl FailedCalls {
    /// Takes in that the model is asked again.
    pub(crate) fn sampled(&mut self) {
        self.counted.clear();
    }

    /// Takes in how a call was answered.
    pub(crate) fn answered(&mut self, call: &Item, output: &ToolOutput) {
        let key = key_of(call);
        let by_person = matches!(output.status, Some(AnswerStatus::Declined | AnswerStatus::Aborted));
        match output.success {
            Some(false) if !by_person && self.counted.insert(key) => {
                *self.failed.entry(key).or_default() += 1;
            }
            Some(true) if self.succeeded.insert(key) => self.failed.clear(),
            _ => {}
        }
    }

    /// Reports whether a call failed so often that making it again is of no use.
    pub(crate) fn is_stuck(&self) -> bool {
        self.failed.values().any(|count| *count >= MAX_EQUAL_FAILURES)
    }
}

fn key_of(call: &Item) -> u64 {
    let mut hasher = DefaultHasher::new();
    match call {
        Item::FunctionCall { name, arguments, .. } => (name, arguments).hash(&mut hasher),
        Item::CustomCall { name, input, .. } => (name, input).hash(&mut hasher),
        _ => {}
    }
    hasher.finish()
}
