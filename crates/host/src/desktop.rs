//! Services of a shell with a window. The host calls them and knows nothing else of the shell.

use protocol::SessionId;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

/// Pending answer of a dialog.
pub type Picked = Pin<Box<dyn Future<Output = Option<PathBuf>> + Send>>;

/// Desktop around the app.
pub trait Desktop: Send + Sync + 'static {
    /// Shows the native folder dialog. `None` when the person picked nothing.
    fn pick_folder(&self) -> Picked;

    /// Shows the native dialog for a file to write, which proposes `name`. `None` when the person picked nothing.
    fn pick_new_file(&self, name: &str) -> Picked;

    /// Shows a system notification. Returns at once; a click on it ends in `Host::reveal`.
    fn notify(&self, note: Notification);

    /// Reports whether the window has the focus.
    fn focused(&self) -> bool;

    /// Opens a file in the person's editor. The error is for people.
    fn open_path(&self, path: &Path) -> Result<(), String>;

    /// Opens an http or https address in the person's browser. The error is for people.
    fn open_url(&self, url: &str) -> Result<(), String>;

    /// Opens a window for one session, or shows the one that is open for it. The error is for people.
    fn open_window(&self, _session: &SessionId) -> Result<(), String> {
        Err("there is one window only".to_owned())
    }

    /// Shows how many decisions wait, over all sessions, where there is a place for it.
    fn set_waiting(&self, _count: u32) {}
}

/// System notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// First line.
    pub title: String,
    /// Other lines; may be empty.
    pub body: String,
    /// Session that a click reveals.
    pub session: SessionId,
    /// Occasion of the notification.
    pub kind: NoteKind,
}

/// Occasion of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// A task ended.
    TurnComplete,
    /// Something waits for a decision.
    ApprovalNeeded,
}
