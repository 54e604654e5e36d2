//! Commands on a copy-on-write view of the project, and the folders that their changes wait in.

use super::driver_event::DriverEvent;
use super::running::{Running, emit_output};
use config::Home;
use engine::{ExecOutcome, ExecRequest, Input, OverlayEffects};
use protocol::{CallId, EndedBy, Fact, Record, SandboxPolicy, SessionId};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use worktree::{CommandOverlay, Roots, TransactionLog};

/// Time after which the changes of a command that nobody decided about are removed.
const MAX_AGE: Duration = Duration::from_hours(30 * 24);

/// Longest name of a folder that is made of a call's id.
const MAX_NAME: usize = 80;

/// Returns the folder that the changes of all sessions' commands wait in.
pub(crate) fn overlays_dir(home: &Home) -> PathBuf {
    home.app_file("overlays")
}

/// Folders that the changes of one session's commands wait in.
#[derive(Clone, Debug)]
pub(super) struct OverlayFolders {
    all: PathBuf,
    own: PathBuf,
    /// Removals that were begun.
    removals: TaskTracker,
}

impl OverlayFolders {
    pub(super) fn of(home: &Home, session: &SessionId) -> Self {
        let all = overlays_dir(home);
        let own = all.join(folder_name(session.as_str()));
        Self { all, own, removals: TaskTracker::new() }
    }

    /// Returns the folder of one call.
    pub(super) fn of_call(&self, call_id: &CallId) -> PathBuf {
        self.own.join(folder_name(&call_id.0))
    }

    /// Returns a folder for a copy that a patch is checked on, which no other run has.
    pub(super) fn of_check(&self) -> PathBuf {
        self.own.join(check_folder_name())
    }

    /// Removes what calls left, when nothing of it waits any more after `fact`, one of these records.
    pub(super) fn observe(&self, fact: &Fact, records: &[Record]) {
        match fact {
            // one that is asked about again may run again, in the very folder
            Fact::PatchEnded { call_id, .. } if !is_asked_again(records, call_id) => {
                self.remove(self.of_call(call_id));
            }
            Fact::TaskCompleted { .. } | Fact::TaskAborted { .. } => self.remove_all(),
            _ => {}
        }
    }

    /// Removes what all calls of the session left; none of it waits.
    pub(super) fn remove_all(&self) {
        self.remove(self.own.clone());
    }

    /// Removes a folder and all that is in it, and waits for nothing.
    fn remove(&self, folder: PathBuf) {
        self.removals.spawn_blocking(move || {
            if folder.exists() {
                CommandOverlay::remove_folder(&folder);
            }
        });
    }

    /// Waits until what was begun to be removed is gone: at the end of the program it would be left.
    pub(super) async fn removed(&self) {
        self.removals.close();
        self.removals.wait().await;
    }

    /// Removes what sessions left that were never gone on with.
    pub(super) fn forget_old(&self) {
        let (all, own) = (self.all.clone(), self.own.clone());
        tokio::task::spawn_blocking(move || {
            for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
                let modified = entry.metadata().and_then(|metadata| metadata.modified());
                let age = modified.ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
                if age.is_some_and(|age| age > MAX_AGE) && entry.path() != own {
                    CommandOverlay::remove_folder(&entry.path());
                }
            }
        });
    }
}

/// Returns a name that no call's folder has, nor another check's.
pub(crate) fn check_folder_name() -> String {
    format!("check.{}", Uuid::now_v7())
}

/// Reports whether these records ask about a call.
pub(super) fn is_asked_again(records: &[Record], call_id: &CallId) -> bool {
    let asks =
        |record: &Record| matches!(&record.fact, Fact::Asked { approval } if approval.call_id == *call_id);
    records.iter().any(asks)
}

/// The id of somebody else's as a name.
fn folder_name(id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    id.chars().map(plain).take(MAX_NAME).collect()
}

impl Running {
    /// Runs a command on a view of the project that is made in its folder. What it changed stays there while the person decides about it.
    pub(super) fn run_in_overlay(
        &mut self,
        call_id: CallId,
        request: ExecRequest,
        folders: OverlayFolders,
        log: TransactionLog,
    ) {
        let cancel = self.begin(&call_id);
        let (setup, event_tx, baseline) = (self.setup.clone(), self.event_tx.clone(), self.baseline.clone());
        tokio::spawn(async move {
            let (outcome, effects) = if cancel.run_until_cancelled(baseline).await.is_none() {
                (EndedBy::Interrupted.into(), Ok(OverlayEffects::default()))
            } else {
                let hidden = setup.executor.hidden(&request.sandbox);
                let roots = Roots::of(&request.sandbox, &request.session_cwd).hiding(hidden);
                match create(folders.of_call(&call_id), &request, roots.clone()).await {
                    Ok(overlay) => {
                        let said = emit_output(&call_id, &event_tx);
                        let command = setup.executor.run_in_overlay(&request, &overlay, cancel.clone(), said);
                        let outcome = command.await;
                        let (effects, gone) =
                            take(overlay, &outcome, roots, request.session_cwd.clone(), log).await;
                        if let Some(gone) = gone {
                            folders.remove(gone);
                        }
                        (outcome, effects)
                    }
                    Err(why) => (EndedBy::SandboxFailed { why }.into(), Ok(OverlayEffects::default())),
                }
            };
            // done: lets the map forget it
            cancel.cancel();
            let _ = event_tx.send(DriverEvent::Input(Input::OverlayEnded { call_id, outcome, effects }));
        });
    }
}

/// Makes the view of what the command may write, but for temporary folders and what the person allowed by name.
async fn create(folder: PathBuf, request: &ExecRequest, roots: Roots) -> Result<CommandOverlay, String> {
    let folders = writable_folders(request);
    made(move || CommandOverlay::create(&folder, &folders, &roots)).await
}

/// Like [`create`], with ignored folders on the view as well.
pub(super) async fn create_whole(folder: PathBuf, request: &ExecRequest) -> Result<CommandOverlay, String> {
    let folders = writable_folders(request);
    made(move || CommandOverlay::create_whole(&folder, &folders)).await
}

fn writable_folders(request: &ExecRequest) -> Vec<PathBuf> {
    let mut folders = vec![request.session_cwd.clone()];
    if let SandboxPolicy::WorkspaceWrite { writable_roots, .. } = &request.sandbox {
        folders.extend(writable_roots.iter().filter(|root| *root != Path::new("/tmp")).cloned());
    }
    folders
}

async fn made(
    make: impl FnOnce() -> std::io::Result<CommandOverlay> + Send + 'static,
) -> Result<CommandOverlay, String> {
    match tokio::task::spawn_blocking(make).await {
        Ok(Ok(overlay)) => Ok(overlay),
        Ok(Err(error)) => Err(format!("no overlay: its folders cannot be made: {error}")),
        Err(error) => Err(format!("no overlay: {error}")),
    }
}

/// Takes in what a command left. Also returns a folder that is left to be removed, where nothing of the view has to wait.
async fn take(
    overlay: CommandOverlay,
    outcome: &ExecOutcome,
    roots: Roots,
    cwd: PathBuf,
    log: TransactionLog,
) -> (Result<OverlayEffects, String>, Option<PathBuf>) {
    let did_run = !matches!(
        outcome.end.ended_by,
        EndedBy::Interrupted
            | EndedBy::NotStarted { .. }
            | EndedBy::SandboxFailed { .. }
            | EndedBy::Lost { .. }
    );
    let taken = tokio::task::spawn_blocking(move || {
        let effects =
            if did_run { overlay.take_effects(&roots, &cwd, &log) } else { Ok(OverlayEffects::default()) };
        let waits = effects.as_ref().is_ok_and(|effects| effects.proposal.is_effects());
        (effects, (!waits).then(|| overlay.set_aside()))
    });
    taken.await.unwrap_or_else(|error| (Err(format!("they could not be read: {error}")), None))
}
