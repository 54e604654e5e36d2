//! How the MCP servers of a session stand, for whoever shows it. Nothing is decided by it.

use mcp::{News, Tool};
use std::collections::BTreeMap;
use tokio::sync::watch;

/// How one server stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It has not answered yet.
    Starting,
    /// It is ready, with these tools on offer.
    Ready(Vec<Tool>),
    /// It could not be started; why, to follow its name.
    Failed(String),
    /// It was ready, and is gone; why, to follow its name.
    Stopped(String),
}

/// The servers of a session by name, as they stand now. A clone is the same board.
#[derive(Clone, Debug, Default)]
pub struct Board(watch::Sender<BTreeMap<String, Standing>>);

impl Board {
    /// How they stand; those the session has not come to yet are left out.
    pub fn now(&self) -> BTreeMap<String, Standing> {
        self.0.borrow().clone()
    }

    /// Hears of every change, until the session and every clone of the board are gone.
    pub fn follow(&self) -> watch::Receiver<BTreeMap<String, Standing>> {
        self.0.subscribe()
    }

    pub(crate) fn starting(&self, server: &str) {
        self.0.send_modify(|standing| {
            standing.insert(server.to_owned(), Standing::Starting);
        });
    }

    /// Takes in what was said of a server. `tools` are those of all servers.
    pub(crate) fn hear(&self, news: &News, tools: Vec<Tool>) {
        let of = |server: &str| tools.into_iter().filter(|tool| tool.server == server).collect();
        let (server, now) = match news {
            News::Ready { server, .. } | News::ToolsChanged { server } => {
                (server, Standing::Ready(of(server)))
            }
            News::Failed { server, message } => (server, Standing::Failed(message.clone())),
            News::Stopped { server, message } => (server, Standing::Stopped(message.clone())),
        };
        self.0.send_modify(|standing| {
            standing.insert(server.clone(), now);
        });
    }
}
