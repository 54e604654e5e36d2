//! The hub against real servers, and against one that misbehaves on purpose.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop there")]

mod login;
mod real;
mod scripted;
mod stage;
