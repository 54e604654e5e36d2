//! Closing the window, and the app without its window.

use config::CloseAction;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Answer to the question what closing the window should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CloseAnswer {
    /// Hides the window; the agents keep running.
    KeepRunning,
    /// Quits the app.
    Quit,
}

impl From<CloseAnswer> for CloseAction {
    fn from(answer: CloseAnswer) -> Self {
        match answer {
            CloseAnswer::KeepRunning => Self::KeepRunning,
            CloseAnswer::Quit => Self::Quit,
        }
    }
}

/// Arguments of `close_question_shown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CloseQuestionArgs {
    /// Number of the request.
    pub request: u32,
}

/// Arguments of `close_window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CloseWindowArgs {
    /// The person's answer.
    pub answer: CloseAnswer,
    /// Whether to save the answer as the setting, and not to ask again.
    pub remember: bool,
}

/// How the app runs without its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackgroundView {
    /// Whether the desktop shows the app's tray icon.
    pub tray: bool,
    /// Whether the system starts the app at login; `null` where it can't.
    pub start_at_login: Option<bool>,
}

/// Arguments of `set_start_at_login`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StartAtLoginArgs {
    /// Whether the system starts the app at login.
    pub on: bool,
}
