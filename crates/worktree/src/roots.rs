//! Roots a session may write, and the protected names inside them (B12, B23).

use crate::hidden::Hidden;
use protocol::SandboxPolicy;
use std::path::{Component, Path, PathBuf};

/// Names that are protected wherever they stand inside a writable root, letter case ignored: what steers git, an editor, a
/// shell or an agent.
pub const PROTECTED_NAMES: &[&str] = &[
    ".git",
    ".countersign",
    ".codex",
    ".vscode",
    ".idea",
    ".mcp.json",
    ".envrc",
    "AGENTS.md",
    ".bashrc",
    ".bash_profile",
    ".profile",
    ".zshrc",
    ".zprofile",
    ".zshenv",
    ".gitconfig",
    ".gitmodules",
];

/// The writable roots of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    writable: Vec<PathBuf>,
    temporary: Vec<PathBuf>,
    hidden: Hidden,
}

impl Roots {
    /// The roots `policy` gives a session in `session_cwd`: that folder, the further ones of the policy and `/tmp`, links
    /// followed. None for `read-only`, the file system's root for `danger-full-access`. With the former two, what
    /// the person allowed beside that, as long as it is there.
    pub fn of(policy: &SandboxPolicy, session_cwd: &Path) -> Self {
        let writable = match policy {
            SandboxPolicy::ReadOnly { granted, .. } => there(&granted.write).cloned().collect(),
            SandboxPolicy::DangerFullAccess => vec![PathBuf::from("/")],
            SandboxPolicy::WorkspaceWrite { writable_roots, granted, .. } => {
                let temp = [PathBuf::from("/tmp")];
                let mut roots = Vec::new();
                for root in std::iter::once(session_cwd).chain(
                    writable_roots.iter().chain(&temp).chain(there(&granted.write)).map(PathBuf::as_path),
                ) {
                    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
                    if !roots.contains(&root) {
                        roots.push(root);
                    }
                }
                roots
            }
        };
        Self { writable, temporary: Vec::new(), hidden: Hidden::default() }
    }

    /// One root: `folder`, links followed.
    pub fn only(folder: &Path) -> Self {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self { writable: vec![folder], temporary: Vec::new(), hidden: Hidden::default() }
    }

    /// Adds the temporary folders that only the session's commands write: nothing in them is protected.
    #[must_use]
    pub fn with_temporary(mut self, folders: &[PathBuf]) -> Self {
        self.temporary.extend(folders.iter().cloned());
        self
    }

    /// Hides paths: nothing in them is written or listed.
    #[must_use]
    pub fn hiding(mut self, hidden: Hidden) -> Self {
        self.hidden = hidden;
        self
    }

    /// Returns the hidden paths.
    pub fn hidden(&self) -> &Hidden {
        &self.hidden
    }

    /// The roots, canonical.
    pub fn writable(&self) -> &[PathBuf] {
        &self.writable
    }

    /// Whether `path` (absolute, links followed) lies beneath a root, compared by whole names.
    pub fn contain(&self, path: &Path) -> bool {
        self.writable.iter().chain(&self.temporary).any(|root| path.starts_with(root))
    }

    /// The protected name on the way from a root to `path`, when there is one.
    pub fn protected(&self, path: &Path) -> Option<&'static str> {
        if self.temporary.iter().any(|folder| path.starts_with(folder)) {
            return None;
        }
        let root = self
            .writable
            .iter()
            .filter(|root| path.starts_with(root))
            .max_by_key(|root| root.components().count())?;
        path.strip_prefix(root).ok()?.components().find_map(|component| match component {
            Component::Normal(name) => {
                PROTECTED_NAMES.iter().copied().find(|protected| name.eq_ignore_ascii_case(protected))
            }
            _ => None,
        })
    }
}

/// Those of the paths that exist, compared as they stand: one that was exchanged for a link is no longer what was allowed.
fn there(paths: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    paths.iter().filter(|path| path.canonicalize().is_ok_and(|real| real == **path))
}
