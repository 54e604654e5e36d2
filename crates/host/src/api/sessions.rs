//! Sessions as items of a list, and commands about a session as a whole.

use protocol::{CopyId, InputItem, SessionId, TaskId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use view::SessionStatus;
use view::export::ExportFormat;

/// Session of a folder as an item of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SessionSummary {
    /// Its id.
    pub id: SessionId,
    /// Its name, or the first words of its first prompt.
    pub title: String,
    /// When something last happened in it, in milliseconds since the Unix epoch.
    pub updated_ms: u64,
    /// Status; `Ended` for one that is not open.
    pub status: SessionStatus,
    /// Decisions that wait in it.
    pub waiting: u32,
    /// Name of the model that answers in it; empty when it is not open.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub model: String,
    /// When the running task began, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub task_started_ms: Option<u64>,
    /// Whether its last task failed.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub failed: bool,
    /// Whether a task of it ended that nobody has looked at: see `mark_seen`.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub unseen: bool,
    /// Prompts that are sent when the running task has ended, one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<QueuedPrompt>>")]
    pub queue: Vec<QueuedPrompt>,
    /// Whether the queue waits for the person, because a task was stopped or failed.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub queue_held: bool,
    /// Location; `Sessions` when absent.
    #[serde(default, skip_serializing_if = "SessionShelf::is_default")]
    #[ts(optional, as = "Option<SessionShelf>")]
    pub shelf: SessionShelf,
    /// The session it was forked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub forked_from: Option<SessionId>,
    /// Isolated copy of its folder that it works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub isolated: Option<CopyId>,
    /// Id of its folder, when that is on the list; it has to be picked otherwise before the session can be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub project: Option<String>,
    /// Its folder, for the eye: the name of one on the list, the path of another.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub folder: String,
    /// Text around the words that were searched for; empty when none were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<SnippetPart>>")]
    pub snippet: Vec<SnippetPart>,
}

/// Prompt that waits for the end of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QueuedPrompt {
    /// Its number among all of the session.
    pub id: u32,
    /// Beginning of its text.
    pub text: String,
    /// Count of its pictures.
    pub pictures: u32,
}

/// Arguments of `queue_prompt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct QueueArgs {
    /// The session.
    pub session: SessionId,
    /// Pieces of the prompt.
    pub items: Vec<InputItem>,
}

/// Arguments that name a prompt of a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct QueuedArgs {
    /// The session.
    pub session: SessionId,
    /// Number of the prompt.
    pub prompt: u32,
}

/// Arguments of `order_queue`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OrderQueueArgs {
    /// The session.
    pub session: SessionId,
    /// Numbers of the prompts that stay, in the order in which they are sent.
    pub prompts: Vec<u32>,
}

/// Location of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SessionShelf {
    /// In the list of sessions.
    #[default]
    Sessions,
    /// In the archive.
    Archive,
    /// In the trash: deleted, and can be restored.
    Trash,
}

impl SessionShelf {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Piece of the text around the words that were searched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SnippetPart {
    /// The text.
    pub text: String,
    /// Whether it is what was searched for.
    pub hit: bool,
}

/// Page of a list of sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SessionsPage {
    /// Sessions of the page.
    pub sessions: Vec<SessionSummary>,
    /// Count of all sessions of the list.
    pub total: u32,
}

/// Arguments of `search_sessions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SearchSessionsArgs {
    /// Words, or beginnings of words, that are all in the session; what stands in `"` is looked for as it is. Empty lists all.
    pub words: String,
    /// Whether to list the sessions of all folders instead of the open one.
    pub everywhere: bool,
    /// Location of the sessions.
    pub shelf: SessionShelf,
    /// Count of sessions before the page.
    pub from: u32,
    /// Size of the page, at most 500.
    pub count: u32,
}

/// Arguments of `fork_session`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForkArgs {
    /// The session.
    pub session: SessionId,
    /// The last task to take over; 0 takes over nothing but how it was set up, `null` all that happened.
    pub task: Option<TaskId>,
}

/// Arguments of `export_session`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ExportArgs {
    /// The session.
    pub session: SessionId,
    /// Format of the file.
    pub format: ExportFormat,
}

/// An exported session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Exported {
    /// Path of the file, for the eye; the home folder stands as `~`.
    pub path: String,
    /// Secrets that were removed.
    pub secrets_removed: u32,
}

/// Arguments of `rename_session`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RenameArgs {
    /// The session.
    pub session: SessionId,
    /// Its name.
    pub title: String,
}

/// Arguments of `archive_session`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ArchiveArgs {
    /// The session.
    pub session: SessionId,
    /// Whether to archive the session, or to move it back.
    pub archived: bool,
}
