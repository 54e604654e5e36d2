//! The meaning of the events of one answer, which each wire reads in its own way.

use super::client::StreamEvent;
use super::endpoint::Endpoint;
use super::sse::SseEvent;
use std::collections::VecDeque;

/// A reader of the events of one answer.
pub(super) trait Decode {
    /// Appends what an event means to `out`, and returns whether it was a part of the answer, rather than a sign of life. The
    /// error, for people, is why it makes no sense.
    fn decode(
        &mut self,
        endpoint: &Endpoint,
        event: &SseEvent,
        out: &mut VecDeque<StreamEvent>,
    ) -> Result<bool, String>;

    /// Reports whether the answer is whole already: what may still come is the usage, and the word that it is over.
    fn may_end(&self) -> bool {
        false
    }

    /// The stream is over without a word. Appends what is still to be said when the answer is complete all the same.
    fn end(&mut self, _endpoint: &Endpoint, _out: &mut VecDeque<StreamEvent>) {}
}
