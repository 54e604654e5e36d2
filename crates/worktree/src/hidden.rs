//! Paths a session does not get to see.

use std::path::{Path, PathBuf};

/// Files and folders, links followed, that neither a session's commands nor its tools see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    closed: Vec<PathBuf>,
    open: Vec<PathBuf>,
    passed_by: Vec<PathBuf>,
}

impl Hidden {
    /// `closed` is hidden, but for what is `open` in it.
    pub fn new(closed: Vec<PathBuf>, open: Vec<PathBuf>) -> Self {
        Self { closed, open, passed_by: Vec::new() }
    }

    /// Has walks pass by these folders (absolute, links followed), though they are seen by whoever names them.
    #[must_use]
    pub fn passing_by(self, folders: Vec<PathBuf>) -> Self {
        Self { passed_by: folders, ..self }
    }

    /// Reports whether a walk does not go into the folder at `path`.
    pub fn is_passed_by(&self, path: &Path) -> bool {
        self.passed_by.iter().any(|folder| folder == path)
    }

    /// Why `path` (absolute, links followed) is not seen, going on from its name; `None` where it is.
    pub fn why(&self, path: &Path) -> Option<String> {
        let closed = self.closed.iter().find(|closed| path.starts_with(closed))?;
        if self.open.iter().any(|open| path.starts_with(open)) {
            return None;
        }
        Some(format!(
            "is hidden from this session: it is, or lies in, {}, where keys, logins or the app's own files are",
            closed.display()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_in_what_is_hidden_is_seen() {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect();
        let hidden = Hidden::new(paths(&["/h/.ssh", "/h/.aws"]), paths(&["/h/.ssh/config"]));
        let seen = |path: &str| hidden.why(Path::new(path)).is_none();
        assert!(!seen("/h/.ssh") && !seen("/h/.ssh/id") && !seen("/h/.aws/x"));
        assert!(seen("/h") && seen("/h/.ssh/config") && seen("/h/.sshx"));
    }
}
