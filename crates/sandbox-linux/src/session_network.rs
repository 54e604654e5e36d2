//! Network that the commands of one session share: a loopback and nothing else.
//!
//! A namespace is there for as long as a process is in it. So one process is started in it that does nothing but wait for the end of its
//! stdin, and says its number; each command's sandbox is then made from inside the same namespaces. It is bubblewrap that makes
//! them, as it does for commands: some systems let no other program do so.

use crate::failure::Failure;
use crate::mounts;
use rustix::fd::AsFd;
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::FdFlags;
use rustix::process::Signal;
use std::convert::Infallible;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// First argument of the process in the namespaces.
pub(crate) const HOLD: &str = "--hold";

/// `NS_GET_USERNS` of `linux/nsfs.h`: opens the user namespace that a namespace belongs to.
const NS_GET_USERNS: libc::Ioctl = 0xb701;

/// Becomes bubblewrap, which starts the process that holds the namespaces.
pub(crate) fn start() -> Result<Infallible, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Setup(format!("the session's network: {error}"));
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| failed(&error))?;
    let own = File::open("/proc/self/exe").map_err(|error| failed(&error))?;
    rustix::io::fcntl_setfd(&own, FdFlags::empty()).map_err(|error| failed(&error))?;
    let error = Command::new(mounts::bubblewrap()?)
        .args(["--unshare-user", "--unshare-net", "--die-with-parent", "--cap-drop", "ALL"])
        .args(["--ro-bind", "/", "/", "--"])
        .arg(format!("/proc/self/fd/{}", own.as_raw_fd()))
        .arg(HOLD)
        .exec();
    Err(failed(&error))
}

/// Says this process's number, and holds its namespaces until stdin ends.
pub(crate) fn hold() -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", std::process::id())?;
    stdout.flush()?;
    std::io::copy(&mut std::io::stdin().take(u64::MAX), &mut std::io::sink()).map(drop)
}

/// The namespaces that a process holds.
#[derive(Debug)]
pub(crate) struct Namespaces {
    user: OwnedFd,
    network: OwnedFd,
}

impl Namespaces {
    /// Opens those of the process `pid`.
    pub(crate) fn of(pid: u32) -> Result<Self, Failure> {
        let failed =
            |error: &dyn std::fmt::Display| Failure::Setup(format!("the session's network is gone: {error}"));
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let network = rustix::fs::openat(CWD, format!("/proc/{pid}/ns/net"), flags, Mode::empty())
            .map_err(|error| failed(&error))?;
        // SAFETY: this request takes no argument, and its result is a descriptor that nobody else has.
        let user = unsafe {
            match libc::ioctl(network.as_raw_fd(), NS_GET_USERNS) {
                fd if fd >= 0 => OwnedFd::from_raw_fd(fd),
                _ => return Err(failed(&std::io::Error::last_os_error())),
            }
        };
        Ok(Self { user, network })
    }

    /// Has `command` start in them.
    pub(crate) fn enter_with(self, command: &mut Command) {
        let enter = move || {
            for (namespace, kind) in
                [(self.user.as_fd(), libc::CLONE_NEWUSER), (self.network.as_fd(), libc::CLONE_NEWNET)]
            {
                // SAFETY: takes no pointers; the descriptor is open for as long as the closure is there.
                if unsafe { libc::setns(namespace.as_raw_fd(), kind) } != 0 {
                    return Err(std::io::Error::last_os_error());
                }
            }
            Ok(())
        };
        // SAFETY: between fork and exec, it makes system calls alone.
        unsafe { command.pre_exec(enter) };
    }
}
