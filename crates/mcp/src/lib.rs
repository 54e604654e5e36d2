//! MCP by the official Rust SDK (B28): servers that are programs, and servers over streamable HTTP.
//!
//! What is offered and what came of a call goes out in plain types; nothing of the SDK shows. This crate decides nothing: whether
//! a tool may be called was decided before [`Hub::call`]. It never reads the app's own environment: a server gets the
//! variables its [`ServerConfig`] says, and nothing else.

mod child;
mod client;
mod config;
mod connect;
mod content;
mod hub;
mod image;
mod login;
mod name;
mod old_sse;
mod reports;
mod resources;
mod schema;
mod server;
mod started_by;
mod stdout;
mod tokens;
mod tool;

pub use config::{ServerConfig, Timeouts, ToolApprovalMode, Transport};
pub use content::{CallFailure, CallOutcome};
pub use hub::{Hub, ServerEvent};
pub use login::{Login, LoginError};
pub use reports::CallProgress;
pub use tokens::TokenStore;
pub use tool::Tool;
