//! The host: what is open, and what the window is told of it.

use crate::api::{AppView, CommandError, ProjectView, Settings, Update};
use crate::desktop::Desktop;
use crate::feed::Queue;
use crate::files::FileFinder;
use crate::outputs::Outputs;
use crate::problem::{plain, problem};
use crate::projects::Projects;
use crate::sessions::{Catalogue, OpenSession, summaries};
use crate::sinks::{Sink, Sinks};
use crate::{dispatch, providers, settings};
use agent::rules::RemovedRule;
use config::{Config, ConfigError, Home, Overlay, SETTINGS_FILE, saved};
use exec::Executor;
use model::credential::SessionKeys;
use protocol::{SandboxReport, SessionId};
use secrets::Keychain;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, watch};
use tokio_util::task::TaskTracker;
use transcript::Page;

/// Least time between two batches: one frame.
const FRAME: Duration = Duration::from_millis(16);
/// How long a page that has not painted what it was told is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How long sessions get to end.
const GOODBYE: Duration = Duration::from_secs(4);

/// How the app is started.
#[derive(Clone, Debug)]
pub struct HostOptions {
    /// Where the app's files are.
    pub home: Home,
    /// Whether only the practice model is offered.
    pub practice: bool,
    /// Folder to open; the one the person picks when absent.
    pub open: Option<PathBuf>,
}

/// Why the app cannot start.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The config file is wrong. To go on without it could mean to go on without a limit it sets.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The folder to open cannot be opened.
    #[error("{0}")]
    Open(String),
}

/// The app without a window.
pub struct Host {
    pub(crate) home: Home,
    pub(crate) practice: bool,
    /// The config file as it was last read; see [`Host::reload_config`].
    config: Mutex<Arc<Config>>,
    pub(crate) desktop: Arc<dyn Desktop>,
    pub(crate) keychain: Keychain,
    pub(crate) executor: Executor,
    pub(crate) finder: FileFinder,
    pub(crate) catalogue: Catalogue,
    state: Mutex<State>,
    sinks: Mutex<Sinks>,
    /// Something waits to be told.
    due: Arc<Notify>,
    /// A page has painted what it was told.
    painted: Arc<Notify>,
    /// Whether the providers have been looked at once.
    looked: watch::Sender<bool>,
    /// One session is begun at a time, so that none is begun twice.
    pub(crate) beginning: tokio::sync::Mutex<()>,
    /// Files are written in the order they were changed.
    saving: tokio::sync::Mutex<()>,
    pub(crate) sessions_running: TaskTracker,
    /// How many sessions have ended.
    pub(crate) ended: watch::Sender<u64>,
}

/// Everything that changes.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) projects: Projects,
    /// The folder that is open.
    pub(crate) project: Option<String>,
    /// The session that is shown.
    pub(crate) shown: Option<SessionId>,
    /// Sessions of the open folder as the index has them, the last used first, and how many there are.
    pub(crate) listed: Page,
    pub(crate) sessions: HashMap<SessionId, OpenSession>,
    /// The settings saved in the window.
    pub(crate) overlay: Overlay,
    pub(crate) providers: Vec<crate::api::ProviderView>,
    pub(crate) session_keys: SessionKeys,
    pub(crate) keychain_problem: Option<String>,
    pub(crate) sandbox: Option<SandboxReport>,
    /// Rules that were taken out and can be put back, the last at the end.
    pub(crate) removed_rules: VecDeque<RemovedRule>,
    pub(crate) outputs: Outputs,
    pub(crate) queue: Queue,
    app_due: bool,
}

impl State {
    /// Has the window told about everything that belongs to no session.
    pub(crate) fn touch_app(&mut self) {
        self.app_due = true;
    }

    /// Decisions that wait, over all sessions.
    pub(crate) fn waiting(&self) -> u32 {
        self.sessions.values().map(OpenSession::waiting).sum()
    }
}

impl Host {
    /// Starts the app: reads what is set and remembered, opens the folder of the options, and begins to look for what can
    /// answer and for the sandbox, without waiting for either.
    pub async fn start(options: HostOptions, desktop: Arc<dyn Desktop>) -> Result<Arc<Self>, HostError> {
        let HostOptions { home, practice, open } = options;
        let config = settings::load_config(&home, practice)?;
        let mut overlay: Overlay = saved::load(&home.app_file(SETTINGS_FILE));
        overlay.make_sparse(&config);
        let state = State { projects: Projects::load(&home), overlay, ..State::default() };
        let host = Arc::new(Self {
            executor: agent::driver::executor(&home, &config),
            keychain: Keychain::open(),
            home,
            practice,
            config: Mutex::new(Arc::new(config)),
            desktop,
            finder: FileFinder::default(),
            catalogue: Catalogue::default(),
            state: Mutex::new(state),
            sinks: Mutex::default(),
            due: Arc::default(),
            painted: Arc::default(),
            looked: watch::Sender::new(false),
            beginning: tokio::sync::Mutex::default(),
            saving: tokio::sync::Mutex::default(),
            sessions_running: TaskTracker::new(),
            ended: watch::Sender::default(),
        });
        tokio::spawn(tell(Arc::downgrade(&host), host.due.clone(), host.painted.clone()));
        tokio::spawn(probe(Arc::downgrade(&host)));
        let looking = host.clone();
        tokio::spawn(async move { looking.look_for_providers(false).await });
        if let Some(folder) = open {
            host.open_folder(&folder).await.map_err(|error| HostError::Open(error.message))?;
        }
        Ok(host)
    }

    /// Calls a command of the table by its name, with its arguments and its reply as JSON.
    pub async fn call(self: &Arc<Self>, name: &str, args: Value) -> Result<Value, CommandError> {
        dispatch::dispatch(self, name, args).await
    }

    /// Tells `sink` everything from here on, in batches that are numbered from 1, the first of them with the [`AppView`]. It must
    /// not block. Whoever paints them says so with [`Host::heard`]: who does not is told once a second. Gives the number to
    /// [`Host::detach`] it by.
    pub fn attach(&self, sink: Sink) -> u64 {
        let number = self.sinks().attach(sink);
        self.change(State::touch_app);
        number
    }

    /// Takes note that all up to a batch was painted.
    pub fn heard(&self, attached: u64, seq: u64) {
        self.sinks().hear(attached, seq);
        self.painted.notify_one();
    }

    /// Tells a sink nothing more.
    pub fn detach(&self, attached: u64) {
        self.sinks().detach(attached);
        self.painted.notify_one();
    }

    fn sinks(&self) -> MutexGuard<'_, Sinks> {
        self.sinks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a folder, and the session in it where the person left off. `path` may be relative to the process's folder.
    pub async fn open_folder(self: &Arc<Self>, path: &Path) -> Result<ProjectView, CommandError> {
        let (view, last) = self.enter(path).await?;
        if let Some(last) = last {
            let (host, project) = (self.clone(), view.id.clone());
            tokio::spawn(async move {
                if let Err(error) = host.resume_last(&project, &last).await {
                    tracing::warn!(session = %last, message = error.message, "cannot go on with the last session");
                }
            });
        }
        Ok(view)
    }

    /// Opens a folder. Returns the session that was shown in it last, when none is now.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        path: &Path,
    ) -> Result<(ProjectView, Option<SessionId>), CommandError> {
        let (host, given) = (self.clone(), path.to_owned());
        let looked = blocking(move || {
            let folder = given.canonicalize().and_then(|folder| folder.read_dir().map(|_| folder));
            let folder: PathBuf = folder.map_err(|error| {
                problem(
                    format!("cannot open the folder {}: {error}", given.display()),
                    Some("pick another folder".to_owned()),
                )
            })?;
            // what cannot be listed now is when the index has been mended
            Ok::<_, CommandError>((host.sessions_of(&folder).unwrap_or_default(), folder))
        });
        let (listed, folder) = looked.await??;
        let (view, last) = self.change(|state| {
            let project = state.projects.open(&self.home, &folder, now_ms());
            if state.project.as_ref() != Some(&project.id) {
                state.shown = None;
            }
            state.project = Some(project.id.clone());
            // where the person left off
            let last = project.shown.clone().filter(|_| state.shown.is_none());
            state.listed = listed;
            state.touch_app();
            (state.projects.view(&project.id), last)
        });
        self.save_projects().await?;
        self.refresh_sessions();
        let view = view.ok_or_else(|| plain("the folder is not on the list any more"))?;
        Ok((view, last))
    }

    /// Shows a session, wherever it is: what a click on a notification asks for.
    pub async fn reveal(self: &Arc<Self>, session: SessionId) {
        let project = self.state().sessions.get(&session).map(|open| open.project.clone());
        let elsewhere = {
            let state = self.state();
            let project = project.filter(|project| state.project.as_ref() != Some(project));
            project.and_then(|project| Some(state.projects.get(&project)?.path.clone()))
        };
        if let Some(folder) = elsewhere
            && let Err(error) = self.open_folder(&folder).await
        {
            tracing::warn!(folder = %folder.display(), message = error.message, "cannot open the folder of a session");
        }
        if let Err(error) = self.show_session(&session).await {
            tracing::warn!(%session, message = error.message, "cannot show a session");
        }
    }

    /// Ends every session, and waits until what they know is on disk: four seconds at the most.
    pub async fn shutdown(&self) {
        let submitters: Vec<_> = self.state().sessions.values().map(|open| open.submitter.clone()).collect();
        for submitter in submitters {
            // one that has ended needs no telling
            let _ = submitter.submit(protocol::Op::Shutdown).await;
        }
        self.sessions_running.close();
        if tokio::time::timeout(GOODBYE, self.sessions_running.wait()).await.is_err() {
            tracing::warn!("not every session ended in time");
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and has the window told.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        self.due.notify_one();
        changed
    }

    /// Returns the config file as it was last read.
    pub(crate) fn config(&self) -> Arc<Config> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the config file again: what was changed in it since the start holds for the next session.
    pub(crate) async fn reload_config(&self) -> Result<(), CommandError> {
        let (home, practice) = (self.home.clone(), self.practice);
        let config = blocking(move || settings::load_config(&home, practice)).await?;
        let config =
            Arc::new(config.map_err(|error| {
                problem(error.to_string(), Some("mend the file and try again".to_owned()))
            })?);
        if self.config() != config {
            *self.config.lock().unwrap_or_else(PoisonError::into_inner) = config;
            self.change(State::touch_app);
        }
        Ok(())
    }

    /// Everything that belongs to no session.
    pub(crate) fn app_view(&self, state: &State) -> AppView {
        AppView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            projects: state.projects.views(),
            project: state.project.clone(),
            sessions: summaries(state),
            sessions_total: state.listed.total,
            session: state.shown.clone(),
            providers: state.providers.clone(),
            settings: self.settings(state),
            setting_sources: settings::sources(&state.overlay, &self.config()),
            sandbox: state.sandbox.clone(),
            keychain_problem: state.keychain_problem.clone(),
            waiting: state.waiting(),
        }
    }

    /// The settings in effect.
    pub(crate) fn settings(&self, state: &State) -> Settings {
        settings::in_effect(&state.overlay, &self.config(), &state.providers)
    }

    /// Looks for what can answer; `ask_all` also asks the servers that are not on this machine for their models.
    pub(crate) async fn look_for_providers(&self, ask_all: bool) {
        let session_keys = self.state().session_keys.clone();
        let keychain_problem = self.keychain.problem().await;
        let providers = providers::look(&self.config(), &self.keychain, &session_keys, ask_all).await;
        self.change(|state| {
            state.providers = providers;
            state.keychain_problem = keychain_problem;
            state.touch_app();
        });
        self.looked.send_replace(true);
    }

    /// Waits until it is known what can answer.
    pub(crate) async fn providers_known(&self) {
        // the sender lives as long as the host
        let _ = self.looked.subscribe().wait_for(|looked| *looked).await;
    }

    /// Remembers the folders.
    pub(crate) async fn save_projects(&self) -> Result<(), CommandError> {
        let _turn = self.saving.lock().await;
        let (projects, home) = (self.state().projects.clone(), self.home.clone());
        blocking(move || projects.save(&home)).await?.map_err(|error| cannot_save(&error))
    }

    /// Remembers the settings.
    pub(crate) async fn save_settings_file(&self) -> Result<(), CommandError> {
        let _turn = self.saving.lock().await;
        let (overlay, path) = (self.state().overlay.clone(), self.home.app_file(SETTINGS_FILE));
        blocking(move || saved::save(&path, &overlay)).await?.map_err(|error| cannot_save(&error))
    }

    /// Sends one batch to everyone. False when nothing waited.
    fn flush(&self) -> bool {
        let room = self.sinks().room();
        let updates: Vec<_> = {
            let mut state = self.state();
            let Some(max_bytes) = room else {
                state.queue.clear();
                state.app_due = false;
                return false;
            };
            let State { sessions, queue, .. } = &mut *state;
            for (id, open) in sessions.iter_mut() {
                if let Some(change) = open.timeline.catch_up() {
                    queue.push(id, change);
                }
            }
            let app = std::mem::take(&mut state.app_due).then(|| Box::new(self.app_view(&state)));
            let changes = state.queue.take(max_bytes);
            app.map(|app| Update::App { app }).into_iter().chain(changes).collect()
        };
        if updates.is_empty() {
            return false;
        }
        self.sinks().tell(&updates);
        true
    }
}

/// Tells the window what waits, a frame at a time. A page that paints slowly is told less often, of changes that were merged
/// meanwhile: what it has not painted yet must not pile up before it, where keys and clicks would wait behind it.
async fn tell(host: Weak<Host>, due: Arc<Notify>, painted: Arc<Notify>) {
    let is_behind = || host.upgrade().is_some_and(|host| !host.sinks().keep_up());
    loop {
        due.notified().await;
        loop {
            let Some(told) = host.upgrade().map(|host| host.flush()) else { return };
            if !told {
                break;
            }
            tokio::time::sleep(FRAME).await;
            let caught_up = async {
                while is_behind() {
                    painted.notified().await;
                }
            };
            // one that is hidden paints nothing, and is told all the same
            let _ = tokio::time::timeout(LONGEST_WAIT, caught_up).await;
        }
    }
}

/// Finds out how well commands are contained here.
async fn probe(host: Weak<Host>) {
    let Some(executor) = host.upgrade().map(|host| host.executor.clone()) else { return };
    let report = executor.probe().await;
    if let Some(host) = host.upgrade() {
        host.change(|state| {
            state.sandbox = Some(report);
            state.touch_app();
        });
    }
}

pub(crate) fn cannot_save(error: &std::io::Error) -> CommandError {
    problem(
        format!("cannot save it: {error}"),
        Some("it holds until the app ends; free some space or mend the app's folder".to_owned()),
    )
}

/// Runs what waits for the disk off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CommandError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| plain(format!("the app stumbled: {error}")))
}

/// Now, in milliseconds since the Unix epoch; 0 for a clock set before it.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
