//! Rules that were deleted since the app was started and can be restored.

use agent::rules::RemovedRule;
use std::collections::VecDeque;

/// Most rules that can be restored; the one deleted longest ago is forgotten.
const MAX_REMOVED: usize = 32;

/// Rules that can be restored, the last deleted at the end.
#[derive(Debug, Default)]
pub(crate) struct RemovedRules(VecDeque<RemovedRule>);

impl RemovedRules {
    pub(crate) fn push(&mut self, rule: RemovedRule) {
        self.remove(rule.id());
        self.0.push_back(rule);
        if self.0.len() > MAX_REMOVED {
            self.0.pop_front();
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&RemovedRule> {
        self.0.iter().find(|rule| rule.id() == id)
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.0.retain(|rule| rule.id() != id);
    }
}
