//! Providers of models, and settings.

pub use config::{CloseAction, Setting, Theme, ValueSource};

use protocol::{ModelPrice, Policies, ReasoningEffort, Reviewer};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Source of a provider's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// The provider needs none.
    NotNeeded,
    /// The OS keychain.
    Keychain,
    /// The environment.
    Environment,
    /// Typed in, kept until the app ends, because there is no keychain.
    Session,
    /// There is none.
    Missing,
}

/// Provider of models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProviderView {
    /// Its key in the config.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Address; empty for the practice model.
    pub base_url: String,
    /// The protocol it speaks, by the name people know it by; empty for the practice model.
    pub wire: String,
    /// Whether it is on this machine.
    pub local: bool,
    /// Whether it is the practice model.
    pub practice: bool,
    /// For a local one, whether it runs; true for others.
    pub reachable: bool,
    /// The reason a local one that runs lists no models. It may answer prompts all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub problem: Option<String>,
    /// Source of its key.
    pub key_source: KeySource,
    /// Name of the environment variable its key is read from.
    pub env_key: Option<String>,
    /// Models that are known to be there; more can be typed in.
    pub models: Vec<String>,
    /// Prices of models, from the provider's list or else from the config file; by the name of the model.
    #[serde(default)]
    #[ts(optional, as = "Option<BTreeMap<String, ModelPrice>>")]
    pub prices: BTreeMap<String, ModelPrice>,
    /// The model that is used unless another is chosen.
    pub default_model: String,
    /// Prompts to suggest where nothing was asked yet.
    pub suggestions: Vec<String>,
    /// Prompts to suggest in the sample project.
    pub sample_suggestions: Vec<String>,
}

/// Settings in effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Settings {
    /// Key of the provider that new sessions use.
    pub provider: String,
    /// Model that new sessions use.
    pub model: String,
    /// Reasoning effort of new sessions.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Policies of new sessions.
    pub policies: Policies,
    /// Color theme of the window.
    pub theme: Theme,
    /// Whether a patch can be approved only when every hunk of it was viewed.
    pub approve_only_viewed: bool,
    /// Command that opens a file in the person's editor, as the config file says; the desktop opens it when empty. The window
    /// can't change it: it names a program.
    pub editor_command: String,
    /// Cost after which a task waits for the person, in millionths of a dollar.
    pub task_cost_limit: Option<u64>,
    /// Number of tokens after which a task waits for the person.
    pub task_token_limit: Option<u64>,
    /// Model that reviews patches that wait.
    pub reviewer: Option<Reviewer>,
    /// Whether the system says when a turn is complete.
    pub notify_turn_complete: bool,
    /// Whether the system says when something waits for a decision.
    pub notify_approval: bool,
    /// Effect of closing the window while agents are at work.
    pub close_action: CloseAction,
}

/// Arguments of `save_settings`: the settings that the person changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct SettingsChange {
    /// Key of the provider that new sessions use.
    pub provider: Option<String>,
    /// Model that new sessions use.
    pub model: Option<String>,
    /// Reasoning effort; null leaves that to the model.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable, as = "Option<ReasoningEffort>")]
    pub reasoning_effort: Option<Option<ReasoningEffort>>,
    /// Policies of new sessions; those that differ from the ones in effect are changed.
    pub policies: Option<Policies>,
    /// Theme of the window.
    pub theme: Option<Theme>,
    /// Whether a patch can be approved only when every hunk of it was viewed.
    pub approve_only_viewed: Option<bool>,
    /// Cost after which a task waits for the person, in millionths of a dollar; null for none.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable, as = "Option<u64>")]
    pub task_cost_limit: Option<Option<u64>>,
    /// Number of tokens after which a task waits for the person; null for none.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable, as = "Option<u64>")]
    pub task_token_limit: Option<Option<u64>>,
    /// Model that reviews patches that wait; null for none.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable, as = "Option<Reviewer>")]
    pub reviewer: Option<Option<Reviewer>>,
    /// Whether the system says when a turn is complete.
    pub notify_turn_complete: Option<bool>,
    /// Whether the system says when something waits for a decision.
    pub notify_approval: Option<bool>,
    /// Effect of closing the window while agents are at work.
    pub close_action: Option<CloseAction>,
}

/// Tells a member that is null from one that is missing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Arguments of `reset_setting`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ResetSettingArgs {
    /// The setting whose saved value is removed.
    pub setting: Setting,
}

/// Arguments of `store_key`. The key goes to the keychain and nowhere else.
#[derive(Clone, Deserialize, TS)]
pub struct StoreKeyArgs {
    /// Key of the provider in the config.
    pub provider: String,
    /// The key.
    pub secret: String,
}

/// Arguments that name a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProviderArgs {
    /// Key of the provider in the config.
    pub provider: String,
}
