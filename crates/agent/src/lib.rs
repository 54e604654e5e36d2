//! The driver and every effect: model clients, commands, the patch writer, transcripts, file watching, config, keys.

mod background;
pub mod check;
mod checkpoint;
mod checkpoint_nodes;
pub mod commit;
mod compare;
pub mod copies;
mod copy_dirs;
pub mod driver;
mod file_version;
pub mod mcp;
pub mod models;
mod open_request;
pub mod past;
mod picture;
pub mod project_check;
pub mod receipt;
pub mod recovery;
mod remote_session;
pub mod reviewers;
pub mod rules;
pub mod session;
pub mod session_worker;
mod tools;
mod worker_message;

pub use driver::{AgentGone, Events, Submitter};
pub use file_version::proposed_versions;
