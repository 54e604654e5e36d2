//! The agent, end to end.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop there")]

mod cli;
mod driver;
mod wire;
