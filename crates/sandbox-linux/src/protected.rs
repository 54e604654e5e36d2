//! Finding what is protected inside the writable roots.

use std::collections::VecDeque;
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
    // a root that was named is writable, whatever its name is; and all that is in it, where it has a protected name itself
    let is_protected = |root: &&PathBuf| {
        root.file_name().is_some_and(|name| names.iter().any(|own| name.eq_ignore_ascii_case(own)))
    };
    let named: Vec<&PathBuf> = roots.iter().filter(is_protected).collect();
    let is_named = |path: &PathBuf| roots.contains(path) || named.iter().any(|root| path.starts_with(root));
    found.retain(|path| roots.iter().any(|root| path.starts_with(root)) && !is_named(path));
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

fn walk(root: &Path, max_depth: usize, names: &[String], hidden: &[PathBuf], found: &mut Vec<PathBuf>) {
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
                found.extend(path.canonicalize().ok());
                found.extend(git_dir(&path));
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

/// The directory a `.git` file of a worktree, a submodule or `--separate-git-dir` points to.
fn git_dir(path: &Path) -> Option<PathBuf> {
    let is_git = path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(".git"));
    if !is_git || !fs::symlink_metadata(path).ok()?.is_file() {
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
        // of one that was allowed by name, nothing is protected, whichever way leads there
        fs::create_dir_all(root.join(".git/worktrees/linked/.vscode")).unwrap();
        fs::write(root.join("work/.git"), "gitdir: ../.git/worktrees/linked\n").unwrap();
        let roots = [root.join("work"), root.join(".git")];
        assert_eq!(find(&roots, &[], &names, &[]), [root.join("work/.git")]);
    }
}
