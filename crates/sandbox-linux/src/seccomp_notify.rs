//! Between a command and names it must not write: what mounts cannot do.
//!
//! A mount protects a file that is there. Nothing in the kernel keeps a name from being *made* in a folder that is writable,
//! and a `.git` or `.envrc` that a command left behind runs programs later, outside of any sandbox. So the calls that make,
//! open for writing, rename or remove a path are handed to a *guard*, the command's parent in the same sandbox (seccomp's user
//! notification). The guard reads the path once, resolves its folder to a descriptor, looks at the real name, and makes
//! the call itself: the command's memory is not looked at a second time, so it gains nothing by changing it meanwhile.
//! The guard is confined as the command is, and without it the calls fail: it can be killed, not got round.

mod file_id;
mod gate;
mod location;
mod protected_paths;
mod repositories;
mod response;
mod shared_memory;
mod sockets;
mod syscalls;
mod unix_diag;

pub use gate::Gate;
pub use protected_paths::ProtectedPaths;
pub(crate) use shared_memory::{SHARED_MEMORY, SharedMemory};
pub(crate) use sockets::Sockets;

use crate::descendants;
use crate::failure::{EXIT_FAILED, Failure};
use crate::filter::{CallAction, Filter, Test};
use crate::report::{RunLog, RunLogEntry};
use libc::c_long;
use response::{Response, SeccompNotification};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};
use rustix::process::{Signal, WaitOptions};
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Calls handed to the guard whatever their arguments are.
const HANDED: &[c_long] = &[
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_linkat,
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_symlinkat,
    libc::SYS_truncate,
    libc::SYS_unlinkat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_creat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_link,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mknod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rmdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_symlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_unlink,
];

/// Calls handed over when their flags, the argument of this number, ask for more than reading.
const OPENING: &[(c_long, u8)] = &[
    (libc::SYS_openat, 2),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, 1),
];

/// Any of these asks for more than reading.
const WRITING: i32 = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC;

/// Time that killing what a command left may take here. What then still runs is killed with the namespaces, or by the supervisor.
const KILLING: Duration = Duration::from_secs(1);

/// Splits this process in two. It returns in the child, which is to become the command; the parent is its guard, and exits as
/// the child does.
pub fn enter(gate: Gate) -> Result<(), Failure> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: Errno| Failure::Setup(format!("the guard of protected names: {what}: {error}"))
    };
    let (ours, theirs) =
        rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
            .map_err(failed("socketpair"))?;
    // Reading a caller's memory takes being an ancestor of it (Yama): what a command leaves behind becomes the guard's own child.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(failed("orphans"))?;
    // The guard has the command's user and domain. Its memory holds what the command must not guess, and its descriptors.
    hide_memory(true).map_err(failed("hiding"))?;
    // SAFETY: this process has one thread, so that the child is as free in what it does as the parent is.
    let child = unsafe { libc::fork() };
    match child {
        0 => {
            drop(ours);
            hide_memory(false).map_err(failed("showing"))?;
            rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(failed("parent"))?;
            let listener = filter().install_with_listener()?;
            hand_over(&theirs, &listener).map_err(failed("handing the listener over"))?;
            gate.rules.try_out()?;
            try_out_sockets()?;
            let journal = gate.journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            journal.clear().map_err(|error| Failure::Setup(format!("cannot clear the journal: {error}")))
        }
        -1 => Err(Failure::Setup(format!(
            "the guard of protected names: fork: {}",
            std::io::Error::last_os_error()
        ))),
        child => {
            drop(theirs);
            let listener = take_over(&ours);
            drop(ours);
            // a thread of its own, since the other one sits in the kernel waiting for calls
            let journal = Arc::clone(&gate.journal);
            std::thread::spawn(move || {
                let code = wait_for(child);
                end_the_rest(&journal);
                std::process::exit(code)
            });
            if let Ok(listener) = listener {
                stay_close(&listener);
                // over, or broken: then the calls it would have answered fail
                let _ = guard(&Arc::new(listener), gate);
            }
            // without a listener the child has said why, and ends
            loop {
                std::thread::park();
            }
        }
    }
}

/// Has a call and its answer pass on one processor: the caller waits meanwhile, and waking another one takes far longer. Kernels before
/// 6.6 do not know of that, and go on as they did.
fn stay_close(listener: &OwnedFd) {
    /// `linux/seccomp.h`'s.
    const SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP: u64 = 1;
    let request = libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS;
    // SAFETY: this request takes its flags by value.
    unsafe { libc::ioctl(listener.as_raw_fd(), request, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) };
}

/// Hides this process's memory and descriptors from other processes of the same user, or shows them again.
fn hide_memory(hidden: bool) -> Result<(), Errno> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    set_dumpable_behavior(if hidden { DumpableBehavior::NotDumpable } else { DumpableBehavior::Dumpable })
}

/// Builds the filter of the calls that a guard answers for its process, and of those that a guard needs for that and nobody else gets.
fn filter() -> Filter {
    let handed =
        HANDED.iter().fold(Filter::default(), |filter, &call| filter.with(call, CallAction::HandOver, &[]));
    let handed = handed.with(libc::SYS_pidfd_getfd, CallAction::Refuse(libc::EPERM), &[]);
    OPENING.iter().fold(handed, |filter, &(call, flags)| {
        filter.with(call, CallAction::HandOver, &[Test::any_bit(flags, WRITING)])
    })
}

/// Tries to connect to a path where nothing of the command's listens. Without the guard, the kernel would say that nobody does.
fn try_out_sockets() -> Result<(), Failure> {
    let failed = |error: Errno| Failure::Setup(format!("self-test: the guard of Unix sockets: {error}"));
    let socket =
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
            .map_err(failed)?;
    let elsewhere = SocketAddrUnix::new("/dev/null").map_err(failed)?;
    match rustix::net::connect(socket, &elsewhere) {
        Err(Errno::ACCESS) => Ok(()),
        Err(error) => Err(failed(error)),
        Ok(()) => Err(Failure::Setup("self-test: the guard of Unix sockets is not there".to_owned())),
    }
}

fn hand_over(socket: impl AsFd, listener: &OwnedFd) -> Result<(), Errno> {
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = SendAncillaryBuffer::new(&mut space);
    let fds = [listener.as_fd()];
    message.push(SendAncillaryMessage::ScmRights(&fds));
    rustix::net::sendmsg(socket, &[IoSlice::new(b"L")], &mut message, SendFlags::empty()).map(drop)
}

fn take_over(socket: impl AsFd) -> Result<OwnedFd, Errno> {
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    rustix::net::recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut message, RecvFlags::CMSG_CLOEXEC)?;
    let fd = message.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    });
    fd.ok_or(Errno::BADF)
}

/// The child's exit code, 128 + N when signal N ended it. Whoever else ends meanwhile is reaped.
fn wait_for(child: i32) -> i32 {
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            // one that has itself traced by this process stops, and has not ended
            Ok(Some((pid, status))) if pid.as_raw_pid() == child && !status.stopped() => {
                return status
                    .exit_status()
                    .or_else(|| status.terminating_signal().map(|signal| 128 + signal))
                    .unwrap_or(EXIT_FAILED);
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return EXIT_FAILED,
        }
    }
}

/// Ends all that the command left, while its calls are still answered: a process that ends by itself may want to clean up, and one
/// whose calls fail would say so on a terminal that is no longer its own. When the supervisor has asked the command to end, it
/// has asked all its processes, and sees to the time that they have.
fn end_the_rest(journal: &Mutex<RunLog>) {
    if is_asked_to_end() {
        while rustix::process::wait(WaitOptions::empty()).is_ok_and(|ended| ended.is_some()) {}
        return;
    }
    if let Ok(mut journal) = journal.lock() {
        for program in descendants::programs() {
            journal.add(RunLogEntry::Ended(program));
        }
    }
    descendants::kill_all(Some(KILLING));
}

/// Reports whether the supervisor has told all processes to end. This one keeps the signal from being delivered.
fn is_asked_to_end() -> bool {
    // SAFETY: an all-zero set is a valid value to be written to, and to be looked at.
    unsafe {
        let mut pending = std::mem::zeroed();
        libc::sigpending(&raw mut pending) == 0 && libc::sigismember(&raw const pending, libc::SIGTERM) == 1
    }
}

/// Answers calls for as long as anybody makes them.
fn guard(listener: &Arc<OwnedFd>, mut gate: Gate) -> Result<(), Errno> {
    // the modes of what is made here are the caller's, whose mask is set for as long as it takes
    rustix::process::umask(rustix::fs::Mode::empty());
    while is_called(listener)? {
        // SAFETY: all-zero is what the kernel wants to find in it.
        let mut notification: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        match order(listener, libc::SECCOMP_IOCTL_NOTIF_RECV, &mut notification) {
            Ok(()) => {}
            // a signal, or the caller was killed before it could be heard
            Err(Errno::INTR | Errno::NOENT) => continue,
            Err(error) => return Err(error),
        }
        let id = notification.id;
        let call = SeccompNotification {
            pid: notification.pid,
            number: c_long::from(notification.data.nr),
            arguments: notification.data.args,
        };
        let is_valid = || {
            let mut id = id;
            order(listener, libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &mut id)
        };
        match syscalls::perform(&call, &mut gate, is_valid) {
            Ok(Response::Later(wait)) => {
                let later = Arc::clone(listener);
                let thread = std::thread::Builder::new().spawn(move || answer(&later, id, wait()));
                // the command has used up the threads it may have
                if thread.is_err() {
                    answer(listener, id, Err(Errno::AGAIN));
                }
            }
            result => answer(listener, id, result),
        }
    }
    Ok(())
}

/// Waits for a call; false when nobody is left to make one. Without that question, asking for the next call of nobody returns at
/// once, for ever.
fn is_called(listener: &OwnedFd) -> Result<bool, Errno> {
    let mut waiting = [PollFd::new(listener, PollFlags::IN)];
    loop {
        match rustix::event::poll(&mut waiting, None) {
            Ok(_) => {
                let seen = waiting[0].revents();
                return Ok(seen.contains(PollFlags::IN) || !seen.intersects(PollFlags::HUP | PollFlags::ERR));
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Tells the caller what came of its call. It may be gone by now, which is no concern of ours.
fn answer(listener: &OwnedFd, id: u64, result: Result<Response, Errno>) {
    let error = match result {
        Ok(Response::File { file, closes }) => {
            let mut message = libc::seccomp_notif_addfd {
                id,
                flags: u32::try_from(libc::SECCOMP_ADDFD_FLAG_SEND).unwrap_or_default(),
                srcfd: file.as_raw_fd().cast_unsigned(),
                newfd: 0,
                newfd_flags: if closes { libc::O_CLOEXEC.cast_unsigned() } else { 0 },
            };
            match order(listener, libc::SECCOMP_IOCTL_NOTIF_ADDFD, &mut message) {
                Ok(()) => return,
                // too many open files, say
                Err(error) => error.raw_os_error(),
            }
        }
        Ok(Response::Done | Response::Later(_)) => 0,
        Err(error) => error.raw_os_error(),
    };
    let mut message = libc::seccomp_notif_resp { id, val: 0, error: -error, flags: 0 };
    let _ = order(listener, libc::SECCOMP_IOCTL_NOTIF_SEND, &mut message);
}

fn order<T>(listener: &OwnedFd, request: libc::Ioctl, argument: &mut T) -> Result<(), Errno> {
    // SAFETY: every caller passes the structure that its request reads and writes.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), request, std::ptr::from_mut(argument)) };
    if result < 0 {
        let error = std::io::Error::last_os_error();
        return Err(Errno::from_io_error(&error).unwrap_or(Errno::IO));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::tests::answer;

    #[test]
    fn calls_that_change_a_path_are_handed_over_and_those_that_read_are_not() {
        let mut cases: Vec<_> = HANDED.iter().map(|&call| (call, 0, true)).collect();
        cases.extend([
            (libc::SYS_read, 0, false),
            (libc::SYS_fstat, 0, false),
            (libc::SYS_getdents64, 0, false),
        ]);
        for &(call, _) in OPENING {
            let reading =
                [libc::O_RDONLY, libc::O_RDONLY | libc::O_CLOEXEC | libc::O_DIRECTORY, libc::O_PATH];
            let writing = [
                libc::O_WRONLY,
                libc::O_RDWR | libc::O_CLOEXEC,
                libc::O_RDONLY | libc::O_CREAT,
                libc::O_RDONLY | libc::O_TRUNC,
                libc::O_RDWR | libc::O_TMPFILE,
            ];
            cases.extend(reading.map(|flags| (call, flags, false)));
            cases.extend(writing.map(|flags| (call, flags, true)));
        }
        for (call, flags, is_handed) in cases {
            let at =
                OPENING.iter().find(|(opening, _)| *opening == call).map_or(2, |(_, at)| usize::from(*at));
            let mut arguments = [0; 6];
            arguments[at] = u64::from(flags.cast_unsigned());
            let expected = if is_handed { libc::SECCOMP_RET_USER_NOTIF } else { libc::SECCOMP_RET_ALLOW };
            assert_eq!(answer(&filter(), call, arguments), expected, "call {call} with flags {flags:#o}");
        }
    }
}
