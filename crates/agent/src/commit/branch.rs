//! Branches that a commit begins.

use crate::commit::error::CommitRefusal;
use crate::commit::git::Git;

/// Where `HEAD` pointed before a branch was begun.
pub(crate) struct BranchStart {
    /// Full name of the new branch.
    name: String,
    /// Full name of the branch before it; `None` when `HEAD` was detached.
    before: Option<String>,
    /// Commit that `HEAD` was at; `None` before the first one.
    commit: Option<String>,
}

impl BranchStart {
    /// Begins a branch at the last commit. Files and index stay as they are, and no hook runs.
    pub(crate) async fn begin(git: &Git<'_>, branch: &str) -> Result<Self, CommitRefusal> {
        let refused = || CommitRefusal::NoBranchName { branch: branch.to_owned() };
        let is_name = !branch.starts_with('-') && !branch.contains("@{");
        // prints the name it stands for, which is another one where it is a shorthand
        let checked = if is_name { git.line(&["check-ref-format", "--branch", branch]).await? } else { None };
        if checked.as_deref() != Some(branch) {
            return Err(refused());
        }
        let name = format!("refs/heads/{branch}");
        let before = git.line(&["symbolic-ref", "--quiet", "HEAD"]).await?;
        if git.run(&["show-ref", "--verify", "--quiet", &name]).await?.succeeded
            || before.as_ref() == Some(&name)
        {
            return Err(CommitRefusal::BranchExists { branch: branch.to_owned() });
        }
        let commit = git.line(&["rev-parse", "--verify", "--quiet", "HEAD"]).await?;
        let start = Self { name, before, commit };
        if let Some(commit) = &start.commit {
            let made = git.run(&["update-ref", "-m", "branch: created", &start.name, commit, ""]).await?;
            if !made.succeeded {
                return Err(CommitRefusal::NotRun { why: made.output });
            }
        }
        let moved = git.run(&["symbolic-ref", "-m", "commit: begins a branch", "HEAD", &start.name]).await?;
        if !moved.succeeded {
            start.take_back(git).await?;
            return Err(CommitRefusal::NotRun { why: moved.output });
        }
        Ok(start)
    }

    /// Goes back to where `HEAD` pointed, and removes the branch: the commit was not made.
    pub(crate) async fn take_back(self, git: &Git<'_>) -> Result<(), CommitRefusal> {
        match (&self.before, &self.commit) {
            (Some(before), _) => git.run(&["symbolic-ref", "HEAD", before]).await?,
            (None, Some(commit)) => git.run(&["update-ref", "--no-deref", "HEAD", commit]).await?,
            (None, None) => return Ok(()),
        };
        if let Some(commit) = &self.commit {
            // only where nothing was added to it
            git.run(&["update-ref", "-d", &self.name, commit]).await?;
        }
        Ok(())
    }
}
