//! Tools that change nothing of the project: files, folders, lines that match, pictures, commands in the background.
//!
//! One file each, and a row in [`run_of`]. A tool on files is a plain function that blocks, stops soon when it is cancelled, and
//! says what is wrong in words that let the model go on. None sees what the sandbox hides from commands.

mod access;
mod command_output;
mod found;
mod grep_files;
mod list_dir;
mod location;
mod read_file;
mod stop_command;
mod view_image;
mod walk;

pub(crate) use access::PathAccess;
pub(crate) use found::{answer, interrupted, with_images};
pub(crate) use location::ToolLocation;

use crate::background::BackgroundCommands;
use engine::{ReadTool, ToolOutcome};
use found::{ToolError, ToolFindings};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

type OnFiles = Box<dyn FnOnce(&ToolLocation) -> Result<ToolFindings, ToolError> + Send>;
type OnCommands =
    Box<dyn FnOnce(&BackgroundCommands, CancellationToken) -> BoxFuture<'static, ToolOutcome> + Send>;

/// A function that carries a call out.
pub(crate) enum ToolRun {
    /// Files are read, which blocks.
    OnFiles(OnFiles),
    /// Commands in the background are waited for, until the token is cancelled.
    OnCommands(OnCommands),
}

/// Returns the function that carries a call out: the table of tools, one row each.
pub(crate) fn run_of(tool: ReadTool) -> ToolRun {
    match tool {
        ReadTool::ReadFile(args) => on_files(move |location| read_file::run(location, &args)),
        ReadTool::ListDir(args) => on_files(move |location| list_dir::run(location, &args)),
        ReadTool::GrepFiles(args) => on_files(move |location| grep_files::run(location, &args)),
        ReadTool::ViewImage(args) => on_files(move |location| view_image::run(location, &args)),
        ReadTool::CommandOutput(args) => ToolRun::OnCommands(Box::new(move |commands, cancel| {
            command_output::run(&args, commands, cancel).boxed()
        })),
        ReadTool::StopCommand(args) => {
            ToolRun::OnCommands(Box::new(move |commands, _| stop_command::run(&args, commands).boxed()))
        }
    }
}

fn on_files(run: impl FnOnce(&ToolLocation) -> Result<ToolFindings, ToolError> + Send + 'static) -> ToolRun {
    ToolRun::OnFiles(Box::new(run))
}

/// Carries a call on files out; blocks.
pub(crate) fn run_on_files(location: &ToolLocation, run: OnFiles) -> ToolOutcome {
    let started = Instant::now();
    let mut outcome = match run(location) {
        Ok(ToolFindings { text, images }) => with_images(answer(&text, true), images),
        Err(ToolError::Told(message)) => answer(&message, false),
        Err(ToolError::Cancelled) => interrupted(),
    };
    outcome.result.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    outcome
}

#[cfg(test)]
mod tests;
