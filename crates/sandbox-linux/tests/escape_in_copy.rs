//! Attempts to get out of the sandbox, once more where they work on an isolated copy, in the namespace that a session on one has. A program of its
//! own: two suites at once would end each other's processes.
//!
//! Each attempt works without the sandbox first, or it would prove nothing: where this machine does not let
//! it work at all, a line says so.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "attempts at escaping are system calls")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

include!("escape/suite.rs");
