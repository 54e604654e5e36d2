//! Attempts to get out of the sandbox: at every level this machine has, and as an ordinary user too when the
//! tests run as root.
//!
//! Each attempt works without the sandbox first, or it would prove nothing: where this machine does not let
//! it work at all, a line says so.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "attempts at escaping are system calls")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

include!("escape/suite.rs");
