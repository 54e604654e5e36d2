//! Messages between a session and the process that it is opened in, one line of JSON each.

use crate::mcp::ServerStatus;
use crate::open_request::{ModelChoice, Overrides, SessionUse};
use config::{Home, ProjectDoc, Trust};
use protocol::{CopyId, ErrorInfo, Event, ProjectCheck, SessionConfig, SessionId, Submission};
use secrets::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The first line: the session to open. Every other one is a [`WorkerInput`].
#[derive(Serialize, Deserialize)]
pub(crate) struct WorkerRequest {
    /// Version of the app, which must be that of the worker.
    pub(crate) version: String,
    pub(crate) home: Home,
    pub(crate) folder: PathBuf,
    pub(crate) trust: Trust,
    pub(crate) overrides: Overrides,
    pub(crate) copy: CopyId,
    /// Transcript of the session to resume.
    pub(crate) resume: Option<PathBuf>,
    /// Reason that there is no keychain, where that is known.
    pub(crate) no_keychain: Option<String>,
    /// Keys that were typed in, by provider. They are on this pipe alone.
    pub(crate) session_keys: BTreeMap<String, String>,
    pub(crate) fallback: Option<ModelChoice>,
    pub(crate) session_use: SessionUse,
    pub(crate) mcp_wait_ms: u64,
    pub(crate) check: Option<ProjectCheck>,
}

impl fmt::Debug for WorkerRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerRequest").field("copy", &self.copy).finish_non_exhaustive()
    }
}

/// A line to the worker, after the first.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum WorkerInput {
    /// An op.
    Submission { submission: Box<Submission> },
    /// Keys that were typed in meanwhile, by provider: all of them.
    Keys { keys: BTreeMap<String, String> },
}

/// A line that the worker says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum WorkerMessage {
    /// An event of the session.
    Event { event: Box<Event> },
    /// Its past is replayed.
    Opened { opened: Box<OpenedWorker> },
    /// It could not be opened. Nothing follows.
    Failed { error: ErrorInfo },
    /// Status of its MCP servers.
    Mcp { servers: BTreeMap<String, ServerStatus> },
}

/// A session that was opened.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OpenedWorker {
    pub(crate) id: SessionId,
    pub(crate) transcript: PathBuf,
    pub(crate) config: SessionConfig,
    pub(crate) instructions: ProjectDoc,
}

/// Returns keys as they are sent to the worker.
pub(crate) fn exposed(keys: &BTreeMap<String, Secret>) -> BTreeMap<String, String> {
    keys.iter().map(|(provider, key)| (provider.clone(), key.expose().to_owned())).collect()
}

/// Returns keys as they came to the worker.
pub(crate) fn sealed(keys: BTreeMap<String, String>) -> BTreeMap<String, Secret> {
    keys.into_iter().map(|(provider, key)| (provider, Secret::new(&key))).collect()
}
