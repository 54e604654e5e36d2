//! Generates the window's permissions from its commands, and embeds the icon and the configuration.

fn main() -> std::io::Result<()> {
    let manifest = tauri_build::AppManifest::new().commands(&["host_call", "host_attach", "host_ack"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .map_err(std::io::Error::other)
}
