//! Receipts, from facts to findings.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop there")]

mod building;
mod commits;
mod documented;
mod foreign;
mod story;
mod tampering;
