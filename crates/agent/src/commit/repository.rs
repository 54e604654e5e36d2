//! Folders of a repository.

use crate::commit::error::CommitRefusal;
use crate::commit::git::Git;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Hooks that a commit runs, in the order in which it does.
const HOOKS: &[&str] = &[
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "reference-transaction",
    "post-index-change",
    "post-commit",
];

/// Files and folders in a git directory that say what is under way, and its name.
const UNDERWAY: &[(&str, &str)] = &[
    ("MERGE_HEAD", "merge"),
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
];

/// Folders of the repository that a folder is in, absolute.
pub(crate) struct Repository {
    /// Folder of the files.
    top: PathBuf,
    /// Git directory of this work tree.
    git_dir: PathBuf,
    /// Git directory that its work trees share.
    common_dir: PathBuf,
    hooks_dir: PathBuf,
    /// Path of the folder from `top` on, with a slash at its end; empty for `top` itself.
    pub(crate) prefix: String,
}

impl Repository {
    /// Finds the repository that the folder is in: a linked work tree's or a submodule's own. The git given must not have its hooks
    /// turned off, or it does not say where they are.
    pub(crate) async fn find(git: &Git<'_>) -> Result<Self, CommitRefusal> {
        let ask = [
            "rev-parse",
            "--path-format=absolute",
            "--show-toplevel",
            "--git-dir",
            "--git-common-dir",
            "--git-path",
            "hooks",
            "--show-prefix",
        ];
        let run = git.run(&ask).await?;
        let no_repository = || CommitRefusal::NoRepository {
            said: run.output.lines().next().unwrap_or("git says nothing").to_owned(),
        };
        if !run.succeeded {
            return Err(no_repository());
        }
        let mut lines = run.stdout.lines();
        let mut next = || lines.next().map(PathBuf::from).ok_or_else(no_repository);
        let (top, git_dir, common_dir, hooks_dir) = (next()?, next()?, next()?, next()?);
        let prefix = lines.next().unwrap_or_default().to_owned();
        Ok(Self { top, git_dir, common_dir, hooks_dir, prefix })
    }

    /// Folders that a commit writes.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.git_dir.clone()];
        if self.common_dir != self.git_dir {
            folders.push(self.common_dir.clone());
        }
        folders
    }

    /// Git directory of this work tree.
    pub(crate) fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Reports whether another git holds the index.
    pub(crate) fn is_locked(&self) -> bool {
        self.git_dir.join("index.lock").symlink_metadata().is_ok()
    }

    /// Names of the hooks that a commit runs.
    pub(crate) fn hooks(&self) -> Vec<String> {
        // a relative path in the configuration is relative to the files
        let hooks_dir = self.top.join(&self.hooks_dir);
        let runs = |name: &&&str| is_program(&hooks_dir.join(name));
        HOOKS.iter().filter(runs).map(|name| (*name).to_owned()).collect()
    }

    /// Name of an operation that is not finished.
    pub(crate) fn underway(&self) -> Option<String> {
        let (_, name) =
            UNDERWAY.iter().find(|(file, _)| self.git_dir.join(file).symlink_metadata().is_ok())?;
        Some((*name).to_owned())
    }
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
