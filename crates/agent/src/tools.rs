//! Tools that only look: files, folders, lines that match, pictures.
//!
//! Each is a plain function that blocks, stops soon when it is cancelled, and says what is wrong in words that let the model
//! go on. None sees what the sandbox hides from commands.

mod grep_files;
mod list_dir;
mod reach;
mod read_file;
mod view_image;
mod walk;

pub(crate) use reach::Reach;

use engine::{Look, ToolOutcome};
use exec::output::{Bounded, bounded};
use protocol::{ToolEndedBy, ToolResult};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Where a tool looks from.
pub(crate) struct Place {
    /// What may be looked at.
    reach: Reach,
    /// The session's folder, as it is called, and links followed.
    session_cwd: PathBuf,
    real_cwd: PathBuf,
    /// Ends the looking.
    cancel: CancellationToken,
}

/// What was seen.
#[derive(Debug, Default)]
struct Seen {
    text: String,
    images: Vec<String>,
}

/// Why nothing was.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// What the model is told.
    #[error("{0}")]
    Told(String),
    /// Nobody waits for it any more.
    #[error("interrupted")]
    Cancelled,
}

impl From<String> for Trouble {
    fn from(message: String) -> Self {
        Self::Told(message)
    }
}

impl From<String> for Seen {
    fn from(text: String) -> Self {
        Self { text, images: Vec::new() }
    }
}

impl Place {
    /// Within `reach`, from the session's folder, until `cancel`.
    pub(crate) fn new(reach: Reach, session_cwd: PathBuf, cancel: CancellationToken) -> Self {
        let real_cwd = session_cwd.canonicalize().unwrap_or_else(|_| session_cwd.clone());
        Self { reach, session_cwd, real_cwd, cancel }
    }

    /// An error as soon as nobody waits any more.
    fn go_on(&self) -> Result<(), Trouble> {
        if self.cancel.is_cancelled() { Err(Trouble::Cancelled) } else { Ok(()) }
    }

    /// A path as the model best names it: relative to the session's folder where it is inside.
    fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.session_cwd).or_else(|_| path.strip_prefix(&self.real_cwd)) {
            Ok(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
            Ok(inside) => inside.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }
}

/// Looks at a file, a folder or a picture; blocks. `None` for what is not one of those.
pub(crate) fn look(place: &Place, look: &Look) -> Option<ToolOutcome> {
    let started = Instant::now();
    let seen = match look {
        Look::ReadFile { path, first_line, lines } => read_file::read_file(place, path, *first_line, *lines),
        Look::ListDir { path, depth } => list_dir::list_dir(place, path, *depth),
        Look::GrepFiles { pattern, path, include } => {
            grep_files::grep_files(place, pattern, path, include.as_deref())
        }
        Look::ViewImage { path } => view_image::view_image(place, path),
        Look::CommandOutput { .. } | Look::StopCommand { .. } => return None,
    };
    let mut outcome = match seen {
        Ok(Seen { text, images }) => with_images(said(&text, true), images),
        Err(Trouble::Told(message)) => said(&message, false),
        Err(Trouble::Cancelled) => interrupted(),
    };
    outcome.result.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Some(outcome)
}

/// The outcome of a tool that says this.
pub(crate) fn said(text: &str, success: bool) -> ToolOutcome {
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

/// The outcome of a tool that nobody waits for any more.
pub(crate) fn interrupted() -> ToolOutcome {
    ToolEndedBy::Interrupted.into()
}

#[cfg(test)]
mod tests;
