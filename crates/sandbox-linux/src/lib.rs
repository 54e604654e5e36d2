//! Confining a command that is about to start, on Linux.
//!
//! The executable of this crate, `countersign-sandbox`, is started with the command's argv after `--` and a [`Policy`] on its
//! standard input. It is three processes deep, each the parent of the next:
//!
//! 1. the *supervisor* ([`supervisor`]): reads the policy, leads a session and process group of its own, waits, and ends everything
//!    that is left when the command ends, when it is told to (`SIGTERM`), or when whoever started it dies; then it looks through the
//!    repositories that the command made, and reports ([`report`]);
//! 2. `bubblewrap`, when the level is full: the namespaces and the mounts ([`mounts`]);
//! 3. the *init* process ([`init`]): Landlock ([`files`]), seccomp ([`calls`], made by [`filter`]), a limit to its processes
//!    ([`tasks`]), a test of itself ([`check`]), and the command, with a guard ([`seccomp_notify`]) between it and the names it must not
//!    write.
//!
//! A policy may name writable roots of which the command gets a copy-on-write view ([`overlay`]): it is mounted in namespaces around
//! bubblewrap's, so that everything above holds on it as on the root itself.
//!
//! | level | layers | open |
//! |---|---|---|
//! | full | all of the above | before Linux 6.14 the system's own root may start any number of processes |
//! | partial | no bubblewrap: Landlock, seccomp without internet sockets, the guard | metadata (chmod, utimes, xattr) of files outside the roots and of protected ones; secrets inside a root; names of secret files; other processes are seen; any number of processes |
//! | none | the supervisor alone, for a policy that asks for nothing else | everything |
//!
//! Refused inside, on purpose: Unix sockets for datagrams, and those of processes outside; netlink other than reading
//! interfaces and routes; io_uring; new namespaces (containers, a second sandbox at level full); without namespaces, netlink and ptrace
//! altogether. A place where calls are handed over to a guard already
//! (inside this very sandbox, or a container that intercepts calls) has no level: the kernel allows one guard.
//!
//! `/tmp` is shared with the host. In it only its own entries are protected by name, so that a test may make a repository of its own
//! there; in the session's own temporary folder nothing is.
//!
//! It never runs a command less confined than the policy says: what cannot be set up is a [`Failure`], told apart from
//! the command's own by [`Failure::find`]. Nothing in here parses what a model wrote.

#![allow(
    unsafe_code,
    reason = "signals and descriptors have no safe wrapper; every block says why it is sound"
)]

#[cfg(target_os = "linux")]
pub mod calls;
#[cfg(target_os = "linux")]
pub mod check;
#[cfg(target_os = "linux")]
mod descendants;
pub mod failure;
#[cfg(target_os = "linux")]
pub mod files;
#[cfg(target_os = "linux")]
pub mod filter;
#[cfg(target_os = "linux")]
pub mod init;
#[cfg(target_os = "linux")]
pub mod mounts;
#[cfg(target_os = "linux")]
mod overlay;
pub mod policy;
#[cfg(target_os = "linux")]
pub mod probe;
pub mod protected;
pub mod report;
#[cfg(target_os = "linux")]
mod repositories;
#[cfg(target_os = "linux")]
pub mod seccomp_notify;
#[cfg(target_os = "linux")]
mod session_network;
#[cfg(target_os = "linux")]
mod stdio;
#[cfg(target_os = "linux")]
pub mod supervisor;
#[cfg(target_os = "linux")]
pub mod tasks;

pub use failure::{EXIT_FAILED, Failure};
pub use policy::{OverlayMount, Policy};
pub use report::{RefusedCall, RunReport, SetAside};
