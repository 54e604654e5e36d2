//! The resolved configuration.

use super::builtin;
use super::environment::ShellEnvironmentPolicy;
use super::file::HistoryPersistence;
use super::mcp::McpServer;
use super::provider::ProviderConfig;
use super::source::{ValueSource, ValueSources};
use protocol::{ModelPrice, Policies, ReasoningEffort, ReasoningSummary, Reviewer, TaskLimit};
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
    /// Command that opens a file in the person's editor, with `{file}` and `{line}`; the desktop opens it when empty.
    pub editor_command: String,
    /// Bytes of `AGENTS.md` files that are read in all (B33).
    pub project_doc_max_bytes: usize,
    /// Names of further instruction files, used in a folder without `AGENTS.md`, the first that is there.
    pub project_doc_fallback_filenames: Vec<String>,
    /// Tokens the model's context holds, where the person knows better than we do.
    pub context_window: Option<u64>,
    /// Tokens a request may have before the conversation is compacted (B32).
    pub compact_at_tokens: Option<u64>,
    /// Prices of models, by name, as the person set them; those that a provider lists go before them.
    pub prices: BTreeMap<String, ModelPrice>,
    /// Limit of each task.
    pub task_limit: TaskLimit,
    /// Model that reviews patches that wait.
    pub reviewer: Option<Reviewer>,
    /// Size of an isolated copy's changes, in MB (1,000,000 bytes), from which on no task begins in it.
    pub isolated_copy_limit_mb: u64,
    /// Zero data retention (B11).
    pub disable_response_storage: bool,
    /// Whether raw reasoning is shown (B9).
    pub show_raw_agent_reasoning: bool,
    /// Whether prompts are remembered across sessions (B31).
    pub history: HistoryPersistence,
    /// Keys that were found and have no effect, for people.
    pub notes: Vec<String>,
    /// Where each value comes from.
    pub sources: ValueSources,
}

impl Config {
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
