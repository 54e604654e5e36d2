//! Tray icon: what the agents do, what waits for the person, and the way back to a hidden window.

mod icon;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod menu;

#[cfg(target_os = "linux")]
pub(crate) use linux::StatusNotifierTray as Tray;
#[cfg(target_os = "macos")]
pub(crate) use macos::MenuBarTray as Tray;
