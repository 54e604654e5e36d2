//! Configuration of one server, everything resolved.

use secrets::Scrubber;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// One server, ready to be started.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Its name, which its tools are named after.
    pub name: String,
    /// Transport to the server.
    pub transport: Transport,
    /// Time limits.
    pub timeouts: Timeouts,
    /// Approval mode of the server's tools.
    pub approval: ToolApprovalMode,
    /// Approval modes of single tools, by the server's own names.
    pub tool_approvals: BTreeMap<String, ToolApprovalMode>,
    /// The only tools that are offered, when set.
    pub enabled_tools: Option<BTreeSet<String>>,
    /// Tools that are not offered.
    pub disabled_tools: BTreeSet<String>,
}

/// Transport to a server.
#[derive(Clone)]
pub enum Transport {
    /// A program that speaks on its standard input and output.
    Stdio {
        /// Program: a path, or a name to look up in the `PATH` of `env`.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// Its whole environment: it inherits nothing.
        env: BTreeMap<OsString, OsString>,
        /// Folder it runs in.
        cwd: PathBuf,
        /// Texts that no message may show, such as keys in `env`.
        secrets: Vec<String>,
    },
    /// Streamable HTTP.
    Http {
        /// Its endpoint.
        url: String,
        /// Headers sent with every request, `Authorization` included.
        headers: BTreeMap<String, String>,
    },
}

/// Time limits of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From starting a server to the end of the handshake.
    pub start: Duration,
    /// Listing its tools, all pages.
    pub list: Duration,
    /// One call.
    pub call: Duration,
}

impl Default for Timeouts {
    /// 30 s to start, since the first start may download the server; 30 s to list; 60 s for a call.
    fn default() -> Self {
        Self { start: Duration::from_secs(30), list: Duration::from_secs(30), call: Duration::from_mins(1) }
    }
}

/// Approval mode of a tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolApprovalMode {
    /// Unless the server says that the tool changes nothing.
    #[default]
    Auto,
    /// Always: what the server says of the tool is not believed.
    Prompt,
    /// Never: the person trusts it.
    Approve,
}

impl ServerConfig {
    /// Returns the approval mode of `tool`.
    pub fn approval_of(&self, tool: &str) -> ToolApprovalMode {
        self.tool_approvals.get(tool).copied().unwrap_or(self.approval)
    }

    /// Reports whether `tool` is offered at all.
    pub fn offers(&self, tool: &str) -> bool {
        self.enabled_tools.as_ref().is_none_or(|only| only.contains(tool))
            && !self.disabled_tools.contains(tool)
    }
}

impl Transport {
    /// Takes what may be secret out of a message: header values, keys in the environment, and the query of the address.
    pub(crate) fn scrub(&self, message: &str) -> String {
        let mut scrubber = Scrubber::default();
        match self {
            Self::Stdio { secrets, .. } => secrets.iter().for_each(|secret| scrubber.add(secret)),
            Self::Http { url, headers } => {
                for value in headers.values() {
                    scrubber.add_header(value);
                }
                if let Some((_, query)) = url.split_once('?') {
                    scrubber.add(query);
                }
            }
        }
        scrubber.scrub(message)
    }
}

/// Values of variables and headers may be keys: only names are shown.
impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdio { command, args, env, cwd, .. } => f
                .debug_struct("Stdio")
                .field("command", command)
                .field("args", args)
                .field("env", &env.keys())
                .field("cwd", cwd)
                .finish_non_exhaustive(),
            Self::Http { url, headers } => f
                .debug_struct("Http")
                .field("url", &url.split('?').next().unwrap_or_default())
                .field("headers", &headers.keys())
                .finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_and_no_debug_shows_a_key() {
        let headers = BTreeMap::from([("Authorization".to_owned(), "Bearer sk-very-secret".to_owned())]);
        let http = Transport::Http { url: "https://x.example/mcp?key=abcdef".to_owned(), headers };
        assert_eq!(
            http.scrub("401 at https://x.example/mcp?key=abcdef with sk-very-secret"),
            "401 at https://x.example/mcp?[key] with [key]"
        );
        let shown = format!("{http:?}");
        assert!(
            shown.contains("Authorization") && !shown.contains("secret") && !shown.contains("abcdef"),
            "{shown}"
        );
        let stdio = Transport::Stdio {
            command: "x".to_owned(),
            args: Vec::new(),
            env: BTreeMap::from([("X_KEY".into(), "sk-very-secret".into())]),
            cwd: PathBuf::from("/"),
            secrets: vec!["sk-very-secret".to_owned(), "1".to_owned()],
        };
        assert_eq!(stdio.scrub("1 bad key sk-very-secret"), "1 bad key [key]");
        assert!(!format!("{stdio:?}").contains("secret"));
    }
}
