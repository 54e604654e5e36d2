//! The driver and every effect: model clients, commands, the patch writer, transcripts, file watching, config, keys.

pub mod auth;
pub mod check;
pub mod config;
pub mod driver;
pub mod exec;
pub mod mcp;
pub mod model;
pub mod rules;
mod tools;
pub mod transcript;
pub mod workspace;

pub use driver::{AgentGone, Events, Handle, Setup, Submitter, spawn};
