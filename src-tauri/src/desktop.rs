//! The host's [`Desktop`], implemented with Tauri.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use host::{Desktop, Notification, Picked};
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;

use crate::{notification, window};

/// Desktop around the window.
pub(crate) struct DesktopShell {
    app: AppHandle,
    focused: AtomicBool,
}

impl DesktopShell {
    /// Creates the desktop of an app.
    pub(crate) fn new(app: AppHandle) -> Self {
        Self { app, focused: AtomicBool::new(false) }
    }

    /// Stores whether the window has the focus, so that reading it needs no round trip through the window's thread.
    pub(crate) fn set_focused(&self, focused: bool) {
        self.focused.store(focused, Ordering::Relaxed);
    }
}

impl Desktop for DesktopShell {
    fn pick_folder(&self) -> Picked {
        let (answer, picked) = tokio::sync::oneshot::channel();
        let mut dialog = self.app.dialog().file().set_title("Open a folder").set_can_create_directories(true);
        if let Some(window) = self.app.get_webview_window(window::MAIN) {
            dialog = dialog.set_parent(&window);
        }
        dialog.pick_folder(move |folder| {
            // nobody waits any more when the app is ending
            let _ = answer.send(folder.and_then(|folder| folder.into_path().ok()));
        });
        Box::pin(async move { picked.await.ok().flatten() })
    }

    fn pick_new_file(&self, name: &str) -> Picked {
        let (answer, picked) = tokio::sync::oneshot::channel();
        let mut dialog = self.app.dialog().file().set_title("Export").set_file_name(name);
        if let Some(window) = self.app.get_webview_window(window::MAIN) {
            dialog = dialog.set_parent(&window);
        }
        dialog.save_file(move |file| {
            let _ = answer.send(file.and_then(|file| file.into_path().ok()));
        });
        Box::pin(async move { picked.await.ok().flatten() })
    }

    fn notify(&self, note: Notification) {
        notification::show(self.app.clone(), note);
    }

    fn focused(&self) -> bool {
        self.focused.load(Ordering::Relaxed)
    }

    fn open_path(&self, path: &Path) -> Result<(), String> {
        tauri_plugin_opener::open_path(path, None::<&str>).map_err(|error| error.to_string())
    }

    fn open_url(&self, url: &str) -> Result<(), String> {
        tauri_plugin_opener::open_url(url, None::<&str>).map_err(|error| error.to_string())
    }

    fn set_waiting(&self, count: u32) {
        let Some(window) = self.app.get_webview_window(window::MAIN) else { return };
        let title =
            if count == 0 { window::TITLE.to_owned() } else { format!("({count}) {}", window::TITLE) };
        if let Err(error) = window.set_title(&title) {
            tracing::debug!(%error, "cannot set the window's title");
        }
        // a desktop without a place for it ignores this
        if let Err(error) = window.set_badge_count((count > 0).then_some(i64::from(count))) {
            tracing::debug!(%error, "cannot set the app's badge");
        }
    }
}
