//! The configuration (B35), and where the app's files are.
//!
//! Layers, from the lowest: built-in defaults, `config.toml`, a profile of it, the settings saved in the window ([`Overlay`]), the
//! command line. Every value knows its layer ([`ValueSource`]). The config file is only read: what a person sets in the window, and
//! which folders they trust, is saved in files of the app.

mod broad_folder;
mod builtin;
pub mod config;
pub mod effective;
pub mod environment;
pub mod error;
mod file;
pub mod home;
mod http_url;
mod instruction_file;
mod keys;
mod load;
pub mod mcp;
pub mod overlay;
mod price;
pub mod project_check;
pub mod project_doc;
pub mod prompt_command;
pub mod provider;
pub mod regular_file;
mod resolve;
pub mod saved;
pub mod source;
pub mod trust;

#[cfg(test)]
mod hostile;
#[cfg(test)]
pub(crate) mod tests;

pub use broad_folder::BroadFolder;
pub use config::Config;
pub use effective::EffectiveValue;
pub use environment::{EnvironmentInherit, ShellEnvironmentPolicy};
pub use error::{ConfigError, KeyLocation};
pub use file::HistoryPersistence;
pub use home::Home;
pub use mcp::{McpServer, McpTransport};
pub use overlay::{CloseAction, Overlay, SETTINGS_FILE, Setting, Theme};
pub use project_check::{ProjectChecks, typed_check};
pub use project_doc::ProjectDoc;
pub use prompt_command::{CommandFileError, PromptCommand, PromptCommands};
pub use provider::{ProviderConfig, WireApi};
pub use source::{ValueSource, ValueSources};
pub use trust::{Trust, TrustState, TrustStore};
