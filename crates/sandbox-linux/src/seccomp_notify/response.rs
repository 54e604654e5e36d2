//! A call that was handed over, and its result.

use libc::c_long;
use rustix::io::Errno;
use std::os::fd::OwnedFd;

/// One call as the kernel hands it over.
#[derive(Debug)]
pub(super) struct SeccompNotification {
    /// The thread that makes it.
    pub(super) pid: u32,
    /// Number of the system call.
    pub(super) number: c_long,
    /// Its arguments.
    pub(super) arguments: [u64; 6],
}

/// Result of a call.
pub(super) enum Response {
    /// It is done; its result is 0.
    Done,
    /// Its result is a descriptor of this file, closed on exec or not.
    File {
        /// The file.
        file: OwnedFd,
        /// Close-on-exec flag.
        closes: bool,
    },
    /// It takes as long as it takes: opening a pipe waits for the other end. To be done on a thread of its own.
    Later(Box<dyn FnOnce() -> Result<Response, Errno> + Send>),
}
