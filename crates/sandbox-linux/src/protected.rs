//! Finding what is protected inside the writable roots.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Maximum depth beneath a root at which protected names are looked for.
const MAX_DEPTH: usize = 4;

/// Maximum number of directory entries looked at per root: about 2 ms.
const MAX_ENTRIES: usize = 4_000;

/// Maximum number of protected paths; each is a mount.
const MAX_FOUND: usize = 200;

/// Folders that tools fill with thousands of files and nobody keeps their own things in.
const SKIPPED: &[&str] = &["node_modules", "target", ".venv", "__pycache__"];

/// Reason why a path is protected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// Its name.
    Name,
    /// A `.git` file that points to it.
    GitFile,
}

/// Finds the paths beneath `roots` that have one of `names` (letter case ignored), nearest first and links
/// followed, with the directory that a `.git` file points to. Nothing beneath `hidden` is looked at, and a
/// link that leads out of the roots needs no protection.
pub fn find(roots: &[PathBuf], temporary: &[PathBuf], names: &[String], hidden: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for root in roots {
        let shared = roots.iter().any(|other| other != root && other.starts_with(root));
        let depth = if shared { 1 } else { MAX_DEPTH }.min(depth(root, temporary));
        if depth == 0 {
            continue;
        }
        walk(root, depth, names, hidden, &mut found);
    }
    // a root that was named is writable, whatever its name is; with a `.git` its repositories of worktrees and submodules are named
    let repositories: Vec<&PathBuf> =
        roots.iter().filter(|root| root.file_name().is_some_and(is_git)).collect();
    let is_named = |path: &PathBuf, way: Reason| {
        roots.contains(path)
            || way == Reason::GitFile && repositories.iter().any(|root| path.starts_with(root))
    };
    found.retain(|(path, way)| roots.iter().any(|root| path.starts_with(root)) && !is_named(path, *way));
    let mut found: Vec<PathBuf> = found.into_iter().map(|(path, _)| path).collect();
    found.sort();
    found.dedup();
    found.sort_by_key(|path| path.components().count());
    found.truncate(MAX_FOUND);
    found
}

/// Returns the number of names from a root on that may be protected. A folder that everybody's temporary files are in is not a project:
/// only its own entries are looked at. In one of `temporary`, which are the session's own, nothing is.
pub(crate) fn depth(root: &Path, temporary: &[PathBuf]) -> usize {
    if temporary.iter().any(|own| own == root) {
        0
    } else if root == Path::new("/tmp") || root == Path::new("/var/tmp") {
        1
    } else {
        usize::MAX
    }
}

/// Returns those of `paths` that are there, links followed; a hidden one needs no further protection.
pub fn existing(paths: &[PathBuf], hidden: &[PathBuf]) -> Vec<PathBuf> {
    let there = paths.iter().filter_map(|path| path.canonicalize().ok());
    there.filter(|path| !hidden.iter().any(|hidden| path.starts_with(hidden))).collect()
}

fn walk(
    root: &Path,
    max_depth: usize,
    names: &[String],
    hidden: &[PathBuf],
    found: &mut Vec<(PathBuf, Reason)>,
) {
    let mut seen = 0;
    let mut folders = VecDeque::from([(root.to_owned(), 1)]);
    while let Some((folder, depth)) = folders.pop_front() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            seen += 1;
            if seen > MAX_ENTRIES {
                return;
            }
            let name = entry.file_name();
            let path = entry.path();
            if names.iter().any(|protected| name.eq_ignore_ascii_case(protected)) {
                found.extend(path.canonicalize().ok().map(|path| (path, Reason::Name)));
                found.extend(git_dir(&path).map(|path| (path, Reason::GitFile)));
            } else if depth < max_depth
                && entry.file_type().is_ok_and(|kind| kind.is_dir())
                && !SKIPPED.iter().any(|skipped| name == *skipped)
                && !hidden.contains(&path)
            {
                folders.push_back((path, depth + 1));
            }
        }
    }
}

fn is_git(name: &OsStr) -> bool {
    name.eq_ignore_ascii_case(".git")
}

/// The directory a `.git` file of a worktree, a submodule or `--separate-git-dir` points to.
fn git_dir(path: &Path) -> Option<PathBuf> {
    if !path.file_name().is_some_and(is_git) || !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    path.parent()?.join(text.strip_prefix("gitdir:")?.trim()).canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_paths_are_found_nested_in_any_letter_case_and_through_a_git_file() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in
            [".git/hooks", "sub/.Git", "elsewhere/gitdir", "work", "node_modules/x/.git", "secret/.git"]
        {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("work/.git"), "gitdir: ../elsewhere/gitdir\n").unwrap();
        fs::write(root.join("agents.md"), "").unwrap();
        let names = [".git".to_owned(), "AGENTS.md".to_owned()];
        let found = find(std::slice::from_ref(&root), &[], &names, &[root.join("secret")]);
        let mut relative: Vec<_> =
            found.iter().map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap()).collect();
        relative.sort_unstable();
        assert_eq!(relative, [".git", "agents.md", "elsewhere/gitdir", "sub/.Git", "work/.git"]);
        // of a `.git` that was allowed by name, the repository of a worktree is writable too
        fs::create_dir_all(root.join(".git/worktrees/linked")).unwrap();
        fs::write(root.join("work/.git"), "gitdir: ../.git/worktrees/linked\n").unwrap();
        let roots = [root.join("work"), root.join(".git")];
        assert_eq!(find(&roots, &[], &names, &[]), [root.join("work/.git")]);
    }

    #[test]
    fn a_project_whose_own_name_is_protected_has_its_protected_files() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join(".codex");
        fs::create_dir_all(root.join(".git/hooks")).unwrap();
        fs::create_dir_all(root.join("nested/.codex/.git")).unwrap();
        fs::write(root.join("AGENTS.md"), "").unwrap();
        let names = [".git".to_owned(), ".codex".to_owned(), "AGENTS.md".to_owned()];
        let expected = [root.join(".git"), root.join("AGENTS.md"), root.join("nested/.codex")];
        assert_eq!(find(std::slice::from_ref(&root), &[], &names, &[]), expected);
    }
}
