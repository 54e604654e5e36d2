//! Painting without a graphics card, on Linux.

use std::fs::{self, File};
use std::path::Path;

use tauri::WebviewWindow;
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

/// Folder of the devices that paint.
const CARDS: &str = "/dev/dri";

/// Exists where NVIDIA's own driver is loaded, which may come without a device in [`CARDS`].
const NVIDIA: &str = "/proc/driver/nvidia/version";

/// Has the processor paint the window. Without a card WebKit emulates one, and each frame then takes longer than to paint the whole
/// window again.
pub(crate) fn paint_by_processor(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|webview| {
        if let Some(settings) = webview.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// Reports whether there is a graphics card that this process may use.
pub(crate) fn has_card() -> bool {
    has_nvidia() || has_render_node(Path::new(CARDS))
}

/// Reports whether NVIDIA's own driver is loaded.
pub(crate) fn has_nvidia() -> bool {
    Path::new(NVIDIA).exists()
}

/// Reports whether `dir` holds a device that paints and can be opened: one that cannot is none to the driver either.
fn has_render_node(dir: &Path) -> bool {
    let Ok(devices) = fs::read_dir(dir) else { return false };
    devices
        .flatten()
        .filter(|device| device.file_name().as_encoded_bytes().starts_with(b"renderD"))
        .any(|device| File::options().read(true).write(true).open(device.path()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_a_device_that_paints_and_can_be_opened() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        assert!(!has_render_node(&dir.path().join("dri")));
        // shows pictures, and paints none
        fs::write(dir.path().join("card0"), "")?;
        assert!(!has_render_node(dir.path()));
        std::os::unix::fs::symlink("nowhere", dir.path().join("renderD128"))?;
        assert!(!has_render_node(dir.path()));
        fs::write(dir.path().join("renderD129"), "")?;
        assert!(has_render_node(dir.path()));
        Ok(())
    }
}
