//! Commits that a person makes of files of the project.

use crate::diff::DiffStatus;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Repository that the project's folder is in, with everything that a commit would do there beside recording files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommitPlan {
    /// Branch that the commit would go to; `None` when `HEAD` is detached.
    pub branch: Option<String>,
    /// Author by git's own configuration ("Mira <mira@example.org>"); `None` when it names nobody.
    pub author: Option<String>,
    /// Names of the hooks that git would run, in its order.
    pub hooks: Vec<String>,
    /// Names of the filters that a file may pass through when it is recorded (`lfs`).
    pub filters: Vec<String>,
    /// Whether the configuration asks for a signature.
    pub signs: bool,
    /// Operation that a commit would be part of ("merge", "rebase"): it is left to git.
    pub underway: Option<String>,
    /// Files beneath the folder that differ from the last commit, by path.
    pub files: Vec<CommitFile>,
}

/// File that differs from the last commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommitFile {
    /// Path relative to the project's folder.
    pub path: String,
    /// How it differs.
    pub status: DiffStatus,
    /// Whether git tracks it.
    pub tracked: bool,
}

/// Commit that a person asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommitRequest {
    /// Files of the plan, as they are on disk now.
    pub paths: Vec<String>,
    /// Files of the plan of which only some hunks are recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<PartialCommitFile>>", optional)]
    pub partial: Vec<PartialCommitFile>,
    /// Message.
    pub message: String,
    /// Whether the hooks run; contained, like a command.
    pub run_hooks: bool,
    /// Name of a branch that is begun at the last commit and takes this one; the branch of the plan takes it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub new_branch: Option<String>,
}

/// File of which a commit records some hunks: the last commit's version of it with these put in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PartialCommitFile {
    /// Path relative to the project's folder.
    pub path: String,
    /// Its hunks against the last commit, as they were shown. Where they are others by now, nothing is committed.
    pub hunks: Vec<HunkPick>,
}

/// Hunk of a file's changes, as it was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HunkPick {
    /// Position in the file, counted from 0.
    pub at: u32,
    /// Its digest.
    pub digest: String,
}

/// Answer of git to a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CommitAnswer {
    /// The commit was made.
    Made {
        /// Its short id.
        id: String,
        /// Output of git where the index was not brought up to date with the commit: its files look staged until they are reset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        index_error: Option<String>,
    },
    /// No commit was made: git or a hook refused it. Files and index are as before, but for what a hook did.
    Refused {
        /// Output of git and the hooks.
        output: String,
    },
}
