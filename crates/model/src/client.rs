//! The interface of a model, whichever wire it is on.

use crate::listing::ListedModel;
use engine::{ModelEvent, ModelFailure, Prompt};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use std::sync::Arc;

/// An event of one sampling.
///
/// Deltas are for the eye and may be dropped. What counts is in [`ModelEvent`]: the same text comes again, complete, in
/// the item it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// More of the message.
    TextDelta(String),
    /// More of the summary of its reasoning.
    ReasoningDelta(String),
    /// More of its raw reasoning, from vendors that show it (B9).
    RawReasoningDelta(String),
    /// A line for the person, which is not recorded.
    Notice(String),
    /// An item is complete, or the answer is.
    Event(ModelEvent),
    /// It broke.
    Failed(ModelFailure),
}

impl StreamEvent {
    /// Reports whether nothing comes after it.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Event(ModelEvent::Completed { .. }) | Self::Failed(_))
    }
}

/// Something that can answer a prompt.
pub trait Model: Send + Sync {
    /// Asks once. The stream ends after `Event(Completed)` or `Failed`, of which exactly one comes. Dropping it closes the
    /// connection.
    fn stream(&self, prompt: Arc<Prompt>) -> BoxStream<'static, StreamEvent>;

    /// Returns the number of tokens the model can be sent, where that is known.
    fn context_window(&self, model: &str) -> Option<u64>;

    /// Asks the server for its list, and returns the model of it; `None` where it is not listed.
    fn listed(&self, _model: &str) -> BoxFuture<'static, Option<ListedModel>> {
        async { None }.boxed()
    }
}
