//! The process of a window's page, on Linux.

use std::cell::RefCell;
use std::time::{Duration, Instant};
use tauri::WebviewWindow;
use webkit2gtk::{WebProcessTerminationReason, WebViewExt, glib};

/// Maximum number of times that a page is loaded again at once within [`SPAN`]: one that ends each time would keep the machine busy.
const MOST: usize = 3;
const SPAN: Duration = Duration::from_mins(1);

/// Has the page loaded again when its process ends by itself, be it of a fault or for want of memory. Nothing is lost with it: sessions,
/// approvals and what was begun are the app's.
pub(crate) fn load_again_after_its_end(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|webview| {
        let ends = RefCell::new(Vec::new());
        webview.inner().connect_web_process_terminated(move |page, reason| {
            if reason == WebProcessTerminationReason::TerminatedByApi {
                return;
            }
            let mut ends = ends.borrow_mut();
            ends.retain(|end: &Instant| end.elapsed() < SPAN);
            ends.push(Instant::now());
            if ends.len() > MOST {
                tracing::error!(
                    ?reason,
                    "the page's process has ended again and again; it is loaded again in a minute"
                );
                let page = page.clone();
                glib::timeout_add_local_once(SPAN, move || page.reload());
                return;
            }
            tracing::error!(?reason, "the page's process has ended; it is loaded again");
            page.reload();
        });
    })
}
