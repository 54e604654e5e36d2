//! Opens sessions: one way for the window, the command line and tests.

use crate::driver::{self, AgentGone, AgentSetup, Events, Submitter};
use crate::mcp::McpStatusTable;
use config::project_doc::InstructionNames;
use config::{Config, Home, Overlay, ProjectChecks, ProjectDoc, Trust, WireApi, project_doc};
use engine::{FailureCause, ModelFailure, Prompt};
use exec::Executor;
use futures_util::stream::{BoxStream, StreamExt as _};
use model::credential::SessionKeys;
use model::{Model, StreamEvent};
use protocol::{ErrorInfo, ErrorKind, Event, EventMsg, Op, Policies, ProjectCheck, SessionConfig, SessionId};
use secrets::Keychain;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use transcript::{SessionHeader, TranscriptError};

/// A request to open a session.
pub struct OpenRequest {
    /// The app's files.
    pub home: Home,
    /// The folder the session works in, absolute.
    pub folder: PathBuf,
    /// The instruction files of the folder's project that are used.
    pub trust: Trust,
    /// Layers over the config file.
    pub overrides: Overrides,
    /// The session to resume; a new one begins when absent.
    pub resume: Option<Resume>,
    /// Keys of providers.
    pub keychain: Keychain,
    /// Keys that last as long as the app, by provider.
    pub session_keys: SessionKeys,
    /// An executor that has measured this machine's sandbox; a new one measures when absent.
    pub executor: Option<Executor>,
    /// The provider and model used where neither the configuration nor a resumed session names one.
    pub fallback: Option<ModelChoice>,
    /// The use of the session.
    pub session_use: SessionUse,
    /// Maximum time that the first request waits for MCP servers to start, so that it has their tools.
    pub mcp_wait: Duration,
    /// Check of the project, in place of the one that is saved for its folder.
    pub check: Option<ProjectCheck>,
}

/// Layers over the config file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Keys of the config file set on the command line, each with its value as TOML, or else as text.
    pub keys: Vec<(String, String)>,
    /// Profile of the config file.
    pub profile: Option<String>,
    /// Settings saved in the window.
    pub overlay: Overlay,
    /// Provider chosen on the command line.
    pub provider: Option<String>,
    /// Policies that replace all others, those of a resumed session included.
    pub policies: Option<Policies>,
    /// Whether the practice model is the only one there is.
    pub practice_only: bool,
}

/// A provider and one of its models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelChoice {
    /// Key of the provider.
    pub provider: String,
    /// The model; the provider's default when empty.
    pub model: String,
}

/// The use of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionUse {
    /// Tasks.
    #[default]
    Work,
    /// Undo and redo alone: no model is asked, and no MCP server is started.
    Undo,
}

/// A session to resume.
#[derive(Clone, Debug)]
pub struct Resume {
    /// Its transcript.
    pub path: PathBuf,
    /// How it was set up.
    pub header: SessionHeader,
}

/// An open session, all of its past replayed.
#[derive(Debug)]
pub struct OpenedSession {
    /// Its id.
    pub id: SessionId,
    /// Its transcript.
    pub transcript: PathBuf,
    /// Its configuration.
    pub config: SessionConfig,
    /// The instructions it was given, and those that were withheld.
    pub instructions: ProjectDoc,
    /// Takes ops.
    pub submitter: Submitter,
    /// Yields what follows on the replay.
    pub events: Events,
    /// Status of its MCP servers.
    pub mcp: McpStatusTable,
}

impl OpenRequest {
    /// Creates a request for a new session under the config file alone, with keys from the environment.
    pub fn new(home: Home, folder: PathBuf, trust: Trust) -> Self {
        Self {
            home,
            folder,
            trust,
            overrides: Overrides::default(),
            resume: None,
            keychain: Keychain::absent("the keychain was not opened"),
            session_keys: SessionKeys::new(),
            executor: None,
            fallback: None,
            session_use: SessionUse::default(),
            mcp_wait: driver::MCP_WAIT,
            check: None,
        }
    }
}

impl Resume {
    /// Reads the header of the transcript at `path`.
    pub fn read(path: PathBuf) -> Result<Self, TranscriptError> {
        Ok(Self { header: transcript::header(&path)?, path })
    }
}

impl Overrides {
    /// Loads the configuration with these layers over it.
    pub fn load(&self, home: &Home) -> Result<Config, ErrorInfo> {
        let mut config = Config::load(home, &self.keys, self.profile.as_deref())
            .map_err(|error| ErrorInfo::new(ErrorKind::BadRequest, error.to_string()))?;
        if self.practice_only {
            config.providers.retain(|_, provider| provider.wire_api == WireApi::Practice);
            config.model_provider = None;
        }
        config.lay_overlay(&self.overlay);
        if let Some(provider) = &self.provider {
            config.choose_provider(provider);
        }
        Ok(config)
    }
}

/// Opens a session and returns it when its past is replayed (`EventMsg::ReplayComplete`). Events up to there go to `on_event`.
/// Must be called within a tokio runtime.
pub async fn open(
    request: OpenRequest,
    mut on_event: impl FnMut(&Event),
) -> Result<OpenedSession, ErrorInfo> {
    let (setup, config, instructions) = assemble(request).await?;
    let mcp = setup.mcp_status.clone();
    let (submitter, mut events) = driver::spawn(setup).split();
    let gone = |_: AgentGone| ErrorInfo::new(ErrorKind::Other, "the session ended before it began");
    submitter.submit(Op::ConfigureSession { config: Box::new(config.clone()) }).await.map_err(gone)?;
    let (mut configured, mut last_error) = (None, None);
    loop {
        let event = match events.next().await {
            Ok(event) => event,
            Err(error) => return Err(last_error.unwrap_or_else(|| gone(error))),
        };
        on_event(&event);
        match event.msg {
            EventMsg::SessionConfigured { session_id, rollout_path, .. } => {
                configured = Some((session_id, rollout_path));
            }
            EventMsg::Error { error } if configured.is_none() => return Err(error),
            EventMsg::Error { error } if !event.replay => last_error = Some(error),
            EventMsg::ReplayComplete => break,
            _ => {}
        }
    }
    let (id, transcript) = configured.ok_or_else(|| gone(AgentGone))?;
    Ok(OpenedSession { id, transcript, config, instructions, submitter, events, mcp })
}

async fn assemble(request: OpenRequest) -> Result<(AgentSetup, SessionConfig, ProjectDoc), ErrorInfo> {
    let (home, overrides) = (request.home.clone(), request.overrides.clone());
    let config = blocking(move || overrides.load(&home)).await??;
    if request.session_use == SessionUse::Undo {
        let (setup, session) = assemble_undo(request, config)?;
        return Ok((setup, session, ProjectDoc::default()));
    }
    let (provider, model) = choose_model(&request, &config).await?;
    let (home, folder, trust) = (request.home.clone(), request.folder.clone(), request.trust.clone());
    let (max_bytes, names) = (config.project_doc_max_bytes, InstructionNames::of(&config));
    let (doc, saved_check) = blocking(move || {
        let check = ProjectChecks::load(&home).of(&folder);
        (project_doc::load(&home, &folder, &names, max_bytes, &trust), check)
    })
    .await?;
    let session = SessionConfig {
        policies: policies(&request, &config),
        reasoning_effort: match before(&request) {
            Some(before) if !config.sources.is_command_line("model_reasoning_effort") => {
                before.reasoning_effort
            }
            _ => config.reasoning_effort,
        },
        reasoning_summary: config.reasoning_summary,
        cwd: request.folder,
        base_instructions: None,
        user_instructions: doc.text.clone(),
        disable_response_storage: config.disable_response_storage,
        show_raw_agent_reasoning: config.show_raw_agent_reasoning,
        notify: config.notify.clone(),
        resume_path: request.resume.map(|resume| resume.path),
        session_id: None,
        task_limit: config.task_limit,
        price: config.prices.get(&model).copied(),
        check: request.check.or(saved_check),
        provider,
        model,
    };
    let executor =
        request.executor.map(|executor| executor.with_setup(driver::exec_setup(&request.home, &config)));
    let mcp_wait = request.mcp_wait;
    let mut setup =
        driver::assemble(request.home, config, &session.provider, &request.keychain, &request.session_keys)
            .await?;
    setup.mcp_wait = mcp_wait;
    if let Some(executor) = executor {
        setup.executor = executor;
    }
    Ok((setup, session, doc))
}

fn assemble_undo(request: OpenRequest, mut config: Config) -> Result<(AgentSetup, SessionConfig), ErrorInfo> {
    config.mcp_servers.clear();
    let resume = request.resume.ok_or_else(never_begun)?;
    // a line that was lost may be the configuration: nothing of it but the folder is needed
    let mut session = match resume.header.last_config {
        Some(before) => before,
        None => unconfigured(&config, resume.header.meta.cwd),
    };
    session.resume_path = Some(resume.path);
    let setup = AgentSetup {
        executor: request.executor.unwrap_or_else(|| driver::executor(&request.home, &config)),
        home: request.home,
        config,
        model: Arc::new(NoModel),
        mcp_tokens: None,
        mcp_wait: Duration::ZERO,
        mcp_status: McpStatusTable::default(),
    };
    Ok((setup, session))
}

/// Returns a configuration for a session that has none, and asks no model.
fn unconfigured(config: &Config, cwd: PathBuf) -> SessionConfig {
    SessionConfig {
        provider: config.provider().map(|provider| provider.key.clone()).unwrap_or_default(),
        model: config.model.clone().unwrap_or_default(),
        reasoning_effort: config.reasoning_effort,
        reasoning_summary: config.reasoning_summary,
        cwd,
        policies: config.policies.clone(),
        base_instructions: None,
        user_instructions: None,
        disable_response_storage: config.disable_response_storage,
        show_raw_agent_reasoning: config.show_raw_agent_reasoning,
        notify: Vec::new(),
        resume_path: None,
        session_id: None,
        task_limit: config.task_limit,
        price: None,
        check: None,
    }
}

fn never_begun() -> ErrorInfo {
    ErrorInfo::new(ErrorKind::BadRequest, "the session was never begun")
}

/// Returns what a resumed session was configured with last.
fn before(request: &OpenRequest) -> Option<&SessionConfig> {
    request.resume.as_ref()?.header.last_config.as_ref()
}

/// Chooses the provider and the model. From the highest: the command line, the resumed session, the configuration, the
/// caller's fallback, the provider's default.
async fn choose_model(request: &OpenRequest, config: &Config) -> Result<(String, String), ErrorInfo> {
    let before = before(request).filter(|before| {
        !config.sources.is_command_line("model_provider") && config.providers.contains_key(&before.provider)
    });
    let is_model_set = config.sources.is_command_line("model");
    let fallback = request.fallback.as_ref();
    let (provider, model) = match before {
        Some(before) if is_model_set => (before.provider.clone(), config.model.clone()),
        Some(before) => (before.provider.clone(), Some(before.model.clone())),
        None => {
            let chosen = config.model_provider.clone().or_else(|| Some(fallback?.provider.clone()));
            let provider = chosen.or_else(|| Some(config.provider()?.key.clone())).unwrap_or_default();
            let is_configured = config.provider().is_some_and(|configured| configured.key == provider);
            let model = config.model.clone().filter(|_| is_configured || is_model_set);
            let model = model.or_else(|| {
                let fallback = fallback.filter(|fallback| fallback.provider == provider)?;
                Some(fallback.model.clone())
            });
            (provider, model)
        }
    };
    let model = match model.filter(|model| !model.is_empty()) {
        Some(model) => model,
        None => driver::default_model(config, &provider, &request.keychain, &request.session_keys).await?,
    };
    Ok((provider, model))
}

/// Returns the policies: a resumed session keeps its own, but for those set on the command line.
fn policies(request: &OpenRequest, config: &Config) -> Policies {
    if let Some(policies) = &request.overrides.policies {
        return policies.clone();
    }
    let mut policies = config.policies.clone();
    if let Some(before) = before(request) {
        let is_set = |key: &str| config.sources.is_command_line(key);
        if !is_set("approval_policy") {
            policies.approval = before.policies.approval;
        }
        if ![
            "sandbox_mode",
            "sandbox_workspace_write.writable_roots",
            "sandbox_workspace_write.network_access",
        ]
        .into_iter()
        .any(is_set)
        {
            policies.sandbox = before.policies.sandbox.clone();
        }
        if !is_set("review_patches") {
            policies.review_patches = before.policies.review_patches;
        }
    }
    policies
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ErrorInfo> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        ErrorInfo::new(ErrorKind::Other, format!("the session could not be opened: {error}"))
    })
}

/// The model of a session that asks none.
struct NoModel;

impl Model for NoModel {
    fn stream(&self, _: Arc<Prompt>) -> BoxStream<'static, StreamEvent> {
        let error = ErrorInfo::new(ErrorKind::Model, "no model is asked during an undo");
        let failure = ModelFailure {
            error,
            opened: false,
            retryable: false,
            retry_after_ms: None,
            cause: FailureCause::Other,
        };
        futures_util::stream::once(async { StreamEvent::Failed(failure) }).boxed()
    }

    fn context_window(&self, _: &str) -> Option<u64> {
        None
    }
}
