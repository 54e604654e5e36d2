//! What is set, and where the app's files are (B35).
//!
//! Reads only; what the window lets a person set is kept elsewhere, so that nobody's config file is ever rewritten.

mod builtin;
pub mod environment;
pub mod error;
mod file;
pub mod home;
mod keys;
pub mod mcp;
pub mod project_doc;
pub mod provider;
mod resolve;

#[cfg(test)]
mod hostile;
#[cfg(test)]
pub(crate) mod tests;

pub use environment::{EnvironmentInherit, ShellEnvironmentPolicy};
pub use error::{ConfigError, Place};
pub use file::HistoryPersistence;
pub use home::Home;
pub use mcp::{McpServer, McpTransport};
pub use project_doc::ProjectDoc;
pub use provider::{ProviderConfig, WireApi};

use protocol::{Policies, ReasoningEffort, ReasoningSummary};
use std::collections::BTreeMap;

/// The config file, a profile of it and the command line's overrides, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The model that was chosen; the provider's default when absent.
    pub model: Option<String>,
    /// Key of the provider that was chosen, always one of `providers`; see [`Config::provider`].
    pub model_provider: Option<String>,
    /// Everything that can answer, the built-in ones (B39, B40) included, by key.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// When a person is asked, and what a command may touch.
    pub policies: Policies,
    /// How hard a reasoning model should think, when it was said.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// How much it tells of its reasoning.
    pub reasoning_summary: Option<ReasoningSummary>,
    /// Which environment variables a command gets (B19).
    pub environment: ShellEnvironmentPolicy,
    /// MCP servers (B28), by name. Only the home's file names any: a project's own files cannot start one.
    pub mcp_servers: BTreeMap<String, McpServer>,
    /// Program and leading arguments of the notifier (B34); none when empty.
    pub notify: Vec<String>,
    /// How many bytes of `AGENTS.md` files are read in all (B33).
    pub project_doc_max_bytes: usize,
    /// Tokens the model's context holds, where the person knows better than we do.
    pub context_window: Option<u64>,
    /// How many tokens a request may have before the conversation is summarised unasked (B32).
    pub compact_at_tokens: Option<u64>,
    /// Zero data retention (B11).
    pub disable_response_storage: bool,
    /// Whether raw reasoning is shown (B9).
    pub show_raw_agent_reasoning: bool,
    /// Whether prompts are remembered across sessions (B31).
    pub history: HistoryPersistence,
    /// What was found in the file and has no effect, for people.
    pub notes: Vec<String>,
}

impl Config {
    /// Reads `config.toml`, lays the profile over it, and `overrides` over that (`-c key=value`: dotted keys; the value is
    /// TOML, or a string when it is not). `profile` wins over the file's own `profile`. No file is the same as an empty one.
    pub fn load(
        home: &Home,
        overrides: &[(String, String)],
        profile: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let path = home.config_file();
        let text = match std::fs::read(&path) {
            Ok(bytes) => file::utf8(&path, bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(ConfigError::Read { path, source }),
        };
        resolve::resolve(&path, &text, overrides, profile, &|name| std::env::var(name).ok())
    }

    /// Names of the environment variables that hold keys of the app: no child gets them (B19).
    pub fn secret_variables(&self) -> impl Iterator<Item = &String> {
        let providers = self.providers.values().flat_map(ProviderConfig::secret_variables);
        providers.chain(self.mcp_servers.values().flat_map(McpServer::secret_variables))
    }

    /// The provider that was chosen; OpenAI when none was.
    pub fn provider(&self) -> Option<&ProviderConfig> {
        self.providers.get(self.model_provider.as_deref().unwrap_or(builtin::OPENAI))
    }
}
