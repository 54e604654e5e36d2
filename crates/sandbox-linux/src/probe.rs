//! Probe of the level at which this machine can confine a command, by doing it.

use crate::failure::Failure;
use crate::policy::Policy;
use crate::{mounts, tasks};
use protocol::{NetworkAccess, SandboxLevel, SandboxReport};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Sets the sandbox up once at each level, best first, without a command in it.
pub fn report() -> SandboxReport {
    let mut gaps = Vec::new();
    match try_level(SandboxLevel::Full) {
        Ok(()) => {
            let layers = [bubblewrap_version(), landlock_version(), Some("seccomp".to_owned())];
            if !tasks::can_be_limited() {
                gaps.push("a command of root's can start any number of processes".to_owned());
            }
            return SandboxReport {
                level: SandboxLevel::Full,
                layers: layers.into_iter().flatten().collect(),
                gaps,
            };
        }
        Err(why) => gaps.push(format!("no namespaces: {why}")),
    }
    match try_level(SandboxLevel::Partial) {
        Ok(()) => {
            gaps.extend(PARTIAL_GAPS.iter().map(|gap| (*gap).to_owned()));
            let layers = [landlock_version(), Some("seccomp, strict".to_owned())];
            SandboxReport {
                level: SandboxLevel::Partial,
                layers: layers.into_iter().flatten().collect(),
                gaps,
            }
        }
        Err(why) => {
            gaps.push(format!("commands cannot be contained: {why}"));
            SandboxReport { level: SandboxLevel::None, layers: Vec::new(), gaps }
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

/// Has this executable set the sandbox up in a process of its own. The error is for people.
fn try_level(level: SandboxLevel) -> Result<(), String> {
    let nonce = "probe";
    let policy = Policy {
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
        nonce: nonce.to_owned(),
    };
    let attempt = || -> std::io::Result<std::process::Output> {
        let mut child = Command::new("/proc/self/exe")
            .args(["--", NOTHING])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(&serde_json::to_vec(&policy)?)?;
        }
        child.wait_with_output()
    };
    let output = attempt().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(Failure::explain(&stderr, nonce))
}

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
