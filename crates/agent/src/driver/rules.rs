//! The rules of a session's project, read again whenever their file is another one.

use crate::rules::{RulesError, RulesFile};
use config::Home;
use engine::Rules;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Identity of one content of the file: inode, time of the last change, length.
type RulesStamp = Option<(u64, i64, i64, u64)>;

pub(super) struct RuleWatch {
    home: Home,
    cwd: PathBuf,
    /// `None` before the first look.
    seen: Option<RulesStamp>,
}

impl RuleWatch {
    pub(super) fn new(home: Home, cwd: PathBuf) -> Self {
        Self { home, cwd, seen: None }
    }

    /// The rules, when they may not be what they were at the last look. Costs a look at the file's metadata.
    pub(super) fn changed(&mut self) -> Option<(Rules, Option<RulesError>)> {
        let stamp = fs::metadata(self.home.rules_file())
            .ok()
            .map(|file| (file.ino(), file.mtime(), file.mtime_nsec(), file.len()));
        if self.seen == Some(stamp) {
            return None;
        }
        self.seen = Some(stamp);
        Some(RulesFile::new(&self.home).for_session(&self.cwd))
    }
}
