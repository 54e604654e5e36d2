//! Commands that are left running while the task goes on.

use super::{Running, say_output};
use crate::driver::Wake;
use crate::driver::project::Project;
use crate::tools::{interrupted, said};
use engine::{ExecRequest, Input, ToolOutcome};
use exec::Kept;
use protocol::{CallId, EndedBy};
use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Commands that have ended and can still be looked at.
const MAX_ENDED: usize = 16;

/// How long a command prints nothing before what changes is no longer taken for its doing.
const QUIET: Duration = Duration::from_secs(2);

/// Said where it explains what would look like a broken server.
const OWN_NETWORK: &str = "\n[it has a network of its own: what it listens to on 127.0.0.1 is reached from inside the same \
                           command only, not from another one]";

/// The commands in the background, in the order they were begun.
#[derive(Default)]
pub(super) struct Background {
    commands: VecDeque<Command>,
}

#[derive(Clone)]
struct Command {
    call_id: CallId,
    kept: Arc<Kept>,
    /// Becomes true when it is in a network of its own.
    own_network: watch::Receiver<bool>,
}

impl Running {
    /// Runs a command until it ends, is stopped, or the session ends.
    pub(super) fn run_in_background(
        &mut self,
        call_id: CallId,
        request: ExecRequest,
        project: Option<&Project>,
    ) {
        let cancel = self.begin(&call_id);
        let (setup, waker, baseline) = (self.setup.clone(), self.waker.clone(), self.baseline.clone());
        let project = project.cloned();
        let (network, own_network) = watch::channel(false);
        let kept = self.background.begin(call_id.clone(), own_network);
        tokio::spawn(async move {
            let outcome = if cancel.run_until_cancelled(baseline).await.is_none() {
                EndedBy::Interrupted.into()
            } else {
                network.send_replace(setup.executor.has_own_network(&request.sandbox).await);
                let over = CancellationToken::new();
                let said = say_output(&call_id, &waker);
                let running = async {
                    let outcome = setup.executor.run_kept(&request, cancel.clone(), &kept, said).await;
                    over.cancel();
                    outcome
                };
                let marking = async {
                    if let Some(project) = project {
                        mark(&project, &call_id, &kept, &over, &waker).await;
                    }
                };
                tokio::join!(running, marking).0
            };
            // done: lets the map forget it
            cancel.cancel();
            // the session knows of the end before whoever waits for it
            let how = match &outcome.end.ended_by {
                EndedBy::Interrupted => "stopped".to_owned(),
                other => engine::ended(other),
            };
            let _ = waker.send(Wake::Input(Input::ExecEnded { call_id, outcome }));
            kept.end(how);
        });
    }
}

/// Says whose doing it is that files change while a command runs, until it is `over`.
///
/// A server or a watcher may run for hours, in which the person works on the same files, so its running alone says nothing. It is
/// taken for what changes files as it starts, while it prints (a watcher says what it does) until it has been quiet for a while,
/// and as it ends. What it changes without a word looks like somebody else's doing: rather that than to call the person's work
/// a command's.
async fn mark(
    project: &Project,
    call_id: &CallId,
    kept: &Kept,
    over: &CancellationToken,
    waker: &mpsc::UnboundedSender<Wake>,
) {
    let mut progress = kept.progress();
    loop {
        let until_quiet = over.run_until_cancelled(async {
            while let Ok(Ok(())) = tokio::time::timeout(QUIET, progress.changed()).await {}
        });
        project.while_changing(call_id, waker, until_quiet).await;
        if over.run_until_cancelled(progress.changed()).await.is_none() {
            return;
        }
    }
}

impl Background {
    fn begin(&mut self, call_id: CallId, own_network: watch::Receiver<bool>) -> Arc<Kept> {
        let kept = Arc::new(Kept::default());
        self.commands.push_back(Command { call_id, kept: kept.clone(), own_network });
        let ended = self.commands.iter().filter(|command| command.kept.has_ended()).count();
        if ended > MAX_ENDED
            && let Some(oldest) = self.commands.iter().position(|command| command.kept.has_ended())
        {
            self.commands.remove(oldest);
        }
        kept
    }

    /// What a command printed since it was last looked at; waits for something to say, but not for longer than `wait`.
    pub(super) fn output(
        &self,
        of: &CallId,
        wait: Duration,
        cancel: CancellationToken,
    ) -> impl Future<Output = ToolOutcome> + Send + use<> {
        let found = self.find(of);
        async move {
            let command = match found {
                Ok(command) => command,
                Err(unknown) => return said(&unknown, false),
            };
            let news = tokio::time::timeout(wait, command.kept.news());
            if cancel.run_until_cancelled(news).await.is_none() {
                return interrupted();
            }
            said(&command.take(), true)
        }
    }

    /// Ends a command, and says what it printed last. `running` is what stops it, as long as it runs.
    pub(super) fn stop(
        &self,
        of: &CallId,
        running: Option<CancellationToken>,
    ) -> impl Future<Output = ToolOutcome> + Send + use<> {
        let found = self.find(of);
        async move {
            let command = match found {
                Ok(command) => command,
                Err(unknown) => return said(&unknown, false),
            };
            if let Some(running) = running {
                running.cancel();
            }
            command.kept.ended().await;
            said(&command.take(), true)
        }
    }

    fn find(&self, of: &CallId) -> Result<Command, String> {
        if let Some(command) = self.commands.iter().find(|command| command.call_id == *of) {
            return Ok(command.clone());
        }
        let running: Vec<String> = self
            .commands
            .iter()
            .filter(|command| !command.kept.has_ended())
            .map(|command| format!("`{}`", command.call_id))
            .collect();
        Err(if running.is_empty() {
            format!("there is no command `{of}` in the background, nor any other")
        } else {
            format!("there is no command `{of}` in the background; those that run are {}", running.join(", "))
        })
    }
}

impl Command {
    fn take(&self) -> String {
        let mut text = self.kept.take();
        if *self.own_network.borrow() && !self.kept.has_ended() {
            text.push_str(OWN_NETWORK);
        }
        text
    }
}
