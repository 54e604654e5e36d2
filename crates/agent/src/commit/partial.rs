//! Commits of parts of files, through an index of their own.

use crate::commit::commit_index::CommitIndex;
use crate::commit::error::CommitRefusal;
use crate::commit::git::{Git, GitRun};
use crate::commit::part::FilePart;
use crate::commit::repository::Repository;
use protocol::{CommitAnswer, CommitRequest};
use std::path::Path;
use std::time::Duration;

/// Attempts to bring the index up to date, which another git may hold for a moment.
const RESET_TRIES: u32 = 10;

/// Time between two of them.
const RESET_WAIT: Duration = Duration::from_millis(200);

/// Records whole files and parts of others on the branch that `HEAD` points at. The git given runs no hook.
pub(crate) async fn record_parts(
    git: &Git<'_>,
    repository: &Repository,
    folder: &Path,
    request: &CommitRequest,
    parts: &[FilePart],
) -> Result<CommitAnswer, CommitRefusal> {
    let index = match CommitIndex::of_last_commit(git, repository).await? {
        Ok(index) => index,
        Err(output) => return Ok(CommitAnswer::Refused { output }),
    };
    let paths: Vec<_> =
        request.paths.iter().map(String::as_str).chain(parts.iter().map(|part| part.path.as_str())).collect();
    if let Err(output) = index.add_files(git, &paths).await? {
        return Ok(CommitAnswer::Refused { output });
    }
    if let Err(output) = index.put_parts(git, folder, &repository.prefix, parts).await? {
        return Ok(CommitAnswer::Refused { output });
    }
    let before = git.line(&["rev-parse", "--verify", "--quiet", "HEAD"]).await?;
    let options = ["-c", "commit.gpgSign=false", "commit", "--message", &request.message];
    let made = index.git(git).hooks(request.run_hooks).run(&options).await?;
    if !made.succeeded {
        return Ok(CommitAnswer::Refused { output: made.output });
    }
    // the commit is there by now, whatever else fails
    let settled = settle(git, repository, request, before.as_deref(), &paths).await;
    let index_error = settled.unwrap_or_else(|error| Some(error.to_string()));
    let id = git.line(&["rev-parse", "--short", "HEAD"]).await.ok().flatten().unwrap_or_default();
    Ok(CommitAnswer::Made { id, index_error })
}

/// Brings the person's index up to date with a commit of files on top of `before`; returns the words of git where it cannot.
async fn settle(
    git: &Git<'_>,
    repository: &Repository,
    request: &CommitRequest,
    before: Option<&str>,
    paths: &[&str],
) -> Result<Option<String>, CommitRefusal> {
    let of_hooks = match before {
        Some(before) if request.run_hooks => added_by_hooks(git, repository, before, paths).await?,
        _ => Vec::new(),
    };
    let all: Vec<_> = paths.iter().copied().chain(of_hooks.iter().map(String::as_str)).collect();
    reset(&git.clone().hooks(request.run_hooks), &all).await
}

/// Returns the files that hooks added to the commit, relative to the folder: those that the person's index has as they were before,
/// and would have staged for the way back.
async fn added_by_hooks(
    git: &Git<'_>,
    repository: &Repository,
    before: &str,
    picked: &[&str],
) -> Result<Vec<String>, CommitRefusal> {
    let names = |run: GitRun| run.stdout.split_terminator('\0').map(str::to_owned).collect::<Vec<_>>();
    let committed =
        git.run(&["diff-tree", "-r", "-z", "--name-only", "--no-renames", before, "HEAD"]).await?;
    let up = "../".repeat(repository.prefix.matches('/').count());
    let in_folder = |path: String| match path.strip_prefix(&repository.prefix) {
        Some(path) => path.to_owned(),
        None => format!("{up}{path}"),
    };
    let mut added: Vec<_> = names(committed).into_iter().map(in_folder).collect();
    added.retain(|path| !picked.contains(&path.as_str()) && !path.contains('\u{fffd}'));
    if added.is_empty() {
        return Ok(added);
    }
    let paths: Vec<_> = added.iter().map(String::as_str).collect();
    let staged =
        git.on(&["diff-index", "--cached", "-z", "--name-only", "--no-renames", before], &paths).await?;
    let staged: Vec<_> = names(staged).into_iter().map(in_folder).collect();
    added.retain(|path| !staged.contains(path));
    Ok(added)
}

/// Brings the entries of files in the person's index to the last commit; returns the words of git where it cannot.
async fn reset(git: &Git<'_>, paths: &[&str]) -> Result<Option<String>, CommitRefusal> {
    let mut tries = 1;
    loop {
        let reset = git.on(&["reset", "--quiet"], paths).await?;
        if reset.succeeded {
            return Ok(None);
        }
        if tries == RESET_TRIES {
            return Ok(Some(reset.output));
        }
        tries += 1;
        tokio::time::sleep(RESET_WAIT).await;
    }
}
