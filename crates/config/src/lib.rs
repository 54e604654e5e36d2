//! The configuration (B35), and where the app's files are.
//!
//! Layers, from the lowest: built-in defaults, `config.toml`, a profile of it, the settings saved in the window ([`Overlay`]), the
//! command line. Every value knows its layer ([`ValueSource`]). The config file is only read: what a person sets in the window, and
//! which folders they trust, is saved in files of the app.

mod builtin;
pub mod effective;
pub mod environment;
pub mod error;
mod file;
pub mod home;
mod keys;
pub mod mcp;
pub mod overlay;
pub mod project_doc;
pub mod provider;
mod resolve;
pub mod saved;
pub mod source;
pub mod trust;

#[cfg(test)]
mod hostile;
#[cfg(test)]
pub(crate) mod tests;

pub use effective::EffectiveValue;
pub use environment::{EnvironmentInherit, ShellEnvironmentPolicy};
pub use error::{ConfigError, Location};
pub use file::HistoryPersistence;
pub use home::Home;
pub use mcp::{McpServer, McpTransport};
pub use overlay::{Overlay, SETTINGS_FILE, Setting, Theme};
pub use project_doc::ProjectDoc;
pub use provider::{ProviderConfig, WireApi};
pub use source::{Sources, ValueSource};
pub use trust::{Trust, TrustState, TrustStore};

use protocol::{Policies, ReasoningEffort, ReasoningSummary};
use std::collections::BTreeMap;

/// The config file, a profile of it and the command line's overrides, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The chosen model; the provider's default when absent.
    pub model: Option<String>,
    /// Key of the chosen provider, one of `providers`; see [`Config::provider`].
    pub model_provider: Option<String>,
    /// Providers by key, the built-in ones (B39, B40) included.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// The approval and sandbox policies of new sessions.
    pub policies: Policies,
    /// Reasoning effort; the model's default when absent.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Detail of reasoning summaries; the model's default when absent.
    pub reasoning_summary: Option<ReasoningSummary>,
    /// Environment variables of commands (B19).
    pub environment: ShellEnvironmentPolicy,
    /// MCP servers (B28), by name. Only the home's file names any: a project's own files cannot start one.
    pub mcp_servers: BTreeMap<String, McpServer>,
    /// Program and leading arguments of the notifier (B34); none when empty.
    pub notify: Vec<String>,
    /// Bytes of `AGENTS.md` files that are read in all (B33).
    pub project_doc_max_bytes: usize,
    /// Tokens the model's context holds, where the person knows better than we do.
    pub context_window: Option<u64>,
    /// Tokens a request may have before the conversation is compacted (B32).
    pub compact_at_tokens: Option<u64>,
    /// Zero data retention (B11).
    pub disable_response_storage: bool,
    /// Whether raw reasoning is shown (B9).
    pub show_raw_agent_reasoning: bool,
    /// Whether prompts are remembered across sessions (B31).
    pub history: HistoryPersistence,
    /// Keys that were found and have no effect, for people.
    pub notes: Vec<String>,
    /// Where each value comes from.
    pub sources: Sources,
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

    /// Lists the environment variables that hold keys of the app: no child gets them (B19).
    pub fn secret_variables(&self) -> impl Iterator<Item = &String> {
        let providers = self.providers.values().flat_map(ProviderConfig::secret_variables);
        providers.chain(self.mcp_servers.values().flat_map(McpServer::secret_variables))
    }

    /// Chooses a provider on the command line. A model that a lower layer chose is of another provider, and has no effect.
    pub fn choose_provider(&mut self, provider: &str) {
        self.model_provider = Some(provider.to_owned());
        if !self.sources.is_command_line("model") {
            self.model = None;
        }
        self.sources.set("model_provider", ValueSource::CommandLine);
    }

    /// Returns the chosen provider; OpenAI when none is chosen.
    pub fn provider(&self) -> Option<&ProviderConfig> {
        self.providers.get(self.model_provider.as_deref().unwrap_or(builtin::OPENAI))
    }
}
