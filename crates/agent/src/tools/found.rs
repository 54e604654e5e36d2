//! Results of tools.

use engine::ToolOutcome;
use exec::output::bounded;

/// Result of a tool.
#[derive(Debug, Default)]
pub(crate) struct ToolFindings {
    pub(super) text: String,
    pub(super) images: Vec<String>,
}

/// Failure of a tool.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolError {
    /// A message for the model.
    #[error("{0}")]
    Told(String),
    /// Nobody waits for it any more.
    #[error("interrupted")]
    Cancelled,
}

impl From<String> for ToolError {
    fn from(message: String) -> Self {
        Self::Told(message)
    }
}

impl From<String> for ToolFindings {
    fn from(text: String) -> Self {
        Self { text, images: Vec::new() }
    }
}

/// Makes the outcome of a tool that answers this.
pub(crate) fn answer(text: &str, success: bool) -> ToolOutcome {
    let (output, model_output) = bounded(text);
    ToolOutcome { output, model_output, success, ..ToolOutcome::default() }
}

/// Makes the outcome of a tool that nobody waits for any more.
pub(crate) fn interrupted() -> ToolOutcome {
    ToolOutcome { failure: Some(ToolError::Cancelled.to_string()), ..ToolOutcome::default() }
}
