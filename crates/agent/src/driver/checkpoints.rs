//! CheckpointQueue as the driver takes them: one after the other, beside everything else, and no prompt waits for one (B36).

use super::driver_event::DriverEvent;
use super::project::{Baseline, spawned};
use crate::checkpoint::{self, TakenCheckpoint, UndoOutcome};
use crate::commit::{self, CommitRefusal};
use crate::compare::{self, ComparisonOutcome};
use config::Home;
use engine::{CompareAction, CompareBase, CompareRequest, Input, UndoRequest};
use exec::Executor;
use futures_util::FutureExt as _;
use protocol::{
    CheckpointWhen, ErrorInfo, ErrorKind, EventMsg, Fact, OpId, SessionId, Severity, TaskId, UndoMode,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use worktree::Workspace;

/// Most files that are compared with the last commit.
const MAX_COMPARED: usize = 2000;

/// The checkpoints of the session that runs.
pub(super) struct CheckpointQueue {
    files: Arc<Mutex<checkpoint::CheckpointStore>>,
    event_tx: mpsc::UnboundedSender<DriverEvent>,
    /// Resolves when everything begun so far is done.
    last: Baseline,
    /// Milestones of the records, in order.
    milestones: Vec<Milestone>,
    /// The checkpoints of before a resume, until it is gone on with.
    replayed: Option<Vec<String>>,
}

/// Record that says who had the files when; used for tasks whose changes were not recorded.
enum Milestone {
    /// The agent took over from here.
    Before(TaskId, String),
    /// The agent, or an undo, left this.
    Left(Option<String>),
}

impl CheckpointQueue {
    /// Makes the queue of a session; `is_isolated` says that it works on an isolated copy.
    pub(super) fn open(
        home: &Home,
        workspace: Workspace,
        (session, is_isolated): (SessionId, bool),
        event_tx: mpsc::UnboundedSender<DriverEvent>,
    ) -> Self {
        let files = Arc::new(Mutex::new(checkpoint::CheckpointStore::new(workspace, session)));
        let last = futures_util::future::ready(()).boxed().shared();
        // what is mounted over a project is not the project: nothing of that one's may be brought in order here
        if !is_isolated {
            let home = home.clone();
            tokio::task::spawn_blocking(move || checkpoint::sweep(&home));
        }
        Self { files, event_tx, last, milestones: Vec::new(), replayed: Some(Vec::new()) }
    }

    /// Takes in what was recorded, now or before a resume.
    pub(super) fn observe(&mut self, fact: &Fact) {
        match fact {
            Fact::Checkpointed { when, checkpoint, .. } => {
                self.replayed.iter_mut().for_each(|all| all.extend(checkpoint.clone()));
                match (when, checkpoint) {
                    (CheckpointWhen::BeforeTask { task_id }, Some(id)) => {
                        self.milestones.push(Milestone::Before(*task_id, id.clone()));
                    }
                    (CheckpointWhen::AfterTask { .. }, left) => {
                        self.milestones.push(Milestone::Left(left.clone()));
                    }
                    _ => {}
                }
            }
            Fact::Undone { undone } => {
                self.replayed
                    .iter_mut()
                    .for_each(|all| all.extend([undone.saved.clone(), undone.left.clone()]));
                self.milestones.push(Milestone::Left(Some(undone.left.clone())));
            }
            _ => {}
        }
    }

    /// Resumes a session whose records were observed: a copy of another one's, maybe. Returns the task that is in the middle of
    /// its work, and what resolves when its changes can be told again.
    pub(super) fn resume(&mut self) -> Option<(TaskId, Baseline)> {
        let before_task = match self.milestones.last() {
            Some(Milestone::Before(task_id, id)) => Some((*task_id, id.clone())),
            _ => None,
        };
        let ids = self.replayed.take().unwrap_or_default();
        let task_id = before_task.as_ref().map(|(task_id, _)| *task_id);
        self.then(move |files| files.resume(&ids, before_task), |_| ());
        task_id.map(|task_id| (task_id, self.last.clone()))
    }

    /// Takes a checkpoint, and tells the machine. What is returned resolves when it is taken.
    pub(super) fn take(&mut self, when: CheckpointWhen) -> Baseline {
        let (event_tx, for_files) = (self.event_tx.clone(), when.clone());
        self.then(
            move |files| files.take(&for_files),
            move |taken| {
                let failed = |why| TakenCheckpoint { note: Some(why), ..TakenCheckpoint::default() };
                let TakenCheckpoint { id: checkpoint, note, lost } = taken.unwrap_or_else(failed);
                let input = Input::Checkpointed { when, checkpoint, note, lost };
                let _ = event_tx.send(DriverEvent::Input(input));
            },
        );
        self.last.clone()
    }

    /// Puts the files back, or says what that would do.
    pub(super) fn undo(&mut self, id: OpId, request: UndoRequest) {
        let (event_tx, gaps) = (self.event_tx.clone(), self.gaps_since(&request));
        let applies = matches!(request.mode, UndoMode::Apply { .. });
        let op = id.clone();
        self.then(
            move |files| files.undo(&op, &request, &gaps),
            move |outcome| {
                let broken = |why| Err(ErrorInfo::new(ErrorKind::Other, why));
                let wake = match outcome.unwrap_or_else(broken) {
                    Ok(UndoOutcome::Preview(plan)) => {
                        DriverEvent::Answer { id, msg: EventMsg::UndoPreview { plan: Box::new(plan) } }
                    }
                    Ok(UndoOutcome::Read(versions)) => DriverEvent::Answer {
                        id,
                        msg: EventMsg::VersionsRead { versions: Box::new(versions) },
                    },
                    Ok(UndoOutcome::Done(undone, notes)) => {
                        let severity = Severity::Warning;
                        for message in notes {
                            let _ = event_tx
                                .send(DriverEvent::Emit(EventMsg::BackgroundEvent { severity, message }));
                        }
                        DriverEvent::Input(Input::UndoDone { id, result: Ok(undone) })
                    }
                    Err(error) if applies => DriverEvent::Input(Input::UndoDone { id, result: Err(error) }),
                    Err(error) => DriverEvent::Answer { id, msg: EventMsg::Error { error } },
                };
                let _ = event_tx.send(wake);
            },
        );
    }

    /// Compares the files with what they were, or reverts a part of the difference.
    pub(super) fn compare(&mut self, id: OpId, request: CompareRequest, executor: Executor, folder: PathBuf) {
        let event_tx = self.event_tx.clone();
        let (op, scope) = (id.clone(), request.scope);
        let reverts = matches!(request.action, CompareAction::Revert(_));
        let is_commit = request.base == CompareBase::LastCommit;
        let earlier = async move {
            if !is_commit {
                return Ok(BTreeMap::new());
            }
            let changed = commit::changed_files(&executor, &folder).await.map_err(|error| refused(&error))?;
            if changed.len() > MAX_COMPARED {
                let count = changed.len();
                let message = format!("{count} files differ from the last commit, too many to show");
                return Err(ErrorInfo::new(ErrorKind::BadRequest, message));
            }
            let crlf =
                commit::crlf_files(&executor, &folder, &changed).await.map_err(|error| refused(&error))?;
            let paths: Vec<_> = changed.into_iter().map(|file| file.path).collect();
            let read =
                tokio::task::spawn_blocking(move || compare::read_earlier(&folder, &paths, &crlf)).await;
            read.unwrap_or_else(|error| Err(ErrorInfo::new(ErrorKind::Other, error.to_string())))
        };
        self.after(
            earlier,
            move |files, earlier| files.compare(&op, &request, &earlier?),
            move |outcome| {
                let broken = |why| Err(ErrorInfo::new(ErrorKind::Other, why));
                let wake = match outcome.unwrap_or_else(broken) {
                    Ok(ComparisonOutcome::Shown(diff, patches)) => {
                        DriverEvent::Answer { id, msg: EventMsg::Compared { scope, diff, patches } }
                    }
                    Ok(ComparisonOutcome::Read(versions)) => DriverEvent::Answer {
                        id,
                        msg: EventMsg::VersionsRead { versions: Box::new(versions) },
                    },
                    Ok(ComparisonOutcome::Reverted(undone, notes)) => {
                        let severity = Severity::Warning;
                        for message in notes {
                            let _ = event_tx
                                .send(DriverEvent::Emit(EventMsg::BackgroundEvent { severity, message }));
                        }
                        DriverEvent::Input(Input::UndoDone { id, result: Ok(undone) })
                    }
                    Err(error) if reverts => DriverEvent::Input(Input::UndoDone { id, result: Err(error) }),
                    Err(error) => DriverEvent::Answer { id, msg: EventMsg::Error { error } },
                };
                let _ = event_tx.send(wake);
            },
        );
    }

    /// Returns what the agent left and what it found when it came back, of each time since the task an undo goes back to. A redo
    /// only goes back to what was a moment before.
    fn gaps_since(&self, request: &UndoRequest) -> Vec<(String, String)> {
        let mut gaps = Vec::new();
        if request.redo {
            return gaps;
        }
        let since = self.milestones.iter().skip_while(
            |milestone| !matches!(milestone, Milestone::Before(task_id, _) if *task_id == request.task_id),
        );
        let mut left = None;
        for milestone in since {
            match milestone {
                Milestone::Left(id) => left.clone_from(id),
                Milestone::Before(_, found) => gaps.extend(left.take().map(|left| (left, found.clone()))),
            }
        }
        gaps
    }

    /// Does `work` after everything begun before, where blocking is allowed, and then says what came of it.
    fn then<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut checkpoint::CheckpointStore) -> T + Send + 'static,
        say: impl FnOnce(Result<T, String>) + Send + 'static,
    ) {
        self.after(async {}, move |files, ()| work(files), say);
    }

    /// Like [`CheckpointQueue::then`], with what `prepare` finds out first.
    fn after<P: Send + 'static, T: Send + 'static>(
        &mut self,
        prepare: impl Future<Output = P> + Send + 'static,
        work: impl FnOnce(&mut checkpoint::CheckpointStore, P) -> T + Send + 'static,
        say: impl FnOnce(Result<T, String>) + Send + 'static,
    ) {
        let (before, files) = (self.last.clone(), self.files.clone());
        self.last = spawned(async move {
            before.await;
            let prepared = prepare.await;
            let worked = tokio::task::spawn_blocking(move || {
                work(&mut files.lock().unwrap_or_else(PoisonError::into_inner), prepared)
            });
            say(worked.await.map_err(|error| format!("the checkpoint could not be taken: {error}")));
        });
    }
}

fn refused(error: &CommitRefusal) -> ErrorInfo {
    let info = ErrorInfo::new(ErrorKind::BadRequest, error.to_string());
    match error.hint() {
        Some(hint) => info.with_hint(hint),
        None => info,
    }
}
