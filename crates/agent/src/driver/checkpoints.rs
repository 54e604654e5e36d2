//! Checkpoints as the driver takes them: one after the other, beside everything else, and no prompt waits for one (B36).

use super::Wake;
use super::project::{Baseline, spawned};
use crate::checkpoint::{self, Others, Taken, UndoOutcome};
use config::Home;
use engine::{Input, UndoRequest};
use futures_util::FutureExt as _;
use protocol::{CheckpointWhen, ErrorInfo, ErrorKind, EventMsg, Fact, OpId, SessionId, TaskId, UndoMode};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// The checkpoints of the session that runs.
pub(super) struct Checkpoints {
    files: Arc<Mutex<checkpoint::Checkpoints>>,
    waker: mpsc::UnboundedSender<Wake>,
    /// Resolves when everything begun so far is done.
    last: Baseline,
    /// What was recorded, in order.
    told: Vec<Told>,
    /// What somebody else was seen to change while a task ran.
    others: BTreeMap<TaskId, BTreeSet<PathBuf>>,
    /// The checkpoints of before a resume, until it is gone on with.
    replayed: Option<Vec<String>>,
}

/// What a record says of who had the files when.
enum Told {
    /// The agent took over from here.
    Before(TaskId, String),
    /// The agent, or an undo, left this.
    Left(Option<String>),
}

impl Checkpoints {
    /// For a session in `cwd`.
    pub(super) fn open(
        home: &Home,
        cwd: &Path,
        session: SessionId,
        waker: mpsc::UnboundedSender<Wake>,
    ) -> Self {
        let files = Arc::new(Mutex::new(checkpoint::Checkpoints::new(home, cwd, session)));
        let last = futures_util::future::ready(()).boxed().shared();
        let (told, others) = (Vec::new(), BTreeMap::new());
        let home = home.clone();
        tokio::task::spawn_blocking(move || checkpoint::sweep(&home));
        Self { files, waker, last, told, others, replayed: Some(Vec::new()) }
    }

    /// Takes in what was recorded, now or before a resume.
    pub(super) fn heed(&mut self, fact: &Fact) {
        match fact {
            Fact::Checkpointed { when, checkpoint, .. } => {
                self.replayed.iter_mut().for_each(|all| all.extend(checkpoint.clone()));
                match (when, checkpoint) {
                    (CheckpointWhen::BeforeTask { task_id }, Some(id)) => {
                        self.told.push(Told::Before(*task_id, id.clone()));
                    }
                    (CheckpointWhen::AfterTask { .. }, left) => self.told.push(Told::Left(left.clone())),
                    _ => {}
                }
            }
            Fact::Undone { undone } => {
                self.replayed
                    .iter_mut()
                    .for_each(|all| all.extend([undone.saved.clone(), undone.left.clone()]));
                self.told.push(Told::Left(Some(undone.left.clone())));
            }
            _ => {}
        }
    }

    /// Goes on with a session whose records were heeded: a copy of another one's, maybe, and in the middle of a task.
    pub(super) fn resume(&mut self) {
        let before_task = match self.told.last() {
            Some(Told::Before(_, id)) => Some(id.clone()),
            _ => None,
        };
        let ids = self.replayed.take().unwrap_or_default();
        self.then(move |files| files.resume(&ids, before_task.as_deref()), |_| ());
    }

    /// Somebody else was seen to change these while a task ran.
    pub(super) fn saw_others(&mut self, task_id: TaskId, paths: BTreeSet<PathBuf>) {
        self.others.entry(task_id).or_default().extend(paths);
    }

    /// Takes a checkpoint, and tells the machine. What is returned resolves when it is taken.
    pub(super) fn take(&mut self, when: CheckpointWhen) -> Baseline {
        let (waker, for_files) = (self.waker.clone(), when.clone());
        self.then(
            move |files| files.take(&for_files),
            move |taken| {
                let Taken { id: checkpoint, note } =
                    taken.unwrap_or_else(|why| Taken { id: None, note: Some(why) });
                let _ = waker.send(Wake::Input(Input::Checkpointed { when, checkpoint, note }));
            },
        );
        self.last.clone()
    }

    /// Puts the files back, or says what that would do.
    pub(super) fn undo(&mut self, id: OpId, request: UndoRequest) {
        let (waker, others) = (self.waker.clone(), self.others_since(&request));
        let applies = matches!(request.mode, UndoMode::Apply { .. });
        let op = id.clone();
        self.then(
            move |files| files.undo(&op, &request, &others),
            move |outcome| {
                let broken = |why| Err(ErrorInfo::new(ErrorKind::Other, why));
                let wake = match outcome.unwrap_or_else(broken) {
                    Ok(UndoOutcome::Preview(plan)) => {
                        Wake::Answer { id, msg: EventMsg::UndoPreview { plan: Box::new(plan) } }
                    }
                    Ok(UndoOutcome::Done(undone, notes)) => {
                        for message in notes {
                            let _ = waker.send(Wake::Say(EventMsg::BackgroundEvent { message }));
                        }
                        Wake::Input(Input::UndoDone { id, result: Ok(undone) })
                    }
                    Err(error) if applies => Wake::Input(Input::UndoDone { id, result: Err(error) }),
                    Err(error) => Wake::Answer { id, msg: EventMsg::Error { error } },
                };
                let _ = waker.send(wake);
            },
        );
    }

    /// Who else changed files since the task an undo goes back to. A redo only goes back to what was a moment before.
    fn others_since(&self, request: &UndoRequest) -> Others {
        let mut others = Others::default();
        if request.redo {
            return others;
        }
        let told = self
            .told
            .iter()
            .skip_while(|told| !matches!(told, Told::Before(task_id, _) if *task_id == request.task_id));
        let mut left = None;
        for told in told {
            match told {
                Told::Left(id) => left.clone_from(id),
                Told::Before(_, found) => others.gaps.extend(left.take().map(|left| (left, found.clone()))),
            }
        }
        others.paths = self.others.range(request.task_id..).flat_map(|(_, paths)| paths.clone()).collect();
        others
    }

    /// Does `work` after everything begun before, where blocking is allowed, and then says what came of it.
    fn then<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut checkpoint::Checkpoints) -> T + Send + 'static,
        say: impl FnOnce(Result<T, String>) + Send + 'static,
    ) {
        let (before, files) = (self.last.clone(), self.files.clone());
        self.last = spawned(async move {
            before.await;
            let worked = tokio::task::spawn_blocking(move || {
                work(&mut files.lock().unwrap_or_else(PoisonError::into_inner))
            });
            say(worked.await.map_err(|error| format!("the checkpoint could not be taken: {error}")));
        });
    }
}
