//! A session as data.

use crate::model::call::{Call, Stage};
use crate::model::compact::ContextLimits;
use crate::model::setup::Setup;
use crate::model::state::SessionState;
use crate::model::task::TaskState;
use crate::model::world::World;
use protocol::{CallId, ModelPrice, SessionConfig};

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    pub(crate) setup: Setup,
    pub(crate) state: SessionState,
    pub(crate) world: World,
}

impl Session {
    /// A session that nothing has happened in.
    pub fn new(setup: Setup) -> Self {
        Self { setup, state: SessionState::default(), world: World::default() }
    }

    /// Number of tokens the model takes, as far as it is known: what is set or known of the model or listed by its server, and no
    /// more than the vendor's refusals say.
    pub(crate) fn window(&self) -> Option<u64> {
        let known = self.setup.context_window.or(self.world.listed_window);
        [known, self.state.window].into_iter().flatten().min()
    }

    /// Reports whether the size of the model's context is known, rather than learned from its vendor's refusals.
    pub fn knows_context_window(&self) -> bool {
        self.setup.context_window.or(self.world.listed_window).is_some()
    }

    /// Price of the model, as its server lists it or the person set it.
    pub(crate) fn price(&self) -> Option<ModelPrice> {
        self.world.listed_price.or_else(|| self.state.config.as_ref()?.price)
    }

    /// Reports whether the cost of a task is limited, and no price says what that is.
    pub fn lacks_price(&self) -> bool {
        let is_limited = self.state.config.as_ref().is_some_and(|config| config.task_limit.cost.is_some());
        is_limited && self.price().is_none()
    }

    /// Sizes at which the conversation is summarised.
    pub(crate) fn limits(&self) -> ContextLimits {
        ContextLimits {
            window: self.window(),
            compact_at: self.setup.compact_at_tokens,
            least: self.state.least_tokens,
        }
    }

    /// Returns the session's configuration.
    pub fn config(&self) -> Option<&SessionConfig> {
        self.state.config.as_deref()
    }

    /// Reports whether a task runs or waits for the person.
    pub fn has_task(&self) -> bool {
        self.state.task.is_some()
    }

    /// Returns the patches that were being written when the transcript ends, each with whether its transaction was written down.
    pub fn patches_cut_off(&self) -> Vec<(CallId, bool)> {
        let calls = self.state.task.iter().flat_map(|task| &task.calls);
        calls
            .filter_map(|call| match call.stage {
                Stage::Writing { journaled } => Some((call.id.clone(), journaled)),
                _ => None,
            })
            .collect()
    }

    /// Reports whether the model is making a summary: its text is not for the person.
    pub fn is_compacting(&self) -> bool {
        self.state.task.as_ref().is_some_and(TaskState::is_compacting)
    }

    /// Returns a call of the task that runs.
    pub(crate) fn call(&self, id: &CallId) -> Option<&Call> {
        self.state.task.as_ref()?.call(id)
    }
}
