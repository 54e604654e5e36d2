//! The config file as it is written: every setting optional, nothing filled in.

use super::environment::{EnvironmentInherit, ShellEnvironmentPolicy};
use super::error::{ConfigError, KeyLocation};
use super::mcp::McpServerEntry;
use super::price::PriceEntry;
use protocol::{ApprovalPolicy, ReasoningEffort, ReasoningSummary};
use serde::de::{Error, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Whether prompts are remembered across sessions (B31).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryPersistence {
    /// They are.
    #[default]
    SaveAll,
    /// They are not.
    None,
}

/// One layer of settings: the file, a profile, or all of them merged. Which keys there may be is the business of
/// [`super::keys`]; this only holds what is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Layer {
    pub(super) model: Option<String>,
    pub(super) model_provider: Option<String>,
    pub(super) model_providers: BTreeMap<String, ProviderEntry>,
    pub(super) openai_base_url: Option<String>,
    pub(super) model_reasoning_effort: Option<ReasoningEffort>,
    pub(super) model_reasoning_summary: Option<ReasoningSummary>,
    pub(super) approval_policy: Option<ApprovalEntry>,
    pub(super) sandbox_mode: Option<SandboxMode>,
    pub(super) default_permissions: Option<String>,
    pub(super) sandbox_workspace_write: WorkspaceWrite,
    pub(super) review_patches: Option<bool>,
    pub(super) shell_environment_policy: Environment,
    pub(super) mcp_servers: BTreeMap<String, McpServerEntry>,
    pub(super) notify: Option<Vec<String>>,
    pub(super) editor_command: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) profiles: BTreeMap<String, Layer>,
    pub(super) history: HistoryTable,
    pub(super) project_doc_max_bytes: Option<usize>,
    pub(super) project_doc_fallback_filenames: Vec<String>,
    pub(super) prices: BTreeMap<String, PriceEntry>,
    pub(super) task_cost_limit: Option<f64>,
    pub(super) task_token_limit: Option<u64>,
    pub(super) model_context_window: Option<u64>,
    pub(super) model_auto_compact_token_limit: Option<u64>,
    pub(super) isolated_copy_limit_mb: Option<u64>,
    pub(super) reviewer: Option<ReviewerEntry>,
    pub(super) disable_response_storage: Option<bool>,
    pub(super) show_raw_agent_reasoning: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProviderEntry {
    pub(super) name: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) env_key: Option<String>,
    pub(super) wire_api: Option<String>,
    pub(super) http_headers: Option<BTreeMap<String, String>>,
    pub(super) env_http_headers: Option<BTreeMap<String, String>>,
    pub(super) query_params: Option<BTreeMap<String, String>>,
    pub(super) request_max_retries: Option<u32>,
    pub(super) stream_max_retries: Option<u32>,
    pub(super) stream_idle_timeout_ms: Option<u64>,
    pub(super) default_model: Option<String>,
    pub(super) requires_openai_auth: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReviewerEntry {
    pub(super) provider: Option<String>,
    pub(super) model: Option<String>,
    pub(super) every_patch: bool,
}

/// When to ask, as the file may say it: by a name, or for each kind of question whether it may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApprovalEntry {
    Named(ApprovalPolicy),
    Granular(Granular),
}

/// The questions that may be asked. One that may not is answered with no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Granular {
    sandbox_approval: bool,
    rules: bool,
    request_permissions: bool,
}

impl Default for ApprovalEntry {
    fn default() -> Self {
        Self::Named(ApprovalPolicy::default())
    }
}

impl ApprovalEntry {
    /// Returns the policy that comes nearest and lets nothing run that the entry would not.
    pub(super) fn nearest(self) -> ApprovalPolicy {
        match self {
            Self::Named(policy) => policy,
            Self::Granular(Granular { sandbox_approval, rules, request_permissions }) => {
                if sandbox_approval || rules || request_permissions {
                    ApprovalPolicy::OnRequest
                } else {
                    ApprovalPolicy::Never
                }
            }
        }
    }
}

impl<'de> Deserialize<'de> for ApprovalEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = ApprovalEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string that names a policy, or { granular = { sandbox_approval = true, .. } }")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<ApprovalEntry, E> {
                ApprovalPolicy::deserialize(name.into_deserializer()).map(ApprovalEntry::Named)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ApprovalEntry, A::Error> {
                let mut granular = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != "granular" {
                        return Err(A::Error::unknown_field(&key, &["granular"]));
                    }
                    granular = Some(map.next_value()?);
                }
                granular.map(ApprovalEntry::Granular).ok_or_else(|| A::Error::missing_field("granular"))
            }
        }
        deserializer.deserialize_any(EntryVisitor)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SandboxMode {
    ReadOnly,
    #[default]
    WorkspaceWrite,
    DangerFullAccess,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WorkspaceWrite {
    pub(super) writable_roots: Vec<PathBuf>,
    pub(super) network_access: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct HistoryTable {
    pub(super) persistence: HistoryPersistence,
}

/// [`ShellEnvironmentPolicy`] without its refusal of unknown keys, which come with a better message from [`super::keys`].
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Environment {
    inherit: EnvironmentInherit,
    ignore_default_excludes: bool,
    exclude: Vec<String>,
    set: BTreeMap<String, String>,
    include_only: Vec<String>,
    #[serde(alias = "experimental_use_profile")]
    use_profile: bool,
}

impl From<Environment> for ShellEnvironmentPolicy {
    fn from(entry: Environment) -> Self {
        let Environment { inherit, ignore_default_excludes, exclude, set, include_only, use_profile } = entry;
        Self { inherit, ignore_default_excludes, exclude, set, include_only, use_profile }
    }
}

/// Decodes the file's text. A byte that is not UTF-8 is an error with its location.
pub(super) fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, ConfigError> {
    String::from_utf8(bytes).map_err(|error| {
        let valid =
            String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        let location = location_of(path, &valid, valid.len());
        ConfigError::Invalid { location, message: "not UTF-8 text, which a TOML file must be".to_owned() }
    })
}

/// Returns the location of byte `offset` of the file's text.
pub(super) fn location_of(path: &Path, text: &str, offset: usize) -> KeyLocation {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    KeyLocation::File {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}
