//! `stop_command`: the end of a command in the background.

use super::found::answer;
use crate::background::BackgroundCommands;
use engine::ToolOutcome;
use engine::tools::stop_command::Args;
use std::future::Future;

/// Ends the command, and reads what it printed last.
pub(super) fn run(
    args: &Args,
    commands: &BackgroundCommands,
) -> impl Future<Output = ToolOutcome> + Send + use<> {
    let found = commands.find(&args.id);
    async move {
        let command = match found {
            Ok(command) => command,
            Err(unknown) => return answer(&unknown, false),
        };
        command.cancel.cancel();
        command.output.wait_ended().await;
        answer(&command.read(), true)
    }
}
