//! MCP servers of the config file (B28), as they are written: variables are named, not read.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One server of `mcp_servers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpServer {
    /// How it is reached.
    pub transport: McpTransport,
    /// Whether it is started.
    pub enabled: bool,
    /// How long the handshake may take, in milliseconds; [`mcp::Timeouts`] has what holds when absent, here and below.
    pub startup_timeout_ms: Option<u64>,
    /// How long listing its tools may take, in milliseconds.
    pub list_timeout_ms: Option<u64>,
    /// How long a call may take, in milliseconds.
    pub tool_timeout_ms: Option<u64>,
    /// When a call of its tools is asked about.
    pub approval: mcp::ToolApprovalMode,
    /// The same for single tools, by the server's own names.
    pub tool_approvals: BTreeMap<String, mcp::ToolApprovalMode>,
    /// When set, the only tools that are offered.
    pub enabled_tools: Option<BTreeSet<String>>,
    /// Tools that are not offered.
    pub disabled_tools: BTreeSet<String>,
}

/// How a server is reached.
#[derive(Clone, PartialEq, Eq)]
pub enum McpTransport {
    /// A program.
    Stdio {
        /// Program and arguments.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// Variables it is given.
        env: BTreeMap<String, String>,
        /// Names of variables it inherits beyond the usual ones.
        env_vars: Vec<String>,
        /// Folder it runs in, relative to the session's; the session's when absent.
        cwd: Option<PathBuf>,
    },
    /// Streamable HTTP.
    Http {
        /// Its endpoint.
        url: String,
        /// Variable its bearer token is read from.
        bearer_token_env_var: Option<String>,
        /// Headers sent with every request.
        http_headers: BTreeMap<String, String>,
        /// Headers whose values are read from the named variables, left out where those are not set.
        env_http_headers: BTreeMap<String, String>,
        /// Scopes a login asks for; the server's own choice when empty.
        scopes: Vec<String>,
        /// Client to log in as, where the server registers none by itself.
        oauth_client_id: Option<String>,
    },
}

/// Values of variables and headers may be keys: only names are shown.
impl std::fmt::Debug for McpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdio { command, args, env, .. } => f
                .debug_struct("Stdio")
                .field("command", command)
                .field("args", args)
                .field("env", &env.keys())
                .finish_non_exhaustive(),
            Self::Http { url, http_headers, .. } => f
                .debug_struct("Http")
                .field("url", &url.split('?').next().unwrap_or_default())
                .field("http_headers", &http_headers.keys())
                .finish_non_exhaustive(),
        }
    }
}

impl McpServer {
    /// Names of the variables that hold a key to it: no child gets them unasked (B19).
    pub fn secret_variables(&self) -> impl Iterator<Item = &String> {
        let (bearer, headers) = match &self.transport {
            McpTransport::Http { bearer_token_env_var, env_http_headers, .. } => {
                (bearer_token_env_var.as_ref(), Some(env_http_headers.values()))
            }
            McpTransport::Stdio { .. } => (None, None),
        };
        bearer.into_iter().chain(headers.into_iter().flatten())
    }
}

/// A server as the file has it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct McpServerEntry {
    command: Option<String>,
    args: Option<Vec<String>>,
    env: Option<BTreeMap<String, String>>,
    env_vars: Option<Vec<EnvVar>>,
    cwd: Option<PathBuf>,
    url: Option<String>,
    bearer_token_env_var: Option<String>,
    http_headers: Option<BTreeMap<String, String>>,
    env_http_headers: Option<BTreeMap<String, String>>,
    scopes: Option<Vec<String>>,
    oauth: Option<OAuth>,
    enabled: Option<bool>,
    startup_timeout_sec: Option<Seconds>,
    startup_timeout_ms: Option<u64>,
    list_timeout_sec: Option<Seconds>,
    list_timeout_ms: Option<u64>,
    tool_timeout_sec: Option<Seconds>,
    tool_timeout_ms: Option<u64>,
    trust: bool,
    trusted_tools: Vec<String>,
    default_tools_approval_mode: Option<Mode>,
    tools: BTreeMap<String, ToolEntry>,
    enabled_tools: Option<BTreeSet<String>>,
    disabled_tools: BTreeSet<String>,
}

/// A variable to inherit; the file may say where from, which is always here.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum EnvVar {
    Name(String),
    Table { name: String },
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OAuth {
    client_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ToolEntry {
    approval_mode: Option<Mode>,
}

/// Codex's approval modes. `auto` and `writes` both come to asking about what is not read-only.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Auto,
    Writes,
    Prompt,
    Approve,
}

impl From<Mode> for mcp::ToolApprovalMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Auto | Mode::Writes => Self::Auto,
            Mode::Prompt => Self::Prompt,
            Mode::Approve => Self::Approve,
        }
    }
}

/// A span in seconds, whole or not.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
enum Seconds {
    Whole(u32),
    Part(f64),
}

impl Seconds {
    fn ms(self) -> u64 {
        match self {
            Self::Whole(seconds) => u64::from(seconds) * 1_000,
            // too large or not a number: the longest there is
            Self::Part(seconds) => std::time::Duration::try_from_secs_f64(seconds.max(0.0))
                .ok()
                .and_then(|span| u64::try_from(span.as_millis()).ok())
                .unwrap_or(u64::MAX),
        }
    }
}

impl McpServerEntry {
    /// The server, or the key within its table that is wrong, and how.
    pub(super) fn finish(self, name: &str) -> Result<McpServer, (Option<&'static str>, String)> {
        let for_programs =
            [("args", self.args.is_some()), ("env", self.env.is_some()), ("cwd", self.cwd.is_some())];
        let for_http = [
            ("bearer_token_env_var", self.bearer_token_env_var.is_some()),
            ("http_headers", self.http_headers.is_some()),
            ("env_http_headers", self.env_http_headers.is_some()),
        ];
        let set =
            |keys: [(&'static str, bool); 3]| keys.into_iter().find(|(_, set)| *set).map(|(key, _)| key);
        let transport = match (self.command, self.url) {
            (Some(_), Some(_)) => {
                return Err((None, format!("MCP server `{name}` has both `command` and `url`; keep one")));
            }
            (None, None) => {
                return Err((
                    None,
                    format!(
                        "MCP server `{name}` has neither `command` (a program) nor `url` (streamable HTTP)"
                    ),
                ));
            }
            (Some(command), None) => {
                if let Some(key) = set(for_http) {
                    return Err((
                        Some(key),
                        format!("`{key}` is for servers with a `url`, and `{name}` is a program"),
                    ));
                }
                let env_vars = self.env_vars.unwrap_or_default().into_iter();
                McpTransport::Stdio {
                    command,
                    args: self.args.unwrap_or_default(),
                    env: self.env.unwrap_or_default(),
                    env_vars: env_vars.map(|(EnvVar::Name(name) | EnvVar::Table { name })| name).collect(),
                    cwd: self.cwd,
                }
            }
            (None, Some(url)) => {
                if let Some(key) = set(for_programs) {
                    return Err((Some(key), format!("`{key}` is for programs, and `{name}` has a `url`")));
                }
                if !super::resolve::is_http(&url) {
                    return Err((
                        Some("url"),
                        "not an address that begins with http:// or https://".to_owned(),
                    ));
                }
                McpTransport::Http {
                    url,
                    bearer_token_env_var: self.bearer_token_env_var,
                    http_headers: self.http_headers.unwrap_or_default(),
                    env_http_headers: self.env_http_headers.unwrap_or_default(),
                    scopes: self.scopes.unwrap_or_default(),
                    oauth_client_id: self.oauth.and_then(|oauth| oauth.client_id),
                }
            }
        };
        let ms = |ms: Option<u64>, seconds: Option<Seconds>| seconds.map(Seconds::ms).or(ms);
        let single =
            self.tools.into_iter().filter_map(|(tool, entry)| Some((tool, entry.approval_mode?.into())));
        let trusted = self.trusted_tools.into_iter().map(|tool| (tool, mcp::ToolApprovalMode::Approve));
        Ok(McpServer {
            transport,
            enabled: self.enabled.unwrap_or(true),
            startup_timeout_ms: ms(self.startup_timeout_ms, self.startup_timeout_sec),
            list_timeout_ms: ms(self.list_timeout_ms, self.list_timeout_sec),
            tool_timeout_ms: ms(self.tool_timeout_ms, self.tool_timeout_sec),
            approval: match self.default_tools_approval_mode {
                _ if self.trust => mcp::ToolApprovalMode::Approve,
                Some(mode) => mode.into(),
                None => mcp::ToolApprovalMode::Auto,
            },
            tool_approvals: trusted.chain(single).collect(),
            enabled_tools: self.enabled_tools,
            disabled_tools: self.disabled_tools,
        })
    }
}
