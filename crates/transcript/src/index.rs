//! Finds sessions among thousands (B30): what they are called, where they worked, and every word said in them.
//!
//! An SQLite file beside the transcripts, and nothing but what is made from them: one that is missing, broken or of another
//! version is made again, and where no file can be written the index is kept in memory for as long as the app runs. Several
//! instances of the app may use it at once. Opening it and asking it reads no transcript; [`Index::refresh`] reads what was
//! appended since, and belongs nowhere near anything a person waits for.

mod catalogue;
mod gather;
mod listed;
mod query;
mod schema;
mod spent;

#[cfg(test)]
mod tests;

pub use listed::{ListedSession, SnippetPart};
pub use query::{SessionPage, SessionQuery};

use super::error::TranscriptError;
use config::Home;
use protocol::ModelUsage;
use rusqlite::Connection;
use std::path::Path;

/// The index, open.
#[derive(Debug)]
pub struct Index {
    home: Home,
    connection: Connection,
    /// Reason the index is in memory only.
    problem: Option<TranscriptError>,
}

impl Index {
    /// Opens the index as it was left.
    pub fn open(home: &Home) -> Result<Self, TranscriptError> {
        let (connection, problem) = match schema::open(&home.index_file()) {
            Ok(connection) => (connection, None),
            Err(error) => (schema::in_memory().map_err(failed(home))?, Some(failed(home)(error))),
        };
        Ok(Self { home: home.clone(), connection, problem })
    }

    /// Returns the reason the index is made anew in memory each time the app starts; `None` when all is well.
    pub fn problem(&self) -> Option<&TranscriptError> {
        self.problem.as_ref()
    }

    /// Takes in what was written since the last time, the newest sessions first, and leaves out what is gone. `told` is called
    /// whenever there is more to be listed. Transcripts that cannot be read are left out.
    pub fn refresh(&mut self, mut told: impl FnMut()) -> Result<(), TranscriptError> {
        self.mending(|index| catalogue::refresh(&mut index.connection, &index.home, &mut told))
    }

    /// Updates the index for one transcript, wherever it was and is.
    pub fn refresh_one(&mut self, path: &Path) -> Result<(), TranscriptError> {
        self.mending(|index| catalogue::refresh_one(&mut index.connection, &index.home, path))
    }

    /// The sessions that are wanted: those used last first, or where words are searched for, those that fit best.
    pub fn list(&mut self, wanted: &SessionQuery<'_>) -> Result<SessionPage, TranscriptError> {
        if self.problem.is_some() {
            // nobody else keeps what is in memory up to date
            self.refresh(|| {})?;
        }
        self.mending(|index| query::list(&index.connection, &index.home, wanted))
    }

    /// Sums the tokens that were used from `from_ms` on and before `to_ms`, in milliseconds since the Unix epoch, by model.
    pub fn used(&mut self, from_ms: u64, to_ms: u64) -> Result<Vec<ModelUsage>, TranscriptError> {
        self.mending(|index| spent::used(&index.connection, from_ms, to_ms))
    }

    /// Does something with the index. When it turns out to be broken, it is made again and the thing done once more; when it
    /// cannot be written, that happens in memory.
    fn mending<T>(
        &mut self,
        mut work: impl FnMut(&mut Self) -> rusqlite::Result<T>,
    ) -> Result<T, TranscriptError> {
        let error = match work(self) {
            Ok(done) => return Ok(done),
            // another instance is at it for longer than is waited for: what is in the file stays good
            Err(error) if self.problem.is_some() || schema::is_busy(&error) => {
                return Err(failed(&self.home)(error));
            }
            Err(error) => error,
        };
        let file = self.home.index_file();
        let again = if schema::is_broken(&error) { schema::open_anew(&file) } else { Err(error) };
        match again {
            Ok(connection) => self.connection = connection,
            Err(error) => {
                self.connection = schema::in_memory().map_err(failed(&self.home))?;
                self.problem = Some(failed(&self.home)(error));
            }
        }
        catalogue::refresh(&mut self.connection, &self.home, &mut || {}).map_err(failed(&self.home))?;
        work(self).map_err(failed(&self.home))
    }
}

fn failed(home: &Home) -> impl FnOnce(rusqlite::Error) -> TranscriptError {
    let path = home.index_file();
    |source| TranscriptError::Index { path, source }
}
