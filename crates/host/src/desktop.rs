//! What only a shell with a window can do. The host asks it and never knows what it is.

use protocol::SessionId;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

/// The answer of a folder dialog, when it comes.
pub type Picked = Pin<Box<dyn Future<Output = Option<PathBuf>> + Send>>;

/// The desktop around the app.
pub trait Desktop: Send + Sync + 'static {
    /// Shows the native folder dialog. `None` when the person picked nothing.
    fn pick_folder(&self) -> Picked;

    /// Shows a system notification. Returns at once; a click on it ends in `Host::reveal`.
    fn notify(&self, note: Notification);

    /// Whether the window has the person's attention.
    fn focused(&self) -> bool;

    /// Opens a file in the person's editor. The error is for people.
    fn open_path(&self, path: &Path) -> Result<(), String>;

    /// Opens an http or https address in the person's browser. The error is for people.
    fn open_url(&self, url: &str) -> Result<(), String>;

    /// Shows how many decisions wait, over all sessions, where there is a place for it.
    fn set_waiting(&self, _count: u32) {}
}

/// A system notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The first line.
    pub title: String,
    /// The rest; may be empty.
    pub body: String,
    /// The session it is about.
    pub session: SessionId,
    /// What it is for.
    pub kind: NoteKind,
}

/// What a notification is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// A task ended.
    TurnComplete,
    /// Something waits for a decision.
    ApprovalNeeded,
}
