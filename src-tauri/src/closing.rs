//! Closing the main window, and coming back to it.

use host::{Activity, Answered, CloseAnswer};
use tauri::{AppHandle, CloseRequestApi, Manager};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogResult};

use crate::commands::HostHandle;
use crate::window;

const KEEP_RUNNING: &str = "Keep running";
const QUIT: &str = "Quit";
const STAY: &str = "Cancel";

/// Leaves it to the host what closing the window does. An app that has not started, or cannot, quits.
pub(crate) fn requested(app: &AppHandle, request: &CloseRequestApi) {
    let Some(Ok(host)) = app.state::<HostHandle>().host_now() else { return };
    request.prevent_close();
    tauri::async_runtime::spawn(async move { host.request_close().await });
}

/// Shows the window. One that was hidden shows what waits.
pub(crate) fn come_back(app: &AppHandle) {
    let was_hidden = window::show(app);
    if was_hidden
        && let Some(Ok(host)) = app.state::<HostHandle>().host_now()
        && !host.activity().waiting.is_empty()
    {
        host.reveal_inbox(None);
    }
}

/// Asks in the system's own dialog what closing the window should do.
pub(crate) fn ask(app: &AppHandle, activity: &Activity) -> Answered {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let summary = activity.summary();
    let text =
        format!("{summary}. The window doesn’t respond. Keep Countersign running without it, or quit?");
    let buttons =
        MessageDialogButtons::YesNoCancelCustom(KEEP_RUNNING.to_owned(), QUIT.to_owned(), STAY.to_owned());
    let mut dialog = app.dialog().message(text).title("Close Countersign").buttons(buttons);
    if let Some(window) = app.get_webview_window(window::MAIN) {
        dialog = dialog.parent(&window);
    }
    dialog.show_with_result(move |result| {
        let chosen = match result {
            MessageDialogResult::Yes => Some(CloseAnswer::KeepRunning),
            MessageDialogResult::No => Some(CloseAnswer::Quit),
            MessageDialogResult::Custom(label) if label == KEEP_RUNNING => Some(CloseAnswer::KeepRunning),
            MessageDialogResult::Custom(label) if label == QUIT => Some(CloseAnswer::Quit),
            _ => None,
        };
        // nobody waits any more when the app is ending
        let _ = answer.send(chosen);
    });
    Box::pin(async move { answered.await.ok().flatten() })
}
