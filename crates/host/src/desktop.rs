//! Services of a shell with a window. The host calls them and knows nothing else of the shell.

use crate::activity::Activity;
use crate::api::CloseAnswer;
use protocol::SessionId;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

/// Pending answer of a dialog.
pub type Picked = Pin<Box<dyn Future<Output = Option<PathBuf>> + Send>>;

/// Pending answer of a question about closing the window; `None` when the person chose to stay, or there is no such dialog.
pub type Answered = Pin<Box<dyn Future<Output = Option<CloseAnswer>> + Send>>;
/// Pending content of the clipboard.
pub type Clipboard = Pin<Box<dyn Future<Output = Copied> + Send>>;

/// Content of the clipboard, as far as it is no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Copied {
    /// Neither files nor a picture.
    #[default]
    Nothing,
    /// Files, by their paths.
    Files(Vec<PathBuf>),
    /// A picture or files that the program which offered them did not give.
    Unavailable,
    /// The bytes of a picture.
    Picture(Vec<u8>),
}

/// Desktop around the app.
pub trait Desktop: Send + Sync + 'static {
    /// Shows the native folder dialog. `None` when the person picked nothing.
    fn pick_folder(&self) -> Picked;

    /// Shows the native dialog for a file to write, which proposes `name`. `None` when the person picked nothing.
    fn pick_new_file(&self, name: &str) -> Picked;

    /// Reads the files or the picture in the clipboard, where the window's engine gives a page none of them.
    fn clipboard(&self) -> Clipboard {
        Box::pin(std::future::ready(Copied::Nothing))
    }

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

    /// Shows what the agents do and what waits, over all sessions, where there is a place for it. Returns at once.
    fn show_activity(&self, _activity: &Activity) {}

    /// Reports whether the desktop shows the app's tray icon.
    fn has_tray(&self) -> bool {
        false
    }

    /// Brings the window to the front, shown again where it was hidden.
    fn show_window(&self) {}

    /// Hides the window; the app goes on without it.
    fn hide_window(&self) {}

    /// Asks in the system's own dialog what closing the window should do, for a page that doesn't answer.
    fn ask_to_close(&self, _activity: &Activity) -> Answered {
        Box::pin(std::future::ready(None))
    }

    /// Quits the app. Returns at once.
    fn quit(&self) {}

    /// Reports whether the system starts the app at login; `None` where it can't.
    fn starts_at_login(&self) -> Option<bool> {
        None
    }

    /// Sets whether the system starts the app at login. The error is for people.
    fn set_start_at_login(&self, _on: bool) -> Result<(), String> {
        Err("this system starts no app at login".to_owned())
    }
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
