//! From layers to settings: the file, then a profile of it, then the command line.

use super::builtin;
use super::config::Config;
use super::error::{ConfigError, KeyLocation, list};
use super::file::{
    ApprovalEntry, Layer, ProviderEntry, ReviewerEntry, SandboxMode, WorkspaceWrite, location_of,
};
use super::http_url::{is_http, trimmed};
use super::keys;
use super::price::millionths;
use super::project_doc;
use super::provider::{ProviderConfig, WireApi};
use super::source::{ValueSource, ValueSources};
use protocol::{ApprovalPolicy, NetworkAccess, Policies, Reviewer, SandboxPolicy, TaskLimit};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Size of an isolated copy's changes, in MB, from which on no task begins in it.
const ISOLATED_COPY_LIMIT_MB: u64 = 20_000;

/// Resolves the text of the file at `path`; `env` looks an environment variable up.
pub(super) fn resolve(
    path: &Path,
    text: &str,
    overrides: &[(String, String)],
    profile: Option<&str>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, ConfigError> {
    let mut merged = Merged::new(path);
    merged.lay(text, &|offset| location_of(path, text, offset))?;

    let mut over = Merged::new(path);
    for (key, value) in overrides {
        over.lay(&override_text(key, value)?, &|_| KeyLocation::Override { key: key.clone() })?;
    }

    let in_layers = |key: &str| [&over, &merged].into_iter().find_map(|layer| layer.table.get(key)?.as_str());
    if let Some(name) = profile.or_else(|| in_layers("profile")) {
        let name = name.to_owned();
        // one that a layer names is wrong at that location
        let location = match profile {
            Some(_) => None,
            None => [&over, &merged].into_iter().find_map(|layer| layer.locations.get("profile")).cloned(),
        };
        merged.lay_profile(&name).map_err(|error| match location {
            Some(location) => ConfigError::Invalid { location, message: error.to_string() },
            None => error,
        })?;
    }
    merged.lay_merged(over);
    merged.finish(env)
}

/// Layers laid over one another.
struct Merged {
    path: PathBuf,
    table: toml::Table,
    locations: BTreeMap<String, KeyLocation>,
    sources: ValueSources,
    unused: Vec<String>,
    unknown: Vec<String>,
}

impl Merged {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            table: toml::Table::new(),
            locations: BTreeMap::new(),
            sources: ValueSources::default(),
            unused: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Checks one layer by itself, so that what is wrong is said with its location, and lays it over the others.
    fn lay(&mut self, text: &str, location: &dyn Fn(usize) -> KeyLocation) -> Result<(), ConfigError> {
        let invalid = |error: toml::de::Error| ConfigError::Invalid {
            location: location(error.span().map_or(0, |span| span.start)),
            message: without_values(error.message()),
        };
        let found = keys::check_keys(DeTable::parse(text).map_err(invalid)?.get_ref(), location)?;
        toml::from_str::<Layer>(text).map_err(invalid)?;
        merge(&mut self.table, toml::from_str(text).map_err(invalid)?);
        for (key, location) in &found.locations {
            self.sources.set_at(key, location);
        }
        self.locations.extend(found.locations);
        self.unused.extend(found.unused);
        self.unknown.extend(found.unknown);
        Ok(())
    }

    fn lay_merged(&mut self, over: Self) {
        merge(&mut self.table, over.table);
        self.sources.lay(over.sources);
        self.locations.extend(over.locations);
        self.unused.extend(over.unused);
        self.unknown.extend(over.unknown);
    }

    fn lay_profile(&mut self, name: &str) -> Result<(), ConfigError> {
        let profiles = self.table.get("profiles").and_then(toml::Value::as_table);
        let Some(profile) = profiles.and_then(|profiles| profiles.get(name)?.as_table()).cloned() else {
            let known = profiles.map(|profiles| profiles.keys().cloned().collect()).unwrap_or_default();
            return Err(ConfigError::NoProfile { name: name.to_owned(), path: self.path.clone(), known });
        };
        merge(&mut self.table, profile);
        let prefix = format!("profiles.{name}.");
        let locations: Vec<_> = self
            .locations
            .iter()
            .filter_map(|(key, location)| Some((key.strip_prefix(&prefix)?.to_owned(), location.clone())))
            .collect();
        self.locations.extend(locations);
        self.sources.lay_profile(name);
        Ok(())
    }

    fn invalid(&self, key: &str, message: String) -> ConfigError {
        let beginning = || KeyLocation::File { path: self.path.clone(), line: 1, column: 1 };
        let location = self.locations.get(key).cloned().unwrap_or_else(beginning);
        ConfigError::Invalid { location, message }
    }

    fn finish(mut self, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let layer = Layer::deserialize(self.table.clone())
            .map_err(|error| self.invalid("", without_values(error.message())))?;
        let mut notes: Vec<String> = self
            .unused
            .iter()
            .map(|key| match self.locations.get(key) {
                Some(location) => format!("{location}: `{key}` is known but has no effect"),
                None => format!("`{key}` is known but has no effect"),
            })
            .collect();
        if !self.unknown.is_empty() {
            let at = |key: &String| match self.locations.get(key) {
                Some(KeyLocation::File { line, .. }) => format!("`{key}` (line {line})"),
                _ => format!("`{key}`"),
            };
            let keys = list(&self.unknown.iter().map(at).collect::<Vec<_>>());
            notes.insert(0, format!("{}: keys that are not known are skipped: {keys}", self.path.display()));
        }

        let base_url = env("OPENAI_BASE_URL").filter(|url| !url.is_empty());
        if base_url.as_ref().is_some_and(|url| !is_http(url)) {
            notes
                .push("OPENAI_BASE_URL has no effect: it does not begin with http:// or https://".to_owned());
        }
        let base_url = base_url.filter(|url| is_http(url));
        let base_url_key = format!("model_providers.{}.base_url", builtin::OPENAI);
        if base_url.is_some() && self.sources.get(&base_url_key) == ValueSource::Default {
            self.sources.set(&base_url_key, ValueSource::Environment { name: "OPENAI_BASE_URL".to_owned() });
        }
        let ollama = env("OLLAMA_HOST").filter(|host| !host.trim().is_empty());
        let ollama = ollama.and_then(|host| {
            let url = builtin::ollama_url(&host);
            if url.is_none() {
                notes.push("OLLAMA_HOST has no effect: it is no address".to_owned());
            }
            url
        });
        let ollama_key = "model_providers.ollama.base_url";
        if ollama.is_some() && self.sources.get(ollama_key) == ValueSource::Default {
            self.sources.set(ollama_key, ValueSource::Environment { name: "OLLAMA_HOST".to_owned() });
        }
        let mut providers = builtin::providers(base_url.map(|url| trimmed(&url)), ollama);
        if let (Some(url), Some(openai)) = (&layer.openai_base_url, providers.get_mut(builtin::OPENAI)) {
            openai.base_url = self.base_url("openai_base_url", url)?;
            self.sources.set(&base_url_key, self.sources.get("openai_base_url"));
        }
        for (key, entry) in layer.model_providers {
            let provider = self.provider(&key, entry, providers.remove(&key))?;
            providers.insert(key, provider);
        }
        if let Some(key) = layer.model_provider.as_ref().filter(|key| !providers.contains_key(*key)) {
            let known = list(&providers.keys().cloned().collect::<Vec<_>>());
            return Err(self.invalid("model_provider", format!("no provider `{key}`; there are {known}")));
        }

        let mut mcp_servers = BTreeMap::new();
        for (name, entry) in layer.mcp_servers {
            let server = entry.finish(&name).map_err(|(key, message)| {
                let table = format!("mcp_servers.{name}");
                self.invalid(&key.map_or(table.clone(), |key| format!("{table}.{key}")), message)
            })?;
            mcp_servers.insert(name, server);
        }
        let mut prices = BTreeMap::new();
        for (model, entry) in &layer.prices {
            let price = entry.finish(model).map_err(|(key, message)| {
                let table = format!("prices.{model}");
                self.invalid(&key.map_or(table.clone(), |key| format!("{table}.{key}")), message)
            })?;
            prices.insert(model.clone(), price);
        }
        let task_limit = self.task_limit(layer.task_cost_limit, layer.task_token_limit)?;
        let reviewer = layer.reviewer.map(|entry| self.reviewer(entry, &providers)).transpose()?;
        let permissions =
            layer.default_permissions.as_deref().map(|name| self.permissions(name)).transpose()?;
        let mode = match (layer.sandbox_mode, permissions.flatten()) {
            // the one that allows less
            (Some(mode), Some(permissions)) => mode.min(permissions),
            (mode, permissions) => mode.or(permissions).unwrap_or_default(),
        };
        let sandbox = self.sandbox(mode, layer.sandbox_workspace_write)?;
        if let Some(ApprovalEntry::Granular(_)) = layer.approval_policy {
            notes.push(format!(
                "`approval_policy` with `granular` is taken as {}, the nearest there is that allows no more",
                match layer.approval_policy.unwrap_or_default().nearest() {
                    ApprovalPolicy::Never => "never",
                    _ => "on-request",
                }
            ));
        }
        Ok(Config {
            model: layer.model.filter(|model| !model.is_empty()),
            model_provider: layer.model_provider,
            providers,
            policies: Policies {
                approval: layer.approval_policy.unwrap_or_default().nearest(),
                sandbox,
                review_patches: layer.review_patches.unwrap_or(true),
            },
            reasoning_summary: layer.model_reasoning_summary,
            reasoning_effort: layer.model_reasoning_effort,
            environment: layer.shell_environment_policy.into(),
            mcp_servers,
            notify: layer.notify.unwrap_or_default(),
            editor_command: layer.editor_command.unwrap_or_default(),
            context_window: layer.model_context_window,
            compact_at_tokens: layer.model_auto_compact_token_limit,
            prices,
            task_limit,
            reviewer,
            project_doc_fallback_filenames: layer.project_doc_fallback_filenames,
            project_doc_max_bytes: layer.project_doc_max_bytes.unwrap_or(project_doc::DEFAULT_MAX_BYTES),
            isolated_copy_limit_mb: layer.isolated_copy_limit_mb.unwrap_or(ISOLATED_COPY_LIMIT_MB),
            disable_response_storage: layer.disable_response_storage.unwrap_or(true),
            show_raw_agent_reasoning: layer.show_raw_agent_reasoning.unwrap_or(false),
            history: layer.history.persistence,
            notes,
            sources: self.sources,
        })
    }

    fn task_limit(&self, dollars: Option<f64>, tokens: Option<u64>) -> Result<TaskLimit, ConfigError> {
        let cost = dollars.map(|dollars| {
            millionths(dollars).filter(|cost| *cost > 0).ok_or_else(|| {
                let message = "not a limit: write dollars, such as 2.50, and leave the key out for none";
                self.invalid("task_cost_limit", message.to_owned())
            })
        });
        if tokens == Some(0) {
            let message =
                "not a limit: write a number of tokens, such as 500_000, and leave the key out for none";
            return Err(self.invalid("task_token_limit", message.to_owned()));
        }
        Ok(TaskLimit { cost: cost.transpose()?, tokens })
    }

    fn reviewer(
        &self,
        entry: ReviewerEntry,
        providers: &BTreeMap<String, ProviderConfig>,
    ) -> Result<Reviewer, ConfigError> {
        let ReviewerEntry { provider, model, every_patch } = entry;
        let missing =
            |key: &str, what: &str| self.invalid("reviewer", format!("`{key}` is missing: write {what}"));
        let provider =
            provider.ok_or_else(|| missing("provider", "the key of a provider, such as \"openai\""))?;
        if !providers.contains_key(&provider) {
            let known = providers.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let message = format!("there is no provider `{provider}`; the providers are {known}");
            return Err(self.invalid("reviewer.provider", message));
        }
        let model = model.filter(|model| !model.trim().is_empty());
        let model = model.ok_or_else(|| missing("model", "the name of one of the provider's models"))?;
        Ok(Reviewer { provider, model, every_patch })
    }

    /// `entry` over the built-in provider of the same key, field by field.
    fn provider(
        &self,
        key: &str,
        entry: ProviderEntry,
        builtin: Option<ProviderConfig>,
    ) -> Result<ProviderConfig, ConfigError> {
        let path = format!("model_providers.{key}");
        if key == builtin::PRACTICE {
            return Err(self.invalid(&path, format!("`{key}` is the practice model, choose another key")));
        }
        let base_url = match (&entry.base_url, &builtin) {
            (Some(url), _) => self.base_url(&format!("{path}.base_url"), url)?,
            (None, Some(builtin)) => builtin.base_url.clone(),
            (None, None) => {
                let message =
                    format!("provider `{key}` has no `base_url`, such as \"https://api.example.com/v1\"");
                return Err(self.invalid(&path, message));
            }
        };
        let under = builtin.unwrap_or_else(|| builtin::bare(key, key, String::new()));
        Ok(ProviderConfig {
            key: under.key,
            name: entry.name.unwrap_or(under.name),
            base_url,
            env_key: entry
                .env_key
                .or(under.env_key)
                .or_else(|| entry.requires_openai_auth.then(|| builtin::OPENAI_KEY.to_owned())),
            wire_api: entry.wire_api.as_deref().and_then(WireApi::named).unwrap_or(under.wire_api),
            http_headers: entry.http_headers.unwrap_or(under.http_headers),
            env_http_headers: entry.env_http_headers.unwrap_or(under.env_http_headers),
            query_params: entry.query_params.unwrap_or(under.query_params),
            request_max_retries: entry.request_max_retries.unwrap_or(under.request_max_retries),
            stream_max_retries: entry.stream_max_retries.unwrap_or(under.stream_max_retries),
            stream_idle_timeout_ms: entry.stream_idle_timeout_ms.unwrap_or(under.stream_idle_timeout_ms),
            default_model: entry.default_model.unwrap_or(under.default_model),
        })
    }

    fn base_url(&self, key: &str, url: &str) -> Result<String, ConfigError> {
        if is_http(url) {
            return Ok(trimmed(url));
        }
        Err(self.invalid(key, "not an address that begins with http:// or https://".to_owned()))
    }

    /// Returns the sandbox mode of a built-in permission profile; nothing for one that would allow more than is asked for elsewhere.
    fn permissions(&self, name: &str) -> Result<Option<SandboxMode>, ConfigError> {
        match name {
            ":read-only" => Ok(Some(SandboxMode::ReadOnly)),
            ":workspace" | ":workspace-write" => Ok(Some(SandboxMode::WorkspaceWrite)),
            _ if name.starts_with(":danger") => Ok(None),
            _ => Err(self.invalid(
                "default_permissions",
                format!("the permission profile `{name}` can't be kept to; set `sandbox_mode` and `sandbox_workspace_write` instead"),
            )),
        }
    }

    fn sandbox(&self, mode: SandboxMode, write: WorkspaceWrite) -> Result<SandboxPolicy, ConfigError> {
        if let Some(root) = write.writable_roots.iter().find(|root| !root.is_absolute()) {
            let key = "sandbox_workspace_write.writable_roots";
            return Err(
                self.invalid(key, format!("writable root {} is not an absolute path", root.display()))
            );
        }
        let network = if write.network_access { NetworkAccess::Full } else { NetworkAccess::None };
        Ok(match mode {
            SandboxMode::ReadOnly => SandboxPolicy::read_only(),
            SandboxMode::WorkspaceWrite => SandboxPolicy::WorkspaceWrite {
                writable_roots: write.writable_roots,
                network,
                granted: protocol::Granted::default(),
            },
            SandboxMode::DangerFullAccess => SandboxPolicy::DangerFullAccess,
        })
    }
}

/// `over` laid over `under`: tables are merged, everything else is replaced.
fn merge(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => merge(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

/// One override as a line of TOML. What is no TOML value is taken as a string, so that `-c model=o3` needs no quotes.
fn override_text(key: &str, value: &str) -> Result<String, ConfigError> {
    let one_key =
        !key.contains(['=', '\n', '\r', '#', '[', '{']) && DeTable::parse(&format!("{key} = 0")).is_ok();
    if !one_key {
        let message = "not a key; write -c key=value, with dots between the parts of the key".to_owned();
        return Err(ConfigError::Invalid {
            location: KeyLocation::Override { key: key.to_owned() },
            message,
        });
    }
    let value = value.trim();
    if DeValue::parse(value).is_ok() {
        return Ok(format!("{key} = {value}"));
    }
    Ok(format!("{key} = {}", toml::Value::String(value.to_owned())))
}

/// An error message without the text it found: that may be a header with a key in it.
fn without_values(message: &str) -> String {
    match (message.find(": string \""), message.rfind("\", expected")) {
        (Some(from), Some(to)) if from < to => {
            format!("{}: a string{}", &message[..from], &message[to + 1..])
        }
        _ => message.lines().next().unwrap_or_default().to_owned(),
    }
}
