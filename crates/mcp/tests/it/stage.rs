//! Servers to talk to, and a hub that is listened to.

use mcp::{Hub, ServerConfig, ServerEvent, Timeouts, TokenStore, Tool, ToolApprovalMode, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Timeout after which a story counts as stuck.
const PATIENCE: Duration = Duration::from_mins(1);

/// The project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// A stdio server with the least of environments, in a folder of the system's.
pub(crate) fn program(name: &str, command: impl Into<PathBuf>, args: &[&str]) -> ServerConfig {
    let env = ["PATH", "HOME"].iter().filter_map(|name| Some(((*name).into(), std::env::var_os(name)?)));
    let transport = Transport::Stdio {
        command: command.into().into_os_string().into_string().unwrap(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: env.collect(),
        cwd: std::env::temp_dir(),
        secrets: Vec::new(),
    };
    config(name, transport)
}

/// A server that is reached by `transport`.
pub(crate) fn config(name: &str, transport: Transport) -> ServerConfig {
    ServerConfig {
        name: name.to_owned(),
        transport,
        timeouts: Timeouts::default(),
        approval: ToolApprovalMode::Auto,
        tool_approvals: BTreeMap::new(),
        enabled_tools: None,
        disabled_tools: BTreeSet::new(),
    }
}

/// The server that misbehaves as `mode` says; `None` without Python.
pub(crate) fn scripted(name: &str, mode: &str, env: &[(&str, &Path)]) -> Option<ServerConfig> {
    let python = on_path("python3")?;
    let script = root().join("tests/mcp/scripted.py");
    let mut server = program(name, python, &[script.to_str().unwrap(), mode]);
    set_env(&mut server, env.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect());
    Some(server)
}

/// One of the npm packages' servers; `None` where they are not installed.
pub(crate) fn node(name: &str, package: &str, args: &[&str]) -> Option<ServerConfig> {
    let script =
        root().join("tests/mcp/node_modules/@modelcontextprotocol").join(package).join("dist/index.js");
    if !script.is_file() {
        eprintln!("SKIPPED: {package} is not installed; `npm ci` in tests/mcp");
        return None;
    }
    let mut all = vec![script.to_str().unwrap()];
    all.extend(args);
    Some(program(name, on_path("node")?, &all))
}

/// The Python package's server; `None` where it is not installed.
pub(crate) fn time() -> Option<ServerConfig> {
    let python = root().join("target/python/bin/python");
    if !python.is_file() {
        eprintln!(
            "SKIPPED: mcp-server-time is not installed; tests/python-requirements.txt into target/python"
        );
        return None;
    }
    Some(program("time", python, &["-m", "mcp_server_time", "--local-timezone", "UTC"]))
}

/// Finds a program on `PATH`; prints that the test is skipped when it is nowhere.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: there is no {program}");
    }
    found
}

/// Adds variables to a stdio server's environment.
pub(crate) fn set_env(server: &mut ServerConfig, more: BTreeMap<OsString, OsString>) {
    if let Transport::Stdio { env, .. } = &mut server.transport {
        env.extend(more);
    }
}

/// A hub with what it says.
pub(crate) struct Stage {
    pub(crate) hub: Hub,
    news: mpsc::UnboundedReceiver<ServerEvent>,
}

impl Stage {
    pub(crate) fn start(servers: Vec<ServerConfig>) -> Self {
        Self::start_with(servers, None)
    }

    pub(crate) fn start_with(servers: Vec<ServerConfig>, tokens: Option<Arc<dyn TokenStore>>) -> Self {
        let (sender, news) = mpsc::unbounded_channel();
        let hub = Hub::start(servers, tokens, move |said| {
            let _ = sender.send(said);
        });
        Self { hub, news }
    }

    /// The next thing that is said.
    pub(crate) async fn next(&mut self) -> ServerEvent {
        tokio::time::timeout(PATIENCE, self.news.recv()).await.expect("nothing was said").unwrap()
    }

    /// Waits until this many servers are ready.
    pub(crate) async fn ready(&mut self, count: usize) {
        for _ in 0..count {
            let said = self.next().await;
            assert!(matches!(said, ServerEvent::Ready { .. }), "{said:?}");
        }
    }

    pub(crate) fn tool(&self, qualified: &str) -> Tool {
        self.hub.tools().into_iter().find(|tool| tool.qualified == qualified).unwrap()
    }

    pub(crate) async fn call(
        &self,
        server: &str,
        tool: &str,
        arguments: serde_json::Value,
    ) -> mcp::CallOutcome {
        let serde_json::Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        let cancel = tokio_util::sync::CancellationToken::new();
        self.hub.call(server, tool, arguments, &cancel, &|_| ()).await
    }
}
