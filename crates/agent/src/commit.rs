//! Commits of the project's files, made by the git of this machine.
//!
//! A repository names programs: hooks, filters, a file system monitor. So git runs contained, like a command, with write access to
//! the repository beside the project, and no network. The monitor is off, hooks run only when the person says so, and nothing is
//! signed: the keys are kept from every command.

mod branch;
mod commit_index;
mod endings;
mod error;
mod git;
mod note;
mod part;
mod partial;
mod repository;
mod status;

pub use error::CommitRefusal;
pub use note::add_note;

use branch::BranchStart;
use exec::Executor;
use git::Git;
use part::{FilePart, read_parts};
use partial::record_parts;
use protocol::{CommitAnswer, CommitFile, CommitPlan, CommitRequest};
use repository::Repository;
use std::collections::BTreeSet;
use std::path::Path;

pub(crate) use endings::with_crlf;

/// Largest number of files in a commit: they are arguments of git.
const MAX_FILES: usize = 5000;

/// Finds out what a commit in `folder` would do. Nothing is written.
pub async fn plan(executor: &Executor, folder: &Path) -> Result<CommitPlan, CommitRefusal> {
    let git = Git::new(executor, folder).hooks(true);
    let repository = Repository::find(&git).await?;
    let git = git.hooks(false);
    Ok(CommitPlan {
        branch: git.line(&["symbolic-ref", "--quiet", "--short", "HEAD"]).await?,
        author: author(&git).await?,
        hooks: repository.hooks(),
        filters: filters(&git).await?,
        signs: git.line(&["config", "--type=bool", "--get", "commit.gpgSign"]).await?.as_deref()
            == Some("true"),
        underway: repository.underway(),
        files: status::files(&git, &repository).await?,
    })
}

/// Returns the files beneath `folder` that differ from the last commit, by path. Nothing is written.
pub async fn changed_files(executor: &Executor, folder: &Path) -> Result<Vec<CommitFile>, CommitRefusal> {
    let git = Git::new(executor, folder).hooks(true);
    let repository = Repository::find(&git).await?;
    status::files(&git.hooks(false), &repository).await
}

/// Returns those of the files whose line endings are CRLF on disk alone, as git takes the CR off when it records them.
pub(crate) async fn crlf_files(
    executor: &Executor,
    folder: &Path,
    files: &[CommitFile],
) -> Result<BTreeSet<String>, CommitRefusal> {
    let paths: Vec<_> = files.iter().filter(|file| file.tracked).map(|file| file.path.as_str()).collect();
    endings::crlf_on_disk(&Git::new(executor, folder), &paths).await
}

/// Makes a commit of files as they are now, and of hunks of others. What else is staged stays staged.
pub async fn commit(
    executor: &Executor,
    folder: &Path,
    request: &CommitRequest,
) -> Result<CommitAnswer, CommitRefusal> {
    let git = Git::new(executor, folder).hooks(true);
    let repository = Repository::find(&git).await?;
    let git = git.hooks(false);
    if let Some(operation) = repository.underway() {
        return Err(CommitRefusal::Underway { operation });
    }
    if request.message.trim().is_empty() {
        return Err(CommitRefusal::NoMessage);
    }
    let known = status::files(&git, &repository).await?;
    let files = picked(request, &known)?;
    let parts = parts(&git, &repository, folder, request).await?;
    let git = git.writing(repository.folders());
    let start = match &request.new_branch {
        Some(branch) => Some(BranchStart::begin(&git, branch.trim()).await?),
        None => None,
    };
    let answer = if parts.is_empty() {
        record(&git, request, &files).await
    } else {
        record_parts(&git, &repository, folder, request, &parts).await
    };
    if let Some(start) = start
        && !matches!(answer, Ok(CommitAnswer::Made { .. }))
    {
        start.take_back(&git).await?;
    }
    answer
}

/// Reads the files of which hunks are picked.
async fn parts(
    git: &Git<'_>,
    repository: &Repository,
    folder: &Path,
    request: &CommitRequest,
) -> Result<Vec<FilePart>, CommitRefusal> {
    let files = request.partial.clone();
    if files.is_empty() {
        return Ok(Vec::new());
    }
    if repository.is_locked() {
        return Err(CommitRefusal::Locked);
    }
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    let crlf = endings::crlf_on_disk(git, &paths).await?;
    let folder = folder.to_owned();
    let read = tokio::task::spawn_blocking(move || read_parts(&folder, &files, &crlf)).await;
    read.unwrap_or_else(|error| Err(CommitRefusal::NotRead { why: error.to_string() }))
}

/// Records the files on the branch that `HEAD` points at. The git given runs no hook.
async fn record(
    git: &Git<'_>,
    request: &CommitRequest,
    files: &[&CommitFile],
) -> Result<CommitAnswer, CommitRefusal> {
    let untracked: Vec<_> =
        files.iter().filter(|file| !file.tracked).map(|file| file.path.as_str()).collect();
    if !untracked.is_empty() {
        // `commit --only` takes no file that git has never heard of
        let added = git.on(&["add", "--intent-to-add"], &untracked).await?;
        if !added.succeeded {
            return Ok(CommitAnswer::Refused { output: added.output });
        }
    }
    let options = ["-c", "commit.gpgSign=false", "commit", "--only", "--message", &request.message];
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    let made = git.clone().hooks(request.run_hooks).on(&options, &paths).await?;
    if made.succeeded {
        let id = git.line(&["rev-parse", "--short", "HEAD"]).await?.unwrap_or_default();
        return Ok(CommitAnswer::Made { id, index_error: None });
    }
    if !untracked.is_empty() {
        git.on(&["update-index", "--force-remove"], &untracked).await?;
    }
    Ok(CommitAnswer::Refused { output: made.output })
}

/// The files that were picked; each must be one that git names itself.
fn picked<'a>(
    request: &CommitRequest,
    known: &'a [CommitFile],
) -> Result<Vec<&'a CommitFile>, CommitRefusal> {
    let CommitRequest { paths, partial, .. } = request;
    if paths.is_empty() && partial.is_empty() {
        return Err(CommitRefusal::NoFiles);
    }
    if paths.len() + partial.len() > MAX_FILES {
        return Err(CommitRefusal::TooManyFiles);
    }
    let find = |path: &String| {
        let found = known.binary_search_by(|file| file.path.as_str().cmp(path));
        found.map(|at| &known[at]).map_err(|_| CommitRefusal::NotChanged { path: path.clone() })
    };
    paths.iter().chain(partial.iter().map(|file| &file.path)).map(find).collect()
}

/// "Name <mail>", from "Name <mail> 1700000000 +0100".
async fn author(git: &Git<'_>) -> Result<Option<String>, CommitRefusal> {
    let ident = git.line(&["var", "GIT_AUTHOR_IDENT"]).await?;
    Ok(ident.and_then(|ident| Some(ident[..=ident.rfind('>')?].to_owned())))
}

/// Names of the filters that are configured, in order.
async fn filters(git: &Git<'_>) -> Result<Vec<String>, CommitRefusal> {
    let names =
        git.lines(&["config", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$"]).await?;
    let mut names: Vec<_> = names
        .iter()
        .filter_map(|key| Some(key.strip_prefix("filter.")?.rsplit_once('.')?.0.to_owned()))
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}
