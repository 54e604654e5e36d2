//! Index of the sessions, opened when it is first needed.

use crate::lock::lock;
use config::Home;
use std::sync::Mutex;
use transcript::{Index, SessionPage, SessionQuery, TranscriptError};

/// Index of the sessions.
#[derive(Debug, Default)]
pub(crate) struct SessionIndex {
    index: Mutex<Option<Index>>,
    /// Held by whoever brings it up to date; there is no need of two.
    refreshing: Mutex<()>,
}

impl SessionIndex {
    /// Lists sessions. Reads the disk: not for the async threads.
    pub(crate) fn list(
        &self,
        home: &Home,
        wanted: &SessionQuery<'_>,
    ) -> Result<SessionPage, TranscriptError> {
        self.with(home, |index| index.list(wanted))
    }

    /// Calls `work` with the index.
    pub(crate) fn with<T>(
        &self,
        home: &Home,
        work: impl FnOnce(&mut Index) -> Result<T, TranscriptError>,
    ) -> Result<T, TranscriptError> {
        let mut index = lock(&self.index);
        let index = match &mut *index {
            Some(index) => index,
            none => none.insert(Index::open(home)?),
        };
        work(index)
    }

    /// Brings the index up to date, unless that is being done already; `on_progress` is called as it grows. Callers that list
    /// meanwhile do not wait.
    pub(crate) fn refresh(&self, home: &Home, on_progress: impl FnMut()) -> Result<(), TranscriptError> {
        let Ok(_turn) = self.refreshing.try_lock() else { return Ok(()) };
        let mut index = Index::open(home)?;
        match index.problem() {
            None => index.refresh(on_progress),
            // one in memory is brought up to date where it is read
            Some(problem) => {
                tracing::warn!(%problem, "the sessions are read one by one");
                Ok(())
            }
        }
    }
}
