//! Options that override the config file.

use agent::session::Overrides;
use anyhow::{Context, Result, anyhow};
use clap::{Args, ValueEnum};
use config::Home;
use protocol::{ApprovalPolicy, ErrorInfo, NetworkAccess, SandboxPolicy};
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
    /// Sandbox policy of commands.
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
    OnEffect,
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
            ApprovalMode::OnEffect => Self::OnEffect,
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
    /// Returns the policy of this mode, with the details of `now` when that is of the same mode.
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

/// Returns where the app's files are.
pub(crate) fn home() -> Result<Home> {
    Home::from_env().context("there is no home folder; set COUNTERSIGN_HOME to a folder for the app's files")
}

/// Resolves a folder, links followed; the current one when none is named.
pub(crate) fn folder(named: Option<&Path>) -> Result<PathBuf> {
    let dir = match named {
        Some(dir) => dir.to_owned(),
        None => std::env::current_dir().context("the current folder is gone")?,
    };
    let dir = dir.canonicalize().with_context(|| format!("the folder {} cannot be opened", dir.display()))?;
    if dir.is_dir() { Ok(dir) } else { Err(anyhow!("{} is not a folder", dir.display())) }
}

impl ModelArgs {
    /// Returns the layers these options lay over the config file. When nobody is there to review a patch, patches are written as
    /// B24's table decides, unless `review_patches` is set: a review could only end in a denial.
    pub(crate) fn overrides(&self, is_attended: bool) -> Result<Overrides> {
        let mut keys = Vec::new();
        if !is_attended {
            keys.push(("review_patches".to_owned(), "false".to_owned()));
        }
        for pair in &self.config {
            let (key, value) =
                pair.split_once('=').with_context(|| format!("-c {pair}: expected KEY=VALUE"))?;
            keys.push((key.trim().to_owned(), value.trim().to_owned()));
        }
        // an option of its own wins over `-c`, and is text whatever it looks like
        for (key, value) in [
            ("model", self.model.clone()),
            ("approval_policy", self.approval.and_then(config_name)),
            ("sandbox_mode", self.sandbox.and_then(config_name)),
        ] {
            if let Some(value) = value {
                keys.push((key.to_owned(), json_string(&value)));
            }
        }
        Ok(Overrides {
            keys,
            profile: self.profile.clone(),
            provider: self.provider.clone(),
            ..Overrides::default()
        })
    }
}

/// Returns the name of a mode, which is that of the config file.
fn config_name(mode: impl ValueEnum) -> Option<String> {
    Some(mode.to_possible_value()?.get_name().to_owned())
}

/// Quotes text as a string that is TOML as well as JSON.
fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Converts a failure and its hint into an error of this program.
pub(crate) fn failure(error: ErrorInfo) -> anyhow::Error {
    match error.hint {
        Some(hint) => anyhow!("{}\n  {hint}", error.message),
        None => anyhow!("{}", error.message),
    }
}
