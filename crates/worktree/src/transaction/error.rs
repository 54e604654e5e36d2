//! Errors that stop a transaction half way.

use crate::error::Error;
use std::path::{Path, PathBuf};

/// Why a transaction cannot be carried out.
#[derive(Debug)]
pub(super) struct CommitError {
    pub(super) path: PathBuf,
    /// `None` when somebody changed what is there.
    pub(super) reason: Option<String>,
    /// As if the process had been killed.
    #[cfg(test)]
    pub(super) cut_off: bool,
}

impl CommitError {
    pub(super) fn changed(path: &Path) -> Self {
        Self::new(path, None)
    }

    pub(super) fn new(path: &Path, reason: Option<String>) -> Self {
        Self {
            path: path.to_owned(),
            reason,
            #[cfg(test)]
            cut_off: false,
        }
    }

    pub(super) fn failed(path: &Path, error: impl ToString) -> Self {
        Self::new(path, Some(error.to_string()))
    }

    /// Somebody was there first, or took away what was there: that is a change, and no failure.
    pub(super) fn failed_or_gone(path: &Path, error: &std::io::Error) -> Self {
        use rustix::io::Errno;
        match Errno::from_io_error(error) {
            Some(Errno::EXIST | Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Self::changed(path),
            _ => Self::failed(path, error),
        }
    }

    pub(super) fn into_error(self) -> Error {
        let reason = self.reason.unwrap_or_else(|| "changed meanwhile".to_owned());
        Error::NotApplied { path: self.path, reason, stuck: Vec::new() }
    }

    /// One more thing is about to be done.
    #[cfg_attr(not(test), allow(clippy::unnecessary_wraps, reason = "accidents happen in tests only"))]
    pub(super) fn tick() -> Result<(), Self> {
        #[cfg(test)]
        super::tests::tick(true)?;
        Ok(())
    }

    /// One more thing is about to be done whose failure stops nothing.
    #[cfg_attr(not(test), allow(clippy::unnecessary_wraps, reason = "accidents happen in tests only"))]
    pub(super) fn tick_killed() -> Result<(), Self> {
        #[cfg(test)]
        super::tests::tick(false)?;
        Ok(())
    }
}
