//! The project's files, watched: how they differ from what they were when the task began, and who changed them (B26, B37).
//!
//! Nothing is ever written. What the system tells of changes only says where to look: what counts is what is found there,
//! and after each command everything is looked at, so that a change the system did not tell of is found too.

mod barrier;
mod compare;
mod content;
mod peers;
pub mod planned;
mod refresh;
mod state;
mod task;
mod tracker;
mod unified;
mod watched_dirs;

#[cfg(test)]
mod attribution_tests;
#[cfg(test)]
mod tests;

use crate::apply::Applied;
use crate::error::Error;
use crate::ignore;
use crate::node::CheckpointId;
use crate::plan::RestorePlan;
use crate::snapshot::Report;
use crate::stat_cache::StatStamp;
use crate::store::Store;
use crate::transaction::TransactionId;
use barrier::Barrier;
use notify::Watcher;
use peers::Peers;
use protocol::{ChangeSource, LostFiles, TaskId, Undone, WorkspaceDiff};
use state::WatchState;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
pub use task::AttributedChanges;
use task::StampChange;
use tokio::sync::watch;
use tracker::{ChangeTracker, Sources};

/// Time changes are collected before the files are refreshed.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// Interval of full rescans where not everything can be watched.
const POLL: Duration = Duration::from_secs(3);

/// The files of one project. Cheap to clone; watching ends with the last clone.
#[derive(Clone, Debug)]
pub struct Workspace {
    handle: Arc<WorkspaceGuard>,
}

impl Workspace {
    /// Watches the files beneath `root` from the first task on, but for what ignore rules name. Snapshots are kept in the store
    /// at `store_dir`, which is opened when it is first needed.
    pub fn open(store_dir: &Path, root: &Path) -> Self {
        Self::open_without(store_dir, root, Vec::new())
    }

    /// Like [`Workspace::open`]; the folders `except` are none of the project's, wherever they lie.
    pub fn open_without(store_dir: &Path, root: &Path, except: Vec<PathBuf>) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let (wake, woken) = sync_channel(1);
        let shared = WorkspaceInner::new(store_dir.to_owned(), root, except, wake);
        let worker = Arc::clone(&shared);
        let started =
            std::thread::Builder::new().name("workspace".to_owned()).spawn(move || worker.run(&woken));
        if let Err(error) = started {
            shared.state().cannot_watch(&error);
        }
        Self { handle: Arc::new(WorkspaceGuard { shared }) }
    }

    /// Takes the snapshot a task's changes are told by. Blocks until all files have been looked at.
    ///
    /// # Errors
    /// Fails as [`Store::snapshot`] does; nothing is told of the task's changes then.
    pub fn begin_task(&self, id: TaskId) -> Result<(CheckpointId, Report), Error> {
        self.handle.shared.begin_task(id)
    }

    /// Goes on with a task of an earlier process, whose snapshot is `base`. Blocks until all files have been looked at: what
    /// changed up to now is nobody's.
    pub fn resume_task(&self, id: TaskId, base: CheckpointId) -> Result<(), Error> {
        self.handle.shared.resume_task(id, base)
    }

    /// Takes a snapshot within a task; `None` when none has begun. Blocks until all files have been looked at.
    pub fn snapshot(&self) -> Result<Option<(CheckpointId, Report)>, Error> {
        self.handle.shared.snapshot()
    }

    /// Returns how many ignored files the task removed as of the last snapshot, by the file or folder that the ignore rules name.
    /// They are in no snapshot.
    pub fn lost(&self) -> Vec<LostFiles> {
        self.handle.shared.state().lost()
    }

    /// Runs `work` on the project's store. Blocks while the files are being looked at.
    pub fn with_store<T>(&self, work: impl FnOnce(&mut Store) -> Result<T, Error>) -> Result<T, Error> {
        work(self.handle.shared.state().store()?)
    }

    /// Carries a plan out, as [`Store::apply_as`] does. Sessions at work on the same project do not take it for their own work.
    pub fn apply_as(
        &self,
        plan: &RestorePlan,
        overwrite: bool,
        id: Option<TransactionId>,
        undone: Undone,
    ) -> Result<Applied, Error> {
        self.handle.shared.peers.began();
        let applied = self.with_store(|store| store.apply_as(plan, overwrite, id, undone));
        self.handle.shared.peers.ended();
        applied
    }

    /// Looks at what may have changed, and returns the changes the task is known to have made that were not returned before.
    pub async fn take_attributed(&self) -> Vec<AttributedChanges> {
        self.on_shared(|shared| shared.refreshed(WatchState::take_attributed)).await
    }

    /// A command of the agent's is about to start, or a patch about to be written: what changes from here on is its doing.
    /// Both go around the work: what is not between the two is somebody else's.
    pub fn began(&self, source: ChangeSource) {
        self.handle.shared.peers.began();
        self.handle.shared.tracker().began(source);
    }

    /// The command ended, or the patch is written. For a patch comes after [`Workspace::wrote`].
    pub fn ended(&self, source: ChangeSource) {
        self.handle.shared.tracker().ended(source);
        self.handle.shared.peers.ended();
        self.handle.shared.wake();
    }

    /// A patch is about to write these (absolute) paths: they are followed from here on, ignored or outside the root as
    /// they may be, so that what a patch does always shows.
    pub async fn will_write(&self, paths: &[PathBuf]) {
        let paths = paths.to_vec();
        self.on_shared(move |shared| shared.will_write(&paths)).await;
    }

    /// A patch wrote these (absolute) paths, or deleted them.
    pub fn wrote(&self, paths: &[PathBuf]) {
        let shared = &self.handle.shared;
        shared.tracker().wrote(paths.iter().map(|path| shared.relative(path)));
        shared.wake();
    }

    /// Returns the difference of the files from their state when the task began; empty before the first task.
    pub async fn diff(&self) -> WorkspaceDiff {
        self.on_shared(|shared| shared.refreshed(WatchState::diff)).await
    }

    /// Returns the difference as one unified diff, as git prints it: at most 1 MiB, with a line that names the files left out.
    pub async fn unified_diff(&self) -> String {
        self.on_shared(|shared| shared.refreshed(|state| state.unified_diff())).await
    }

    /// Ticks when [`Workspace::diff`] has something new to say, at most about ten times a second.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.handle.shared.ticks.subscribe()
    }

    async fn on_shared<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WorkspaceInner) -> T + Send + 'static,
    ) -> T {
        let shared = Arc::clone(&self.handle.shared);
        blocking(move || work(&shared)).await
    }
}

/// State shared by all clones; the worker thread holds [`WorkspaceInner`] only.
#[derive(Debug)]
struct WorkspaceGuard {
    shared: Arc<WorkspaceInner>,
}

impl Drop for WorkspaceGuard {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.wake();
    }
}

#[derive(Debug)]
struct WorkspaceInner {
    root: PathBuf,
    /// Held for moments: the system's events and the driver's words go through it.
    tracker: Mutex<ChangeTracker>,
    /// Held for as long as looking at files takes. Never taken while `tracker` is held.
    state: Mutex<WatchState>,
    peers: Peers,
    barrier: Barrier,
    /// True when files that were written are told of by their being closed.
    hears_closing: AtomicBool,
    wake: SyncSender<()>,
    ticks: watch::Sender<u64>,
    closed: AtomicBool,
}

impl WorkspaceInner {
    fn new(store_dir: PathBuf, root: PathBuf, except: Vec<PathBuf>, wake: SyncSender<()>) -> Arc<Self> {
        Arc::new_cyclic(|shared: &Weak<Self>| {
            let shared = Weak::clone(shared);
            let watcher = notify::RecommendedWatcher::new(
                move |event| {
                    if let Some(shared) = shared.upgrade() {
                        shared.heard(event);
                    }
                },
                notify::Config::default().with_follow_symlinks(false),
            );
            Self {
                tracker: Mutex::new(ChangeTracker::new(&root)),
                peers: Peers::new(&store_dir),
                barrier: Barrier::new(&store_dir),
                hears_closing: AtomicBool::new(false),
                state: Mutex::new(WatchState::new(store_dir, &root, except, watcher)),
                root,
                wake,
                ticks: watch::Sender::new(0),
                closed: AtomicBool::new(false),
            }
        })
    }

    /// The worker: looks at what changed, soon after it did.
    fn run(&self, woken: &Receiver<()>) {
        loop {
            let polls = self.state().has_problem();
            let waited =
                if polls { woken.recv_timeout(POLL) } else { woken.recv().map_err(RecvTimeoutError::from) };
            match waited {
                Ok(()) => std::thread::sleep(DEBOUNCE),
                Err(RecvTimeoutError::Timeout) => self.tracker().lost_track(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.closed.load(Ordering::Acquire) {
                return;
            }
            // what was said while it waited is looked at now as well
            while woken.try_recv().is_ok() {}
            self.refreshed(|_| ());
        }
    }

    /// Answers `ask` once everything that may have changed was looked at.
    fn refreshed<T>(&self, ask: impl FnOnce(&mut WatchState) -> T) -> T {
        let mut state = self.state();
        // a failure is told with the diff
        let _ = self.refresh(&mut state, false);
        let answer = ask(&mut state);
        self.tick(state.generation());
        answer
    }

    /// Looks at what may have changed, with `all` at everything. Returns the snapshot if one was taken.
    fn refresh(&self, state: &mut WatchState, all: bool) -> Result<Option<(CheckpointId, Report)>, Error> {
        let is_due_whole = all || self.tracker().is_due_whole();
        let due = if is_due_whole && self.is_told(state) { self.tracker().take_told() } else { None };
        let is_told = due.is_some();
        let due = due.unwrap_or_else(|| {
            let mut tracker = self.tracker();
            if all || state.has_problem() {
                tracker.lost_track();
            }
            tracker.take()
        });
        let (others_work, since) = self.peers.work();
        let attribute = |path: &Path, change: &StampChange, otherwise| {
            self.tracker().attribute(path, change.before, change.after, otherwise)
        };
        let is_contested = |path: &Path, change: &StampChange| {
            let changed = change.after.filter(|_| !change.is_folder).map(|stamp| {
                let is_another = change.before.is_none_or(|before| !before.is_of_same_file(&stamp));
                // the dates of what came with its folder tell nothing of when it came; those of the folder do
                let came_with_folder = is_another && stamp.changed_ns < since;
                if came_with_folder { self.last_move_above(path) } else { None }.unwrap_or(stamp.changed_ns)
            });
            peers::is_contested(&others_work, since, changed)
        };
        let refreshed = state.refresh(due, attribute, is_contested);
        self.tracker().looked();
        if !is_told || !all || refreshed.is_err() {
            return refreshed;
        }
        match state.snapshot_told()? {
            Some(taken) => Ok(Some(taken)),
            // one of the files changes at this moment
            None => {
                self.tracker().lost_track();
                self.refresh(state, true)
            }
        }
    }

    /// Reports whether the system has told of all changes up to now, in a project in which that is gone by.
    fn is_told(&self, state: &WatchState) -> bool {
        let is_trusted = state.is_large() && !state.has_problem() && !self.tracker().has_lost_track();
        is_trusted && self.barrier.pass()
    }

    /// Returns when a folder above a path in the project was changed or moved last.
    fn last_move_above(&self, path: &Path) -> Option<i64> {
        let folders = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        folders
            .filter_map(|folder| StatStamp::at(&self.root.join(folder)))
            .map(|stamp| stamp.changed_ns)
            .max()
    }

    fn begin_task(&self, id: TaskId) -> Result<(CheckpointId, Report), Error> {
        let mut state = self.state();
        // what fails here fails below as well, or does not matter
        let begun = match self.begin_told_task(&mut state, id) {
            Ok(Some(begun)) => Ok(begun),
            Ok(None) | Err(_) => {
                if let Some(dir) = self.barrier.create_dir() {
                    state.follow(dir);
                }
                self.forget();
                let begun = state.begin_task(id);
                self.hears_closing.store(state.is_large(), Ordering::Relaxed);
                begun
            }
        };
        self.tick(state.generation());
        begun
    }

    /// Begins a task from the last snapshot and what the system told of since; `None` where that does not do.
    fn begin_told_task(
        &self,
        state: &mut WatchState,
        id: TaskId,
    ) -> Result<Option<(CheckpointId, Report)>, Error> {
        let due = if self.is_told(state) { self.tracker().take_told() } else { None };
        let Some(due) = due else { return Ok(None) };
        let nobodys = Sources::of(ChangeSource::Other);
        state.refresh(due, |_, _, _| nobodys, |_, _| false)?;
        let begun = state.begin_told_task(id)?;
        if begun.is_some() {
            self.tracker().forget();
        }
        Ok(begun)
    }

    fn resume_task(&self, id: TaskId, base: CheckpointId) -> Result<(), Error> {
        let mut state = self.state();
        self.forget();
        state.resume_task(id, base)
    }

    fn snapshot(&self) -> Result<Option<(CheckpointId, Report)>, Error> {
        let mut state = self.state();
        let taken = self.refresh(&mut state, true);
        self.tick(state.generation());
        taken
    }

    /// A task begins: what was before is nobody's.
    fn forget(&self) {
        let mut tracker = self.tracker();
        tracker.take();
        tracker.forget();
    }

    fn will_write(&self, paths: &[PathBuf]) {
        let paths: Vec<_> = paths.iter().map(|path| self.relative(path)).collect();
        self.refreshed(|state| {
            if let Err(error) = state.will_write(&paths) {
                tracing::warn!(%error, "the files a patch is about to write could not be kept");
            }
        });
    }

    fn heard(&self, event: notify::Result<notify::Event>) {
        match event {
            Ok(event) if event.need_rescan() => self.tracker().lost_track(),
            // reading is no change; that a file is closed is the only word of what was written to mapped memory
            Ok(event)
                if event.kind.is_access()
                    && !(self.hears_closing.load(Ordering::Relaxed) && is_written(&event)) =>
            {
                return;
            }
            Ok(event) => {
                let mut tracker = self.tracker();
                for path in event.paths {
                    if self.barrier.heard(&path) {
                        continue;
                    }
                    let Ok(path) = path.strip_prefix(&self.root) else { continue };
                    if path.as_os_str().is_empty() {
                        tracker.lost_track();
                    } else if !ignore::in_tool_folder(path) {
                        tracker.saw(path.to_owned());
                    }
                }
            }
            Err(_) => self.tracker().lost_track(),
        }
        self.wake();
    }

    /// A path as the tree knows it.
    fn relative(&self, path: &Path) -> PathBuf {
        // the folder may be reached through a link; the file itself is what it is
        let folder = path.parent().and_then(|dir| dir.canonicalize().ok());
        let real = folder.zip(path.file_name()).map_or_else(|| path.to_owned(), |(dir, name)| dir.join(name));
        real.strip_prefix(&self.root).map(Path::to_owned).unwrap_or(real)
    }

    fn tick(&self, generation: u64) {
        self.ticks.send_if_modified(|ticked| std::mem::replace(ticked, generation) != generation);
    }

    fn wake(&self) {
        // full means that the worker is going to wake anyway
        let _ = self.wake.try_send(());
    }

    fn tracker(&self) -> MutexGuard<'_, ChangeTracker> {
        self.tracker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, WatchState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reports whether a file that was open for writing was closed.
fn is_written(event: &notify::Event) -> bool {
    use notify::event::{AccessKind, AccessMode};
    event.kind == notify::EventKind::Access(AccessKind::Close(AccessMode::Write))
}

/// Runs `work` where blocking is allowed.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // the runtime is going down, and whoever waits for this with it
        Err(_) => std::future::pending().await,
    }
}
