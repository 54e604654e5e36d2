//! The project's files as the driver sees them: the baseline of the task, and diffs against it (B26, B37).

use super::Wake;
use crate::workspace::watch::Workspace;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use protocol::{ChangeSource, EventMsg, WorkspaceDiff};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, watch};

/// Resolves to the watched project once it is open.
type Opening = Shared<BoxFuture<'static, Opened>>;

/// Resolves once what the files were before the task is held: nothing may change them sooner.
pub(super) type Baseline = Shared<BoxFuture<'static, ()>>;

#[derive(Clone)]
struct Opened {
    workspace: Workspace,
}

/// A project that is being watched, or about to be.
#[derive(Clone)]
pub(super) struct Project {
    opening: Opening,
    baseline: Baseline,
    ticks: Option<watch::Receiver<u64>>,
    said: Arc<Mutex<WorkspaceDiff>>,
}

impl Project {
    /// Starts to watch `cwd`, in the background.
    pub(super) fn open(cwd: PathBuf) -> Self {
        let opening = spawned(async move { Opened { workspace: Workspace::open(&cwd).await } });
        Self {
            opening,
            baseline: futures_util::future::ready(()).boxed().shared(),
            ticks: None,
            said: Arc::default(),
        }
    }

    /// Holds what the files are now, in the background.
    pub(super) fn begin_task(&mut self) {
        let opening = self.opening.clone();
        let said = self.said.clone();
        self.baseline = spawned(async move {
            opening.await.workspace.begin_task().await;
            *lock(&said) = WorkspaceDiff::default();
        });
    }

    pub(super) fn baseline(&self) -> Baseline {
        self.baseline.clone()
    }

    /// Resolves at the next change of a file; never, when no project is open.
    pub(super) async fn changed(project: Option<&mut Self>) {
        let Some(project) = project else { return std::future::pending().await };
        if project.ticks.is_none() {
            project.ticks = Some(project.opening.clone().await.workspace.changes());
        }
        if let Some(ticks) = &mut project.ticks
            && ticks.changed().await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }

    /// Works out the difference to before the task, in the background, and says it if it is news.
    pub(super) fn say_diff(&self, waker: &mpsc::UnboundedSender<Wake>) {
        let (project, waker) = (self.clone(), waker.clone());
        tokio::spawn(async move {
            for msg in project.news(false).await {
                let _ = waker.send(Wake::Say(msg));
            }
        });
    }

    /// What is still to be said when the task ends, the unified diff included.
    pub(super) async fn last_diff(&self) -> Vec<EventMsg> {
        self.news(true).await
    }

    /// The workspace, to note who changes what; once it is open.
    pub(super) async fn workspace(&self) -> Workspace {
        self.opening.clone().await.workspace
    }

    /// Runs `work`, which changes files on behalf of `source`, and says what it changed.
    pub(super) async fn while_changing<T>(
        &self,
        source: ChangeSource,
        waker: &mpsc::UnboundedSender<Wake>,
        work: impl Future<Output = T>,
    ) -> T {
        let workspace = self.workspace().await;
        workspace.began(source);
        let out = work.await;
        workspace.ended(source);
        self.say_diff(waker);
        out
    }

    async fn news(&self, at_end: bool) -> Vec<EventMsg> {
        self.baseline.clone().await;
        let workspace = self.workspace().await;
        let diff = workspace.diff().await;
        let is_new = {
            let mut said = lock(&self.said);
            let is_new = *said != diff;
            said.clone_from(&diff);
            is_new
        };
        let mut news = Vec::new();
        let any = !diff.files.is_empty();
        if is_new {
            news.push(EventMsg::WorkspaceDiff { diff });
        }
        if (is_new || at_end) && any {
            news.push(EventMsg::TurnDiff { unified_diff: workspace.unified_diff().await });
        }
        news
    }
}

/// Runs `work` whether or not anybody waits for it.
fn spawned<T: Clone + Send + Sync + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Shared<BoxFuture<'static, T>> {
    let work = work.boxed().shared();
    tokio::spawn(work.clone());
    work
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
