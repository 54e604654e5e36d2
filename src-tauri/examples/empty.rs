//! A window with nothing in it: what the app's own start and memory are measured against (`cargo xtask bench window`).

use anyhow::{Context, Result};
use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> Result<()> {
    tauri::Builder::default()
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
                .title("Empty")
                .inner_size(1280.0, 800.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!("examples/empty/tauri.conf.json"))
        .context("cannot open the window")
}
