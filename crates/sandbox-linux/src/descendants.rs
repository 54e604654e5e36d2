//! Processes that this process has started, and those that these have started.

use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions};
use std::collections::HashSet;
use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// Number of processes held at once.
const BATCH: usize = 64;

/// Returns the numbers of the processes that this process and its descendants have started or taken over, nearest first.
pub(crate) fn list() -> Vec<Pid> {
    let mut found = children(rustix::process::getpid());
    let mut seen: HashSet<Pid> = found.iter().copied().collect();
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        next += 1;
        // numbers are used again: one that is met twice is not followed twice
        found.extend(children(parent).into_iter().filter(|child| seen.insert(*child)));
    }
    found
}

/// Reports whether this process has no descendants. What it can wait for counts: the children of one that is just ending are on no
/// list for a moment.
pub(crate) fn are_gone() -> bool {
    let options = rustix::process::WaitIdOptions::EXITED
        | rustix::process::WaitIdOptions::NOHANG
        | rustix::process::WaitIdOptions::NOWAIT;
    matches!(rustix::process::waitid(rustix::process::WaitId::All, options), Err(rustix::io::Errno::CHILD))
}

/// Sends a signal to each descendant of this process, and to nobody else: to a parent before its children, so that none ends
/// because of a child that heard it first. A parent of very many children may hear it after most of them.
pub(crate) fn signal_all(signal: Signal) {
    let own = rustix::process::getpid();
    let Ok(held) = rustix::process::pidfd_open(own, PidfdFlags::empty()) else { return };
    for batch in children(own).chunks(BATCH) {
        for (pid, child) in open_children(batch, own, &held) {
            signal_tree(pid, &child, signal);
        }
    }
}

/// Signals a process, and then its descendants. Its children are held before it hears the signal: once it has ended they are
/// another process's.
fn signal_tree(pid: Pid, held: &OwnedFd, signal: Signal) {
    let all = children(pid);
    let (before, last) = all.split_at(all.len().saturating_sub(BATCH));
    for batch in before.chunks(BATCH) {
        for (pid, child) in open_children(batch, pid, held) {
            signal_tree(pid, &child, signal);
        }
    }
    let opened = open_children(last, pid, held);
    let _ = rustix::process::pidfd_send_signal(held, signal);
    for (pid, child) in opened {
        signal_tree(pid, &child, signal);
    }
}

/// Opens those of some processes that are children of `parent`, which `held` keeps from being another one unnoticed.
fn open_children(some: &[Pid], parent: Pid, held: &OwnedFd) -> Vec<(Pid, OwnedFd)> {
    let open = |pid: &Pid| Some((*pid, rustix::process::pidfd_open(*pid, PidfdFlags::empty()).ok()?));
    let mut opened: Vec<(Pid, OwnedFd)> = some.iter().filter_map(open).collect();
    // a number in this list that was held before is a child's, if the list is the parent's
    let still: HashSet<Pid> = children(parent).into_iter().collect();
    if !is_there(held) {
        return Vec::new();
    }
    opened.retain(|(pid, _)| still.contains(pid));
    opened
}

/// Reports whether a process has not been waited for yet.
fn is_there(process: &OwnedFd) -> bool {
    use std::os::fd::AsRawFd;
    let none = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: signal 0 is sent to nobody; the call takes no other memory of ours.
    unsafe { libc::syscall(libc::SYS_pidfd_send_signal, process.as_fd().as_raw_fd(), 0, none, 0) == 0 }
}

/// Kills all children, and theirs, which become this process's own where it takes over orphans, until there are none or the time is
/// over.
pub(crate) fn kill_all(limit: Option<Duration>) {
    let started = Instant::now();
    let own = rustix::process::getpid();
    while limit.is_none_or(|limit| started.elapsed() < limit) {
        let children = children(own);
        for pid in &children {
            // a child that ended meanwhile is a zombie until it is waited for: its number is nobody else's
            let _ = rustix::process::kill_process(*pid, Signal::KILL);
        }
        let options = if children.is_empty() { WaitOptions::NOHANG } else { WaitOptions::empty() };
        match rustix::process::wait(options) {
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) | Err(_) => return,
        }
    }
}

/// Returns the names of the programs of all descendants that run, up to 15 bytes of each.
pub(crate) fn programs() -> Vec<String> {
    list().into_iter().filter(|pid| runs(*pid)).filter_map(program).collect()
}

/// Reports whether a process runs: one that ended is there until it is waited for.
fn runs(pid: Pid) -> bool {
    // behind the program's name, which may hold anything: the state
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

fn program(pid: Pid) -> Option<String> {
    let name = fs::read(format!("/proc/{}/comm", pid.as_raw_nonzero())).ok()?;
    Some(String::from_utf8_lossy(name.trim_ascii_end()).into_owned())
}

fn children(pid: Pid) -> Vec<Pid> {
    let threads = fs::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero()));
    let lists = threads
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let numbers = lists.flat_map(|list| {
        list.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect::<Vec<_>>()
    });
    numbers.collect()
}
