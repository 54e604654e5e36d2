//! The app without a window: folders, sessions, settings and keys, behind the typed command table of [`api`]. A shell lends it a
//! [`Desktop`], calls its commands by name, and attaches a sink for what it tells. It knows no transport.

pub mod api;
mod commands;
mod desktop;
mod dispatch;
mod feed;
mod files;
mod host;
mod mcp;
mod notes;
mod open_file;
mod outputs;
mod problem;
mod projects;
mod providers;
mod rules;
mod sessions;
mod settings;
mod sinks;
mod undo;

pub use agent::mcp::may_be_logged;
pub use config::Home;
pub use desktop::{Desktop, NoteKind, Notification, Picked};
pub use host::{Host, HostError, HostOptions};
