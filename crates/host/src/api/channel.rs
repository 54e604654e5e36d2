//! Messages of the channel to a subscriber, and the arguments of the commands that choose what it gets.

use super::app::{AppView, InboxItem, ProjectView};
use super::sessions::SessionSummary;
use super::settings::{ProviderView, Setting, Settings, ValueSource};
use protocol::{CallId, SandboxReport, SessionId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;
use view::Change;

/// One message of the channel: at most one per frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct UpdateBatch {
    /// Number of the batch, counted from 1 without gaps since the subscriber was attached.
    pub seq: u64,
    /// Updates in the order in which they apply.
    pub updates: Vec<Update>,
}

/// One update for a subscriber. Each kind has a budget of its own in a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Update {
    /// Complete view of the app: the first update after `attach`. Later ones replace parts of it.
    App {
        /// The view.
        app: Box<AppView>,
    },
    /// Folders of the list, or the open one, changed.
    Projects {
        /// Replaces the field of this name of the app's view.
        projects: Vec<ProjectView>,
        /// Replaces the field of this name of the app's view.
        project: Option<String>,
    },
    /// Sessions of the open folder, or open ones of another, changed.
    Sessions {
        /// Replaces the field of this name of the app's view.
        sessions: Vec<SessionSummary>,
        /// Replaces the field of this name of the app's view.
        sessions_total: u32,
        /// Replaces the field of this name of the app's view.
        elsewhere: Vec<SessionSummary>,
        /// Replaces the field of this name of the app's view.
        session: Option<SessionId>,
    },
    /// Providers, or the keychain, changed.
    Providers {
        /// Replaces the field of this name of the app's view.
        providers: Vec<ProviderView>,
        /// Replaces the field of this name of the app's view.
        keychain_problem: Option<String>,
    },
    /// Settings in effect changed.
    Settings {
        /// Replaces the field of this name of the app's view.
        settings: Settings,
        /// Replaces the field of this name of the app's view.
        setting_sources: BTreeMap<Setting, ValueSource>,
    },
    /// The sandbox probe is done.
    Sandbox {
        /// Replaces the field of this name of the app's view.
        sandbox: Option<SandboxReport>,
    },
    /// Approvals that wait changed.
    Inbox {
        /// Replaces the field of this name of the app's view.
        waiting: u32,
        /// Replaces the field of this name of the app's view.
        inbox: Vec<InboxItem>,
    },
    /// The status of an MCP server of some session changed; `mcp_servers` returns it.
    Mcp,
    /// A subscribed session changed.
    Session {
        /// The session.
        id: SessionId,
        /// Number of the change, counted without gaps from the `seq` of the snapshot that `subscribe` returned.
        seq: u64,
        /// The change.
        change: Box<Change>,
    },
    /// Changes of a subscribed session were left out because too many waited; `subscribe` again for a new snapshot.
    Lagged {
        /// The session.
        id: SessionId,
    },
    /// A subscribed session was archived, deleted or closed with its folder. The subscription has ended.
    Closed {
        /// The session.
        id: SessionId,
    },
    /// More of the answer to a question on the side, for the page that asked.
    SideAnswer {
        /// Name of the question.
        name: String,
        /// The text to append.
        delta: String,
    },
    /// The person asked to see a session, by a click on a notification.
    Reveal {
        /// The session; it may not be open.
        id: SessionId,
    },
    /// The person asked to see what waits, from the tray or by starting the app again.
    RevealInbox {
        /// The decision to show first.
        first: Option<DecisionRef>,
    },
    /// The person closed the window while agents are at work; `close_question_shown` says that the page asks what to do.
    CloseRequested {
        /// Number of the request.
        request: u32,
        /// Sessions that are at work.
        working: u32,
        /// Decisions that wait.
        waiting: u32,
        /// Whether the desktop shows the app's tray icon.
        tray: bool,
    },
}

/// Reference to a decision that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DecisionRef {
    /// The session that waits.
    pub session: SessionId,
    /// The call to decide about.
    pub call_id: CallId,
}

/// Arguments of `subscribe` and `unsubscribe`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SubscribeArgs {
    /// Number that the subscriber got when it was attached.
    pub subscriber: u64,
    /// The session.
    pub session: SessionId,
}
