//! The host's [`Desktop`], implemented with Tauri.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use host::{Activity, Answered, Desktop, Notification, Picked, SessionId};
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;

use crate::tray::Tray;
use crate::window::WindowOptions;
use crate::{closing, login_item, notification, window};

/// Desktop around the windows.
pub(crate) struct DesktopShell {
    app: AppHandle,
    windows: WindowOptions,
    tray: Tray,
    /// Labels of the windows that have the focus: one, or none.
    focused: Arc<Mutex<BTreeSet<String>>>,
}

impl DesktopShell {
    /// Creates the desktop of an app.
    pub(crate) fn new(app: AppHandle, windows: WindowOptions) -> Self {
        let tray = Tray::start(&app);
        Self { app, windows, tray, focused: Arc::default() }
    }

    /// Waits until the desktop shows the tray icon.
    pub(crate) async fn until_tray_is_shown(&self) {
        self.tray.until_shown().await;
    }

    /// Returns what is told which windows have the focus, so that reading it needs no round trip through the windows' thread.
    pub(crate) fn on_focus(&self) -> impl Fn(&str, bool) + Send + use<> {
        let all = Arc::clone(&self.focused);
        move |label, focused| {
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            if focused {
                all.insert(label.to_owned());
            } else {
                all.remove(label);
            }
        }
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

    #[cfg(target_os = "linux")]
    fn clipboard(&self) -> host::Clipboard {
        crate::clipboard::read(&self.app)
    }

    fn notify(&self, note: Notification) {
        notification::show(self.app.clone(), note);
    }

    fn focused(&self) -> bool {
        !self.focused.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn open_window(&self, session: &SessionId) -> Result<(), String> {
        let opened = window::open_session(&self.app, &self.windows, session.as_str(), self.on_focus());
        opened.map_err(|error| error.to_string())
    }

    fn open_path(&self, path: &Path) -> Result<(), String> {
        tauri_plugin_opener::open_path(path, None::<&str>).map_err(|error| error.to_string())
    }

    fn open_url(&self, url: &str) -> Result<(), String> {
        tauri_plugin_opener::open_url(url, None::<&str>).map_err(|error| error.to_string())
    }

    fn show_activity(&self, activity: &Activity) {
        self.tray.show(activity);
        let count = activity.waiting.len();
        let Some(window) = self.app.get_webview_window(window::MAIN) else { return };
        let title =
            if count == 0 { window::TITLE.to_owned() } else { format!("({count}) {}", window::TITLE) };
        if let Err(error) = window.set_title(&title) {
            tracing::debug!(%error, "cannot set the window's title");
        }
        // a desktop without a place for it ignores this
        let badge = i64::try_from(count).ok().filter(|count| *count > 0);
        if let Err(error) = window.set_badge_count(badge) {
            tracing::debug!(%error, "cannot set the app's badge");
        }
    }

    fn has_tray(&self) -> bool {
        self.tray.is_shown()
    }

    fn show_window(&self) {
        window::show(&self.app);
    }

    fn hide_window(&self) {
        window::hide(&self.app);
        // nobody looks at a hidden window, whatever its last event said
        self.on_focus()(window::MAIN, false);
    }

    fn ask_to_close(&self, activity: &Activity) -> Answered {
        closing::ask(&self.app, activity)
    }

    fn quit(&self) {
        self.app.exit(0);
    }

    fn starts_at_login(&self) -> Option<bool> {
        login_item::is_set()
    }

    fn set_start_at_login(&self, on: bool) -> Result<(), String> {
        login_item::set(on, self.windows.safe_graphics).map_err(|error| format!("{error:#}"))
    }
}
