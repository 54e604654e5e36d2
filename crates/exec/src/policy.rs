//! From what a session may touch to what the sandbox is told.

use super::setup::ExecSetup;
use engine::effect::ExecRequest;
use protocol::{Granted, SandboxLevel, SandboxPolicy};
use sandbox_linux::{OverlayMount, Policy};
use std::path::{Path, PathBuf};
use worktree::roots::{PROTECTED_NAMES, runs_later};
use worktree::{CommandOverlay, OverlayRoot, Roots};

/// Doors to daemons that would do what the sandbox forbids.
const DOORS: &[&str] =
    &["/run/docker.sock", "/var/run/docker.sock", "/run/podman", "/run/containerd", "/run/user"];

/// Returns what the sandbox is told of `request`, to be confined as well as `level` says.
pub(super) fn policy(request: &ExecRequest, level: SandboxLevel, setup: &ExecSetup) -> Policy {
    let roots = Roots::of(&request.sandbox, &request.session_cwd);
    let confined = request.sandbox != SandboxPolicy::DangerFullAccess;
    Policy {
        level: if confined { level } else { SandboxLevel::None },
        cwd: request.cwd.clone(),
        writable: if confined { existing(roots.writable()) } else { Vec::new() },
        temporary: Vec::new(),
        protected_paths: if confined {
            runs_later(home(setup).as_deref(), roots.writable())
        } else {
            Vec::new()
        },
        protected_names: PROTECTED_NAMES.iter().map(|name| (*name).to_owned()).collect(),
        // without a sandbox nothing could hide them
        hidden: if confined { hidden(setup) } else { Vec::new() },
        readable: request
            .sandbox
            .granted()
            .map(|granted| readable(granted, &setup.app_dirs))
            .unwrap_or_default(),
        network: request.sandbox.network(),
        network_holder: None,
        stdio: None,
        overlays: Vec::new(),
        nonce: uuid::Uuid::now_v7().simple().to_string(),
    }
}

/// Returns what the sandbox is told of a view.
pub(super) fn overlays(overlay: &CommandOverlay) -> Vec<OverlayMount> {
    let mount = |OverlayRoot { root, upper, work, through }: &OverlayRoot| OverlayMount {
        root: root.clone(),
        upper: upper.clone(),
        work: work.clone(),
        through: through.clone(),
    };
    overlay.roots.iter().map(mount).collect()
}

/// The system's temporary folder is not on every machine; any other root that is not there is an error
/// the sandbox names.
fn existing(roots: &[PathBuf]) -> Vec<PathBuf> {
    let temporary = Path::new("/tmp");
    roots.iter().filter(|root| root.exists() || *root != temporary).cloned().collect()
}

/// Returns the hidden paths that a person allowed to be read.
pub(super) fn readable(granted: &Granted, app_dirs: &[PathBuf]) -> Vec<PathBuf> {
    granted.read.iter().filter(|path| is_offered(path, app_dirs)).cloned().collect()
}

/// Reports whether a person can allow a hidden path to be read: neither the app's own folders nor a door can.
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

/// Returns the person's home folder.
pub(super) fn home(setup: &ExecSetup) -> Option<PathBuf> {
    setup.home.clone().or_else(std::env::home_dir).filter(|home| home.is_absolute())
}

/// Returns what no command reads: the app's folders, and credentials wherever this person's are; what exists of them, links
/// followed.
pub(super) fn hidden(setup: &ExecSetup) -> Vec<PathBuf> {
    let home = home(setup);
    let is_root = rustix::process::geteuid().is_root();
    let mut hidden: Vec<PathBuf> = setup
        .app_dirs
        .iter()
        .cloned()
        .chain(secrets::paths::credential_paths(home.as_deref(), is_root))
        .chain(doors())
        // most are not there, and to find the real path of what is not takes a call for each folder on the way
        .filter(|path| path.symlink_metadata().is_ok())
        .filter_map(|path| path.canonicalize().ok())
        .filter(|path| path != Path::new("/"))
        .collect();
    hidden.sort();
    hidden.dedup();
    hidden
}
