//! Whether a graphics card puts the window together, on Linux.

use tauri::WebviewWindow;
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

/// What is there when programs can draw by a graphics card: the kernel's own way, NVIDIA's, and that of Windows.
const WAYS: [&str; 3] = ["/dev/dri/renderD128", "/dev/nvidiactl", "/dev/dxg"];

/// Whether there is a graphics card. Without one WebKit has it imitated, and each frame takes longer than painting all of the
/// window anew.
pub(crate) fn has_card() -> bool {
    WAYS.iter().any(|way| std::path::Path::new(way).exists())
}

/// Has the processor paint the window.
pub(crate) fn do_without(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|webview| {
        if let Some(settings) = webview.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}
