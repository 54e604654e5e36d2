//! From what a session may touch to what the sandbox is told.

use engine::effect::ExecRequest;
use protocol::{Granted, SandboxLevel, SandboxPolicy};
use sandbox_linux::Policy;
use std::path::{Path, PathBuf};
use worktree::Roots;
use worktree::roots::PROTECTED_NAMES;

/// Beneath the home folder: keys, keyrings, logins, browser profiles, and what another program keeps passwords in.
const SECRETS: &[&str] = &[
    ".ssh",
    ".aws",
    ".azure",
    ".gnupg",
    ".kube",
    ".netrc",
    ".pypirc",
    ".git-credentials",
    ".password-store",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".docker/config.json",
    ".config/countersign",
    ".config/gcloud",
    ".config/gh",
    ".config/git/credentials",
    ".local/share/countersign",
    ".local/share/keyrings",
    ".local/share/kwalletd",
    ".mozilla",
    ".thunderbird",
    ".config/BraveSoftware",
    ".config/chromium",
    ".config/google-chrome",
    ".config/microsoft-edge",
    ".config/vivaldi",
    "snap/firefox",
    "Library/Application Support/Firefox",
    "Library/Application Support/Google/Chrome",
    "Library/Cookies",
    "Library/Keychains",
    "Library/Safari",
];

/// Doors to daemons that would do what the sandbox forbids.
const DOORS: &[&str] =
    &["/run/docker.sock", "/var/run/docker.sock", "/run/podman", "/run/containerd", "/run/user"];

/// What the sandbox is told of `request`, to be confined as well as `level` says.
pub(super) fn policy(request: &ExecRequest, level: SandboxLevel, app_dirs: &[PathBuf]) -> Policy {
    let roots = Roots::of(&request.sandbox, &request.session_cwd);
    let confined = request.sandbox != SandboxPolicy::DangerFullAccess;
    Policy {
        level: if confined { level } else { SandboxLevel::None },
        cwd: request.cwd.clone(),
        writable: if confined { existing(roots.writable()) } else { Vec::new() },
        protected_names: PROTECTED_NAMES.iter().map(|name| (*name).to_owned()).collect(),
        hidden: hidden(app_dirs),
        readable: request.sandbox.granted().map(|granted| readable(granted, app_dirs)).unwrap_or_default(),
        network: request.sandbox.network(),
        nonce: uuid::Uuid::now_v7().simple().to_string(),
    }
}

/// The temporary folders a session may write to are not on every machine; any other root that is not there is an error
/// the sandbox names.
fn existing(roots: &[PathBuf]) -> Vec<PathBuf> {
    let temporary = [PathBuf::from("/tmp"), std::env::temp_dir()];
    roots.iter().filter(|root| root.exists() || !temporary.contains(root)).cloned().collect()
}

/// What of the hidden a person allowed to be read.
pub(super) fn readable(granted: &Granted, app_dirs: &[PathBuf]) -> Vec<PathBuf> {
    granted.read.iter().filter(|path| is_offered(path, app_dirs)).cloned().collect()
}

/// Whether reading a hidden path can be allowed by a person: neither the app's own folders nor a door can.
pub(super) fn is_offered(path: &Path, app_dirs: &[PathBuf]) -> bool {
    let real = path.canonicalize();
    let closed = app_dirs.iter().cloned().chain(doors()).filter_map(|path| path.canonicalize().ok());
    // as it stands: one that was exchanged for a link is no longer what was allowed
    real.is_ok_and(|real| real == path)
        && closed.into_iter().all(|closed| !path.starts_with(&closed) && !closed.starts_with(path))
}

fn doors() -> impl Iterator<Item = PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    DOORS.iter().map(PathBuf::from).chain(runtime)
}

/// What no command reads: `app_dirs`, and secrets wherever this person's are; what exists of them, links followed.
pub(super) fn hidden(app_dirs: &[PathBuf]) -> Vec<PathBuf> {
    let home = std::env::home_dir().filter(|home| home.is_absolute());
    let secrets = home.iter().flat_map(|home| SECRETS.iter().map(|secret| home.join(secret)));
    let mut hidden: Vec<PathBuf> = app_dirs
        .iter()
        .cloned()
        .chain(secrets)
        .chain(doors())
        .filter_map(|path| path.canonicalize().ok())
        .filter(|path| path != Path::new("/"))
        .collect();
    hidden.sort();
    hidden.dedup();
    hidden
}
