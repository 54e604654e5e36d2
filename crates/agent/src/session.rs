//! Opens sessions: one way for the window, the command line and tests.

use crate::driver::{self, AgentGone, AgentSetup};
use crate::mcp::McpStatusTable;
pub use crate::open_request::{ModelChoice, OpenRequest, OpenedSession, Overrides, Resume, SessionUse};
use crate::reviewers::ReviewerModels;
use crate::{copies, remote_session};
use config::project_doc::InstructionNames;
use config::{Config, ProjectChecks, ProjectDoc, project_doc};
use engine::{FailureCause, ModelFailure, Prompt};
use futures_util::stream::{BoxStream, StreamExt as _};
use model::{Model, StreamEvent};
use protocol::{CopyId, ErrorInfo, ErrorKind, Event, EventMsg, Op, Policies, SessionConfig};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Opens a session and returns it when its past is replayed (`EventMsg::ReplayComplete`). Events up to there go to `on_event`. One that
/// works on an isolated copy is opened in a process of its own, which sees the copy at the folder's path. Must be called within a tokio
/// runtime.
pub async fn open(request: OpenRequest, on_event: impl FnMut(&Event)) -> Result<OpenedSession, ErrorInfo> {
    match copy_of(&request).await? {
        Some(copy) => Box::pin(remote_session::open(request, copy, on_event)).await,
        None => Box::pin(open_here(request, on_event)).await,
    }
}

/// Returns the isolated copy that a session works on. One whose transcript has lost its configuration is noted with its copy.
async fn copy_of(request: &OpenRequest) -> Result<Option<CopyId>, ErrorInfo> {
    match &request.resume {
        Some(Resume { header, .. }) if header.last_config.is_none() => {
            let (home, session) = (request.home.clone(), header.meta.session_id.clone());
            blocking(move || {
                let copies = copies::list(&home).into_iter();
                copies.into_iter().find(|copy| copy.sessions.contains(&session)).map(|copy| copy.id)
            })
            .await
        }
        _ => Ok(request.copy().cloned()),
    }
}

/// Opens a session in this process, which must see the isolated copy that it works on.
pub(crate) async fn open_here(
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
    if request.session_use == SessionUse::Files {
        let (setup, session) = assemble_files(request, config);
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
    let isolated = request.copy().cloned();
    let session = SessionConfig {
        isolated,
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
        reviewer: config.reviewer.clone(),
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

fn assemble_files(request: OpenRequest, mut config: Config) -> (AgentSetup, SessionConfig) {
    config.mcp_servers.clear();
    let isolated = request.copy().cloned();
    // a line that was lost may be the configuration: nothing of it but the folder is needed
    let mut session = match request.resume.as_ref().map(|resume| &resume.header) {
        Some(header) => match &header.last_config {
            Some(before) => before.clone(),
            None => unconfigured(&config, header.meta.cwd.clone()),
        },
        None => unconfigured(&config, request.folder.clone()),
    };
    session.isolated = isolated;
    // nothing runs for a patch that waits, and no model reads it
    session.check = None;
    session.reviewer = None;
    session.resume_path = request.resume.map(|resume| resume.path);
    if let Some(policies) = request.overrides.policies {
        session.policies = policies;
    }
    let setup = AgentSetup {
        executor: request.executor.unwrap_or_else(|| driver::executor(&request.home, &config)),
        home: request.home,
        config,
        model: Arc::new(NoModel),
        reviewers: ReviewerModels::new(request.keychain, request.session_keys),
        mcp_tokens: None,
        mcp_wait: Duration::ZERO,
        mcp_status: McpStatusTable::default(),
    };
    (setup, session)
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
        reviewer: None,
        isolated: None,
    }
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
        let error = ErrorInfo::new(ErrorKind::Model, "no model is asked in a session for files alone");
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
