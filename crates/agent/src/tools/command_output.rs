//! `command_output`: what a command in the background printed since it was last looked at.

use super::found::{answer, interrupted};
use crate::background::BackgroundCommands;
use engine::ToolOutcome;
use engine::tools::command_output::Args;
use std::future::Future;
use tokio_util::sync::CancellationToken;

/// Reads what the command printed; waits for something to read, but no longer than the model says.
pub(super) fn run(
    args: &Args,
    commands: &BackgroundCommands,
    cancel: CancellationToken,
) -> impl Future<Output = ToolOutcome> + Send + use<> {
    let (found, wait) = (commands.find(&args.id), args.wait());
    async move {
        let command = match found {
            Ok(command) => command,
            Err(unknown) => return answer(&unknown, false),
        };
        let unread = tokio::time::timeout(wait, command.output.wait_unread());
        if cancel.run_until_cancelled(unread).await.is_none() {
            return interrupted();
        }
        answer(&command.read(), true)
    }
}
