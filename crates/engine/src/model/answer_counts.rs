//! The end of an answer: whole, cut, or empty.

use protocol::{AnswerCut, Item};

/// Answers of a task to its model's last requests, as far as they were not whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnswerCounts {
    /// Whether the model has said or called something since it was last asked.
    pub(crate) has_answered: bool,
    /// Empty answers in a row.
    pub(crate) empty: u32,
    /// Answers in a row that were cut.
    pub(crate) cut: u32,
}

impl AnswerCounts {
    /// Takes in that the model is asked.
    pub(crate) fn asked(&mut self) {
        self.has_answered = false;
    }

    /// Takes in an item of the answer.
    pub(crate) fn heard(&mut self, item: &Item) {
        self.has_answered |= !matches!(item, Item::Reasoning { .. });
    }

    /// Takes in that the answer is over, and returns whether the model is asked again: to go on after a cut, and once when the
    /// answer was empty.
    pub(crate) fn ended(&mut self, cut: Option<AnswerCut>) -> bool {
        if cut.is_some() {
            self.cut += 1;
            return true;
        }
        self.cut = 0;
        if self.has_answered {
            self.empty = 0;
            return false;
        }
        self.empty += 1;
        self.empty == 1
    }
}
