//! The known keys: the ones in use, and the others of Codex's file, which are accepted and noted.

use super::error::{ConfigError, KeyLocation};
use super::provider::WireApi;
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// The kind of a known key.
enum Known {
    /// A setting that is used; its type is checked elsewhere.
    Used,
    /// A setting of Codex's that has no effect here.
    Unused,
    /// A table of known keys.
    Table(&'static [(&'static str, Known)]),
    /// A table of any keys, each with this.
    Each(&'static Known),
    /// A table of any keys, each holding what the file itself may hold.
    Profiles,
    /// The name of a wire.
    Wire,
}

use Known::{Each, Profiles, Table, Unused, Used, Wire};

static FILE: &[(&str, Known)] = &[
    ("model", Used),
    ("model_provider", Used),
    ("model_providers", Each(&Table(PROVIDER))),
    ("openai_base_url", Used),
    ("model_reasoning_effort", Used),
    ("model_reasoning_summary", Used),
    ("approval_policy", Used),
    ("sandbox_mode", Used),
    (
        "sandbox_workspace_write",
        Table(&[
            ("writable_roots", Used),
            ("network_access", Used),
            ("exclude_tmpdir_env_var", Unused),
            ("exclude_slash_tmp", Unused),
        ]),
    ),
    ("isolated_copy_limit_mb", Used),
    ("review_patches", Used),
    ("reviewer", Table(&[("provider", Used), ("model", Used), ("every_patch", Used)])),
    (
        "shell_environment_policy",
        Table(&[
            ("inherit", Used),
            ("ignore_default_excludes", Used),
            ("exclude", Used),
            ("set", Used),
            ("include_only", Used),
            ("use_profile", Used),
            ("experimental_use_profile", Used),
        ]),
    ),
    ("notify", Used),
    ("editor_command", Used),
    ("profile", Used),
    ("profiles", Profiles),
    ("history", Table(&[("persistence", Used), ("max_bytes", Unused)])),
    ("project_doc_max_bytes", Used),
    ("prices", Each(&Table(&[("input", Used), ("cached_input", Used), ("output", Used)]))),
    ("task_cost_limit", Used),
    ("task_token_limit", Used),
    ("model_context_window", Used),
    ("model_auto_compact_token_limit", Used),
    ("disable_response_storage", Used),
    ("show_raw_agent_reasoning", Used),
    ("agents", Unused),
    ("allow_login_shell", Unused),
    ("analytics", Unused),
    ("approvals_reviewer", Unused),
    ("apps", Unused),
    ("apps_mcp_product_sku", Unused),
    ("audio", Unused),
    ("auto_review", Unused),
    ("background_terminal_max_timeout", Unused),
    ("chatgpt_base_url", Unused),
    ("check_for_update_on_startup", Unused),
    ("cli_auth_credentials_store", Unused),
    ("commit_attribution", Unused),
    ("compact_prompt", Unused),
    ("debug", Unused),
    ("default_permissions", Used),
    ("desktop", Unused),
    ("developer_instructions", Unused),
    ("disable_paste_burst", Unused),
    ("experimental_compact_prompt_file", Unused),
    ("experimental_instructions_file", Unused),
    ("experimental_realtime_start_instructions", Unused),
    ("experimental_realtime_ws_backend_prompt", Unused),
    ("experimental_realtime_ws_base_url", Unused),
    ("experimental_realtime_ws_model", Unused),
    ("experimental_realtime_ws_startup_context", Unused),
    ("experimental_resume", Unused),
    ("experimental_thread_config_endpoint", Unused),
    ("experimental_thread_store", Unused),
    ("experimental_use_exec_command_tool", Unused),
    ("experimental_use_freeform_apply_patch", Unused),
    ("experimental_use_profile", Unused),
    ("experimental_use_unified_exec_tool", Unused),
    ("features", Unused),
    ("feedback", Unused),
    ("file_opener", Unused),
    ("forced_chatgpt_workspace_id", Unused),
    ("forced_login_method", Unused),
    ("ghost_snapshot", Unused),
    ("hide_agent_reasoning", Unused),
    ("hooks", Unused),
    ("include_apply_patch_tool", Unused),
    ("include_apps_instructions", Unused),
    ("include_collaboration_mode_instructions", Unused),
    ("include_environment_context", Unused),
    ("include_permissions_instructions", Unused),
    ("instructions", Unused),
    ("log_dir", Unused),
    ("marketplaces", Unused),
    ("mcp_oauth_callback_port", Unused),
    ("mcp_oauth_callback_url", Unused),
    ("mcp_oauth_credentials_store", Unused),
    ("mcp_servers", Each(&Table(MCP_SERVER))),
    ("memories", Unused),
    ("model_auto_compact_token_limit_scope", Unused),
    ("model_catalog_json", Unused),
    ("model_instructions_file", Unused),
    ("model_max_output_tokens", Unused),
    ("model_personality", Unused),
    ("model_reasoning_summary_format", Unused),
    ("model_supports_reasoning_summaries", Unused),
    ("model_verbosity", Unused),
    ("notice", Unused),
    ("oss_provider", Unused),
    ("otel", Unused),
    ("permissions", Unused),
    ("personality", Unused),
    ("plan_mode_reasoning_effort", Unused),
    ("plugins", Unused),
    ("preferred_auth_method", Unused),
    ("project_doc_fallback_filenames", Used),
    ("project_root_markers", Unused),
    ("projects", Unused),
    ("realtime", Unused),
    ("responses_originator_header_internal_override", Unused),
    ("review_model", Unused),
    ("service_tier", Unused),
    ("skills", Unused),
    ("sqlite_home", Unused),
    ("suppress_unstable_features_warning", Unused),
    ("tool_output_token_limit", Unused),
    ("tool_suggest", Unused),
    ("tools", Unused),
    ("tui", Unused),
    ("web_search", Unused),
    ("windows", Unused),
    ("zsh_path", Unused),
];

static PROVIDER: &[(&str, Known)] = &[
    ("name", Used),
    ("base_url", Used),
    ("env_key", Used),
    ("env_key_instructions", Unused),
    ("wire_api", Wire),
    ("http_headers", Used),
    ("env_http_headers", Used),
    ("query_params", Used),
    ("request_max_retries", Used),
    ("stream_max_retries", Used),
    ("stream_idle_timeout_ms", Used),
    ("default_model", Used),
    ("requires_openai_auth", Used),
    ("experimental_bearer_token", Unused),
    ("supports_websockets", Unused),
    ("websocket_connect_timeout_ms", Unused),
    ("auth", Unused),
    ("aws", Unused),
];

static MCP_SERVER: &[(&str, Known)] = &[
    ("command", Used),
    ("args", Used),
    ("env", Used),
    ("env_vars", Used),
    ("cwd", Used),
    ("url", Used),
    ("bearer_token_env_var", Used),
    ("http_headers", Used),
    ("env_http_headers", Used),
    ("scopes", Used),
    ("oauth", Table(&[("client_id", Used)])),
    ("enabled", Used),
    ("startup_timeout_sec", Used),
    ("startup_timeout_ms", Used),
    ("list_timeout_sec", Used),
    ("list_timeout_ms", Used),
    ("tool_timeout_sec", Used),
    ("tool_timeout_ms", Used),
    ("trust", Used),
    ("trusted_tools", Used),
    ("default_tools_approval_mode", Used),
    ("tools", Each(&Table(&[("approval_mode", Used)]))),
    ("enabled_tools", Used),
    ("disabled_tools", Used),
    ("environment_id", Unused),
    ("experimental_environment", Unused),
    ("name", Unused),
    ("oauth_resource", Unused),
    ("required", Unused),
    ("supports_parallel_tool_calls", Unused),
];

/// The keys of a layer.
#[derive(Default)]
pub(super) struct FoundKeys {
    /// KeyLocation of each key, by dotted path.
    pub(super) locations: BTreeMap<String, KeyLocation>,
    /// Keys that are known and have no effect, by their dotted path.
    pub(super) unused: Vec<String>,
    /// Keys that are not known, and look like none that is, by their dotted path.
    pub(super) unknown: Vec<String>,
}

/// Checks every key of a layer. `location` converts a byte offset.
pub(super) fn check_keys(
    table: &DeTable<'_>,
    location: &dyn Fn(usize) -> KeyLocation,
) -> Result<FoundKeys, ConfigError> {
    let mut found = FoundKeys::default();
    walk(FILE, table, "", location, &mut found)?;
    Ok(found)
}

fn walk(
    known: &'static [(&'static str, Known)],
    table: &DeTable<'_>,
    prefix: &str,
    location: &dyn Fn(usize) -> KeyLocation,
    found: &mut FoundKeys,
) -> Result<(), ConfigError> {
    for (key, value) in table {
        let path = format!("{prefix}{}", key.get_ref());
        let at = location(key.span().start);
        let Some((_, what)) = known.iter().find(|(name, _)| name == key.get_ref()) else {
            if let Some(near) = nearest(key.get_ref(), known) {
                let nearest = format!("{prefix}{near}");
                return Err(ConfigError::UnknownKey { location: at, key: path, nearest });
            }
            found.locations.insert(path.clone(), at);
            found.unknown.push(path);
            continue;
        };
        found.locations.insert(path.clone(), at);
        visit(what, value.get_ref(), &path, location(value.span().start), location, found)?;
    }
    Ok(())
}

fn visit(
    what: &'static Known,
    value: &DeValue<'_>,
    path: &str,
    at: KeyLocation,
    location: &dyn Fn(usize) -> KeyLocation,
    found: &mut FoundKeys,
) -> Result<(), ConfigError> {
    match (what, value) {
        (Unused, _) => found.unused.push(path.to_owned()),
        (Table(known), DeValue::Table(table)) => walk(known, table, &format!("{path}."), location, found)?,
        (Profiles, DeValue::Table(table)) => {
            for (key, value) in table {
                if let DeValue::Table(profile) = value.get_ref() {
                    walk(FILE, profile, &format!("{path}.{}.", key.get_ref()), location, found)?;
                }
            }
        }
        (Each(what), DeValue::Table(table)) => {
            for (key, value) in table {
                let path = format!("{path}.{}", key.get_ref());
                found.locations.insert(path.clone(), location(key.span().start));
                visit(what, value.get_ref(), &path, location(value.span().start), location, found)?;
            }
        }
        (Wire, DeValue::String(wire)) if WireApi::named(wire).is_none() => {
            let known = WireApi::NAMED.map(|(name, _)| format!("`{name}`")).join(", ");
            let message = format!("wire_api {wire:?} is not spoken; {known} are");
            return Err(ConfigError::Invalid { location: at, message });
        }
        // a wrong type is found when the layer is deserialised
        _ => {}
    }
    Ok(())
}

/// Returns the known key nearest to `key`, if one is near: misspelled, or the beginning of it.
fn nearest(key: &str, known: &[(&'static str, Known)]) -> Option<&'static str> {
    let key = key.to_lowercase();
    let misspelled = known
        .iter()
        .map(|(name, _)| (strsim::damerau_levenshtein(&key, name), *name))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name);
    let begins = |name: &&str| name.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('_'));
    misspelled.or_else(|| known.iter().map(|(name, _)| *name).find(begins))
}
