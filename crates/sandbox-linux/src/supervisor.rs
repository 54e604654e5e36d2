//! The first stage: outside the sandbox, it starts the rest and makes sure that nothing outlives the command.

use crate::failure::{EXIT_FAILED, Failure, NAMESPACE_SETTINGS};
use crate::init::{self, Orders};
use crate::policy::Policy;
use crate::report::{self, RunLog, RunReport};
use crate::session_network::{self, Namespaces};
use crate::{descendants, mounts, overlay, probe, protected, repositories, tasks};
use protocol::SandboxLevel;
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::FdFlags;
use rustix::process::{Pid, Signal, WaitOptions};
use std::ffi::OsString;
use std::fs::File;
use std::io::{PipeReader, Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// First argument of the init process.
const INIT: &str = "--inside";

/// First argument of a probe that tries no overlay.
const PROBE_LEVEL: &str = "--probe-level";

const USAGE: &str = "usage: countersign-sandbox -- COMMAND [ARGUMENT]..  with the policy on stdin, or  countersign-sandbox --probe [FOLDER]  or  countersign-sandbox --probe-level  or  countersign-sandbox --network  or  countersign-sandbox --view VIEWS [--lock FILE] -- COMMAND [ARGUMENT]..";

/// Time that a command's processes have to end by themselves once they are asked to.
const GRACE: Duration = Duration::from_millis(1_500);

/// Runs the executable.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.split_first() {
        Some((first, argv)) if first == "--" && !argv.is_empty() => {
            let mut nonce = String::new();
            let code =
                stand_apart().and_then(|()| Policy::read(std::io::stdin().lock())).and_then(|policy| {
                    nonce.clone_from(&policy.nonce);
                    let channel = report::channel();
                    init::null_stdin()?;
                    let (code, report) = run(&policy, argv, Stdio::inherit())?;
                    if let Some(channel) = channel {
                        report.send(channel);
                    }
                    Ok(code)
                });
            code.unwrap_or_else(|failure| say(&failure, &nonce))
        }
        Some((first, argv)) if first == INIT => {
            let orders = match Orders::read() {
                Ok(orders) => orders,
                Err(failure) => return say(&failure, ""),
            };
            let Err(failure) = init::run(&orders, argv);
            say(&failure, &orders.policy.nonce)
        }
        Some((first, [])) if first == "--network" => {
            let Err(failure) = session_network::start();
            say(&failure, "")
        }
        Some((first, rest)) if first == overlay::VIEW => {
            overlay::run_in_view(rest).unwrap_or_else(|failure| say(&failure, overlay::VIEW))
        }
        Some((first, [])) if first == session_network::HOLD => match session_network::hold() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Some((first, rest))
            if (first == "--probe" && rest.len() < 2) || (first == PROBE_LEVEL && rest.is_empty()) =>
        {
            let overlay = (first != PROBE_LEVEL)
                .then(|| rest.first().map_or_else(std::env::temp_dir, |folder| Path::new(folder).to_owned()));
            match serde_json::to_string(&probe::report(overlay.as_deref())) {
                Ok(json) => {
                    // a reader that left is no reason to panic
                    let _ = writeln!(std::io::stdout(), "{json}");
                    ExitCode::SUCCESS
                }
                Err(error) => say(&Failure::Setup(error.to_string()), ""),
            }
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn say(failure: &Failure, nonce: &str) -> ExitCode {
    eprintln!("{}", failure.line(nonce));
    exit_code(EXIT_FAILED)
}

fn exit_code(code: i32) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}

/// Leads a session and group of its own, and asks to be told when whoever started it dies.
fn stand_apart() -> Result<(), Failure> {
    let failed = |error| Failure::Setup(format!("cannot stand apart: {error}"));
    // Before anything else, so that a parent that dies now is noticed: either by the signal or by the policy's early end.
    rustix::process::set_parent_process_death_signal(Some(Signal::TERM)).map_err(failed)?;
    match rustix::process::setsid() {
        // who leads a group already has been told apart by whoever started it
        Ok(_) | Err(rustix::io::Errno::PERM) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// Runs `argv` as `policy` says, waits for its end, and ends all it left. The answer is the command's exit code, 128 + N when
/// signal N ended it, and what is to be reported besides.
pub fn run(policy: &Policy, argv: &[OsString], stderr: Stdio) -> Result<(ExitCode, RunReport), Failure> {
    if !policy.cwd.is_dir() {
        return Err(Failure::Start(format!("cannot start in {}: it is not a folder", policy.cwd.display())));
    }
    if policy.level != SandboxLevel::Full && !policy.overlays.is_empty() {
        return Err(Failure::Setup(
            "an overlay needs the sandbox at level full, which this machine does not offer".to_owned(),
        ));
    }
    let protected = match policy.level {
        SandboxLevel::Full => {
            let (roots, hidden) = (&policy.writable, &policy.hidden);
            let mut found = protected::find(roots, &policy.temporary, &policy.protected_names, hidden);
            found.extend(protected::existing(&policy.protected_paths, hidden));
            found
        }
        SandboxLevel::Partial | SandboxLevel::None => Vec::new(),
    };
    let (ready_reader, ready_writer) = std::io::pipe().map_err(|error| setup("pipe", &error))?;
    let own = File::open("/proc/self/exe").map_err(|error| setup("/proc/self/exe", &error))?;
    let mut command = match policy.level {
        SandboxLevel::Full => {
            let mut command = Command::new(mounts::bubblewrap()?);
            // by its descriptor: its path may be hidden inside
            keep_open(&own)?;
            command
                .args(mounts::arguments(policy, &protected)?)
                .arg("--")
                .arg(format!("/proc/self/fd/{}", own.as_raw_fd()));
            if let Some(holder) = policy.shared_network() {
                Namespaces::of(holder)?.enter_with(&mut command);
            }
            if !policy.overlays.is_empty() {
                overlay::mount_in(policy, &mut command);
            }
            command
        }
        SandboxLevel::Partial | SandboxLevel::None => {
            let mut command = Command::new("/proc/self/exe");
            command.current_dir(&policy.cwd);
            command
        }
    };
    keep_open(&ready_writer)?;
    let settings = tasks::settings().filter(|_| policy.level == SandboxLevel::Full);
    if let Some(settings) = &settings {
        keep_open(settings)?;
    }
    let journal = RunLog::create()?;
    keep_open(&journal)?;
    let orders = Orders {
        policy: policy.clone(),
        protected,
        ready: ready_writer.as_raw_fd(),
        journal: journal.as_raw_fd(),
        settings: settings.as_ref().map(AsRawFd::as_raw_fd),
    };
    command.arg(INIT).args(argv).stdin(sealed(&orders)?).stderr(stderr);

    listen().map_err(|error| setup("signals", &error))?;
    let child =
        command.spawn().map_err(|error| setup(&command.get_program().display().to_string(), &error))?;
    drop(ready_writer);
    let code = wait_for(Pid::from_child(&child))?;
    // inside the sandbox the guard has seen to that
    let left = if policy.level == SandboxLevel::None { descendants::programs() } else { Vec::new() };
    descendants::kill_all(None);
    let (mut report, made) = RunReport::from_journal(journal);
    report.ended.extend(left);
    if policy.overlays.is_empty() {
        // in an overlay, none of them is where git would look for it
        report.set_aside = repositories::set_aside(&made);
    }
    if !was_ready(ready_reader)? && code != EXIT_FAILED {
        // what bubblewrap said about it is on stderr, in the line before
        return Err(Failure::Setup(format!(
            "bubblewrap could not make the namespaces (exit code {code}); the system may forbid them: see {NAMESPACE_SETTINGS}"
        )));
    }
    Ok((exit_code(code), report))
}

fn setup(what: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Setup(format!("{what}: {error}"))
}

fn keep_open(fd: impl AsFd) -> Result<(), Failure> {
    rustix::io::fcntl_setfd(fd, FdFlags::empty())
        .map_err(|error| setup("cannot pass a descriptor on", &error))
}

/// The orders as a file in memory that nobody can change any more.
fn sealed(orders: &Orders) -> Result<File, Failure> {
    let json = serde_json::to_vec(orders).map_err(|error| setup("orders", &error))?;
    let fd = rustix::fs::memfd_create("orders", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)
        .map_err(|error| setup("memfd", &error))?;
    let mut file = File::from(fd);
    file.write_all(&json).and_then(|()| file.rewind()).map_err(|error| setup("memfd", &error))?;
    rustix::fs::fcntl_add_seals(
        &file,
        SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE,
    )
    .map_err(|error| setup("memfd", &error))?;
    Ok(file)
}

/// Returns the signals the supervisor waits for. Its children inherit the mask; the init process takes it
/// back before the command starts.
fn signals() -> libc::sigset_t {
    // SAFETY: an all-zero set is a valid value to empty, and both calls only write to the set they are given.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in [libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
            libc::sigaddset(&raw mut set, signal);
        }
        set
    }
}

/// Keeps the signals until they are waited for, and takes over orphans, so that all that is left can be ended.
fn listen() -> std::io::Result<()> {
    let set = signals();
    // SAFETY: the set is valid and there is only this thread.
    if unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(Into::into)
}

/// Waits for the end of `child`, or for being told to end.
fn wait_for(child: Pid) -> Result<i32, Failure> {
    let set = signals();
    loop {
        let mut signal = 0;
        // SAFETY: both point to live values of the right type.
        if unsafe { libc::sigwait(&raw const set, &raw mut signal) } != 0 {
            return Err(Failure::Setup("cannot wait for signals".to_owned()));
        }
        if signal != libc::SIGCHLD {
            ask_to_end(&set);
            descendants::kill_all(None);
            return Ok(128 + signal);
        }
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            if pid == child {
                let code =
                    status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
                return code
                    .ok_or_else(|| Failure::Setup("the command stopped in an unknown way".to_owned()));
            }
        }
    }
}

/// Asks all processes to end, and waits until they have, or for [`GRACE`]. Those of the sandbox itself do not hear it: they have kept
/// the signal from being delivered since they were started.
fn ask_to_end(signals: &libc::sigset_t) {
    descendants::signal_all(Signal::TERM);
    let started = Instant::now();
    loop {
        while let Ok(Some(_)) = rustix::process::wait(WaitOptions::NOHANG) {}
        let left = GRACE.saturating_sub(started.elapsed());
        if left.is_zero() || descendants::are_gone() {
            return;
        }
        let left = libc::timespec {
            tv_sec: left.as_secs().try_into().unwrap_or_default(),
            tv_nsec: left.subsec_nanos().into(),
        };
        // SAFETY: the set and the time live for the call, and no answer is asked for. An early return does no harm: the loop looks again.
        unsafe { libc::sigtimedwait(signals, std::ptr::null_mut(), &raw const left) };
    }
}

fn was_ready(mut reader: PipeReader) -> Result<bool, Failure> {
    let mut byte = [0];
    let read = reader.read(&mut byte).map_err(|error| setup("pipe", &error))?;
    Ok(read == 1)
}
