//! Commands in the background, as the tools that look at them and end them find them.

use exec::OutputBuffer;
use protocol::CallId;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Commands that have ended and can still be looked at.
const MAX_ENDED: usize = 16;

/// Note on who reaches a server.
const OWN_NETWORK: &str = "\n[it is in the sandbox's network: what it listens to on 127.0.0.1 is reached by your other \
                           sandboxed commands, and not from outside of the sandbox]";

/// The commands in the background, in the order they were begun.
#[derive(Default)]
pub(crate) struct BackgroundCommands {
    commands: VecDeque<RunningCommand>,
}

/// A command in the background.
#[derive(Clone)]
pub(crate) struct RunningCommand {
    call_id: CallId,
    pub(crate) output: Arc<OutputBuffer>,
    /// Ends it.
    pub(crate) cancel: CancellationToken,
    /// Becomes true when it is in the session's own network.
    own_network: watch::Receiver<bool>,
}

impl BackgroundCommands {
    /// Adds a command, and forgets the oldest of those that ended when there are too many.
    pub(crate) fn begin(
        &mut self,
        call_id: CallId,
        cancel: CancellationToken,
        own_network: watch::Receiver<bool>,
    ) -> Arc<OutputBuffer> {
        let output = Arc::new(OutputBuffer::default());
        self.commands.push_back(RunningCommand { call_id, output: output.clone(), cancel, own_network });
        let ended = self.commands.iter().filter(|command| command.output.has_ended()).count();
        if ended > MAX_ENDED
            && let Some(oldest) = self.commands.iter().position(|command| command.output.has_ended())
        {
            self.commands.remove(oldest);
        }
        output
    }

    /// Finds the command a call began; the error names those that run.
    pub(crate) fn find(&self, id: &CallId) -> Result<RunningCommand, String> {
        if let Some(command) = self.commands.iter().find(|command| command.call_id == *id) {
            return Ok(command.clone());
        }
        let running: Vec<String> = self
            .commands
            .iter()
            .filter(|command| !command.output.has_ended())
            .map(|command| format!("`{}`", command.call_id))
            .collect();
        Err(if running.is_empty() {
            format!("there is no command `{id}` in the background, nor any other")
        } else {
            format!("there is no command `{id}` in the background; those that run are {}", running.join(", "))
        })
    }
}

impl RunningCommand {
    /// Takes what it printed since this was last asked, after a line on how it stands with it.
    pub(crate) fn read(&self) -> String {
        let mut text = self.output.take();
        if *self.own_network.borrow() && !self.output.has_ended() {
            text.push_str(OWN_NETWORK);
        }
        text
    }
}
