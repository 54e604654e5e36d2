//! Roots a session may write, and the protected names inside them (B12, B23).

use crate::hidden::Hidden;
use protocol::SandboxPolicy;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

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

/// Beneath the home folder: what runs when the person logs in, opens a shell, an editor or a package manager, or is found first when
/// they name a program. Protected where a writable root holds it, as when the home folder itself is the project.
pub const RUNS_LATER: &[&str] = &[
    ".config/autostart",
    ".config/systemd",
    ".config/environment.d",
    ".config/fish",
    ".config/git",
    ".config/nvim",
    ".config/hypr",
    ".config/sway",
    ".config/i3",
    ".config/plasma-workspace",
    ".config/direnv",
    ".config/mise",
    ".config/pip",
    ".config/Code/User",
    ".local/bin",
    ".local/share/systemd",
    ".local/share/applications",
    ".local/share/nautilus",
    ".local/share/dbus-1",
    ".cargo/bin",
    ".cargo/env",
    ".cargo/config",
    ".cargo/config.toml",
    ".rustup",
    ".gradle/init.d",
    ".gradle/init.gradle",
    ".gradle/init.gradle.kts",
    ".gradle/gradle.properties",
    ".sbt/1.0/plugins",
    ".sbt/0.13/plugins",
    ".sbtopts",
    ".m2/settings.xml",
    ".m2/extensions.xml",
    ".stack/config.yaml",
    ".stack/global-project",
    ".gem/credentials",
    ".mavenrc",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".condarc",
    ".gemrc",
    ".pythonrc",
    ".xprofile",
    ".xinitrc",
    ".xsession",
    ".xsessionrc",
    ".xserverrc",
    ".pam_environment",
    ".login",
    ".logout",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".bash_completion",
    ".cshrc",
    ".tcshrc",
    ".kshrc",
    ".zlogin",
    ".zlogout",
    ".oh-my-zsh",
    ".inputrc",
    ".screenrc",
    ".tmux.conf",
    ".config/tmux",
    ".vimrc",
    ".vim",
    ".exrc",
    ".emacs",
    ".emacs.d",
    ".gdbinit",
    ".lldbinit",
    ".forward",
    ".procmailrc",
    ".ssh",
    ".nvm",
    ".pyenv",
    ".rbenv",
    ".asdf",
    ".sdkman",
    ".deno/bin",
    ".bun/bin",
    "go/bin",
    "bin",
    "Library/LaunchAgents",
    "Library/Application Scripts",
];

/// Returns the paths of [`RUNS_LATER`] that lie in one of `roots`, but not in a deeper one: what the person allows by its name is theirs.
/// There is no home folder in a system's root.
pub fn runs_later(home: Option<&Path>, roots: &[PathBuf]) -> Vec<PathBuf> {
    let Some(home) = home.and_then(|home| home.canonicalize().ok()) else { return Vec::new() };
    let paths = RUNS_LATER.iter().map(|place| home.join(place));
    paths
        .filter(|path| roots.iter().any(|root| path.starts_with(root)))
        .filter(|path| !roots.contains(path))
        .collect()
}

/// The person's home folder, links followed. It is asked for with each path of a walk.
static HOME: LazyLock<Option<PathBuf>> =
    LazyLock::new(|| std::env::home_dir().and_then(|home| home.canonicalize().ok()));

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
        if let Some(home) = HOME.as_ref().filter(|home| home.starts_with(root) || root.starts_with(home))
            && let Some(place) = RUNS_LATER.iter().copied().find(|place| {
                let place = home.join(place);
                path.starts_with(&place) && place.starts_with(root) && place != **root
            })
        {
            return Some(place);
        }
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
