//! Painting without a graphics card, on Linux.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::Access;
use tauri::WebviewWindow;
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

/// Has Mesa, which all drivers but NVIDIA's belong to, emulate a card whatever there is.
const EMULATE: &str = "LIBGL_ALWAYS_SOFTWARE";

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

/// Reports whether there is a graphics card that this process may use. What a virtual machine offers as one, and emulates, counts too.
pub(crate) fn has_card() -> bool {
    static HAS_CARD: OnceLock<bool> = OnceLock::new();
    *HAS_CARD.get_or_init(|| {
        let emulates = std::env::var(EMULATE).is_ok_and(|value| is_on(&value));
        !emulates && (has_nvidia() || has_render_node(Path::new(CARDS)))
    })
}

/// Reads a variable as Mesa does.
fn is_on(value: &str) -> bool {
    ["1", "true", "yes", "y"].iter().any(|on| value.eq_ignore_ascii_case(on))
}

/// Reports whether NVIDIA's own driver is loaded.
pub(crate) fn has_nvidia() -> bool {
    Path::new(NVIDIA).exists()
}

/// Reports whether `dir` holds a device that paints and may be opened: one that may not is none to the driver either. None is opened,
/// which could wake a card that sleeps.
fn has_render_node(dir: &Path) -> bool {
    let Ok(devices) = fs::read_dir(dir) else { return false };
    devices
        .flatten()
        .filter(|device| device.file_name().as_encoded_bytes().starts_with(b"renderD"))
        .any(|device| rustix::fs::access(device.path(), Access::READ_OK | Access::WRITE_OK).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_on_as_for_mesa() {
        assert!(["1", "true", "YES"].iter().all(|value| is_on(value)));
        assert!(["", "0", "false", "no"].iter().all(|value| !is_on(value)));
    }

    #[test]
    fn a_card_is_a_device_that_paints_and_may_be_opened() -> anyhow::Result<()> {
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
