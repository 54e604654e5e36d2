//! Failures of commands, in words for people.

use crate::api::CommandError;
use protocol::ErrorInfo;

/// A failure and its way out.
pub(crate) fn problem(message: impl Into<String>, hint: Option<String>) -> CommandError {
    CommandError { message: message.into(), hint }
}

/// A failure that has no way out of its own.
pub(crate) fn plain(message: impl ToString) -> CommandError {
    CommandError { message: message.to_string(), hint: None }
}

impl From<ErrorInfo> for CommandError {
    fn from(error: ErrorInfo) -> Self {
        Self { message: error.message, hint: error.hint }
    }
}
