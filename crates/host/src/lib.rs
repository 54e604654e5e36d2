//! The app without a window.

pub mod api;
