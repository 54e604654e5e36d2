//! System notifications, sent without Tauri's plugin, which reports no clicks on a desktop.

use host::Notification;
use tauri::AppHandle;

/// Shows a notification from a thread of its own, which also waits for the click.
pub(crate) fn show(app: AppHandle, note: Notification) {
    let thread = std::thread::Builder::new().name("notification".to_owned());
    let started = thread.spawn(move || {
        if let Err(error) = show_and_wait(&app, &note) {
            tracing::warn!(%error, title = note.title, "the system did not take a notification");
        }
    });
    if let Err(error) = started {
        tracing::warn!(%error, "cannot start a thread for a notification");
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn show_and_wait(app: &AppHandle, note: &Notification) -> Result<(), notify_rust::error::Error> {
    let markup = notify_rust::get_capabilities()?.iter().any(|capability| capability == "body-markup");
    let body = if markup { escaped(&note.body) } else { note.body.clone() };
    let shown = notify_rust::Notification::new()
        .appname(crate::window::TITLE)
        .icon("countersign-desktop")
        .hint(notify_rust::Hint::DesktopEntry("Countersign".to_owned()))
        .hint(notify_rust::Hint::Category("im.received".to_owned()))
        .summary(&note.title)
        .body(&body)
        .action("default", "Open")
        .show()?;
    shown.wait_for_action(|action| {
        if action == "default" {
            reveal(app, note);
        }
    });
    Ok(())
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn show_and_wait(_app: &AppHandle, note: &Notification) -> Result<(), notify_rust::error::Error> {
    notify_rust::Notification::new().summary(&note.title).body(&note.body).show().map(drop)
}

/// Escapes text for a notification server that reads markup: a model wrote it.
#[cfg(all(unix, not(target_os = "macos")))]
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(all(unix, not(target_os = "macos")))]
fn reveal(app: &AppHandle, note: &Notification) {
    use tauri::Manager;
    crate::window::show(app);
    if let Some(Ok(host)) = app.state::<crate::commands::HostHandle>().host_now() {
        host.reveal(note.session.clone());
    }
}
