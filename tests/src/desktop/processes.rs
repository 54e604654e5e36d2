//! The processes of a window: its own, and the engine's.

use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;

/// Status of a process.
pub struct Stat {
    /// The process that started it.
    pub parent: u32,
    /// After the system was started.
    pub started: Duration,
    /// Processor time it has used.
    pub used: Duration,
}

/// Reads the status of a process, see `proc_pid_stat(5)`.
pub fn stat(pid: u32) -> Result<Stat> {
    stat_at(format!("/proc/{pid}").as_ref())
}

fn stat_at(folder: &Path) -> Result<Stat> {
    const TICKS_A_SECOND: f64 = 100.0;
    let text = std::fs::read_to_string(folder.join("stat"))?;
    // behind the name, which may hold anything
    let (_, rest) = text.rsplit_once(") ").context("no name in it")?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| -> Result<u32> { Ok(words.get(at).context("too short")?.parse()?) };
    let time = |ticks: u32| Duration::from_secs_f64(f64::from(ticks) / TICKS_A_SECOND);
    Ok(Stat { parent: number(1)?, started: time(number(19)?), used: time(number(11)? + number(12)?) })
}

/// A process and all it started.
pub fn family(pid: u32) -> Result<Vec<u32>> {
    let all: Vec<u32> = std::fs::read_dir("/proc")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    let parents: Vec<(u32, u32)> =
        all.into_iter().filter_map(|pid| Some((pid, stat(pid).ok()?.parent))).collect();
    let mut family = vec![pid];
    let mut at = 0;
    while let Some(&parent) = family.get(at) {
        family.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    Ok(family)
}

/// The process of a window's page.
pub fn page_of(window: u32) -> Result<Option<u32>> {
    let is_page = |pid: &u32| {
        std::fs::read_to_string(format!("/proc/{pid}/comm"))
            .is_ok_and(|name| name.starts_with("WebKitWebProces"))
    };
    Ok(family(window)?.into_iter().find(is_page))
}

/// The processor time that threads with such a name have used, in a process and all it started.
pub fn used_by_threads(pid: u32, name: &str) -> Result<Duration> {
    let mut used = Duration::ZERO;
    for pid in family(pid)? {
        // what ended meanwhile has no threads
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten() {
            let path = task?.path();
            let is_one = std::fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.starts_with(name));
            if is_one {
                used += stat_at(&path)?.used;
            }
        }
    }
    Ok(used)
}
