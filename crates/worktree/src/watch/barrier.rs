//! Wait until the system has told of everything that happened up to now.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Timeout for the system to tell of a file.
const PATIENCE: Duration = Duration::from_secs(2);

/// A folder in which a file is made whose event comes after all earlier ones: the system tells a watcher in order.
#[derive(Debug)]
pub(super) struct Barrier {
    store_dir: PathBuf,
    /// The folder, once it is there.
    dir: OnceLock<PathBuf>,
    /// Part of the file's names; other processes use the folder as well.
    own: String,
    last: AtomicU64,
    told: Mutex<u64>,
    changed: Condvar,
}

impl Barrier {
    pub(super) fn new(store_dir: &Path) -> Self {
        Self {
            store_dir: store_dir.to_owned(),
            dir: OnceLock::new(),
            own: uuid::Uuid::now_v7().simple().to_string(),
            last: AtomicU64::new(0),
            told: Mutex::new(0),
            changed: Condvar::new(),
        }
    }

    /// Makes the folder to be watched, and returns it; `None` where the system tells in no order.
    pub(super) fn create_dir(&self) -> Option<&Path> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let dir = self.store_dir.join("told");
        fs::create_dir_all(&dir).ok()?;
        let dir = dir.canonicalize().ok()?;
        Some(self.dir.get_or_init(|| dir))
    }

    /// Takes in that the system told of a path; reports whether it is in the folder.
    pub(super) fn heard(&self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
        if self.dir.get().is_none_or(|dir| dir != folder) {
            return false;
        }
        let number =
            name.to_str().and_then(|name| name.strip_prefix(&self.own)?.strip_prefix('-')?.parse().ok());
        if let Some(number) = number {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            *told = (*told).max(number);
            self.changed.notify_all();
        }
        true
    }

    /// Waits until everything that happened before was told; reports whether it was.
    pub(super) fn pass(&self) -> bool {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(dir) = self.dir.get() else { return false };
        let path = dir.join(format!("{}-{number}", self.own));
        if File::create(&path).is_err() {
            return false;
        }
        let _ = fs::remove_file(&path);
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(told, PATIENCE, |told| *told < number);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}
