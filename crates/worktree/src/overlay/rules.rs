//! Names in a view that are nobody's work.

use crate::ignore::{Scope, is_build_target, is_never_looked_at};
use crate::roots::Roots;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Maximum depth beneath a root at which ignored folders are looked for. A deeper one is no less right, only cold.
const MAX_DEPTH: usize = 4;

/// Maximum number of directory entries looked at per root: a few milliseconds.
const MAX_ENTRIES: usize = 4_000;

/// Maximum number of ignored folders of a root that are the real ones; each is a mount.
const MAX_FOLDERS: usize = 64;

/// Folders of version control: never looked into, and still somebody's work.
const REPOSITORIES: &[&str] = &[".git", ".hg", ".svn", ".jj"];

/// Beginnings and ends of the names of files that hold keys and logins, in lower case.
const SECRET_BEGINNINGS: &[&str] = &[".env", "id_rsa", "id_ed25519", "id_ecdsa", "credentials", "secret"];
const SECRET_ENDS: &[&str] = &[
    ".pem",
    ".key",
    ".p12",
    ".pfx",
    ".jks",
    ".keystore",
    ".kdbx",
    ".env",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".htpasswd",
    ".pgpass",
    ".tfstate",
    ".tfvars",
];

/// The rules of one root, as they stand in the project: a command does not change what is asked about by writing rules.
pub(super) struct IgnoredNames<'a> {
    root: &'a Path,
    roots: &'a Roots,
    outside: Arc<Scope>,
    scopes: RefCell<HashMap<PathBuf, Arc<Scope>>>,
}

impl<'a> IgnoredNames<'a> {
    /// Reads the rules as they are needed.
    pub(super) fn new(root: &'a Path, roots: &'a Roots) -> Self {
        Self { root, roots, outside: Scope::outside(root), scopes: RefCell::default() }
    }

    /// Reports whether a path (relative to the root) is protected.
    pub(super) fn is_protected(&self, path: &Path) -> bool {
        self.roots.protected(&self.root.join(path)).is_some()
    }

    /// Reports whether a path (relative to the root), or a folder it is in, is ignored.
    pub(super) fn is_ignored(&self, path: &Path, is_dir: bool) -> bool {
        if self.is_protected(path) || path.iter().any(is_special) {
            return false;
        }
        let mut on_the_way: Vec<&Path> =
            path.ancestors().filter(|part| !part.as_os_str().is_empty()).collect();
        on_the_way.reverse();
        on_the_way.iter().any(|part| self.leaves_out(part, is_dir || *part != path))
    }

    /// Reports whether the rules name a path (relative to the root) or a folder it is in, whatever its name.
    pub(super) fn is_ignored_by_rules(&self, path: &Path) -> bool {
        let above = path.ancestors().filter(|part| !part.as_os_str().is_empty());
        above.into_iter().any(|part| self.leaves_out(part, part != path))
    }

    fn leaves_out(&self, path: &Path, is_dir: bool) -> bool {
        let (Some(name), Some(folder)) = (path.file_name(), path.parent()) else { return false };
        leaves_out(&self.scope(folder), &self.root.join(folder), name, is_dir)
    }

    /// The rules that hold in a folder of the project.
    fn scope(&self, folder: &Path) -> Arc<Scope> {
        if let Some(known) = self.scopes.borrow().get(folder) {
            return Arc::clone(known);
        }
        let above = match folder.parent() {
            Some(parent) => self.scope(parent),
            None => Arc::clone(&self.outside),
        };
        let scope = above.with_file(&self.root.join(folder));
        self.scopes.borrow_mut().insert(folder.to_owned(), Arc::clone(&scope));
        scope
    }

    /// Returns the ignored folders that are there and not far down, absolute.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut seen = 0;
        let mut folders = VecDeque::from([(PathBuf::new(), 1)]);
        while let Some((folder, depth)) = folders.pop_front() {
            // nothing in these is ignored
            if folder.file_name().is_some_and(is_special) || self.is_protected(&folder) {
                continue;
            }
            let absolute = self.root.join(&folder);
            let Ok(entries) = fs::read_dir(&absolute) else { continue };
            let scope = self.scope(&folder);
            for entry in entries.flatten() {
                seen += 1;
                if seen > MAX_ENTRIES || found.len() == MAX_FOLDERS {
                    return found;
                }
                if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    continue;
                }
                let name = entry.file_name();
                if !leaves_out(&scope, &absolute, &name, true) {
                    if depth < MAX_DEPTH {
                        folders.push_back((folder.join(&name), depth + 1));
                    }
                } else if !is_special(&name) && !self.is_protected(&folder.join(&name)) {
                    found.push(entry.path());
                }
            }
        }
        found
    }
}

/// Reports whether a name in a folder (absolute) is ignored by the rules that hold there.
fn leaves_out(scope: &Scope, folder: &Path, name: &OsStr, is_dir: bool) -> bool {
    is_never_looked_at(name, is_dir)
        || (is_dir && is_build_target(name, |file| folder.join(file).is_file()))
        || (!scope.is_empty() && scope.leaves_out(&folder.join(name), is_dir))
}

/// Reports whether what has this name, and all that is in it, is somebody's work whatever the rules say.
fn is_special(name: &OsStr) -> bool {
    is_secret(name) || REPOSITORIES.iter().any(|own| name == *own)
}

/// Reports whether a file of this name holds keys or logins.
fn is_secret(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    SECRET_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || SECRET_ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_protected_or_secret_by_name_is_never_ignored() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in ["target/a", "node_modules", "logs", ".vscode", "sub/out", "secrets", ".hg", "src"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("Cargo.toml"), "").unwrap();
        fs::write(root.join(".gitignore"), "logs/\n*.log\n.env*\n.vscode\nsecrets\n*.pem\n").unwrap();
        fs::write(root.join("sub/.gitignore"), "/out\n").unwrap();
        let roots = Roots::only(&root);
        let names = IgnoredNames::new(&root, &roots);
        for (path, is_dir, expected) in [
            ("target/a/b", false, true),
            ("node_modules/x", false, true),
            ("a.log", false, true),
            ("src/deep/b.log", false, true),
            ("sub/out/x", false, true),
            ("sub/out2", true, false),
            (".env", false, false),
            (".env.local", false, false),
            ("logs/server.pem", false, false),
            (".vscode/settings.json", false, false),
            ("secrets", true, false),
            (".hg/store", false, false),
            ("src/main.rs", false, false),
        ] {
            assert_eq!(names.is_ignored(Path::new(path), is_dir), expected, "{path}");
        }
        let mut folders = names.folders();
        folders.sort();
        let expected = ["logs", "node_modules", "sub/out", "target"].map(|path| root.join(path));
        assert_eq!(folders, expected);
    }
}
