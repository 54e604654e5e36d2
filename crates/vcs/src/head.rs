//! The commit and branch of a folder.

use crate::repository::{AnyError, discover};
use std::path::Path;

/// The commit and branch that the `HEAD` of a repository points at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitHead {
    /// Id of the commit, in hex; `None` before the first one.
    pub commit: Option<String>,
    /// Name of the branch, without `refs/heads/`; `None` when `HEAD` is detached.
    pub branch: Option<String>,
}

/// Reads the `HEAD` of the repository `dir` is in, a linked worktree or a submodule among them. Both fields are empty when it
/// is in none, or in one that cannot be read.
pub fn read_head(dir: &Path) -> GitHead {
    try_read_head(dir).unwrap_or_else(|error| {
        tracing::debug!(dir = %dir.display(), %error, "there is no git repository that can be read");
        GitHead::default()
    })
}

fn try_read_head(dir: &Path) -> Result<GitHead, AnyError> {
    let repository = discover(dir)?;
    let head = repository.head()?;
    let branch = head.referent_name().and_then(|name| {
        let branch = name.as_bstr().strip_prefix(b"refs/heads/")?;
        Some(String::from_utf8_lossy(branch).into_owned())
    });
    Ok(GitHead { commit: head.id().map(|id| id.to_string()), branch })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    /// Makes a git directory with what git itself makes in one, and `HEAD` as given.
    fn init(git: &Path, head: &str) {
        for folder in ["objects", "refs/heads"] {
            fs::create_dir_all(git.join(folder)).unwrap();
        }
        fs::write(git.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n").unwrap();
        fs::write(git.join("HEAD"), head).unwrap();
    }

    fn main_at(commit: Option<&str>) -> GitHead {
        GitHead { commit: commit.map(str::to_owned), branch: Some("main".to_owned()) }
    }

    #[test]
    fn loose_packed_and_detached_heads_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let (repo, one, two) = (dir.path().join("repo"), "1".repeat(40), "2".repeat(40));
        let git = repo.join(".git");
        init(&git, "ref: refs/heads/main\n");
        fs::create_dir_all(repo.join("src")).unwrap();
        assert_eq!(read_head(&repo), main_at(None), "before the first commit");

        fs::write(
            git.join("packed-refs"),
            format!("# pack-refs with: peeled fully-peeled sorted \n{one} refs/heads/main\n"),
        )
        .unwrap();
        assert_eq!(read_head(&repo.join("src")), main_at(Some(&one)));

        fs::write(git.join("refs/heads/main"), format!("{two}\n")).unwrap();
        assert_eq!(read_head(&repo), main_at(Some(&two)));

        fs::create_dir_all(git.join("refs/heads/feature")).unwrap();
        fs::write(git.join("refs/heads/feature/x"), format!("{one}\n")).unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/feature/x\n").unwrap();
        assert_eq!(read_head(&repo).branch.as_deref(), Some("feature/x"));

        fs::write(git.join("HEAD"), format!("{one}\n")).unwrap();
        assert_eq!(read_head(&repo), GitHead { commit: Some(one), branch: None });
        assert_eq!(read_head(dir.path()), GitHead::default());
        assert_eq!(read_head(&dir.path().join("absent")), GitHead::default());
    }

    #[test]
    fn linked_worktrees_and_submodules_are_read_where_their_git_file_points() {
        let dir = tempfile::tempdir().unwrap();
        let (repo, two) = (dir.path().join("repo"), "2".repeat(40));
        let git = repo.join(".git");
        init(&git, "ref: refs/heads/other\n");
        fs::write(git.join("refs/heads/main"), format!("{two}\n")).unwrap();

        let (tree, own) = (dir.path().join("tree"), git.join("worktrees/tree"));
        fs::create_dir_all(&own).unwrap();
        fs::create_dir_all(&tree).unwrap();
        fs::write(tree.join(".git"), format!("gitdir: {}\n", own.display())).unwrap();
        fs::write(own.join("commondir"), "../..\n").unwrap();
        fs::write(own.join("gitdir"), format!("{}\n", tree.join(".git").display())).unwrap();
        fs::write(own.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(read_head(&tree), main_at(Some(&two)));

        let module = repo.join("lib");
        init(&git.join("modules/lib"), "ref: refs/heads/main\n");
        fs::create_dir_all(&module).unwrap();
        fs::write(module.join(".git"), "gitdir: ../.git/modules/lib\n").unwrap();
        assert_eq!(read_head(&module), main_at(None), "its own, not that of the repository around it");
    }

    #[test]
    fn no_program_that_a_repository_names_is_run() {
        let dir = tempfile::tempdir().unwrap();
        let (repo, ran): (PathBuf, PathBuf) = (dir.path().join("repo"), dir.path().join("ran"));
        init(&repo.join(".git"), "ref: refs/heads/main\n");
        let run = format!("touch {}", ran.display());
        let config = format!(
            "[core]\n\tfsmonitor = {run}\n\tsshCommand = {run}\n\tpager = {run}\n[include]\n\tpath = {}\n[alias]\n\thead = !{run}\n",
            dir.path().join("more").display()
        );
        fs::write(repo.join(".git/config"), config).unwrap();
        assert_eq!(read_head(&repo), main_at(None));
        assert!(!ran.exists());
    }
}
