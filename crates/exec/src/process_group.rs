//! The end of the processes of a group, which are not this process's own children.

use rustix::process::Pid;

/// Waits until no process of a group runs any more. One that has ended and was not waited for by its parent is none.
#[cfg(target_os = "linux")]
#[expect(deprecated, reason = "the descriptors are owned, and closed with what watches them")]
pub(super) async fn ended(leader: Pid) {
    use rustix::process::{PidfdFlags, pidfd_open};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    loop {
        let held: Vec<_> = running(leader)
            .into_iter()
            .filter_map(|pid| pidfd_open(pid, PidfdFlags::empty()).ok())
            .filter_map(|held| AsyncFd::with_interest(held, Interest::READABLE).ok())
            .collect();
        // what is held is still of the group: a number is another process's only after its end
        let still = running(leader);
        if held.is_empty() && still.is_empty() {
            return;
        }
        for process in held {
            // the system tells of its end, once
            let _ = process.readable().await;
        }
    }
}

/// Returns the processes of a group that run.
#[cfg(target_os = "linux")]
fn running(leader: Pid) -> Vec<Pid> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    let is_of_group = |pid: &Pid| {
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        // the name, in brackets, may hold anything; state, parent and group follow it
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let is_running = fields.next().is_some_and(|state| !matches!(state, "Z" | "X"));
        is_running
            && fields.nth(1).and_then(|group| group.parse().ok()) == Some(leader.as_raw_nonzero().get())
    };
    ids.filter(is_of_group).collect()
}

/// Waits until no process of a group is left. The system tells nobody of the end of what is not their child.
#[cfg(not(target_os = "linux"))]
pub(super) async fn ended(leader: Pid) {
    /// Time between two looks.
    const POLL: std::time::Duration = std::time::Duration::from_millis(10);
    while rustix::process::test_kill_process_group(leader).is_ok() {
        tokio::time::sleep(POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;
    use std::time::Duration;
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    use tokio::process::Command;

    #[tokio::test]
    async fn b18_a_group_has_ended_when_the_last_of_its_processes_has_whoever_its_parent_is() {
        // the shell ends at once, and leaves two behind of which one goes by itself later
        let script = "sleep 0.2 & (sleep 1000 & echo $!)";
        let mut child =
            Command::new("sh").args(["-c", script]).process_group(0).stdout(Stdio::piped()).spawn().unwrap();
        let leader = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let last: i32 = lines.next_line().await.unwrap().unwrap().parse().unwrap();
        child.wait().await.unwrap();
        let mut waiting = std::pin::pin!(ended(leader));
        let early = tokio::time::timeout(Duration::from_millis(1), &mut waiting).await;
        assert!(early.is_err(), "one of them runs");
        rustix::process::kill_process(Pid::from_raw(last).unwrap(), rustix::process::Signal::KILL).unwrap();
        tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap();
    }
}
