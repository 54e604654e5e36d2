//! The host: each kind of its state in a struct of its own, behind a lock of its own.
//!
//! Lock order: `Host::shown_activity`, then [`Host::sessions`]; the others are held alone, or under them.

use crate::activity::Activity;
use crate::api::{AppView, CommandError, SessionSummary, Setting, Settings, Update, ValueSource};
use crate::blocking::blocking;
use crate::close_question::CloseQuestion;
use crate::desktop::Desktop;
use crate::files::FileFinder;
use crate::inbox::Inbox;
use crate::lock::lock;
use crate::notifications::Notifications;
use crate::open_sessions::Sessions;
use crate::outputs::Outputs;
use crate::projects::{ProjectRecord, Projects};
use crate::providers::{self, Providers};
use crate::removed_rules::RemovedRules;
use crate::session_index::SessionIndex;
use crate::subscribers::{AppPart, Subscribers};
use crate::token_cache::TokenCache;
use crate::{session_list, settings};
use config::{Config, ConfigError, Home, Overlay, SETTINGS_FILE, saved};
use exec::Executor;
use protocol::{SandboxReport, SessionId};
use secrets::Keychain;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// Options of a start of the app.
#[derive(Clone, Debug)]
pub struct HostOptions {
    /// Location of the app's files.
    pub home: Home,
    /// Whether only the practice model is offered.
    pub practice: bool,
    /// Folder to open; the person picks one when absent.
    pub open: Option<PathBuf>,
}

/// Reason why the app cannot start.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The config file is wrong. To go on without it could mean to go on without a limit it sets.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The folder to open cannot be opened.
    #[error("{0}")]
    Open(String),
}

/// Sessions as a window lists them.
struct Listed {
    /// Those of the open folder.
    sessions: Vec<SessionSummary>,
    /// Count of all sessions of the open folder.
    total: u32,
    /// Open sessions of other folders.
    elsewhere: Vec<SessionSummary>,
    /// Session to start with.
    start: Option<SessionId>,
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
    pub(crate) index: SessionIndex,
    pub(crate) notifications: Notifications,
    projects: Mutex<Projects>,
    sessions: Mutex<Sessions>,
    /// Settings saved in the window.
    overlay: Mutex<Overlay>,
    providers: Mutex<Providers>,
    sandbox: Mutex<Option<SandboxReport>>,
    inbox: Mutex<Inbox>,
    outputs: Mutex<Outputs>,
    tokens: Arc<Mutex<TokenCache>>,
    removed_rules: Mutex<RemovedRules>,
    /// Activity that the desktop was told last.
    pub(crate) shown_activity: Mutex<Activity>,
    pub(crate) close_question: CloseQuestion,
    subscribers: Mutex<Subscribers>,
    /// Whether the providers have been probed once.
    providers_ready: watch::Sender<bool>,
    /// Held while a session is opened, so that none is opened twice.
    pub(crate) opening: tokio::sync::Mutex<()>,
    /// Held while a file is saved: files are written in the order in which they were changed.
    saving: tokio::sync::Mutex<()>,
    /// Held while a draft is saved, for the same reason.
    pub(crate) saving_drafts: tokio::sync::Mutex<()>,
    pub(crate) running: TaskTracker,
    /// Count of the sessions that have ended.
    pub(crate) ended: watch::Sender<u64>,
}

impl Host {
    /// Reads the config and what was saved. Nothing runs yet.
    pub(crate) fn load(home: Home, practice: bool, desktop: Arc<dyn Desktop>) -> Result<Self, HostError> {
        let config = settings::load_config(&home, practice)?;
        let mut overlay: Overlay = saved::load(&home.app_file(SETTINGS_FILE));
        overlay.make_sparse(&config);
        Ok(Self {
            executor: agent::driver::executor(&home, &config),
            keychain: Keychain::open(),
            projects: Mutex::new(Projects::load(&home)),
            overlay: Mutex::new(overlay),
            home,
            practice,
            config: Mutex::new(Arc::new(config)),
            notifications: Notifications::new(desktop.clone()),
            desktop,
            finder: FileFinder::default(),
            index: SessionIndex::default(),
            sessions: Mutex::default(),
            providers: Mutex::default(),
            sandbox: Mutex::default(),
            inbox: Mutex::default(),
            outputs: Mutex::default(),
            tokens: Arc::default(),
            removed_rules: Mutex::default(),
            shown_activity: Mutex::default(),
            close_question: CloseQuestion::default(),
            subscribers: Mutex::default(),
            providers_ready: watch::Sender::new(false),
            opening: tokio::sync::Mutex::default(),
            saving: tokio::sync::Mutex::default(),
            saving_drafts: tokio::sync::Mutex::default(),
            running: TaskTracker::new(),
            ended: watch::Sender::default(),
        })
    }

    pub(crate) fn projects(&self) -> MutexGuard<'_, Projects> {
        lock(&self.projects)
    }

    pub(crate) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        lock(&self.sessions)
    }

    /// Settings saved in the window.
    pub(crate) fn overlay(&self) -> MutexGuard<'_, Overlay> {
        lock(&self.overlay)
    }

    /// Returns the config file as it was last read.
    pub(crate) fn config(&self) -> Arc<Config> {
        lock(&self.config).clone()
    }

    /// Reads the config file again: what was changed in it since the start holds for the next session.
    pub(crate) async fn reload_config(&self) -> Result<(), CommandError> {
        let (home, practice) = (self.home.clone(), self.practice);
        let config = blocking(move || settings::load_config(&home, practice)).await?;
        let config = config
            .map_err(|error| CommandError::with_hint(error.to_string(), "mend the file and try again"))?;
        let config = Arc::new(config);
        if self.config() != config {
            *lock(&self.config) = config;
            self.mark_app_dirty(AppPart::Settings);
            self.mark_app_dirty(AppPart::Providers);
        }
        Ok(())
    }

    pub(crate) fn providers(&self) -> MutexGuard<'_, Providers> {
        lock(&self.providers)
    }

    pub(crate) fn inbox(&self) -> MutexGuard<'_, Inbox> {
        lock(&self.inbox)
    }

    pub(crate) fn outputs(&self) -> MutexGuard<'_, Outputs> {
        lock(&self.outputs)
    }

    pub(crate) fn tokens(&self) -> Arc<Mutex<TokenCache>> {
        self.tokens.clone()
    }

    pub(crate) fn removed_rules(&self) -> MutexGuard<'_, RemovedRules> {
        lock(&self.removed_rules)
    }

    pub(crate) fn subscribers(&self) -> MutexGuard<'_, Subscribers> {
        lock(&self.subscribers)
    }

    /// Has every subscriber told a part of the app's view again.
    pub(crate) fn mark_app_dirty(&self, part: AppPart) {
        self.subscribers().mark_app_dirty(part);
    }

    /// Returns the open folder.
    pub(crate) fn open_project_record(&self) -> Result<ProjectRecord, CommandError> {
        self.projects()
            .current()
            .cloned()
            .ok_or_else(|| CommandError::with_hint("no folder is open", "pick a folder first"))
    }

    /// Returns the folder of an open session.
    pub(crate) fn folder_of_session(&self, session: &SessionId) -> Result<PathBuf, CommandError> {
        let project = self.sessions().get(session).map(|open| open.project.clone());
        let project = project.ok_or_else(CommandError::session_not_open)?;
        let projects = self.projects();
        Ok(projects.get(&project).ok_or_else(CommandError::no_such_project)?.path.clone())
    }

    /// Returns the settings in effect.
    pub(crate) fn settings(&self) -> Settings {
        let overlay = self.overlay().clone();
        let config = self.config();
        settings::in_effect(&overlay, &config, &self.providers().views)
    }

    /// Returns the source of each setting.
    fn setting_sources(&self) -> BTreeMap<Setting, ValueSource> {
        let config = self.config();
        settings::sources(&self.overlay(), &config)
    }

    /// Returns everything that belongs to no single session.
    pub(crate) fn app_view(&self) -> AppView {
        let Listed { sessions, total: sessions_total, elsewhere, start: session } = self.listed_sessions();
        let (projects, project) = {
            let projects = self.projects();
            (projects.views(), projects.current_id())
        };
        let (inbox, waiting) = {
            let inbox = self.inbox();
            (inbox.items(), inbox.count())
        };
        let (providers, keychain_problem) = self.provider_views();
        AppView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            projects,
            project,
            sessions,
            sessions_total,
            elsewhere,
            session,
            providers,
            settings: self.settings(),
            setting_sources: self.setting_sources(),
            sandbox: lock(&self.sandbox).clone(),
            keychain_problem,
            waiting,
            inbox,
        }
    }

    /// Returns a part of the app's view as an update.
    pub(crate) fn app_update(&self, part: AppPart) -> Update {
        match part {
            AppPart::All => Update::App { app: Box::new(self.app_view()) },
            AppPart::Inbox => {
                let inbox = self.inbox();
                Update::Inbox { waiting: inbox.count(), inbox: inbox.items() }
            }
            AppPart::Projects => {
                let projects = self.projects();
                Update::Projects { projects: projects.views(), project: projects.current_id() }
            }
            AppPart::Sessions => {
                let Listed { sessions, total: sessions_total, elsewhere, start: session } =
                    self.listed_sessions();
                Update::Sessions { sessions, sessions_total, elsewhere, session }
            }
            AppPart::Settings => {
                Update::Settings { settings: self.settings(), setting_sources: self.setting_sources() }
            }
            AppPart::Providers => {
                let (providers, keychain_problem) = self.provider_views();
                Update::Providers { providers, keychain_problem }
            }
            AppPart::Sandbox => Update::Sandbox { sandbox: lock(&self.sandbox).clone() },
            AppPart::Mcp => Update::Mcp,
        }
    }

    fn listed_sessions(&self) -> Listed {
        let sessions = self.sessions();
        let projects = self.projects();
        let last = projects.current().and_then(|project| project.last_session.clone());
        Listed {
            sessions: session_list::summaries(&sessions, &projects),
            total: sessions.listed.total,
            elsewhere: session_list::elsewhere(&sessions, &projects),
            start: last.filter(|id| sessions.get(id).is_some()),
        }
    }

    fn provider_views(&self) -> (Vec<crate::api::ProviderView>, Option<String>) {
        let config = self.config();
        let providers = self.providers();
        let mut views = providers.views.clone();
        for view in &mut views {
            for (model, price) in &config.prices {
                // the provider knows better
                view.prices.entry(model.clone()).or_insert(*price);
            }
        }
        (views, providers.keychain_problem.clone())
    }

    /// Stores what the sandbox probe found.
    pub(crate) fn set_sandbox(&self, report: SandboxReport) {
        *lock(&self.sandbox) = Some(report);
        self.mark_app_dirty(AppPart::Sandbox);
    }

    /// Probes the providers; `ask_all` also asks the servers that are not on this machine for their models.
    pub(crate) async fn refresh_providers(&self, ask_all: bool) {
        let session_keys = self.providers().session_keys.clone();
        let keychain_problem = self.keychain.problem().await;
        let views = providers::probe(&self.config(), &self.keychain, &session_keys, ask_all).await;
        {
            let mut providers = self.providers();
            providers.views = views;
            providers.keychain_problem = keychain_problem;
        }
        self.mark_app_dirty(AppPart::Providers);
        // what is in effect may follow from what was found
        self.mark_app_dirty(AppPart::Settings);
        self.providers_ready.send_replace(true);
    }

    /// Waits until the providers have been probed once.
    pub(crate) async fn providers_known(&self) {
        // the sender lives as long as the host
        let _ = self.providers_ready.subscribe().wait_for(|ready| *ready).await;
    }

    /// Saves the list of folders.
    pub(crate) async fn save_projects(&self) -> Result<(), CommandError> {
        let _turn = self.saving.lock().await;
        let (projects, home) = (self.projects().clone(), self.home.clone());
        blocking(move || projects.save(&home)).await?.map_err(|error| cannot_save(&error))
    }

    /// Saves the settings.
    pub(crate) async fn save_settings_file(&self) -> Result<(), CommandError> {
        let _turn = self.saving.lock().await;
        let (overlay, path) = (self.overlay().clone(), self.home.app_file(SETTINGS_FILE));
        blocking(move || saved::save(&path, &overlay)).await?.map_err(|error| cannot_save(&error))
    }
}

pub(crate) fn cannot_save(error: &std::io::Error) -> CommandError {
    CommandError::with_hint(
        format!("cannot save it: {error}"),
        "it holds until the app ends; free some space or mend the app's folder",
    )
}
