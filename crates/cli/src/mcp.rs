//! `countersign mcp`: the MCP servers of the config, and logging in to them.

use crate::out::outln;
use crate::settings::{failure, home};
use agent::mcp::{self, Hub, ServerEvent, Tool};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use secrets::Keychain;
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use tokio::sync::mpsc;
use view::text::{visible, visible_inline};

/// Options of `countersign mcp`.
#[derive(Args)]
pub(crate) struct McpArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Starts every server of the config, and lists what it offers. Exit code 1 when one is broken.
    List {
        /// One JSON object a line instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Logs in to a server over HTTP, in the browser. The tokens go to the keychain.
    Login {
        /// Name of the server in the config.
        name: String,
    },
    /// Forgets the tokens of a server.
    Logout {
        /// Name of the server in the config.
        name: String,
    },
}

/// One server, as it is listed.
#[derive(Serialize)]
struct ListedServer<'a> {
    server: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    tools: Vec<ListedTool<'a>>,
}

#[derive(Serialize)]
struct ListedTool<'a> {
    name: &'a str,
    offered_as: &'a str,
    description: &'a str,
    read_only: bool,
    trusted: bool,
}

pub(crate) async fn run(args: McpArgs) -> Result<ExitCode> {
    let home = home()?;
    let config = config::Config::load(&home, &[], None)?;
    let keychain = Keychain::open();
    match args.action {
        Action::List { json } => list(&config, &keychain, json).await,
        Action::Login { name } => {
            let login = mcp::login(&config, &name, &keychain).await.map_err(failure)?;
            outln!("open this page in a browser to log in to {name}:\n\n  {}\n", login.url());
            login.finish().await?;
            outln!("logged in to {name}");
            Ok(ExitCode::SUCCESS)
        }
        Action::Logout { name } => {
            mcp::logout(&config, &name, &keychain).await.map_err(failure)?;
            outln!("forgot the tokens of {name}");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn list(config: &config::Config, keychain: &Keychain, json: bool) -> Result<ExitCode> {
    let cwd = std::env::current_dir().context("there is no current folder")?;
    let mut problems = BTreeMap::new();
    let mut names = Vec::new();
    let mut ready = Vec::new();
    for (name, server) in mcp::servers(config, &cwd, &std::env::vars_os().collect()) {
        names.push(name.clone());
        match server {
            Ok(server) => ready.push(server),
            Err(problem) => {
                problems.insert(name, problem);
            }
        }
    }
    let mut awaited = ready.len();
    let (sender, mut news) = mpsc::unbounded_channel();
    let hub = Hub::start(ready, Some(mcp::tokens(keychain)), move |said| {
        let _ = sender.send(said);
    });
    while awaited > 0 {
        match news.recv().await {
            Some(ServerEvent::Ready { .. }) => awaited -= 1,
            Some(ServerEvent::Failed { server, message }) => {
                awaited -= 1;
                problems.insert(server, message);
            }
            Some(ServerEvent::Stopped { server, message }) => {
                problems.insert(server, message);
            }
            Some(ServerEvent::ToolsChanged { .. }) => {}
            None => break,
        }
    }
    let tools = hub.tools();
    if names.is_empty() && !json {
        outln!("there are no MCP servers; add one to the config file under [mcp_servers.NAME]");
    }
    for name in &names {
        let tools = tools.iter().filter(|tool| tool.server == *name);
        let listed = ListedServer {
            server: name,
            problem: problems.get(name).map(String::as_str),
            tools: tools.map(ListedTool::of).collect(),
        };
        if json {
            outln!("{}", serde_json::to_string(&listed)?);
        } else {
            print(&listed);
        }
    }
    hub.shutdown().await;
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(listed: &ListedServer<'_>) {
    match listed.problem {
        Some(problem) => outln!("{}: not available: {}", visible_inline(listed.server), visible(problem)),
        None => outln!("{}", visible_inline(listed.server)),
    }
    for tool in &listed.tools {
        let asked = match (tool.trusted, tool.read_only) {
            (true, _) => "trusted",
            (false, true) => "reads",
            (false, false) => "asks",
        };
        let about = tool.description.lines().next().unwrap_or_default();
        outln!("  {asked:7}  {}  {}", visible_inline(tool.name), visible_inline(about));
    }
}

impl<'a> ListedTool<'a> {
    fn of(tool: &'a Tool) -> Self {
        Self {
            name: &tool.name,
            offered_as: &tool.qualified,
            description: if tool.description.is_empty() { &tool.title } else { &tool.description },
            read_only: tool.read_only && !tool.open_world,
            trusted: tool.trusted,
        }
    }
}
