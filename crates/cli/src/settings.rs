//! What the command line sets, over the config file.

use anyhow::{Context, Result, anyhow};
use clap::{Args, ValueEnum};
use config::{Config, Home};
use protocol::{ApprovalPolicy, ErrorInfo, NetworkAccess, SandboxPolicy, SessionConfig};
use std::path::{Path, PathBuf};

/// Options every command that talks to a model has.
#[derive(Args, Clone, Default)]
pub(crate) struct ModelArgs {
    /// Model to ask, as its provider names it.
    #[arg(long, short)]
    pub(crate) model: Option<String>,
    /// Provider to ask: openai, anthropic, openrouter, ollama, lmstudio, llamacpp, vllm, practice, or one of the config file.
    #[arg(long)]
    pub(crate) provider: Option<String>,
    /// Sets a key of the config file for this run; the value is TOML, or else text.
    #[arg(short = 'c', long = "config", value_name = "KEY=VALUE")]
    pub(crate) config: Vec<String>,
    /// Profile of the config file.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// What commands may touch.
    #[arg(long, value_enum)]
    pub(crate) sandbox: Option<SandboxMode>,
    /// When to ask.
    #[arg(long, value_enum)]
    pub(crate) approval: Option<ApprovalMode>,
}

/// Names of the sandbox policies.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SandboxMode {
    ReadOnly,
    WorkspaceWrite,
    DangerFullAccess,
}

/// Names of the approval policies.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ApprovalMode {
    Untrusted,
    OnFailure,
    OnRequest,
    Never,
}

/// Names of the network settings.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum NetworkMode {
    #[default]
    None,
    Full,
}

impl From<ApprovalMode> for ApprovalPolicy {
    fn from(mode: ApprovalMode) -> Self {
        match mode {
            ApprovalMode::Untrusted => Self::Untrusted,
            ApprovalMode::OnFailure => Self::OnFailure,
            ApprovalMode::OnRequest => Self::OnRequest,
            ApprovalMode::Never => Self::Never,
        }
    }
}

impl From<NetworkMode> for NetworkAccess {
    fn from(mode: NetworkMode) -> Self {
        match mode {
            NetworkMode::None => Self::None,
            NetworkMode::Full => Self::Full,
        }
    }
}

impl SandboxMode {
    /// The policy of this name; `now` gives its details when it is of the same name.
    pub(crate) fn policy(self, now: &SandboxPolicy) -> SandboxPolicy {
        match (self, now) {
            (Self::ReadOnly, SandboxPolicy::ReadOnly { .. })
            | (Self::WorkspaceWrite, SandboxPolicy::WorkspaceWrite { .. }) => now.clone(),
            (Self::ReadOnly, _) => SandboxPolicy::read_only(),
            (Self::WorkspaceWrite, _) => SandboxPolicy::workspace_write(),
            (Self::DangerFullAccess, _) => SandboxPolicy::DangerFullAccess,
        }
    }
}

/// Where the app's files are.
pub(crate) fn home() -> Result<Home> {
    Home::from_env().context("there is no home folder; set COUNTERSIGN_HOME to a folder for the app's files")
}

/// A folder that was named, links followed; the current one when none was.
pub(crate) fn folder(named: Option<&Path>) -> Result<PathBuf> {
    let dir = match named {
        Some(dir) => dir.to_owned(),
        None => std::env::current_dir().context("the current folder is gone")?,
    };
    let dir = dir.canonicalize().with_context(|| format!("the folder {} cannot be opened", dir.display()))?;
    if dir.is_dir() { Ok(dir) } else { Err(anyhow!("{} is not a folder", dir.display())) }
}

impl ModelArgs {
    /// The config with these options laid over it.
    pub(crate) fn load(&self, home: &Home, someone_is_there: bool) -> Result<Config> {
        let mut overrides = Vec::new();
        for pair in &self.config {
            let (key, value) =
                pair.split_once('=').with_context(|| format!("-c {pair}: expected KEY=VALUE"))?;
            overrides.push((key.trim().to_owned(), value.trim().to_owned()));
        }
        let review_is_set = overrides.iter().any(|(key, _)| key == "review_patches");
        let mut config = Config::load(home, &overrides, self.profile.as_deref())?;
        if let Some(provider) = &self.provider {
            config.model_provider = Some(provider.clone());
            config.model = None;
        }
        if let Some(model) = &self.model {
            config.model = Some(model.clone());
        }
        if let Some(approval) = self.approval {
            config.policies.approval = approval.into();
        }
        if let Some(sandbox) = self.sandbox {
            config.policies.sandbox = sandbox.policy(&config.policies.sandbox);
        }
        // with nobody to look, a review could only end in a denial: the table of B24 decides, unless it was asked for
        if !someone_is_there && !review_is_set {
            config.policies.review_patches = false;
        }
        Ok(config)
    }
}

impl ModelArgs {
    /// Goes on as a session was before, but for what these options say.
    pub(crate) fn keep(&self, config: &mut Config, before: SessionConfig, someone_is_there: bool) {
        if self.provider.is_none() && config.providers.contains_key(&before.provider) {
            config.model_provider = Some(before.provider);
            if self.model.is_none() {
                config.model = Some(before.model);
            }
        }
        if self.approval.is_none() {
            config.policies.approval = before.policies.approval;
        }
        if self.sandbox.is_none() {
            config.policies.sandbox = before.policies.sandbox;
        }
        if someone_is_there {
            config.policies.review_patches = before.policies.review_patches;
        }
    }
}

/// A failure as an error of this program, its way out included.
pub(crate) fn failure(error: ErrorInfo) -> anyhow::Error {
    match error.hint {
        Some(hint) => anyhow!("{}\n  {hint}", error.message),
        None => anyhow!("{}", error.message),
    }
}
