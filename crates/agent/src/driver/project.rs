//! The project's files as the driver sees them: the baseline of the task, and diffs against it (B26, B37).

use super::Wake;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use protocol::{ChangeSource, EventMsg, WorkspaceDiff};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use tokio::sync::{Mutex, mpsc, watch};
use worktree::watch::Workspace;

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
    /// The difference last said. Held while a new one is worked out, so that they are said in order.
    said: Arc<Mutex<WorkspaceDiff>>,
    /// What is to be said, until the driver takes it.
    news: Arc<std::sync::Mutex<Vec<EventMsg>>>,
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
            news: Arc::default(),
        }
    }

    /// Holds what the files are now, in the background.
    pub(super) fn begin_task(&mut self) {
        let opening = self.opening.clone();
        let said = self.said.clone();
        self.baseline = spawned(async move {
            opening.await.workspace.begin_task().await;
            *said.lock().await = WorkspaceDiff::default();
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

    /// Works out the difference to before the task, in the background, and wakes the driver if it is news.
    pub(super) fn look(&self, waker: &mpsc::UnboundedSender<Wake>) {
        let (project, waker) = (self.clone(), waker.clone());
        tokio::spawn(async move {
            if project.work_out(false).await {
                let _ = waker.send(Wake::ProjectNews);
            }
        });
    }

    /// What is still to be said when the task ends, the unified diff included.
    pub(super) async fn last_news(&self) -> Vec<EventMsg> {
        self.work_out(true).await;
        self.take_news()
    }

    /// What is to be said.
    pub(super) fn take_news(&self) -> Vec<EventMsg> {
        std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The files somebody else changed since the task began, as far as it was last worked out.
    pub(super) async fn changed_by_others(&self) -> BTreeSet<PathBuf> {
        let said = self.said.lock().await;
        let others = said.files.iter().filter(|file| file.sources.contains(&ChangeSource::Other));
        others.flat_map(|file| std::iter::once(&file.path).chain(&file.old_path)).map(PathBuf::from).collect()
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
        self.look(waker);
        out
    }

    /// Whether there is anything new to say.
    async fn work_out(&self, at_end: bool) -> bool {
        self.baseline.clone().await;
        let workspace = self.workspace().await;
        let mut said = self.said.lock().await;
        let diff = workspace.diff().await;
        let is_new = *said != diff;
        let mut news = Vec::new();
        if (is_new || at_end) && !diff.files.is_empty() {
            news.push(EventMsg::TurnDiff { unified_diff: workspace.unified_diff().await });
        }
        if is_new {
            said.clone_from(&diff);
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
