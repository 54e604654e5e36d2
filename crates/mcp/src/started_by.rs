//! Processes that a server started, however far they went from it: each inherits a variable that nothing else has.

use rustix::process::Signal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Variable in the environment of a server and of all it starts.
const VARIABLE: &str = "COUNTERSIGN_MCP_SERVER";

/// Number of looks at what runs: processes may start others while they are ended.
const ROUNDS: usize = 5;

/// Mark on the processes of one server.
#[derive(Debug)]
pub(crate) struct ProcessMark(String);

impl ProcessMark {
    /// Makes a mark that no other process has.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Self(format!("{}-{now}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    /// Returns the variable that the server is started with.
    pub(crate) fn variable(&self) -> (&'static str, &str) {
        (VARIABLE, &self.0)
    }

    /// Sends a signal to every process that has the mark. One that cleared its environment is not found.
    pub(crate) fn signal(&self, signal: Signal) {
        for _ in 0..ROUNDS {
            if self.signal_once(signal) == 0 || signal != Signal::KILL {
                return;
            }
        }
    }

    /// Signals those that run now; returns how many there were.
    #[cfg(target_os = "linux")]
    fn signal_once(&self, signal: Signal) -> usize {
        use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};
        let mark = format!("{VARIABLE}={}", self.0).into_bytes();
        let has_mark = |pid: Pid| {
            let environment = std::fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero()));
            environment.is_ok_and(|all| all.split(|byte| *byte == 0).any(|variable| variable == mark))
        };
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = processes.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
        let marked = ids.filter(|pid| has_mark(*pid));
        let signaled = marked.filter(|pid| {
            // the number may be another process's by now: what is held is looked at again
            let Ok(held) = pidfd_open(*pid, PidfdFlags::empty()) else { return false };
            has_mark(*pid) && pidfd_send_signal(held, signal).is_ok()
        });
        signaled.count()
    }

    /// The system does not tell the environment of processes: only the group is ended.
    #[cfg(not(target_os = "linux"))]
    fn signal_once(&self, _: Signal) -> usize {
        0
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::Read as _;
    use std::os::unix::process::CommandExt as _;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, Stdio};

    #[test]
    fn b28_only_processes_with_the_mark_are_signaled() {
        let (mark, other) = (ProcessMark::new(), ProcessMark::new());
        let start = |mark: &ProcessMark| {
            let (name, value) = mark.variable();
            let mut command = Command::new("sh");
            command.args(["-c", "echo; read line"]).env(name, value).process_group(0);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            // once it says something, its environment is the one it was given
            child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
            child
        };
        let (mut marked, mut unmarked) = (start(&mark), start(&other));
        mark.signal(Signal::KILL);
        assert_eq!(marked.wait().unwrap().signal(), Some(9));
        assert!(unmarked.try_wait().unwrap().is_none());
        unmarked.kill().unwrap();
        unmarked.wait().unwrap();
    }
}
