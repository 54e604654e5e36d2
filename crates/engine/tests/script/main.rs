//! Sessions as scripts: inputs in, records and effects out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod bring_in;
mod checks;
mod commands;
mod compact;
mod limit;
mod patches;
mod previews;
mod resume;
mod reviews;
mod rules;
mod stage;
mod tools;
mod turn;
mod undo;
