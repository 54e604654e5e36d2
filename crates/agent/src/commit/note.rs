//! Notes on commits.

use crate::commit::error::CommitRefusal;
use crate::commit::git::Git;
use crate::commit::repository::Repository;
use exec::Executor;
use std::io::Write as _;
use std::path::Path;

/// Reference that receipts are notes under: `refs/notes/countersign`.
const NOTES_REF: &str = "--ref=countersign";

/// Makes a text the note of a commit, byte for byte, under `refs/notes/countersign`. A note that is there is only replaced with
/// `replace`. Returns the id of the commit.
pub async fn add_note(
    executor: &Executor,
    folder: &Path,
    commit: &str,
    text: &str,
    replace: bool,
) -> Result<String, CommitRefusal> {
    let git = Git::new(executor, folder).hooks(true);
    let repository = Repository::find(&git).await?;
    let git = git.hooks(false);
    let named = format!("{commit}^{{commit}}");
    let found = git.line(&["rev-parse", "--verify", "--quiet", "--end-of-options", &named]).await?;
    let id = found.ok_or_else(|| CommitRefusal::NoCommit { name: commit.to_owned() })?;
    let has_note = git.run(&["notes", NOTES_REF, "list", &id]).await?.succeeded;
    if has_note && !replace {
        return Err(CommitRefusal::HasNote { commit: id });
    }
    let cannot_keep = |error: std::io::Error| CommitRefusal::NotRun {
        why: format!("the receipt could not be kept for git: {error}"),
    };
    // git is given the text as a file: it changes what it is given as a message
    let mut file = tempfile::NamedTempFile::new().map_err(cannot_keep)?;
    file.write_all(text.as_bytes()).map_err(cannot_keep)?;
    let path = file.path().to_string_lossy().into_owned();
    let git = git.writing(repository.folders());
    let written = git.run(&["hash-object", "-w", "--no-filters", "--", &path]).await?;
    let blob = written.stdout.trim();
    if !written.succeeded || blob.is_empty() {
        return Err(CommitRefusal::NotRun { why: written.output });
    }
    let add = ["notes", NOTES_REF, "add", "-f", "-C", blob, &id];
    let added = git.run(&add).await?;
    if !added.succeeded {
        return Err(CommitRefusal::NotRun { why: added.output });
    }
    Ok(id)
}
