//! Texts whose syntax colours were looked at.

use highlight::ScannedText;
use std::collections::VecDeque;

/// Texts whose states are kept.
const MAX_TEXTS: usize = 16;

/// States of the texts that were looked at last, the newest at the end.
#[derive(Debug, Default)]
pub(crate) struct TokenCache {
    texts: VecDeque<(u64, ScannedText)>,
}

impl TokenCache {
    /// Takes out a text.
    pub(crate) fn take(&mut self, key: u64) -> Option<ScannedText> {
        let at = self.texts.iter().position(|(kept, _)| *kept == key)?;
        self.texts.remove(at).map(|(_, text)| text)
    }

    /// Keeps a text, and lets go of the one that was looked at longest ago.
    pub(crate) fn keep(&mut self, key: u64, text: ScannedText) {
        self.texts.retain(|(kept, _)| *kept != key);
        self.texts.push_back((key, text));
        if self.texts.len() > MAX_TEXTS {
            self.texts.pop_front();
        }
    }
}
