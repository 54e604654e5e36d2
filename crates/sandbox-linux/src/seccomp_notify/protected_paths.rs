//! Paths that must not be written.

use crate::failure::Failure;
use crate::policy::Policy;
use crate::protected;
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use std::path::{Component, Path, PathBuf};

/// Protected names in writable roots.
#[derive(Clone, Debug)]
pub struct ProtectedPaths {
    roots: Vec<ProtectedRoot>,
    names: Vec<String>,
    paths: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
struct ProtectedRoot {
    path: PathBuf,
    /// Number of names from the root on that are looked at: everybody's temporary files are nobody's project, but for the root's own
    /// entries, and the session's own are nobody's at all.
    depth: usize,
}

impl ProtectedPaths {
    /// The rules of `policy`.
    pub fn of(policy: &Policy) -> Self {
        let roots: Vec<_> = policy
            .writable
            .iter()
            .map(|path| ProtectedRoot {
                path: path.clone(),
                depth: protected::depth(path, &policy.temporary),
            })
            .collect();
        Self { roots, names: policy.protected_names.clone(), paths: policy.protected_paths.clone() }
    }

    /// Reports whether `path` (absolute, links followed) is protected, by a name on the way to it from its
    /// root.
    pub fn protect(&self, path: &Path) -> bool {
        let roots = self.roots.iter().filter(|root| path.starts_with(&root.path));
        let Some(root) = roots.max_by_key(|root| root.path.components().count()) else { return false };
        let is_within = |protected: &PathBuf| protected.starts_with(&root.path) && *protected != root.path;
        if self.paths.iter().any(|protected| path.starts_with(protected) && is_within(protected)) {
            return true;
        }
        let Ok(inside) = path.strip_prefix(&root.path) else { return false };
        inside.components().take(root.depth).any(|component| match component {
            Component::Normal(name) => {
                self.names.iter().any(|protected| name.eq_ignore_ascii_case(protected))
            }
            _ => false,
        })
    }

    /// Reports whether the last name of `path` is what protects it.
    pub(super) fn ends_protected(&self, path: &Path) -> bool {
        self.protect(path) && path.parent().is_none_or(|parent| !self.protect(parent) || self.is_name(path))
    }

    fn is_name(&self, path: &Path) -> bool {
        path.file_name()
            .is_some_and(|name| self.names.iter().any(|protected| name.eq_ignore_ascii_case(protected)))
    }

    /// Reports whether `path` is a writable root.
    pub(super) fn is_root(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| root.path == path)
    }

    /// Reports whether `path` lies in a writable root.
    pub(super) fn is_writable(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path.starts_with(&root.path))
    }

    /// Tries, as a command would, what must be refused. The kernel makes no file whose name ends in a slash, so nothing is
    /// left behind, and says so with another error than the guard.
    pub fn try_out(&self) -> Result<(), Failure> {
        let Some(example) = self.example() else { return Ok(()) };
        let mut path = example.into_os_string();
        path.push("/");
        let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
        match rustix::fs::openat(CWD, path, flags, Mode::RUSR) {
            Err(Errno::ROFS) => Ok(()),
            Err(error) => Err(Failure::Setup(format!(
                "self-test: the guard of protected names did not refuse: {error}"
            ))),
            Ok(_) => Err(Failure::Setup("self-test: the guard of protected names is not there".to_owned())),
        }
    }

    /// A path that is protected by its name, in a root that is a folder: one that was allowed by name is a root itself.
    fn example(&self) -> Option<PathBuf> {
        let folders = self.roots.iter().filter(|root| root.depth > 0 && root.path.is_dir());
        folders
            .flat_map(|root| self.names.iter().map(|name| root.path.join(name)))
            .find(|path| self.protect(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{NetworkAccess, SandboxLevel};

    fn rules(writable: &[&Path]) -> ProtectedPaths {
        ProtectedPaths::of(&Policy {
            level: SandboxLevel::Full,
            cwd: PathBuf::from("/"),
            writable: writable.iter().map(|path| path.to_path_buf()).collect(),
            temporary: Vec::new(),
            protected_names: vec![".git".to_owned(), "AGENTS.md".to_owned()],
            protected_paths: Vec::new(),
            hidden: Vec::new(),
            readable: Vec::new(),
            network: NetworkAccess::None,
            network_holder: None,
            stdio: None,
            overlays: Vec::new(),
            nonce: String::new(),
        })
    }

    #[test]
    fn what_is_tried_out_is_protected_where_a_protected_folder_is_allowed_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let (project, git) = (dir.path().join("p"), dir.path().join("p/.git"));
        std::fs::create_dir_all(&git).unwrap();
        assert_eq!(rules(&[&project]).example(), Some(git.clone()));
        let allowed = rules(&[&project, &git]);
        let example = allowed.example().unwrap();
        assert!(allowed.protect(&example), "{}", example.display());
        assert_eq!(rules(&[&dir.path().join("absent")]).example(), None);
    }

    #[test]
    fn names_count_from_the_nearest_root_on() {
        let rules = rules(&["/tmp", "/tmp/p", "/home/.git/odd"].map(Path::new));
        for (path, expected) in [
            ("/tmp/p/.git", true),
            ("/tmp/p/a/.GIT/hooks/x", true),
            ("/tmp/p/a/b/agents.MD", true),
            ("/tmp/p/.gitignore", false),
            ("/tmp/.git/config", true),
            ("/tmp/somebody/.git/config", false),
            ("/home/.git/odd/file", false),
            ("/home/.git/odd/.git", true),
            ("/elsewhere/.git", false),
        ] {
            assert_eq!(rules.protect(Path::new(path)), expected, "{path}");
        }
    }
}
