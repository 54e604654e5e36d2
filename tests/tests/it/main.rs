//! The agent, end to end.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop there")]

mod asides;
mod attribution;
mod checks;
mod cli;
mod commands;
mod commits;
mod context;
mod crash;
mod damage;
mod driver;
mod earlier;
mod edits;
mod everyday;
mod host_window;
mod inbox;
mod inside;
mod killed;
mod limits;
mod long;
mod mcp;
mod mcp_servers;
mod overlay;
mod package_manager;
mod patches;
mod pictures;
mod previews;
mod receipts;
mod reverts;
mod review;
mod secrets;
mod sessions;
mod settings;
mod streams;
mod summary;
mod terminal;
mod tools;
mod trust;
mod turns;
mod undo;
mod untrusted;
mod wire;
mod wires;
