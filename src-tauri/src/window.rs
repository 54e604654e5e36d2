//! The window: what it may load, its position, and workarounds for drivers that leave it blank.

use anyhow::Result;
use host::Home;
use tauri::plugin::TauriPlugin;
use tauri::webview::{DownloadEvent, NewWindowResponse};
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent, Wry};
use tauri_plugin_window_state::StateFlags;

#[cfg(target_os = "linux")]
use crate::{graphics, input_method};

/// Label of the window, as the capability names it.
pub(crate) const MAIN: &str = "main";

/// Title of the window.
pub(crate) const TITLE: &str = "Countersign";

/// Proxy that does not exist: the window's pages are inside the executable, and it needs no network. Nothing listens on port 0.
const DEAD_PROXY: &str = "http://127.0.0.1:0";

/// Opens the window. With `safe_graphics`, the processor paints it. `on_focus` is told when the window gets or loses the focus.
pub(crate) fn open(
    app: &AppHandle,
    home: &Home,
    safe_graphics: bool,
    on_focus: impl Fn(bool) + Send + 'static,
) -> Result<()> {
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title(TITLE)
        .inner_size(1280.0, 800.0)
        .min_inner_size(720.0, 480.0)
        // what the pages remember goes where everything of the app goes
        .data_directory(home.app_file("webview"))
        // an engine connects ahead of need, when a link is only pressed, and asks no policy of the page's: it meets nobody
        .proxy_url(DEAD_PROXY.parse()?)
        .on_navigation(is_own_page)
        .on_new_window(|url, _| {
            tracing::warn!(%url, "refused to open a new window");
            NewWindowResponse::Deny
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
        if safe_graphics {
            graphics::paint_by_processor(&window)?;
        }
    }
    // other systems have no way to ask for it
    #[cfg(not(target_os = "linux"))]
    let _ = safe_graphics;
    window.on_window_event(move |event| {
        if let WindowEvent::Focused(focused) = event {
            on_focus(*focused);
        }
    });
    Ok(())
}

/// Brings the window to the front, because the person asked for it.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
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
