//! Attempts to get out of the sandbox, once more where the writable roots are copy-on-write views. A program of its own: two suites
//! at once would end each other's processes.
//!
//! Each attempt works without the sandbox first, or it would prove nothing: where this machine does not let
//! it work at all, a line says so.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "attempts at escaping are system calls")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

#[path = "escape/attempts.rs"]
mod attempts;
#[path = "escape/calls.rs"]
mod calls;
#[path = "escape/failures.rs"]
mod failures;
#[path = "escape/files.rs"]
mod files;
#[path = "escape/network.rs"]
mod network;
#[path = "escape/processes.rs"]
mod processes;
#[path = "escape/shared_memory.rs"]
mod shared_memory;
#[path = "escape/tools.rs"]
mod tools;
#[path = "escape/world.rs"]
mod world;

#[test]
fn attempt() {
    attempts::run_the_one_asked_for();
}
