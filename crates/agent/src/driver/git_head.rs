//! The commit and branch a folder is at, read from git's files: no program runs, and no configuration of the repository
//! can make one run.

use std::path::{Path, PathBuf};

/// What a repository's `HEAD` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GitHead {
    pub(super) commit: Option<String>,
    pub(super) branch: Option<String>,
}

/// Reads the `HEAD` of the repository `dir` is in; both fields are empty when it is in none.
pub(super) fn git_head(dir: &Path) -> GitHead {
    dir.ancestors().find_map(git_dir).map(|git| read(&git)).unwrap_or_default()
}

/// `.git`, or the folder a `.git` file of a worktree or submodule points to.
fn git_dir(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = small_file(&git)?;
    Some(folder.join(text.strip_prefix("gitdir:")?.trim()))
}

fn read(git: &Path) -> GitHead {
    let Some(head) = small_file(&git.join("HEAD")) else { return GitHead::default() };
    let Some(name) = head.strip_prefix("ref:").map(str::trim) else {
        return GitHead { commit: hash(&head), branch: None };
    };
    let common =
        small_file(&git.join("commondir")).map_or_else(|| git.to_owned(), |dir| git.join(dir.trim()));
    let loose = small_file(&common.join(name)).and_then(|text| hash(&text));
    let commit = loose.or_else(|| {
        let packed = std::fs::read_to_string(common.join("packed-refs")).ok()?;
        packed
            .lines()
            .find_map(|line| line.split_once(' ').filter(|(_, refname)| *refname == name))
            .and_then(|(id, _)| hash(id))
    });
    GitHead { commit, branch: name.strip_prefix("refs/heads/").map(str::to_owned) }
}

fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    (matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| text.to_owned())
}

fn small_file(path: &Path) -> Option<String> {
    let size = path.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    if size < 64 * 1024 { std::fs::read_to_string(path).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn reads_loose_packed_and_detached_heads_and_worktrees() {
        let dir = tempfile::tempdir().unwrap();
        let (repo, id) = (dir.path().join("repo"), "1".repeat(40));
        fs::create_dir_all(repo.join(".git/refs/heads")).unwrap();
        fs::create_dir_all(repo.join("src")).unwrap();
        fs::write(repo.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(git_head(&repo), GitHead { commit: None, branch: Some("main".to_owned()) });

        fs::write(repo.join(".git/packed-refs"), format!("# pack-refs\n{id} refs/heads/main\n")).unwrap();
        assert_eq!(git_head(&repo.join("src")).commit, Some(id.clone()));

        fs::write(repo.join(".git/refs/heads/main"), "2".repeat(40)).unwrap();
        assert_eq!(git_head(&repo).commit, Some("2".repeat(40)));

        let tree = dir.path().join("tree");
        fs::create_dir_all(repo.join(".git/worktrees/tree")).unwrap();
        fs::create_dir_all(&tree).unwrap();
        fs::write(tree.join(".git"), format!("gitdir: {}\n", repo.join(".git/worktrees/tree").display()))
            .unwrap();
        fs::write(repo.join(".git/worktrees/tree/commondir"), "../..\n").unwrap();
        fs::write(repo.join(".git/worktrees/tree/HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(git_head(&tree).commit, Some("2".repeat(40)));

        fs::write(repo.join(".git/HEAD"), &id).unwrap();
        assert_eq!(git_head(&repo), GitHead { commit: Some(id), branch: None });
        assert_eq!(git_head(dir.path()), GitHead::default());
    }
}
