//! Standard streams of a command that is to be as transparent as `env`: those of whoever asked for it, untouched.

use crate::failure::Failure;
use rustix::fs::FileType;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

/// Puts inherited descriptors in place of this process's standard streams. Returns its own stderr, which a started program does
/// not get. A folder is refused: it would be a way out of the sandbox.
pub(crate) fn hand_over([stdin, stdout, stderr]: [RawFd; 3]) -> Result<OwnedFd, Failure> {
    let failed =
        |error: rustix::io::Errno| Failure::Setup(format!("cannot pass the standard streams on: {error}"));
    let own = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3).map_err(failed)?;
    for (fd, name) in [(stdin, "input"), (stdout, "output"), (stderr, "error")] {
        // SAFETY: the supervisor passed these descriptors on for this use, and nothing closes them before it.
        let stream = unsafe { BorrowedFd::borrow_raw(fd) };
        if FileType::from_raw_mode(rustix::fs::fstat(stream).map_err(failed)?.st_mode).is_dir() {
            return Err(Failure::Start(format!("standard {name} is a folder")));
        }
        let put = match name {
            "input" => rustix::stdio::dup2_stdin(stream),
            "output" => rustix::stdio::dup2_stdout(stream),
            _ => rustix::stdio::dup2_stderr(stream),
        };
        put.map_err(failed)?;
    }
    for fd in [stdin, stdout, stderr].into_iter().filter(|fd| *fd > 2) {
        // SAFETY: it was copied to where it belongs, and nothing else in this process knows it.
        drop(unsafe { <OwnedFd as std::os::fd::FromRawFd>::from_raw_fd(fd) });
    }
    Ok(own)
}

/// Puts this process's own stderr back.
pub(crate) fn take_back(own: &OwnedFd) -> Result<(), Failure> {
    rustix::stdio::dup2_stderr(own)
        .map_err(|error| Failure::Setup(format!("cannot take stderr back: {error}")))
}
