//! The project's files as the driver sees them: the baseline of the task, diffs against it, and what is recorded of them (B26,
//! B36, B37).

use super::driver_event::DriverEvent;
use engine::Input;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use protocol::{CallId, ChangeSource, EventMsg, TaskId, WorkspaceDiff};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::Instant;
use worktree::watch::Workspace;

/// Time by which each wait between two records grows while a command runs: one that writes all the time must not fill the
/// transcript.
const RECORD_STEP: Duration = Duration::from_millis(20);

/// Longest wait between two records while a command runs.
const MAX_RECORD_WAIT: Duration = Duration::from_secs(5);

/// Resolves once what the files were before the task is held: nothing may change them sooner.
pub(super) type Baseline = Shared<BoxFuture<'static, ()>>;

/// A project that is being watched.
#[derive(Clone)]
pub(super) struct ProjectWatch {
    workspace: Workspace,
    /// Task whose changes are told.
    task: Option<TaskId>,
    baseline: Baseline,
    ticks: watch::Receiver<u64>,
    /// Difference last emitted. Held while a new one is worked out, so that they are emitted in order.
    emitted: Arc<Mutex<WorkspaceDiff>>,
    /// Events for the driver to emit.
    news: Arc<std::sync::Mutex<Vec<EventMsg>>>,
    /// Calls that may be changing files.
    calls: Arc<std::sync::Mutex<Vec<CallId>>>,
    /// Held while changes are taken to be recorded, so that they are recorded in order.
    recording: Arc<Mutex<Recording>>,
}

/// Timing of records while commands run.
#[derive(Debug)]
struct Recording {
    records: u32,
    not_before: Instant,
    is_waiting: bool,
}

impl ProjectWatch {
    /// Tells of the files of a workspace.
    pub(super) fn new(workspace: Workspace) -> Self {
        let ticks = workspace.changes();
        Self {
            workspace,
            task: None,
            baseline: futures_util::future::ready(()).boxed().shared(),
            ticks,
            emitted: Arc::default(),
            news: Arc::default(),
            calls: Arc::default(),
            recording: Arc::new(Mutex::new(Recording {
                records: 0,
                not_before: Instant::now(),
                is_waiting: false,
            })),
        }
    }

    /// Tells of the changes of a task, once the snapshot they are told by is taken.
    pub(super) fn begin_task(&mut self, id: TaskId, taken: Baseline) {
        self.task = Some(id);
        let (emitted, recording) = (self.emitted.clone(), self.recording.clone());
        self.baseline = spawned(async move {
            taken.await;
            *emitted.lock().await = WorkspaceDiff::default();
            recording.lock().await.records = 0;
        });
    }

    /// Reports whether the changes of this task are told.
    pub(super) fn is_of(&self, id: TaskId) -> bool {
        self.task == Some(id)
    }

    pub(super) fn baseline(&self) -> Baseline {
        self.baseline.clone()
    }

    /// Resolves at the next change of a file; never, when no project is open.
    pub(super) async fn changed(project: Option<&mut Self>) {
        if let Some(project) = project
            && project.ticks.changed().await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }

    /// Works out the difference to before the task, in the background: event_rx the driver if it is news, and has the task's own
    /// changes recorded.
    pub(super) fn look(&self, event_tx: &mpsc::UnboundedSender<DriverEvent>) {
        let (project, event_tx) = (self.clone(), event_tx.clone());
        tokio::spawn(async move {
            if project.work_out(false).await {
                let _ = event_tx.send(DriverEvent::ProjectNews);
            }
            project.record_soon(&event_tx).await;
        });
    }

    /// Returns what is still to be said when the task ends, the unified diff included, and has its last changes recorded.
    pub(super) async fn last_news(&self, event_tx: &mpsc::UnboundedSender<DriverEvent>) -> Vec<EventMsg> {
        self.work_out(true).await;
        self.record(None, event_tx).await;
        self.take_news()
    }

    /// Returns what is to be said.
    pub(super) fn take_news(&self) -> Vec<EventMsg> {
        std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the workspace, to note who changes what.
    pub(super) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Runs `work`, which changes files on behalf of `call_id`, has what it changed recorded, and says it.
    pub(super) async fn while_changing<T>(
        &self,
        call_id: &CallId,
        event_tx: &mpsc::UnboundedSender<DriverEvent>,
        work: impl Future<Output = T>,
    ) -> T {
        self.changing(call_id, ChangeSource::Command, Self::only_call, event_tx, work).await
    }

    /// Like [`ProjectWatch::while_changing`], where the app itself writes what was accepted of a call.
    pub(super) async fn while_writing<T>(
        &self,
        call_id: &CallId,
        source: ChangeSource,
        event_tx: &mpsc::UnboundedSender<DriverEvent>,
        work: impl Future<Output = T>,
    ) -> T {
        self.changing(call_id, source, |_| Some(call_id.clone()), event_tx, work).await
    }

    /// Until the end of `work`, what is recorded meanwhile is of this call too, where it is the only one.
    async fn changing<T>(
        &self,
        call_id: &CallId,
        source: ChangeSource,
        of_call: impl Fn(&Self) -> Option<CallId>,
        event_tx: &mpsc::UnboundedSender<DriverEvent>,
        work: impl Future<Output = T>,
    ) -> T {
        self.calls().push(call_id.clone());
        self.workspace.began(source);
        let out = work.await;
        self.workspace.ended(source);
        self.record(of_call(self), event_tx).await;
        {
            let mut calls = self.calls();
            if let Some(at) = calls.iter().position(|call| call == call_id) {
                calls.remove(at);
            }
        }
        self.look(event_tx);
        out
    }

    /// Has the task's own changes recorded that are not yet.
    pub(super) async fn record(
        &self,
        call_id: Option<CallId>,
        event_tx: &mpsc::UnboundedSender<DriverEvent>,
    ) {
        let mut recording = self.recording.lock().await;
        let taken = self.workspace.take_attributed().await;
        if taken.is_empty() {
            return;
        }
        for changes in taken {
            let _ = event_tx.send(DriverEvent::Input(Input::FilesChanged {
                task_id: changes.task_id,
                call_id: call_id.clone(),
                source: changes.source,
                paths: changes.paths,
            }));
        }
        recording.records = recording.records.saturating_add(1);
        let wait = RECORD_STEP.saturating_mul(recording.records).min(MAX_RECORD_WAIT);
        recording.not_before = Instant::now() + wait;
    }

    /// Like [`ProjectWatch::record`], the less often the more was recorded already.
    async fn record_soon(&self, event_tx: &mpsc::UnboundedSender<DriverEvent>) {
        let not_before = {
            let mut recording = self.recording.lock().await;
            if std::mem::replace(&mut recording.is_waiting, true) {
                return;
            }
            recording.not_before
        };
        tokio::time::sleep_until(not_before).await;
        self.recording.lock().await.is_waiting = false;
        self.record(self.only_call(), event_tx).await;
    }

    /// Returns the call that changes files, where there is one alone.
    fn only_call(&self) -> Option<CallId> {
        match self.calls().as_slice() {
            [call_id] => Some(call_id.clone()),
            _ => None,
        }
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, Vec<CallId>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports whether there is anything new to say.
    async fn work_out(&self, at_end: bool) -> bool {
        self.baseline.clone().await;
        let mut emitted = self.emitted.lock().await;
        let diff = self.workspace.diff().await;
        let is_new = *emitted != diff;
        let mut news = Vec::new();
        if (is_new || at_end) && !diff.files.is_empty() {
            news.push(EventMsg::TurnDiff { unified_diff: self.workspace.unified_diff().await });
        }
        if is_new {
            emitted.clone_from(&diff);
            news.insert(0, EventMsg::WorkspaceDiff { diff });
        }
        let any = !news.is_empty();
        self.news.lock().unwrap_or_else(PoisonError::into_inner).extend(news);
        any
    }
}

/// Runs `work` whether or not anybody waits for it.
pub(super) fn spawned<T: Clone + Send + Sync + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Shared<BoxFuture<'static, T>> {
    let work = work.boxed().shared();
    tokio::spawn(work.clone());
    work
}
