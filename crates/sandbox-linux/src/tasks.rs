//! Limit on the processes and threads of a command.
//!
//! The kernel counts them for each user in each user namespace (since Linux 5.14), so inside bubblewrap's the
//! limit counts what this command started and nothing else. Without a namespace of its own it would count all
//! that the person runs, and a command would fail for want of room that it did not use: there nothing is
//! limited, and the report names the gap.
//!
//! The system's own root is never limited so. For it the numbers that processes can have are made few, which
//! since Linux 6.14 is a setting of each pid namespace; on an older kernel it is the whole system's, and left
//! alone.

use crate::failure::Failure;
use rustix::fs::{CWD, Mode, OFlags, StatVfsMountFlags};
use rustix::process::{Resource, Rlimit, getrlimit, getuid, setrlimit};
use std::io::Write;
use std::os::fd::{BorrowedFd, OwnedFd};

/// Far above what builds and test runs have at once, far below what a machine can hold.
pub const MAX: u64 = 4_096;

/// The first kernel whose pid namespaces each have a highest number of their own.
const OWN_NUMBERS: (u32, u32) = (6, 14);

/// Reports whether the kernel limits this process as it stands, or can be made to from inside.
pub fn can_be_limited() -> bool {
    !is_the_systems_root() || settings().is_some()
}

/// The kernel's settings, where the limit of the system's own root is to be written from inside; nothing for anybody else, and where
/// that cannot be done. Inside they are out of reach: the descriptor has to be brought along.
pub fn settings() -> Option<OwnedFd> {
    if !is_the_systems_root() || !has_own_numbers(rustix::system::uname().release().to_str().ok()?) {
        return None;
    }
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let settings = rustix::fs::openat(CWD, "/proc/sys/kernel", flags, Mode::empty()).ok()?;
    let mount = rustix::fs::fstatvfs(&settings).ok()?.f_flag;
    (!mount.contains(StatVfsMountFlags::RDONLY)).then_some(settings)
}

/// Limits this process and all it starts, which must be all there is in its pid namespace. Never raises a limit that is lower already.
pub fn limit(settings: Option<BorrowedFd<'_>>) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::Setup(format!("cannot limit the number of processes: {error}"))
    };
    if let Some(settings) = settings {
        let flags = OFlags::WRONLY | OFlags::CLOEXEC;
        let highest = rustix::fs::openat(settings, "pid_max", flags, Mode::empty());
        let mut highest = std::fs::File::from(highest.map_err(|error| failed(&error))?);
        highest.write_all(MAX.to_string().as_bytes()).map_err(|error| failed(&error))?;
    }
    let limits = getrlimit(Resource::Nproc);
    let bounded = |limit: Option<u64>| Some(limit.map_or(MAX, |limit| limit.min(MAX)));
    let limits = Rlimit { current: bounded(limits.current), maximum: bounded(limits.maximum) };
    setrlimit(Resource::Nproc, limits).map_err(|error| failed(&error))
}

/// Root of a container is not the system's.
fn is_the_systems_root() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    getuid().is_root() && map.lines().any(|line| line.split_whitespace().take(2).eq(["0", "0"]))
}

fn has_own_numbers(release: &str) -> bool {
    let mut parts = release.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= OWN_NUMBERS,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::has_own_numbers;

    #[test]
    fn the_kernels_that_number_each_namespace_by_itself_are_known() {
        for release in ["6.14.0", "6.14-rc1", "6.18.44-fc-v595", "7.0.1", "10.2"] {
            assert!(has_own_numbers(release), "{release}");
        }
        for release in ["6.13.9", "6.1.0-25-amd64", "5.15.200", "4.19", "6", "", "linux"] {
            assert!(!has_own_numbers(release), "{release}");
        }
    }
}
