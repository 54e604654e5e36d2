//! Probe of the level at which this machine can confine a command, by doing it.

use crate::failure::Failure;
use crate::policy::{OverlayMount, Policy};
use crate::{mounts, tasks};
use protocol::{NetworkAccess, SandboxLevel, SandboxReport};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// Sets the sandbox up once at each level, best first, without a command in it.
///
/// Whether a command can run in an overlay is tried in `folder`, where its changes would be kept; without one it is not.
pub fn report(folder: Option<&Path>) -> SandboxReport {
    thread::scope(|scope| {
        // each mostly waits for processes of its own
        let tried = || folder.map_or_else(|| Err(NOT_TRIED.to_owned()), try_overlay);
        let overlay = thread::Builder::new().spawn_scoped(scope, tried);
        let bubblewrap = thread::Builder::new().spawn_scoped(scope, bubblewrap_version);
        let mut gaps = Vec::new();
        match try_level(SandboxLevel::Full) {
            Ok(()) => {
                let bubblewrap = bubblewrap.ok().and_then(|asked| asked.join().ok()).flatten();
                let layers = [bubblewrap, landlock_version(), Some("seccomp".to_owned())];
                if !tasks::can_be_limited() {
                    gaps.push("a command of root's can start any number of processes".to_owned());
                }
                let overlay = overlay
                    .map_err(|error| error.to_string())
                    .and_then(|tried| tried.join().unwrap_or_else(|_| Err("its probe failed".to_owned())));
                SandboxReport {
                    level: SandboxLevel::Full,
                    layers: layers.into_iter().flatten().collect(),
                    gaps,
                    no_overlay: overlay.err(),
                }
            }
            Err(why) => {
                gaps.push(format!("no namespaces: {why}"));
                without_namespaces(gaps)
            }
        }
    })
}

fn without_namespaces(mut gaps: Vec<String>) -> SandboxReport {
    let no_overlay = Some(NO_NAMESPACES.to_owned());
    match try_level(SandboxLevel::Partial) {
        Ok(()) => {
            gaps.extend(PARTIAL_GAPS.iter().map(|gap| (*gap).to_owned()));
            let layers = [landlock_version(), Some("seccomp, strict".to_owned())];
            SandboxReport {
                level: SandboxLevel::Partial,
                layers: layers.into_iter().flatten().collect(),
                gaps,
                no_overlay,
            }
        }
        Err(why) => {
            gaps.push(format!("commands cannot be contained: {why}"));
            SandboxReport { level: SandboxLevel::None, layers: Vec::new(), gaps, no_overlay }
        }
    }
}

/// Gaps that remain without namespaces.
const PARTIAL_GAPS: &[&str] = &[
    "a command can change modes, owners, times and attributes of files outside the writable folders, and of protected ones (.git, \
     .vscode, ...) inside them",
    "secrets inside a writable folder can be read, and names of secret files elsewhere listed",
    "a command sees other processes, can start any number of them, and has no loopback network of its own",
];

/// How the folder of an attempt is named; the process that makes it follows.
const PROBE_FOLDER: &str = "probe-";

/// Why there is no overlay below level full.
const NO_NAMESPACES: &str = "an overlay needs the sandbox at level full";

/// Why there is none that was not asked for.
const NOT_TRIED: &str = "it was not tried out";

/// Has this executable set the sandbox up in a process of its own. The error is for people.
fn try_level(level: SandboxLevel) -> Result<(), String> {
    try_policy(&policy_at(level), &[NOTHING])
}

/// Has a command remove, make and write files in an overlay, and looks at what became of them.
fn try_overlay(folder: &Path) -> Result<(), String> {
    let named = folder.join(format!("{PROBE_FOLDER}{}", std::process::id()));
    let failed = |error: std::io::Error| format!("{}: {error}", named.display());
    let lock = begin_folder(folder, &named).map_err(failed)?;
    let place = named.canonicalize().map_err(failed)?;
    let [root, upper, work] = ["root", "upper", "work"].map(|name| place.join(name));
    let attempt = || {
        for folder in [&root.join("gone"), &upper, &work] {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(root.join("gone/file"), "").map_err(failed)?;
        let mut policy = policy_at(SandboxLevel::Full);
        policy.cwd.clone_from(&root);
        policy.writable = vec![root.clone()];
        policy.overlays = vec![OverlayMount {
            root: root.clone(),
            upper: upper.clone(),
            work: work.clone(),
            through: Vec::new(),
        }];
        try_policy(
            &policy,
            &["/bin/sh", "-c", "rm -r gone && mkdir gone && echo made > made && test ! -e gone/file"],
        )?;
        if upper.join("made").is_file() && root.join("gone/file").is_file() && !root.join("made").exists() {
            Ok(())
        } else {
            Err("changes in an overlay did not stay in it".to_owned())
        }
    };
    let tried = attempt();
    remove_folder(&place);
    drop(lock);
    tried
}

/// Makes and locks the folder of an attempt, and removes those of attempts that were killed.
fn begin_folder(folder: &Path, named: &Path) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(folder)?.flatten() {
        let is_probe = entry.file_name().to_string_lossy().starts_with(PROBE_FOLDER);
        if is_probe && File::open(entry.path()).is_ok_and(|dir| dir.try_lock().is_ok()) {
            remove_folder(&entry.path());
        }
    }
    loop {
        std::fs::create_dir_all(named)?;
        let lock = File::open(named)?;
        lock.lock()?;
        // another one may have taken it for left behind before it was locked
        if named.is_dir() {
            return Ok(lock);
        }
    }
}

fn remove_folder(place: &Path) {
    open_up(place);
    let _ = std::fs::remove_dir_all(place);
}

/// Makes every folder one that can be emptied: the kernel closes its own to everybody.
fn open_up(folder: &Path) {
    let _ = std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700));
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

fn policy_at(level: SandboxLevel) -> Policy {
    Policy {
        level,
        cwd: PathBuf::from("/"),
        writable: std::env::temp_dir()
            .canonicalize()
            .into_iter()
            .filter(|dir| dir.is_dir() && dir != Path::new("/"))
            .collect(),
        temporary: Vec::new(),
        protected_names: vec![".git".to_owned()],
        protected_paths: Vec::new(),
        hidden: Vec::new(),
        readable: Vec::new(),
        network: NetworkAccess::None,
        network_holder: None,
        stdio: None,
        overlays: Vec::new(),
        nonce: NONCE.to_owned(),
    }
}

/// Has this executable run a command under `policy`. The error is for people.
fn try_policy(policy: &Policy, argv: &[&str]) -> Result<(), String> {
    let attempt = || -> std::io::Result<std::process::Output> {
        let mut child = Command::new("/proc/self/exe")
            .arg("--")
            .args(argv)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(&serde_json::to_vec(policy)?)?;
        }
        child.wait_with_output()
    };
    let output = attempt().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let why = Failure::explain(&stderr, NONCE);
    Err(if why.is_empty() { format!("{}: {}", output.status, stderr.trim()) } else { why })
}

const NONCE: &str = "probe";

/// The command of a probe: none, so that the init process ends when its own test has passed.
const NOTHING: &str = "";

fn bubblewrap_version() -> Option<String> {
    let output = Command::new(mounts::bubblewrap().ok()?).arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn landlock_version() -> Option<String> {
    const VERSION: libc::c_uint = 1;
    // SAFETY: with no attributes and this flag, the kernel only answers with a number.
    let abi = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<libc::c_void>(), 0, VERSION)
    };
    (abi > 0).then(|| format!("landlock abi {abi}"))
}
