//! The driver and every effect: model clients, commands, the patch writer, transcripts, file watching, config, keys.

mod background;
pub mod check;
mod checkpoint;
mod checkpoint_nodes;
pub mod commit;
mod compare;
pub mod driver;
pub mod mcp;
pub mod models;
pub mod past;
mod picture;
pub mod project_check;
pub mod receipt;
pub mod recovery;
pub mod rules;
pub mod session;
mod tools;

pub use driver::{AgentGone, Events, Submitter};
