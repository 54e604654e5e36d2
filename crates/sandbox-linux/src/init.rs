//! The last stage: in its namespaces already when the level is full, it confines itself, tests that, and becomes the command.

use crate::calls::Families;
use crate::failure::Failure;
use crate::policy::{Policy, read_json};
use crate::report::RunLog;
use crate::seccomp_notify::{Gate, ProtectedPaths, SharedMemory, Sockets};
use crate::{calls, check, files, seccomp_notify, stdio, tasks};
use landlock::RulesetStatus;
use protocol::{NetworkAccess, SandboxLevel};
use rustix::process::Signal;
use rustix::thread::{CapabilitySet, CapabilitySets};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// Orders the supervisor sends on stdin.
#[derive(Debug, Serialize, Deserialize)]
pub struct Orders {
    /// The policy.
    pub policy: Policy,
    /// Existing paths that must not be writable.
    pub protected: Vec<PathBuf>,
    /// Descriptor to write one byte to when the sandbox stands.
    pub ready: RawFd,
    /// Descriptor of the guard's journal ([`crate::report`]).
    pub journal: RawFd,
    /// Descriptor of the kernel's settings, where the number of processes is to be limited there ([`tasks::settings`]).
    pub settings: Option<RawFd>,
}

impl Orders {
    /// Reads them from stdin, and puts `/dev/null` there.
    pub fn read() -> Result<Self, Failure> {
        let orders = read_json(std::io::stdin().lock())?;
        null_stdin()?;
        Ok(orders)
    }
}

/// Confines this process as ordered, and becomes the command. When the program's name is empty, it ends there, well.
pub fn run(orders: &Orders, argv: &[OsString]) -> Result<Infallible, Failure> {
    let setup = |what: &str, error: &dyn std::fmt::Display| Failure::Setup(format!("{what}: {error}"));
    let policy = &orders.policy;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| setup("cannot die with the parent", &error))?;
    if policy.level == SandboxLevel::Full {
        // SAFETY: the supervisor passed this descriptor on for this one use, and it stays open until the next step closes it.
        tasks::limit(orders.settings.map(|settings| unsafe { BorrowedFd::borrow_raw(settings) }))?;
    }
    let stdio = policy.stdio.unwrap_or([0, 1, 2]);
    close_others(&[orders.ready, orders.journal, stdio[0], stdio[1], stdio[2]])?;
    // SAFETY: the supervisor passed this descriptor on for this one use.
    let journal = RunLog::new(unsafe { OwnedFd::from_raw_fd(orders.journal) });
    journal.close_on_exec()?;
    if policy.level > SandboxLevel::None {
        let is_full = policy.level == SandboxLevel::Full;
        let own_network = is_full && policy.network == NetworkAccess::None;
        let families =
            Families { internet: is_full || policy.network == NetworkAccess::Full, interfaces: is_full };
        rustix::thread::set_no_new_privs(true).map_err(|error| setup("no_new_privs", &error))?;
        drop_capabilities().map_err(|error| setup("cannot drop capabilities", &error))?;
        let landlock = files::confine(policy)?;
        let names = own_network || landlock.ruleset == RulesetStatus::FullyEnforced;
        let sockets = Sockets::open(own_network, names, policy.temporary.clone());
        let shared_memory = (!is_full).then(SharedMemory::default);
        calls::deny(families, is_full)?;
        check::everything(policy, &orders.protected)?;
        seccomp_notify::enter(Gate::new(ProtectedPaths::of(policy), shared_memory, sockets, journal))?;
    }
    say_ready(orders.ready)?;
    let Some((program, arguments)) = argv.split_first().filter(|(program, _)| !program.is_empty()) else {
        std::process::exit(0)
    };
    hear_signals().map_err(|error| setup("signals", &error))?;
    let own_stderr = policy.stdio.map(stdio::hand_over).transpose()?;
    let error = Command::new(program).args(arguments).exec();
    if let Some(own) = own_stderr {
        stdio::take_back(&own)?;
    }
    Err(Failure::Start(format!("cannot start {}: {error}", program.display())))
}

/// Puts `/dev/null` where stdin was.
pub fn null_stdin() -> Result<(), Failure> {
    let null = File::open("/dev/null").map_err(|error| Failure::Setup(format!("/dev/null: {error}")))?;
    rustix::stdio::dup2_stdin(&null).map_err(|error| Failure::Setup(format!("cannot replace stdin: {error}")))
}

/// Lets every signal through again: the supervisor keeps those that it waits for, and that is inherited.
fn hear_signals() -> std::io::Result<()> {
    // SAFETY: an all-zero set is a valid value to empty, which is all that is done with it; the old mask is not asked for.
    unsafe {
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        match libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut()) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    }
}

/// Closes all descriptors above stderr but these.
fn close_others(keep: &[RawFd]) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| Failure::Setup(format!("cannot close inherited descriptors: {error}"));
    let mut keep: Vec<u32> = keep.iter().map(|fd| fd.cast_unsigned()).collect();
    keep.sort_unstable();
    let mut first = 3;
    for (kept, next) in keep.into_iter().map(|fd| (fd, fd + 1)).chain([(u32::MAX, u32::MAX)]) {
        let last = if kept == u32::MAX { kept } else { kept.saturating_sub(1) };
        // SAFETY: nothing in this process owns a descriptor above stderr but those that are left out.
        if first <= last && unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } != 0 {
            return Err(failed(std::io::Error::last_os_error()));
        }
        first = next.max(3);
    }
    Ok(())
}

fn drop_capabilities() -> rustix::io::Result<()> {
    let mut held = rustix::thread::capabilities(None)?;
    if held.effective.contains(CapabilitySet::SETPCAP) {
        // the highest number differs from kernel to kernel: the first one that is unknown ends the list
        for bit in 0..64 {
            if rustix::thread::remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << bit))
                .is_err()
            {
                break;
            }
        }
    }
    held = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    rustix::thread::clear_ambient_capability_set()?;
    rustix::thread::set_capabilities(None, held)
}

fn say_ready(ready: RawFd) -> Result<(), Failure> {
    use std::io::Write;
    // SAFETY: the supervisor passed this descriptor on for this one use; it is closed at the end of this function.
    let mut ready = unsafe { File::from_raw_fd(ready) };
    ready.write_all(b"R").map_err(|error| Failure::Setup(format!("the supervisor is gone: {error}")))
}
