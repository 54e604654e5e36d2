//! The app without a window.

pub mod api;
mod desktop;

pub use desktop::{Desktop, NoteKind, Notification, Picked};
