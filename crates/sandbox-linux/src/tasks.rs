//! How many processes and threads a command may have at once.
//!
//! The kernel counts them for each user in each user namespace (since Linux 5.14), so inside bubblewrap's the limit counts what
//! this command started and nothing else. Without a namespace of its own it would count all that the person runs, and a
//! command would fail for want of room that it did not use: there nothing is limited, and the report names the gap. Nor does the kernel
//! ever limit the system's own root.

use crate::failure::Failure;
use rustix::process::{Resource, Rlimit, getrlimit, getuid, setrlimit};

/// Far above what builds and test runs have at once, far below what a machine can hold.
pub const MAX: u64 = 4_096;

/// Limits this process and all it starts; never raises a limit that is lower already.
pub fn limit() -> Result<(), Failure> {
    let limits = getrlimit(Resource::Nproc);
    let bounded = |limit: Option<u64>| Some(limit.map_or(MAX, |limit| limit.min(MAX)));
    let limits = Rlimit { current: bounded(limits.current), maximum: bounded(limits.maximum) };
    setrlimit(Resource::Nproc, limits)
        .map_err(|error| Failure::Setup(format!("cannot limit the number of processes: {error}")))
}

/// Whether this process belongs to somebody whom the kernel limits: root of a container is, root of the system is not.
pub fn count() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let is_systems_own = map.lines().any(|line| line.split_whitespace().take(2).eq(["0", "0"]));
    !(getuid().is_root() && is_systems_own)
}
