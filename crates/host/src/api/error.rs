//! Failure of a command, in words for a person.

use protocol::ErrorInfo;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Failure of a command, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommandError {
    /// Description of the failure.
    pub message: String,
    /// Action that resolves it, where there is one.
    pub hint: Option<String>,
}

/// Reply of a command.
pub type CommandResult<T> = Result<T, CommandError>;

impl CommandError {
    /// Creates a failure without a hint.
    pub fn new(message: impl ToString) -> Self {
        Self { message: message.to_string(), hint: None }
    }

    /// Creates a failure that tells how to resolve it.
    pub fn with_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }

    /// Creates the failure of a command that names a session that is not open.
    pub(crate) fn session_not_open() -> Self {
        Self::with_hint("this session is not open", "open it from the list")
    }

    /// Creates the failure of a command that names a folder that is not on the list.
    pub(crate) fn no_such_project() -> Self {
        Self::with_hint("this folder is not on the list any more", "pick it again")
    }
}

impl From<ErrorInfo> for CommandError {
    fn from(error: ErrorInfo) -> Self {
        Self { message: error.message, hint: error.hint }
    }
}
