//! Work of other sessions on the same project, in this process or another: while two are at work, who changed a file is not
//! known by its having changed.
//!
//! Each workspace keeps a log beside the store, locked for as long as it lives: a line when its agent's work begins and one when
//! it ends. What changed while another's work went on is nobody's alone.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Bytes of a log before it is begun anew.
const MAX_LOG_BYTES: u64 = 64 * 1024;

/// Logs of workspaces that are gone are removed when they are older.
const MAX_AGE: Duration = Duration::from_hours(24);

/// Lag allowed for the clock of a file system.
const CLOCK_LAG_NS: i64 = 20_000_000;

/// A stretch of work, in nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Work {
    from: i64,
    to: i64,
}

/// This workspace's log, and those of the others.
#[derive(Debug)]
pub(super) struct Peers {
    dir: PathBuf,
    name: String,
    own: Mutex<OwnLog>,
}

#[derive(Debug, Default)]
struct OwnLog {
    log: Option<File>,
    /// Works that go on.
    running: u32,
    /// Start of the first of them, or of those that went on last.
    since: i64,
}

impl Peers {
    pub(super) fn new(store_dir: &Path) -> Self {
        let name = uuid::Uuid::now_v7().simple().to_string();
        Self { dir: store_dir.join("at-work"), name, own: Mutex::default() }
    }

    /// Work of the agent's is about to begin.
    pub(super) fn began(&self) {
        let mut own = self.own();
        let now = now();
        if own.running == 0 {
            own.since = now;
        }
        own.running += 1;
        if own.log.is_none() {
            own.log = self.create_log();
        }
        own.write('b', now);
    }

    /// It ended.
    pub(super) fn ended(&self) {
        let mut own = self.own();
        own.running = own.running.saturating_sub(1);
        own.write('e', now());
    }

    /// Returns the work of the others, and when this workspace's own began.
    pub(super) fn work(&self) -> (Vec<Work>, i64) {
        let own = self.own();
        let Some(log) = &own.log else { return (Vec::new(), own.since) };
        if own.running > 0 {
            // says how far the work had come, should this process be killed
            let _ = log.set_modified(SystemTime::now());
        }
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            if entry.file_name().to_str() != Some(&self.name) {
                all.extend(read_log(&entry.path()));
            }
        }
        (all, own.since)
    }

    fn create_log(&self) -> Option<File> {
        fs::create_dir_all(&self.dir).ok()?;
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let modified = entry.metadata().and_then(|meta| meta.modified()).ok()?;
            let is_old = SystemTime::now().duration_since(modified).is_ok_and(|age| age > MAX_AGE);
            if is_old && File::open(entry.path()).is_ok_and(|log| log.try_lock_shared().is_ok()) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let log =
            OpenOptions::new().append(true).create_new(true).mode(0o600).open(self.dir.join(&self.name));
        let log =
            log.inspect_err(|error| tracing::warn!(%error, "other sessions cannot be told of work")).ok()?;
        log.lock().ok()?;
        Some(log)
    }

    fn own(&self) -> MutexGuard<'_, OwnLog> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OwnLog {
    fn write(&mut self, what: char, at: i64) {
        let Some(log) = &mut self.log else { return };
        if what == 'b' && self.running == 1 && log.metadata().is_ok_and(|meta| meta.len() > MAX_LOG_BYTES) {
            let _ = log.set_len(0);
        }
        // one write of one line: nobody reads half of it
        let _ = log.write_all(format!("{what} {at}\n").as_bytes());
    }
}

/// Reports whether a change is one of the others' as well as this workspace's, whose work began at `since`; `changed_ns` is when
/// the file changed, where that is known.
pub(super) fn is_contested(others: &[Work], since: i64, changed_ns: Option<i64>) -> bool {
    others.iter().any(|work| match changed_ns {
        Some(at) => work.from - CLOCK_LAG_NS <= at && at <= work.to,
        None => work.to >= since,
    })
}

/// Reads the work of one log. Of a workspace that is gone, work that never ended went on until it was last heard of.
fn read_log(path: &Path) -> Vec<Work> {
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    let mut works = Vec::new();
    let (mut running, mut from) = (0_u32, 0);
    for line in text.lines() {
        let Some((what, at)) = line.split_once(' ') else { continue };
        let Ok(at) = at.parse() else { continue };
        match what {
            "b" => {
                if running == 0 {
                    from = at;
                }
                running += 1;
            }
            _ => {
                running = running.saturating_sub(1);
                if running == 0 {
                    works.push(Work { from, to: at });
                }
            }
        }
    }
    if running > 0 {
        let is_gone = File::open(path).is_ok_and(|log| log.try_lock_shared().is_ok());
        let heard_of = || fs::metadata(path).and_then(|meta| meta.modified()).map_or(from, since_epoch);
        works.push(Work { from, to: if is_gone { heard_of() } else { i64::MAX } });
    }
    works
}

fn now() -> i64 {
    since_epoch(SystemTime::now())
}

fn since_epoch(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_others_is_known_while_it_goes_on_and_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (Peers::new(dir.path()), Peers::new(dir.path()));
        one.began();
        let (work, since) = one.work();
        assert_eq!(work, []);
        assert!(!is_contested(&work, since, Some(now())) && !is_contested(&work, since, None));
        let before = now() - 2 * CLOCK_LAG_NS;
        other.began();
        let (work, since) = one.work();
        assert!(is_contested(&work, since, Some(now() - 1)) && is_contested(&work, since, None));
        assert!(!is_contested(&work, since, Some(before)));
        other.ended();
        let (work, since) = one.work();
        assert!(!is_contested(&work, since, Some(now())) && is_contested(&work, since, None));
        one.ended();
        one.began();
        let (work, since) = one.work();
        assert!(!is_contested(&work, since, None), "it was over by then");
    }

    #[test]
    fn work_of_a_process_that_died_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (Peers::new(dir.path()), Peers::new(dir.path()));
        other.began();
        drop(other);
        one.began();
        let (work, since) = one.work();
        assert!(work.len() == 1 && !is_contested(&work, since, Some(now())));
    }
}
