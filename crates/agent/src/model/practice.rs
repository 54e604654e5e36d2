//! The practice model.
use super::client::{Model, StreamEvent};
use countersign_core::Prompt;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::sync::Arc;
/// Its name.
pub const MODEL: &str = "practice";
pub(super) struct Practice;
impl Practice {
    pub(super) fn from_env() -> Self {
        Self
    }
}
impl Model for Practice {
    fn stream(&self, _: Arc<Prompt>) -> BoxStream<'static, StreamEvent> {
        stream::empty().boxed()
    }
    fn context_window(&self, _: &str) -> Option<u64> {
        None
    }
}
