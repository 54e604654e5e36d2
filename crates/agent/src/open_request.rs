//! Requests to open sessions, and what comes of them.

use crate::driver::{self, Events, Submitter};
use crate::mcp::McpStatusTable;
use config::{Config, Home, Overlay, ProjectDoc, Trust};
use exec::Executor;
use model::credential::SessionKeys;
use protocol::{CopyId, ErrorInfo, ErrorKind, Policies, ProjectCheck, SessionConfig, SessionId};
use secrets::Keychain;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;
use transcript::{SessionHeader, TranscriptError};

/// A request to open a session.
pub struct OpenRequest {
    /// The app's files.
    pub home: Home,
    /// The folder the session works in, absolute.
    pub folder: PathBuf,
    /// The instruction files of the folder's project that are used.
    pub trust: Trust,
    /// Layers over the config file.
    pub overrides: Overrides,
    /// The session to resume; a new one begins when absent.
    pub resume: Option<Resume>,
    /// Keys of providers.
    pub keychain: Keychain,
    /// Keys that last as long as the app, by provider.
    pub session_keys: SessionKeys,
    /// An executor that has measured this machine's sandbox; a new one measures when absent.
    pub executor: Option<Executor>,
    /// The provider and model used where neither the configuration nor a resumed session names one.
    pub fallback: Option<ModelChoice>,
    /// The use of the session.
    pub session_use: SessionUse,
    /// Maximum time that the first request waits for MCP servers to start, so that it has their tools.
    pub mcp_wait: Duration,
    /// Check of the project, in place of the one that is saved for its folder.
    pub check: Option<ProjectCheck>,
    /// Isolated copy that a new session works on; the folder itself when absent. A resumed session has its own.
    pub isolated: Option<CopyId>,
}

/// Layers over the config file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Overrides {
    /// Keys of the config file set on the command line, each with its value as TOML, or else as text.
    pub keys: Vec<(String, String)>,
    /// Profile of the config file.
    pub profile: Option<String>,
    /// Settings saved in the window.
    pub overlay: Overlay,
    /// Provider chosen on the command line.
    pub provider: Option<String>,
    /// Policies that replace all others, those of a resumed session included.
    pub policies: Option<Policies>,
    /// Whether the practice model is the only one there is.
    pub practice_only: bool,
}

/// A provider and one of its models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelChoice {
    /// Key of the provider.
    pub provider: String,
    /// The model; the provider's default when empty.
    pub model: String,
}

/// The use of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionUse {
    /// Tasks.
    #[default]
    Work,
    /// The files alone, such as undo and redo: no model is asked, and no MCP server is started.
    Files,
}

/// A session to resume.
#[derive(Clone, Debug)]
pub struct Resume {
    /// Its transcript.
    pub path: PathBuf,
    /// How it was set up.
    pub header: SessionHeader,
}

/// An open session, all of its past replayed.
#[derive(Debug)]
pub struct OpenedSession {
    /// Its id.
    pub id: SessionId,
    /// Its transcript.
    pub transcript: PathBuf,
    /// Its configuration.
    pub config: SessionConfig,
    /// The instructions it was given, and those that were withheld.
    pub instructions: ProjectDoc,
    /// Takes ops.
    pub submitter: Submitter,
    /// Yields what follows on the replay.
    pub events: Events,
    /// Status of its MCP servers.
    pub mcp: McpStatusTable,
}

impl OpenRequest {
    /// Creates a request for a new session under the config file alone, with keys from the environment.
    pub fn new(home: Home, folder: PathBuf, trust: Trust) -> Self {
        Self {
            home,
            folder,
            trust,
            overrides: Overrides::default(),
            resume: None,
            keychain: Keychain::absent("the keychain was not opened"),
            session_keys: SessionKeys::default(),
            executor: None,
            fallback: None,
            session_use: SessionUse::default(),
            mcp_wait: driver::MCP_WAIT,
            check: None,
            isolated: None,
        }
    }

    /// Returns the isolated copy that the session works on, as far as the request and its transcript say.
    pub fn copy(&self) -> Option<&CopyId> {
        let before = self.resume.as_ref().and_then(|resume| resume.header.last_config.as_ref());
        before.map_or(self.isolated.as_ref(), |before| before.isolated.as_ref())
    }
}

impl Resume {
    /// Reads the header of the transcript at `path`.
    pub fn read(path: PathBuf) -> Result<Self, TranscriptError> {
        Ok(Self { header: transcript::header(&path)?, path })
    }
}

impl Overrides {
    /// Loads the configuration with these layers over it.
    pub fn load(&self, home: &Home) -> Result<Config, ErrorInfo> {
        let mut config = Config::load(home, &self.keys, self.profile.as_deref())
            .map_err(|error| ErrorInfo::new(ErrorKind::BadRequest, error.to_string()))?;
        if self.practice_only {
            config.keep_practice_only();
        }
        config.lay_overlay(&self.overlay);
        if let Some(provider) = &self.provider {
            config.choose_provider(provider);
        }
        Ok(config)
    }
}
