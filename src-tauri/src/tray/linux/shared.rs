//! State shared by the objects on the bus.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::tray::menu::Menu;

/// Path of the menu on the bus.
pub(super) const MENU_PATH: &str = "/MenuBar";

/// State that the two objects on the bus show.
#[derive(Debug, Default)]
pub(super) struct TrayState {
    pub(super) menu: Menu,
    /// Number of the menu's layout.
    pub(super) revision: u32,
}

/// State shared by the objects on the bus.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedState(Arc<Mutex<TrayState>>);

impl SharedState {
    pub(super) fn lock(&self) -> MutexGuard<'_, TrayState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
