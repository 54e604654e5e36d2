//! Views of the app: everything a window shows that is no row of a session, and the snapshot of a session.

use super::sessions::SessionSummary;
use super::settings::{ProviderView, Setting, Settings, ValueSource};
use config::BroadFolder;
use protocol::{CallId, SandboxReport, SessionId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;
use view::{ChangesView, Row, SessionView};

/// Folder that the person picked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProjectView {
    /// Stable for the folder.
    pub id: String,
    /// The folder's name.
    pub name: String,
    /// The folder, for the eye; the home folder stands as `~`.
    pub path: String,
    /// Whether it is still there.
    pub exists: bool,
    /// Whether the person said that what is in it may steer the agent.
    pub trusted: bool,
    /// Whether the person has been asked that; until then nothing in it steers the agent.
    pub trust_asked: bool,
    /// Files in it that would steer the agent: "AGENTS.md", ...
    pub steers: Vec<String>,
    /// Whether it is the practice model's sample, or a copy of it.
    pub is_sample: bool,
    /// Reason that the person must confirm that the agent works in it; absent once they did, and for a project's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub confirm: Option<BroadFolderKind>,
    /// When it was last opened, in milliseconds since the Unix epoch.
    pub opened_ms: u64,
}

/// Reason that a folder holds more than a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BroadFolderKind {
    /// It is the root of the file system.
    Root,
    /// It is the person's home folder.
    HomeFolder,
    /// The person's home folder lies in it.
    HoldsHomeFolder,
    /// The app's own files lie in it.
    AppFiles,
}

impl From<BroadFolder> for BroadFolderKind {
    fn from(broad: BroadFolder) -> Self {
        match broad {
            BroadFolder::Root => Self::Root,
            BroadFolder::HomeFolder => Self::HomeFolder,
            BroadFolder::HoldsHomeFolder => Self::HoldsHomeFolder,
            BroadFolder::AppFiles => Self::AppFiles,
        }
    }
}

/// File that steers the agent once its folder is trusted, as it was when the folder was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct InstructionFileView {
    /// Its path in the folder.
    pub name: String,
    /// Its text; what cannot be seen is drawn as `\u{...}`.
    pub text: String,
    /// Whether that is all of it; no more is ever sent.
    pub is_whole: bool,
    /// Encoding it was read as, when it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub encoding: Option<String>,
}

/// Everything a window shows that belongs to no single session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AppView {
    /// The app's version.
    pub version: String,
    /// Folders, the last opened first.
    pub projects: Vec<ProjectView>,
    /// The folder that is open.
    pub project: Option<String>,
    /// Sessions of the open folder, the last used first: at most 200, and those that are open. `search_sessions` finds more.
    pub sessions: Vec<SessionSummary>,
    /// Count of all sessions of the open folder.
    #[serde(default)]
    #[ts(optional, as = "Option<u32>")]
    pub sessions_total: u32,
    /// Open sessions of the other folders, the last used first.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<SessionSummary>>")]
    pub elsewhere: Vec<SessionSummary>,
    /// The session used last in the open folder, once it is open: a window that shows none starts with it.
    pub session: Option<SessionId>,
    /// Providers of models.
    pub providers: Vec<ProviderView>,
    /// Settings in effect.
    pub settings: Settings,
    /// Source of each of them.
    pub setting_sources: BTreeMap<Setting, ValueSource>,
    /// Report of the sandbox probe; `None` until it is done.
    pub sandbox: Option<SandboxReport>,
    /// Reason why there is no keychain; `None` where there is one.
    pub keychain_problem: Option<String>,
    /// Count of the approvals that wait, over all sessions.
    pub waiting: u32,
    /// Approvals that wait over all open sessions, the oldest first.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<InboxItem>>")]
    pub inbox: Vec<InboxItem>,
}

/// Approval that waits for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct InboxItem {
    /// The session that waits.
    pub session: SessionId,
    /// Id of the session's folder.
    pub project: String,
    /// The call to decide about.
    pub call_id: CallId,
    /// Subject of the approval.
    pub kind: InboxKind,
    /// The command, the files of the patch, or the tool, in one line.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub subject: String,
    /// When the agent asked, in milliseconds since the Unix epoch.
    pub since_ms: u64,
}

/// Subject of an approval that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum InboxKind {
    /// A command.
    Command,
    /// A patch.
    Patch,
    /// A call of an MCP tool.
    Tool,
    /// The limit of a task, which has been reached. There is no call to decide about.
    Limit,
}

/// State of a session when a subscriber starts to follow it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SessionSnapshot {
    /// Id of the session.
    pub id: SessionId,
    /// Id of its folder.
    pub project: String,
    /// Number of the last change of the channel that is contained; later ones apply on top.
    pub seq: u64,
    /// Everything that is not a row.
    pub session: SessionView,
    /// The Changes panel.
    pub changes: ChangesView,
    /// Count of all rows.
    pub total_rows: u32,
    /// Position of the first of `rows`.
    pub first_row: u32,
    /// The last 200 rows; `rows` fetches others.
    pub rows: Vec<Row>,
}
