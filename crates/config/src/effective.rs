//! The configuration in effect, value by value, for people who ask where one comes from.

use super::config::Config;
use super::file::HistoryPersistence;
use super::mcp::McpTransport;
use super::provider::WireApi;
use super::source::ValueSource;
use protocol::{ModelPrice, NetworkAccess, Reviewer, SandboxPolicy};
use serde::Serialize;
use serde_json::{Value, json};

/// One value of the configuration and its source. Values that may hold a secret are replaced by [`HIDDEN`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EffectiveValue {
    /// Dotted key, as in the config file.
    pub key: String,
    /// The value in effect; null where the key is not set and has no default.
    pub value: Value,
    /// The layer it comes from.
    pub source: ValueSource,
}

/// Stands for a value that may hold a secret.
pub const HIDDEN: &str = "(hidden)";

impl Config {
    /// Lists every value in effect: single keys first, then providers and MCP servers. Headers, query parameters, environment
    /// variables and arguments are named, and their values hidden: any may be a key.
    pub fn effective(&self) -> Vec<EffectiveValue> {
        let mut list = ValueList { config: self, values: Vec::new() };
        list.settings();
        list.providers();
        list.mcp_servers();
        list.values
    }
}

struct ValueList<'a> {
    config: &'a Config,
    values: Vec<EffectiveValue>,
}

impl ValueList<'_> {
    fn push(&mut self, key: &str, value: impl Into<Value>) {
        let source = self.config.sources.get(key);
        self.values.push(EffectiveValue { key: key.to_owned(), value: value.into(), source });
    }

    /// Adds a value that is left out when it is the default of its kind.
    fn push_set(&mut self, key: &str, value: impl Into<Value>) {
        if self.config.sources.get(key) != ValueSource::Default {
            self.push(key, value);
        }
    }

    fn hidden<'a>(&mut self, prefix: &str, names: impl IntoIterator<Item = &'a String>) {
        for name in names {
            // the source of a table counts for what is in it
            let (key, table) = (format!("{prefix}.{name}"), prefix);
            let source = self.config.sources.get(table);
            self.values.push(EffectiveValue { key, value: HIDDEN.into(), source });
        }
    }

    fn settings(&mut self) {
        let config = self.config;
        self.push("model", config.model.clone());
        self.push("model_provider", config.provider().map(|provider| provider.key.clone()));
        self.push("model_reasoning_effort", plain(config.reasoning_effort));
        self.push("model_reasoning_summary", plain(config.reasoning_summary));
        self.push("model_context_window", config.context_window);
        self.push("model_auto_compact_token_limit", config.compact_at_tokens);
        self.push_set("task_cost_limit", config.task_limit.cost.map(dollars));
        self.push_set("task_token_limit", config.task_limit.tokens);
        for (model, price) in &config.prices {
            let ModelPrice { input, cached_input, output } = *price;
            for (key, value) in [("input", input), ("cached_input", cached_input), ("output", output)] {
                self.push_set(&format!("prices.{model}.{key}"), dollars(value));
            }
        }
        self.push("approval_policy", plain(config.policies.approval));
        self.push("sandbox_mode", config.policies.sandbox.name());
        if let SandboxPolicy::WorkspaceWrite { writable_roots, .. } = &config.policies.sandbox {
            self.push("sandbox_workspace_write.writable_roots", plain(writable_roots));
        }
        let network = config.policies.sandbox.network() == NetworkAccess::Full;
        self.push("sandbox_workspace_write.network_access", network);
        self.push("review_patches", config.policies.review_patches);
        if let Some(Reviewer { provider, model, every_patch }) = &config.reviewer {
            self.push_set("reviewer.provider", provider.as_str());
            self.push_set("reviewer.model", model.as_str());
            self.push_set("reviewer.every_patch", *every_patch);
        }
        self.push("shell_environment_policy.inherit", plain(config.environment.inherit));
        let ignores = config.environment.ignore_default_excludes;
        self.push("shell_environment_policy.ignore_default_excludes", ignores);
        self.push("shell_environment_policy.exclude", config.environment.exclude.clone());
        self.hidden("shell_environment_policy.set", config.environment.set.keys());
        self.push("shell_environment_policy.include_only", config.environment.include_only.clone());
        self.push("shell_environment_policy.use_profile", config.environment.use_profile);
        self.push("notify", arguments(config.notify.first(), config.notify.len().saturating_sub(1)));
        self.push_set("editor_command", config.editor_command.as_str());
        let is_kept = config.history == HistoryPersistence::SaveAll;
        self.push("history.persistence", if is_kept { "save-all" } else { "none" });
        self.push("isolated_copy_limit_mb", config.isolated_copy_limit_mb);
        self.push("project_doc_max_bytes", config.project_doc_max_bytes);
        self.push_set("project_doc_fallback_filenames", plain(&config.project_doc_fallback_filenames));
        self.push("disable_response_storage", config.disable_response_storage);
        self.push("show_raw_agent_reasoning", config.show_raw_agent_reasoning);
    }

    fn providers(&mut self) {
        for (key, provider) in &self.config.providers {
            if provider.wire_api == WireApi::Practice {
                continue;
            }
            let key = |member: &str| format!("model_providers.{key}.{member}");
            self.push(&key("base_url"), without_secrets(&provider.base_url));
            self.push(&key("wire_api"), plain(provider.wire_api));
            self.push(&key("env_key"), provider.env_key.clone());
            self.push_set(&key("name"), provider.name.clone());
            self.push_set(&key("default_model"), provider.default_model.clone());
            self.push_set(&key("request_max_retries"), provider.request_max_retries);
            self.push_set(&key("stream_max_retries"), provider.stream_max_retries);
            self.push_set(&key("stream_idle_timeout_ms"), provider.stream_idle_timeout_ms);
            self.hidden(&key("http_headers"), provider.http_headers.keys());
            self.push_set(&key("env_http_headers"), plain(&provider.env_http_headers));
            self.hidden(&key("query_params"), provider.query_params.keys());
        }
    }

    fn mcp_servers(&mut self) {
        for (name, server) in &self.config.mcp_servers {
            let key = |member: &str| format!("mcp_servers.{name}.{member}");
            match &server.transport {
                McpTransport::Stdio { command, args, env, env_vars, .. } => {
                    self.push(&key("command"), command.clone());
                    self.push_set(&key("args"), arguments(None, args.len()));
                    self.hidden(&key("env"), env.keys());
                    self.push_set(&key("env_vars"), env_vars.clone());
                }
                McpTransport::Http { url, bearer_token_env_var, http_headers, env_http_headers, .. } => {
                    self.push(&key("url"), without_secrets(url));
                    self.push_set(&key("bearer_token_env_var"), bearer_token_env_var.clone());
                    self.hidden(&key("http_headers"), http_headers.keys());
                    self.push_set(&key("env_http_headers"), plain(env_http_headers));
                }
            }
            self.push(&key("enabled"), server.enabled);
        }
    }
}

fn plain(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Returns millionths of a dollar as dollars.
#[expect(clippy::cast_precision_loss, reason = "sums of money are far below 2^52 millionths")]
fn dollars(millionths: u64) -> f64 {
    millionths as f64 / 1e6
}

/// A program and as many hidden arguments as there are.
fn arguments(program: Option<&String>, count: usize) -> Value {
    let hidden = std::iter::repeat_n(HIDDEN.to_owned(), count);
    json!(program.cloned().into_iter().chain(hidden).collect::<Vec<_>>())
}

/// An address without its user, password, query and fragment, each of which may hold a key.
fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (rest, cut) = rest.split_at(end);
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) = match host.rsplit_once('@') {
        Some((_, host)) => (format!("{HIDDEN}@"), host),
        None => (String::new(), host),
    };
    let query = if cut.is_empty() { String::new() } else { format!("{}{HIDDEN}", &cut[..1]) };
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{user}{host}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::config;

    #[test]
    fn every_value_has_its_source_and_no_secret_is_listed() {
        let config = config(
            r#"
model = "m"
notify = ["notify-me", "--token", "sk-1"]
[shell_environment_policy]
set = { TOKEN = "sk-2" }
[model_providers.mine]
base_url = "https://sk-3:sk-4@example.com/v1?key=sk-5"
http_headers = { "X-Key" = "sk-6" }
query_params = { key = "sk-7" }
[mcp_servers.search]
command = "search"
args = ["--key=sk-8"]
env = { KEY = "sk-9" }
[mcp_servers.web]
url = "https://example.com/mcp?token=sk-10"
http_headers = { "X-Key" = "sk-11" }
"#,
        );
        let values = config.effective();
        let text = serde_json::to_string(&values).unwrap();
        assert!(!text.contains("sk-"), "{text}");
        let find = |key: &str| values.iter().find(|value| value.key == key).unwrap();
        let line = |key: &str| match &find(key).source {
            ValueSource::ConfigFile { line, .. } => *line,
            other => panic!("{key}: {other:?}"),
        };
        assert_eq!((find("model").value.clone(), line("model")), (json!("m"), 2));
        assert_eq!(find("notify").value, json!(["notify-me", HIDDEN, HIDDEN]));
        assert_eq!(
            find("model_providers.mine.base_url").value,
            json!("https://(hidden)@example.com/v1?(hidden)")
        );
        assert_eq!(
            (line("model_providers.mine.http_headers.X-Key"), line("mcp_servers.search.env.KEY")),
            (8, 13)
        );
        assert_eq!(find("approval_policy").source, ValueSource::Default);
        assert_eq!(find("approval_policy").value, json!("on-request"));
    }
}
