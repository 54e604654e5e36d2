//! Assembles an agent from the configuration.

use super::overlay_run::overlays_dir;
use super::setup::{AgentSetup, MCP_WAIT};
use crate::models;
use crate::reviewers::ReviewerModels;
use config::{Config, Home, ProviderConfig};
use exec::{ExecSetup, Executor};
use model::credential;
use protocol::{ErrorInfo, ErrorKind};
use secrets::Keychain;
use std::path::PathBuf;

/// Creates an executor under `config`. Its commands see neither the app's folders nor the app's keys.
pub fn executor(home: &Home, config: &Config) -> Executor {
    Executor::new(exec_setup(home, config))
}

/// Like [`executor`], for commands that run in no overlay: whether there can be one is not found out.
pub fn plain_executor(home: &Home, config: &Config) -> Executor {
    Executor::new(ExecSetup { overlays: None, ..exec_setup(home, config) })
}

/// Returns the settings of an executor under `config`.
pub(crate) fn exec_setup(home: &Home, config: &Config) -> ExecSetup {
    ExecSetup {
        helper: Executor::find_helper(),
        environment: config.environment.clone(),
        shell: std::env::var_os("SHELL").map(PathBuf::from).filter(|shell| shell.is_absolute()),
        app_dirs: home.dirs().iter().map(|dir| (*dir).to_owned()).collect(),
        overlays: Some(overlays_dir(home)),
        home: None,
        secret_env: config.secret_variables().cloned().collect(),
    }
}

/// Assembles an agent that asks `provider`. Sends nothing.
pub async fn assemble(
    home: Home,
    config: Config,
    provider: &str,
    keychain: &Keychain,
    session_keys: &credential::SessionKeys,
) -> Result<AgentSetup, ErrorInfo> {
    let executor = executor(&home, &config);
    let chosen = find(&config, provider)?;
    let credential = credential::resolve(chosen, keychain, session_keys).await;
    let model = models::connect(chosen, credential.key)?;
    let mcp_tokens = Some(crate::mcp::tokens(keychain));
    Ok(AgentSetup {
        home,
        config,
        model,
        reviewers: ReviewerModels::new(keychain.clone(), session_keys.clone()),
        executor,
        mcp_tokens,
        mcp_wait: MCP_WAIT,
        mcp_status: crate::mcp::McpStatusTable::default(),
    })
}

/// Returns the model to use with a provider when none was named: the config's, when it is of this provider, or else the
/// provider's own default, or else the first one its server lists.
pub async fn default_model(
    config: &Config,
    provider: &str,
    keychain: &Keychain,
    session_keys: &credential::SessionKeys,
) -> Result<String, ErrorInfo> {
    let chosen = find(config, provider)?;
    let is_configured = config.provider().is_some_and(|configured| configured.key == provider);
    if let Some(model) = config.model.as_ref().filter(|_| is_configured) {
        return Ok(model.clone());
    }
    if !chosen.default_model.is_empty() {
        return Ok(chosen.default_model.clone());
    }
    let credential = credential::resolve(chosen, keychain, session_keys).await;
    let listed = models::list_models(chosen, credential.key).await?;
    listed.into_iter().next().ok_or_else(|| {
        ErrorInfo::new(
            ErrorKind::Model,
            format!("{} at {} has no model loaded", chosen.name, chosen.base_url),
        )
        .with_hint("load a model there, or name one")
    })
}

fn find<'a>(config: &'a Config, provider: &str) -> Result<&'a ProviderConfig, ErrorInfo> {
    config.providers.get(provider).ok_or_else(|| {
        let known: Vec<&str> = config.providers.keys().map(String::as_str).collect();
        ErrorInfo::new(ErrorKind::BadRequest, format!("there is no provider `{provider}`"))
            .with_hint(format!("the providers are {}", known.join(", ")))
    })
}
