//! Errors as a person sees them: what failed, and what to do about it, kept apart.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Kind of failure, where the window or the driver acts on the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The submission itself was wrong (op before `ConfigureSession`, relative cwd, stale approval, ...).
    BadRequest,
    /// The model refused the key, or there is none.
    Unauthorized,
    /// The model could not be reached, or broke off more often than the retry budget allows.
    Model,
    /// The transcript or another file of the app could not be written or read.
    Storage,
    /// The sandbox is missing or could not be set up.
    Sandbox,
    /// Anything else.
    Other,
}

/// A failure and its hint. Neither ever holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ErrorInfo {
    /// Kind of failure.
    pub kind: ErrorKind,
    /// Message: lower case, no full stop, names the thing and the place.
    pub message: String,
    /// The way out, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hint: Option<String>,
}

impl ErrorInfo {
    /// A failure without a hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// Adds a way out to the failure.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
