//! An index of git for one commit, beside the person's.

use crate::commit::error::CommitRefusal;
use crate::commit::git::{Git, GitRun};
use crate::commit::part::{FilePart, PartText};
use crate::commit::repository::Repository;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Index that holds the last commit at first. It lies in the git directory, where the hooks can read it, and goes when it is dropped.
pub(crate) struct CommitIndex {
    folder: TempDir,
    /// Held for as long as the folder is used.
    _lock: File,
}

/// How the folder of an index is named; what the system makes unique follows.
const FOLDER: &str = "countersign-commit-";

/// Entry of an index.
struct IndexEntry {
    mode: String,
    id: String,
}

impl CommitIndex {
    /// Makes an index of the last commit, or an empty one before the first; the words of git where it does not.
    pub(crate) async fn of_last_commit(
        git: &Git<'_>,
        repository: &Repository,
    ) -> Result<Result<Self, String>, CommitRefusal> {
        let (folder, lock) = begin_folder(repository.git_dir()).map_err(cannot_write)?;
        let this = Self { folder, _lock: lock };
        copy_index(&repository.git_dir().join("index"), &this.path()).map_err(cannot_write)?;
        let has_commit = git.line(&["rev-parse", "--verify", "--quiet", "HEAD"]).await?.is_some();
        let args: &[&str] =
            if has_commit { &["read-tree", "-m", "-i", "HEAD"] } else { &["read-tree", "--empty"] };
        let read = this.git(git).run(args).await?;
        Ok(ended(read).map(|()| this))
    }

    /// Returns git that works on this index.
    pub(crate) fn git<'a>(&self, git: &Git<'a>) -> Git<'a> {
        git.clone().index(self.path())
    }

    /// Takes files as they are on disk, or that they are gone; the words of git where it does not.
    pub(crate) async fn add_files(
        &self,
        git: &Git<'_>,
        paths: &[&str],
    ) -> Result<Result<(), String>, CommitRefusal> {
        let added = self.git(git).on(&["update-index", "--add", "--remove", "--replace"], paths).await?;
        Ok(ended(added))
    }

    /// Puts the parts of files in the place of the whole files, which it has; the words of git where it does not.
    pub(crate) async fn put_parts(
        &self,
        git: &Git<'_>,
        folder: &Path,
        prefix: &str,
        parts: &[FilePart],
    ) -> Result<Result<(), String>, CommitRefusal> {
        let whole = self.entries(git, parts).await?;
        let mut entries = Vec::new();
        for part in parts {
            let changed = || CommitRefusal::HunksChanged { path: part.path.clone() };
            let entry = whole.get(part.path.as_str()).ok_or_else(changed)?;
            let filtered = read_blob(folder, &entry.id).await?;
            let text = part.text(&filtered).ok_or_else(changed)?;
            let written = self.write_blob(git, &part.path, &text).await?;
            if !written.succeeded {
                return Ok(Err(written.output));
            }
            let mode = match part.executable {
                Some(true) => "100755",
                Some(false) => "100644",
                None => &entry.mode,
            };
            entries.push(format!("{mode},{},{prefix}{}", written.stdout.trim(), part.path));
        }
        let mut args = vec!["update-index", "--add", "--replace"];
        args.extend(entries.iter().flat_map(|entry| ["--cacheinfo", entry]));
        Ok(ended(self.git(git).run(&args).await?))
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    /// Returns the entries of files, by path.
    async fn entries(
        &self,
        git: &Git<'_>,
        parts: &[FilePart],
    ) -> Result<BTreeMap<String, IndexEntry>, CommitRefusal> {
        let paths: Vec<_> = parts.iter().map(|part| part.path.as_str()).collect();
        let run = self.git(git).on(&["ls-files", "--stage", "-z"], &paths).await?;
        if !run.succeeded {
            return Err(CommitRefusal::NotRun { why: run.output });
        }
        // "MODE ID STAGE\tPATH\0..."
        let entries = run.stdout.split('\0').filter_map(|entry| {
            let (about, path) = entry.split_once('\t')?;
            let (mode, id) = about.rsplit_once(' ')?.0.split_once(' ')?;
            Some((path.to_owned(), IndexEntry { mode: mode.to_owned(), id: id.to_owned() }))
        });
        Ok(entries.collect())
    }

    /// Writes a text to the repository, as the file at the path; prints its id.
    async fn write_blob(&self, git: &Git<'_>, path: &str, text: &PartText) -> Result<GitRun, CommitRefusal> {
        let (bytes, filters) = match text {
            PartText::Clean(bytes) => (bytes, "--no-filters".to_owned()),
            PartText::Unfiltered(bytes) => (bytes, format!("--path={path}")),
        };
        let file = self.folder.path().join("text");
        fs::write(&file, bytes).map_err(cannot_write)?;
        git.on(&["hash-object", "-w", &filters], &[&file.to_string_lossy()]).await
    }
}

/// Makes and locks the folder of an index, and removes those of commits that were killed.
fn begin_folder(git_dir: &Path) -> io::Result<(TempDir, File)> {
    for entry in fs::read_dir(git_dir)?.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_index = is_folder && entry.file_name().to_string_lossy().starts_with(FOLDER);
        if is_index && File::open(entry.path()).is_ok_and(|folder| folder.try_lock().is_ok()) {
            // what cannot be removed is in nobody's way
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    loop {
        let folder = tempfile::Builder::new().prefix(FOLDER).tempdir_in(git_dir)?;
        let lock = File::open(folder.path())?;
        lock.lock()?;
        // another commit may have taken it for left behind before it was locked
        if folder.path().is_dir() {
            return Ok((folder, lock));
        }
    }
}

/// Copies the person's index, if there is one: what it knows of the files spares git from reading all of them again.
fn copy_index(from: &Path, to: &Path) -> io::Result<()> {
    let Ok(metadata) = from.symlink_metadata() else { return Ok(()) };
    if !metadata.is_file() {
        return Ok(());
    }
    fs::copy(from, to)?;
    // git looks again at files that changed in the moment when the index was written, and no earlier
    File::options().write(true).open(to)?.set_modified(metadata.modified()?)
}

async fn read_blob(folder: &Path, id: &str) -> Result<Vec<u8>, CommitRefusal> {
    let (folder, id) = (folder.to_owned(), id.to_owned());
    let read = tokio::task::spawn_blocking(move || vcs::read_blob(&folder, &id)).await;
    read.map_err(|error| error.to_string()).flatten().map_err(|why| CommitRefusal::NotRead { why })
}

fn ended(run: GitRun) -> Result<(), String> {
    if run.succeeded { Ok(()) } else { Err(run.output) }
}

fn cannot_write(error: io::Error) -> CommitRefusal {
    CommitRefusal::NotRun { why: format!("the index of the commit cannot be written: {error}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_commit_left_is_removed_and_what_one_uses_is_not() {
        let git_dir = tempfile::tempdir().unwrap();
        let left = git_dir.path().join("countersign-commit-left");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("index"), "half").unwrap();
        let (first, first_lock) = begin_folder(git_dir.path()).unwrap();
        assert!(!left.exists());
        let (second, _second_lock) = begin_folder(git_dir.path()).unwrap();
        assert!(first.path().exists() && second.path().exists());
        drop((first, first_lock));
        assert_eq!(fs::read_dir(git_dir.path()).unwrap().count(), 1);
    }
}
