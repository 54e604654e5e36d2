//! Record of whether the main window is hidden.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the window is hidden.
#[derive(Default)]
pub(crate) struct HiddenWindow(AtomicBool);

impl HiddenWindow {
    /// Records it, and returns whether it was hidden before.
    pub(crate) fn set(&self, hidden: bool) -> bool {
        self.0.swap(hidden, Ordering::Relaxed)
    }
}
