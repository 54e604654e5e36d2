//! Input methods, on Linux.

use tauri::WebviewWindow;
use webkit2gtk::{InputMethodContextExt, WebViewExt};

/// Has the page show text that an input method is composing in its place. Tauri turns that off, and nothing is seen of a word then
/// until it is complete.
pub(crate) fn show_composition(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|webview| {
        if let Some(context) = webview.inner().input_method_context() {
            context.set_enable_preedit(true);
        }
    })
}
