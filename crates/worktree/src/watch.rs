//! The project's files, watched: how they differ from what they were when the task began, and who changed them (B26, B37).
//!
//! Nothing is ever written. What the system tells of changes only says where to look: what counts is what is found there,
//! and after each command everything is looked at, so that a change the system did not tell of is found too.

mod compare;
mod entry;
mod folders;
mod marks;
pub mod planned;
mod state;
mod tree;
mod unified;

#[cfg(test)]
mod tests;

use crate::ignore;
use marks::Marks;
use notify::Watcher;
use protocol::{ChangeSource, WorkspaceDiff};
use state::State;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// How long changes are collected before they are looked at.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// How often everything is looked at where not everything can be watched.
const POLL: Duration = Duration::from_secs(3);

/// The files of one project. Cheap to clone; watching ends with the last clone.
#[derive(Clone, Debug)]
pub struct Workspace {
    handle: Arc<Handle>,
}

impl Workspace {
    /// Begins to watch the files beneath `root`, but for what ignore rules name. Returns before they have been looked at.
    pub async fn open(root: &Path) -> Self {
        let root = root.to_owned();
        let shared = blocking(move || {
            let root = root.canonicalize().unwrap_or(root);
            let (wake, woken) = sync_channel(1);
            let shared = Shared::new(root, wake);
            let worker = Arc::clone(&shared);
            let started =
                std::thread::Builder::new().name("workspace".to_owned()).spawn(move || worker.run(&woken));
            if let Err(error) = started {
                shared.state().cannot_watch(&error);
            }
            shared
        });
        Self { handle: Arc::new(Handle { shared: shared.await }) }
    }

    /// Takes the state the task's changes are shown against. Comes back when all files have been looked at.
    pub async fn begin_task(&self) {
        self.on_shared(Shared::begin_task).await;
    }

    /// A command of the agent's is about to start, or a patch about to be written: what changes from here on is its doing.
    /// Both go around the work: what is not between the two is somebody else's.
    pub fn began(&self, source: ChangeSource) {
        self.handle.shared.marks().began(source);
    }

    /// The command ended, or the patch is written. For a patch comes after [`Workspace::wrote`].
    pub fn ended(&self, source: ChangeSource) {
        self.handle.shared.marks().ended(source);
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
        shared.marks().wrote(paths.iter().map(|path| shared.relative(path)));
        shared.wake();
    }

    /// How the files differ now from what they were when the task began; empty before the first task.
    pub async fn diff(&self) -> WorkspaceDiff {
        self.on_shared(|shared| shared.looked_at(State::diff)).await
    }

    /// The same as one text, as git prints it; at most 1 MiB, and it says what was left out.
    pub async fn unified_diff(&self) -> String {
        self.on_shared(|shared| shared.looked_at(State::unified_diff)).await
    }

    /// Ticks when [`Workspace::diff`] has something new to say, at most about ten times a second.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.handle.shared.ticks.subscribe()
    }

    async fn on_shared<T: Send + 'static>(&self, work: impl FnOnce(&Shared) -> T + Send + 'static) -> T {
        let shared = Arc::clone(&self.handle.shared);
        blocking(move || work(&shared)).await
    }
}

/// What all clones hold together; the worker holds [`Shared`] only.
#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.wake();
    }
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    /// Held for moments: the system's events and the driver's words go through it.
    marks: Mutex<Marks>,
    /// Held for as long as looking at files takes. Never taken while `marks` is held.
    state: Mutex<State>,
    wake: SyncSender<()>,
    ticks: watch::Sender<u64>,
    closed: AtomicBool,
}

impl Shared {
    fn new(root: PathBuf, wake: SyncSender<()>) -> Arc<Self> {
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
                marks: Mutex::new(Marks::new(&root)),
                state: Mutex::new(State::new(&root, watcher)),
                root,
                wake,
                ticks: watch::Sender::new(0),
                closed: AtomicBool::new(false),
            }
        })
    }

    /// The worker: looks at what changed, soon after it did.
    fn run(&self, woken: &Receiver<()>) {
        self.marks().lost_track();
        self.looked_at(|_| ());
        loop {
            let polls = self.state().has_problem();
            let waited =
                if polls { woken.recv_timeout(POLL) } else { woken.recv().map_err(RecvTimeoutError::from) };
            match waited {
                Ok(()) => std::thread::sleep(DEBOUNCE),
                Err(RecvTimeoutError::Timeout) => self.marks().lost_track(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.closed.load(Ordering::Acquire) {
                return;
            }
            // what was said while it waited is looked at now as well
            while woken.try_recv().is_ok() {}
            self.looked_at(|_| ());
        }
    }

    /// What `ask` says once everything that may have changed was looked at.
    fn looked_at<T>(&self, ask: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let polls = state.has_problem();
        let due = {
            let mut marks = self.marks();
            if polls {
                marks.lost_track();
            }
            marks.take()
        };
        state.look(due, |path, change, otherwise| {
            self.marks().blame(path, change.before, change.after, otherwise)
        });
        self.marks().looked();
        let answer = ask(&mut state);
        self.tick(state.generation());
        answer
    }

    fn begin_task(&self) {
        let mut state = self.state();
        {
            let mut marks = self.marks();
            marks.take();
            marks.forget();
        }
        state.begin_task();
        self.tick(state.generation());
    }

    fn will_write(&self, paths: &[PathBuf]) {
        let paths: Vec<_> = paths.iter().map(|path| self.relative(path)).collect();
        self.looked_at(|state| state.will_write(&paths));
    }

    fn heard(&self, event: notify::Result<notify::Event>) {
        match event {
            Ok(event) if event.need_rescan() => self.marks().lost_track(),
            // reading is no change
            Ok(event) if event.kind.is_access() => return,
            Ok(event) => {
                let mut marks = self.marks();
                for path in event.paths {
                    let Ok(path) = path.strip_prefix(&self.root) else { continue };
                    if path.as_os_str().is_empty() {
                        marks.lost_track();
                    } else if !ignore::in_tool_folder(path) {
                        marks.saw(path.to_owned());
                    }
                }
            }
            Err(_) => self.marks().lost_track(),
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

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
