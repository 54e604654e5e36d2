//! The patch language as a whole: scenario folders, and properties over random texts.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where its world is not as expected")]

mod properties;
mod scenarios;
