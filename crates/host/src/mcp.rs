//! MCP servers of the configuration, with their status in a session.

use crate::api::{CommandError, McpServerView, McpServersArgs, McpServersView, McpStatus, McpToolView};
use crate::host::Host;
use crate::projects::tilde;
use crate::subscribers::AppPart;
use agent::mcp::{ServerStatus, Tool};
use config::McpTransport;
use std::collections::BTreeMap;
use std::sync::Weak;
use view::approval::display;
use view::text::{one_line, visible};

/// Most characters of a tool's description.
const MAX_DESCRIPTION: usize = 200;

impl Host {
    #[allow(clippy::unused_async, reason = "the table calls all of them alike")]
    pub(crate) async fn mcp_servers(&self, args: McpServersArgs) -> Result<McpServersView, CommandError> {
        let statuses = args.session.and_then(|id| {
            let sessions = self.sessions();
            sessions.get(&id).filter(|open| !open.has_ended()).map(|open| open.mcp.now())
        });
        let config = self.config();
        let servers = config.mcp_servers.iter().map(|(name, server)| {
            let found = statuses.as_ref().map(|statuses| statuses.get(name));
            let (status, problem, tools) = match found {
                _ if !server.enabled => (McpStatus::Off, None, Vec::new()),
                None => (McpStatus::NotStarted, None, Vec::new()),
                Some(None | Some(ServerStatus::Starting)) => (McpStatus::Starting, None, Vec::new()),
                Some(Some(ServerStatus::Ready(tools))) => {
                    (McpStatus::Ready, None, tools.iter().map(tool_view).collect())
                }
                Some(Some(ServerStatus::Failed(why))) => (McpStatus::Failed, Some(why), Vec::new()),
                Some(Some(ServerStatus::Stopped(why))) => (McpStatus::Stopped, Some(why), Vec::new()),
            };
            McpServerView {
                name: visible(name).into_owned(),
                reached: reached(&server.transport),
                status,
                problem: problem.map(|why| visible(why).into_owned()),
                tools,
            }
        });
        let file = tilde(&self.home.config_file(), std::env::home_dir().as_deref());
        Ok(McpServersView { servers: servers.collect(), in_session: statuses.is_some(), file })
    }
}

/// Has subscribers told whenever the status of a server of a session changes, for as long as the session is open.
pub(crate) async fn watch_statuses(
    host: Weak<Host>,
    mut statuses: tokio::sync::watch::Receiver<BTreeMap<String, ServerStatus>>,
) {
    while statuses.changed().await.is_ok() {
        let Some(host) = host.upgrade() else { return };
        host.mark_app_dirty(AppPart::Mcp);
    }
}

fn tool_view(tool: &Tool) -> McpToolView {
    let said = if tool.description.is_empty() { &tool.title } else { &tool.description };
    McpToolView {
        name: visible(&tool.name).into_owned(),
        description: visible(&one_line(said, MAX_DESCRIPTION)).into_owned(),
        read_only: tool.read_only && !tool.open_world,
        trusted: tool.trusted,
    }
}

/// A program with its arguments, or an address without its query and its user: those may hold a key.
fn reached(transport: &McpTransport) -> String {
    match transport {
        McpTransport::Stdio { command, args, .. } => {
            let words: Vec<String> = std::iter::once(command).chain(args).cloned().collect();
            display(&words)
        }
        McpTransport::Http { url, .. } => {
            let address = url.split(['?', '#']).next().unwrap_or_default();
            let without_user = address.split_once("://").map(|(scheme, rest)| {
                let (host, path) =
                    rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
                let host = host.rsplit('@').next().unwrap_or_default();
                path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}"))
            });
            visible(without_user.as_deref().unwrap_or(address)).into_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_key_is_not_in_an_address() {
        let http = |url: &str| McpTransport::Http {
            url: url.to_owned(),
            bearer_token_env_var: None,
            http_headers: BTreeMap::new(),
            env_http_headers: BTreeMap::new(),
            scopes: Vec::new(),
            oauth_client_id: None,
        };
        for (url, expected) in [
            ("https://example.com/mcp", "https://example.com/mcp"),
            ("https://me:secret@example.com/mcp?key=secret", "https://example.com/mcp"),
            ("https://example.com", "https://example.com"),
            ("https://example.com/a@b#secret", "https://example.com/a@b"),
        ] {
            assert_eq!(reached(&http(url)), expected);
        }
    }
}
