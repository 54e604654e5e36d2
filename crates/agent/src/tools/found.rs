//! Results of tools.

use engine::ToolOutcome;
use exec::output::{Bounded, bounded};
use protocol::{ToolEndedBy, ToolResult};

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
    let Bounded { output, truncation, model_output } = bounded(text);
    let ended_by = if success { ToolEndedBy::Succeeded } else { ToolEndedBy::Failed };
    let result = ToolResult { output, truncation, ..ended_by.into() };
    ToolOutcome { result, model_output, images: Vec::new() }
}

/// Adds images to an outcome.
pub(crate) fn with_images(mut outcome: ToolOutcome, images: Vec<String>) -> ToolOutcome {
    outcome.result.images = u32::try_from(images.len()).unwrap_or(u32::MAX);
    ToolOutcome { images, ..outcome }
}

/// Makes the outcome of a tool that nobody waits for any more.
pub(crate) fn interrupted() -> ToolOutcome {
    ToolEndedBy::Interrupted.into()
}
