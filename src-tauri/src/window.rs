//! The windows: what they may load, positions, and workarounds for drivers that leave them blank.

use std::ops::RangeInclusive;

use anyhow::{Result, ensure};
use host::Home;
use tauri::plugin::TauriPlugin;
use tauri::webview::{DownloadEvent, NewWindowResponse};
use tauri::{
    AppHandle, CloseRequestApi, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
    Wry,
};
use tauri_plugin_window_state::StateFlags;

use crate::commands::HostHandle;
use crate::hidden_window::HiddenWindow;
#[cfg(target_os = "linux")]
use crate::{graphics, input_method, page_process};

/// Label of the window, as the capability names it.
pub(crate) const MAIN: &str = "main";

/// Title of the window.
pub(crate) const TITLE: &str = "Countersign";

/// Proxy that does not exist: the window's pages are inside the executable, and it needs no network. Nothing listens on port 0.
const DEAD_PROXY: &str = "http://127.0.0.1:0";

/// Label of a window of one session begins with this, as the capability says.
const OF_SESSION: &str = "session-";

/// Characters of a session's id that a label and an address may have.
const ID_CHARS: RangeInclusive<usize> = 1..=100;

/// Way in which windows are opened.
#[derive(Clone, Debug)]
pub(crate) struct WindowOptions {
    /// Location of the app's files.
    pub(crate) home: Home,
    /// Whether the processor paints them.
    pub(crate) safe_graphics: bool,
}

/// Opens the window of the app, hidden unless `visible`. `on_focus` is told when it gets or loses the focus, `on_close` when
/// the person closes it. The windows of single sessions close with it.
pub(crate) fn open(
    app: &AppHandle,
    options: &WindowOptions,
    on_focus: impl Fn(&str, bool) + Send + 'static,
    on_close: impl Fn(&AppHandle, &CloseRequestApi) + Send + 'static,
    visible: bool,
) -> Result<()> {
    let window = build(app, options, MAIN, WebviewUrl::default(), (1280.0, 800.0), visible)?;
    app.state::<HiddenWindow>().set(!visible);
    let app = app.clone();
    window.on_window_event(move |event| match event {
        WindowEvent::Focused(focused) => on_focus(MAIN, *focused),
        WindowEvent::CloseRequested { api, .. } => on_close(&app, api),
        WindowEvent::Destroyed => close_others(&app),
        _ => {}
    });
    Ok(())
}

/// Opens a window for one session, or shows the one that is open for it. The agent goes on when it is closed.
pub(crate) fn open_session(
    app: &AppHandle,
    options: &WindowOptions,
    session: &str,
    on_focus: impl Fn(&str, bool) + Send + 'static,
) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    ensure!(
        ID_CHARS.contains(&session.len()) && session.chars().all(is_plain),
        "the session's id is no name for a window"
    );
    let label = format!("{OF_SESSION}{session}");
    if let Some(window) = app.get_webview_window(&label) {
        bring_to_front(&window);
        return Ok(());
    }
    let page = WebviewUrl::App(format!("index.html?session={session}").into());
    let window = build(app, options, &label, page, (1000.0, 760.0), true)?;
    let app = app.clone();
    window.on_window_event(move |event| match event {
        WindowEvent::Focused(focused) => on_focus(&label, *focused),
        WindowEvent::Destroyed => {
            on_focus(&label, false);
            app.state::<HostHandle>().forget_window(&label);
        }
        _ => {}
    });
    Ok(())
}

fn build(
    app: &AppHandle,
    options: &WindowOptions,
    label: &str,
    page: WebviewUrl,
    (width, height): (f64, f64),
    visible: bool,
) -> Result<WebviewWindow> {
    let window = WebviewWindowBuilder::new(app, label, page)
        .title(TITLE)
        .visible(visible)
        .inner_size(width, height)
        .min_inner_size(720.0, 480.0)
        // what the pages remember goes where everything of the app goes
        .data_directory(options.home.app_file("webview"))
        // an engine connects ahead of need, when a link is only pressed, and asks no policy of the page's: it meets nobody
        .proxy_url(DEAD_PROXY.parse()?)
        // the app's own handler would take dropped files away from the page
        .disable_drag_drop_handler()
        .on_navigation(is_own_page)
        .on_new_window(|url, _| {
            tracing::warn!(%url, "refused to open a new window");
            NewWindowResponse::Deny
        })
        // the app sets the title of its own window; one of a session is called as its page says
        .on_document_title_changed(|window, title| {
            if window.label() != MAIN
                && let Err(error) = window.set_title(&title)
            {
                tracing::debug!(%error, "cannot set a window's title");
            }
        })
        // WebKit would write it into the person's downloads without a word
        .on_download(|_, event| {
            if let DownloadEvent::Requested { url, .. } = event {
                tracing::warn!(%url, "refused to download a file");
            }
            false
        })
        .build()?;
    #[cfg(target_os = "linux")]
    {
        input_method::show_composition(&window)?;
        page_process::load_again_after_its_end(&window)?;
        if options.safe_graphics {
            graphics::paint_by_processor(&window)?;
        }
    }
    Ok(window)
}

fn close_others(app: &AppHandle) {
    for (label, window) in app.webview_windows() {
        if label != MAIN
            && let Err(error) = window.close()
        {
            tracing::warn!(%error, label, "cannot close a window");
        }
    }
}

/// Brings the window to the front, because the person asked for it. Reports whether it was hidden.
pub(crate) fn show(app: &AppHandle) -> bool {
    let was_hidden = app.state::<HiddenWindow>().set(false);
    if let Some(window) = app.get_webview_window(MAIN) {
        bring_to_front(&window);
    }
    was_hidden
}

/// Hides the window, and closes those of single sessions.
pub(crate) fn hide(app: &AppHandle) {
    close_others(app);
    app.state::<HiddenWindow>().set(true);
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "cannot hide the window");
    }
}

fn bring_to_front(window: &WebviewWindow) {
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "cannot bring the window to the front");
    }
}

/// Returns the plugin that saves and restores the window's position and size.
pub(crate) fn window_state_plugin(home: &Home) -> TauriPlugin<Wry> {
    let flags = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN;
    tauri_plugin_window_state::Builder::new()
        // an absolute name, so that it does not land in a folder of Tauri's choice
        .with_filename(home.app_file("window.json").to_string_lossy())
        .with_state_flags(flags)
        // a window of a session comes and goes with it
        .with_filter(|label| label == MAIN)
        .build()
}

/// Reports whether an address is the app's own page, which is inside the executable; nothing else is ever shown.
fn is_own_page(url: &Url) -> bool {
    let own = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // how Windows spells it; elsewhere it would be a page from the network
        "http" | "https" if cfg!(windows) => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    if !own {
        tracing::warn!(%url, "refused to leave the app's own page");
    }
    own
}

/// Restarts the process with the variable that avoids a blank window, unless the person set it: NVIDIA's driver under Wayland
/// shows WebKitGTK's buffers blank, and the environment of a running process cannot be changed safely.
#[cfg(target_os = "linux")]
pub(crate) fn avoid_blank_window() -> Result<()> {
    use anyhow::Context;
    use std::os::unix::process::CommandExt;

    const WITHOUT_DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let nvidia = || std::path::Path::new("/proc/driver/nvidia/version").exists();
    if set(WITHOUT_DMABUF) || !set("WAYLAND_DISPLAY") || !nvidia() {
        return Ok(());
    }
    let own = std::env::current_exe().context("cannot find the app's own executable")?;
    let error =
        std::process::Command::new(own).args(std::env::args_os().skip(1)).env(WITHOUT_DMABUF, "1").exec();
    Err(error).context("cannot begin again with WEBKIT_DISABLE_DMABUF_RENDERER=1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pages_inside_are_gone_to() -> Result<()> {
        assert!(is_own_page(&Url::parse("tauri://localhost/")?));
        assert!(is_own_page(&Url::parse("tauri://localhost/index.html")?));
        for elsewhere in [
            "http://tauri.localhost/",
            "https://example.org/",
            "http://localhost/",
            "tauri://elsewhere/",
            "file:///etc/passwd",
            "data:text/html,x",
            "blob:tauri://localhost/1",
            "about:blank",
            "javascript:alert(1)",
        ] {
            assert!(cfg!(windows) || !is_own_page(&Url::parse(elsewhere)?), "{elsewhere}");
        }
        Ok(())
    }

    #[test]
    fn the_way_to_the_network_is_an_address() {
        assert_eq!(DEAD_PROXY.parse::<Url>().map(|url| url.port()), Ok(Some(0)));
    }
}
