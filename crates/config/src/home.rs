//! Paths of the app's own files.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The app's folders. `COUNTERSIGN_HOME` moves all of them into one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    config: PathBuf,
    data: PathBuf,
    sample: PathBuf,
}

impl Home {
    /// The folders `COUNTERSIGN_HOME`, or else the XDG variables, or else `~/.config/countersign` and
    /// `~/.local/share/countersign` name. `None` when there is no home folder at all.
    pub fn from_env() -> Option<Self> {
        let absolute =
            |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        if let Some(dir) = std::env::var_os("COUNTERSIGN_HOME").filter(|dir| !dir.is_empty()) {
            return std::path::absolute(PathBuf::from(dir)).ok().map(|dir| Self::at(&dir));
        }
        let home = std::env::home_dir().filter(|home| home.is_absolute());
        let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")))?;
        let data = absolute("XDG_DATA_HOME").or_else(|| Some(home.as_ref()?.join(".local/share")))?;
        let sample = home.unwrap_or_else(|| data.clone()).join("countersign-sample");
        Some(Self { config: config.join("countersign"), data: data.join("countersign"), sample })
    }

    /// All the app's files beneath one folder.
    pub fn at(dir: &Path) -> Self {
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let sample = dir.with_file_name(format!("{name}-sample"));
        Self { config: dir.to_owned(), data: dir.to_owned(), sample }
    }

    /// `config.toml`.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The person's rules about commands (B15).
    pub fn rules_file(&self) -> PathBuf {
        self.config.join("rules.toml")
    }

    /// The person's own instructions for every project (B33).
    pub fn agents_file(&self) -> PathBuf {
        self.config.join("AGENTS.md")
    }

    /// The person's own prompt commands, one Markdown file each.
    pub fn commands_dir(&self) -> PathBuf {
        self.config.join("commands")
    }

    /// Folder of the practice model's sample project. It is no file of the app: commands of the agent work in it.
    pub fn sample_dir(&self) -> &Path {
        &self.sample
    }

    /// Transcripts, by year, month and day (B29).
    pub fn sessions_dir(&self) -> PathBuf {
        self.data.join("sessions")
    }

    /// Transcripts of sessions that were put away, kept in the same order (B30).
    pub fn archived_sessions_dir(&self) -> PathBuf {
        self.data.join("archived_sessions")
    }

    /// Transcripts of sessions that were deleted, until somebody empties it (B30).
    pub fn trash_dir(&self) -> PathBuf {
        self.data.join("trash")
    }

    /// Index of sessions; rebuilt from the transcripts when it is missing (B30).
    pub fn index_file(&self) -> PathBuf {
        self.data.join("index.sqlite")
    }

    /// Prompts across sessions (B31).
    pub fn prompt_history_file(&self) -> PathBuf {
        self.data.join("history.jsonl")
    }

    /// A saved file: settings, folders, trust.
    pub fn app_file(&self, name: &str) -> PathBuf {
        self.data.join(name)
    }

    /// Returns the file that is locked while the key of receipts is made.
    pub fn signing_lock(&self) -> PathBuf {
        self.app_file("signing.lock")
    }

    /// Logs.
    pub fn log_dir(&self) -> PathBuf {
        self.data.join("log")
    }

    /// Both folders: a sandboxed command sees neither.
    pub fn dirs(&self) -> [&Path; 2] {
        [&self.config, &self.data]
    }
}
