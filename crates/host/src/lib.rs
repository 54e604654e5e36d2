//! The app without a window: folders, sessions, settings and keys, behind the typed command table of [`api`]. A shell provides a
//! [`Desktop`], calls commands by name, and attaches a subscriber for its updates. No transport is known here.

pub mod api;
mod blocking;
mod changes;
mod channel;
mod clock;
mod commands;
mod commit;
mod desktop;
mod dispatch;
mod drafts;
mod editor;
mod files;
mod host;
mod inbox;
mod json_size;
mod lock;
mod mcp;
mod notifications;
mod open_changed;
mod open_file;
mod open_sessions;
mod outputs;
mod pending_undo;
mod projects;
mod prompt_queue;
mod providers;
mod queue;
mod removed_rules;
mod review;
mod rules;
mod session_index;
mod session_list;
mod sessions;
mod settings;
mod startup;
mod subscribers;
mod token_cache;
mod tokens;
mod undo;

pub use agent::mcp::may_be_logged;
pub use config::Home;
pub use desktop::{Desktop, NoteKind, Notification, Picked};
pub use host::{Host, HostError, HostOptions};
